"""Rates of groups with intervals that hold for few rows, and drawn towards the whole where a group says little.

A group's rate is a ratio of two sums. How much a row is worth is learned from draws of whole participants: where
a participant's rows go together, the effective number of rows is smaller (Kish 1965), and the exact intervals are
taken at that number (Korn and Graubard 1998). So a group of three with nothing found gets an honest interval,
where the draws alone would say 0 to 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtri

from training.metrics import Floats

LEVEL = 0.95


@dataclass(frozen=True)
class GroupRates:
    """One rate of every group of a grouping; arrays have shape (groups,).

    Attributes
    ----------
    value, lower, upper : array
        The rate and its 95 % interval; NaN where there is nothing to divide by.
    shrunk : array
        The rate drawn towards the whole by as much as its own rows leave unsure.
    whole : float
        The rate of all groups together.
    """

    value: Floats
    lower: Floats
    upper: Floats
    shrunk: Floats
    whole: float


def proportions(part: npt.ArrayLike, whole: npt.ArrayLike, drawn_part: Floats, drawn_whole: Floats) -> GroupRates:
    """Shares ``part / whole`` with Wilson intervals at the effective number of rows.

    Parameters
    ----------
    part, whole : array of shape (groups,)
        Sums over each group's rows, ``part`` at most ``whole``.
    drawn_part, drawn_whole : array of shape (groups, draws)
        The same sums in each draw of participants.
    """
    value, total = _ratio(part, whole), np.asarray(whole, dtype=np.float64)
    overall = float(np.sum(part) / total.sum()) if total.sum() > 0 else float("nan")
    rows = total / _design_effect(value, value * (1 - value) / np.maximum(total, 1e-12), drawn_part, drawn_whole)
    z = float(ndtri((1 + LEVEL) / 2))
    share, n = np.nan_to_num(value), np.maximum(rows, 1e-12)
    center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    known = ~np.isnan(value)
    lower = np.where(known, np.clip(np.minimum(center - reach, share), 0.0, 1.0), np.nan)
    upper = np.where(known, np.clip(np.maximum(center + reach, share), 0.0, 1.0), np.nan)
    return GroupRates(value, lower, upper, shrink(value, overall, overall * (1 - overall) / n), overall)


def expected_over_observed(
    expected: npt.ArrayLike, observed: npt.ArrayLike, drawn_expected: Floats, drawn_observed: Floats
) -> GroupRates:
    """Expected over observed events, with the exact interval of a count (Garwood 1936) at its effective size.

    Shrunk on the scale of observed over expected. Infinite where events were expected and none was seen.
    """
    found, told = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    ratio = _ratio(found, told)
    overall = float(found.sum() / told.sum()) if told.sum() > 0 else float("nan")
    effect = _design_effect(ratio, ratio / np.maximum(told, 1e-12), drawn_observed, drawn_expected)
    seen, scale = found / effect, told / effect
    tail = (1 - LEVEL) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(seen > 0, gammaincinv(np.maximum(seen, 1e-12), tail), 0.0) / scale
        most = gammaincinv(seen + 1, 1 - tail) / scale
        drawn = shrink(ratio, overall, overall / np.maximum(scale, 1e-12))
        return GroupRates(1 / ratio, 1 / most, 1 / least, 1 / drawn, float(np.divide(1.0, overall)))


def shrink(value: Floats, whole: float, variance: Floats) -> Floats:
    """Empirical Bayes: each value drawn to ``whole`` by the share of its variance in all that separates groups.

    The variance between groups is the moment estimate of DerSimonian and Laird (1986), never below 0: groups that
    differ no more than chance explains are drawn all the way. A group without a value gets ``whole``.
    """
    known = ~np.isnan(value) & (variance > 0)
    if known.sum() < 2:
        return np.where(np.isnan(value), whole, value)
    precision = 1 / variance[known]
    excess = float((precision * (value[known] - whole) ** 2).sum()) - (int(known.sum()) - 1)
    between = max(0.0, excess / float(precision.sum() - (precision**2).sum() / precision.sum()))
    kept = np.divide(between, between + variance, out=np.zeros_like(variance), where=between + variance > 0)
    return np.where(known, whole + kept * (np.nan_to_num(value) - whole), np.where(np.isnan(value), whole, value))


def _design_effect(value: Floats, simple: Floats, drawn_part: Floats, drawn_whole: Floats) -> Floats:
    """How many rows count as one: the variance over draws by that of independent rows, at least 1.

    The ratio's variance by its linear form, sum of ``part - value * whole`` over the draws, which does not
    suffer from draws that hold none of a small group.
    """
    if drawn_part.shape[1] < 2:
        return np.ones(len(value))
    residual = drawn_part - np.nan_to_num(value)[:, None] * drawn_whole
    size = np.maximum(drawn_whole.mean(axis=1), 1e-12)
    drawn = residual.var(axis=1, ddof=1) / size**2
    effect: Floats = np.divide(drawn, simple, out=np.ones_like(drawn), where=simple > 0)
    return np.maximum(effect, 1.0)


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    total = np.asarray(whole, dtype=np.float64)
    ratio: Floats = np.full(total.shape, np.nan)
    np.divide(np.asarray(part, dtype=np.float64), total, out=ratio, where=total > 0)
    return ratio
