"""How good a ranking and its probabilities are, with ties at their exact expected value.

A ranking with ties stands for every order of the tied rows, equally likely. Each figure here is
the mean over those orders in closed form, so it depends neither on row order nor on luck.

Worked example: two rows are tied on top, one of them positive, and a negative follows. Half of the
orders put the positive first (average precision 1), half second (1/2): the figure is 3/4.

Everything is computed on :class:`Tied`, whose arrays have the tie groups on the first axis and,
for the bootstrap, the replicates on the second: one formula serves the estimate and its interval.

Rows whose label is not known carry weight 0. They keep their place in the ranking, and the weights
of the others (inverse probability of being known) stand in for them, so that a sum of weighted
positives among the first k, divided by k, estimates the precision at k without bias.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, expit, logit

from features.compiled import compiled

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tied:
    """Rows gathered by equal rank value, the riskiest group first; only groups holding an event.

    All arrays but the totals have shape [groups] or [groups, replicates]; totals are scalars or
    [replicates]. ``events`` is the sum of weight times value in the group, ``squares`` the sum of
    (weight times value) squared, ``before`` the number of rows in riskier groups. ``negatives`` and
    ``negatives_before`` hold the weight of rows without an event.
    """

    before: Floats
    size: Floats
    events: Floats
    squares: Floats
    negatives: Floats
    negatives_before: Floats
    rows: Floats
    total_events: Floats
    total_negatives: Floats


def gather(
    rank_value: npt.ArrayLike,
    value: npt.ArrayLike,
    *,
    weight: npt.ArrayLike | None = None,
    multiplicity: npt.NDArray[np.integer] | None = None,
) -> Tied:
    """Sort rows by falling rank value and gather the ties.

    Parameters
    ----------
    rank_value : array [rows]
        Higher is riskier. NaN ranks below everything.
    value : array [rows]
        What is to be found: a positive label (bool) or a count or severity (non-negative). Ignored
        where the weight is 0.
    weight : array [rows], optional
        Inverse probability that the label is known; 0 where it is not. Default 1.
    multiplicity : array [rows, replicates], optional
        How often each row is drawn in each bootstrap replicate. Default once.
    """
    rank = np.asarray(rank_value, dtype=np.float64)
    rank = np.where(np.isnan(rank), -np.inf, rank)
    order = np.argsort(-rank, kind="stable")
    ranked = rank[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(rank) else np.zeros(0, dtype=np.int64)
    weights = np.ones(len(rank)) if weight is None else np.asarray(weight, dtype=np.float64)
    found = np.where(weights > 0, np.asarray(value, dtype=np.float64), 0.0) * weights
    rest = np.where(found > 0, 0.0, weights)
    ends = np.append(starts[1:], len(rank)).astype(np.int64)
    holds_event = np.add.reduceat(found[order] > 0, starts, dtype=np.int64) > 0 if len(starts) else starts > 0
    draws = np.ones((len(rank), 1), dtype=np.int16) if multiplicity is None else multiplicity
    shape = (int(holds_event.sum()), draws.shape[1])
    groups = {name: np.zeros(shape) for name in _GROUP_SUMS}
    rows, negatives = np.zeros(shape[1]), np.zeros(shape[1])
    first, end = starts[holds_event].astype(np.int64), ends[holds_event]
    sums = [groups[name] for name in ("before", "size", "events", "squares", "negatives", "negatives_before")]
    before, size, events, squares, rest_inside, rest_before = sums
    _walk(
        order, first, end, found, rest, draws, before, size, events, squares, rest_inside, rest_before, rows, negatives
    )
    totals = {"rows": rows, "total_events": groups["events"].sum(axis=0), "total_negatives": negatives}
    parts = groups | totals
    return Tied(**{name: part[..., 0] if multiplicity is None else part for name, part in parts.items()})


_GROUP_SUMS = ("before", "size", "events", "squares", "negatives", "negatives_before")


@compiled
def _walk(
    order: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    found: Floats,
    rest: Floats,
    draws: npt.NDArray[np.integer],
    before: Floats,
    size: Floats,
    events: Floats,
    squares: Floats,
    negatives: Floats,
    negatives_before: Floats,
    rows: Floats,
    rest_rows: Floats,
) -> None:
    """Walk down the ranking once, all replicates abreast; sums above a group are those at its first row."""
    group = 0
    for place in range(len(order)):
        row = order[place]
        inside = group < len(first) and place >= first[group]
        if inside and place == first[group]:
            before[group] = rows
            negatives_before[group] = rest_rows
        for draw in range(draws.shape[1]):
            rows[draw] += draws[row, draw]
        if rest[row] != 0.0:
            for draw in range(draws.shape[1]):
                rest_rows[draw] += draws[row, draw] * rest[row]
        if inside and found[row] != 0.0:
            for draw in range(draws.shape[1]):
                events[group, draw] += draws[row, draw] * found[row]
                squares[group, draw] += draws[row, draw] * found[row] ** 2
        if inside and place == end[group] - 1:
            size[group] = rows - before[group]
            negatives[group] = rest_rows - negatives_before[group]
            group += 1


def average_precision(tied: Tied) -> Floats:
    """Mean over events of the precision at their place, averaged over the orders of the ties.

    In a group of m rows behind n others that hold P events, the row at place n + j is an event with
    expected weight S / m, and finds P + 1 + (j - 1) * (S^2 - Q) / (S * (m - 1)) events up to itself.
    The sum over j is closed through the harmonic numbers. NaN without an event.
    """
    above = np.cumsum(tied.events, axis=0) - tied.events
    # Places are whole numbers: sums of 1 / place are looked up.
    sums = digamma(np.arange(1.0, float(np.max(tied.rows, initial=0.0)) + 2))
    harmonic = sums[(tied.before + tied.size).astype(np.int64)] - sums[tied.before.astype(np.int64)]
    size = np.maximum(tied.size, 1)
    pairs = np.maximum(tied.events**2 - tied.squares, 0.0) / (size * np.maximum(size - 1, 1))
    # sum over j of (j - 1) / (n + j) = m - (n + 1) * (H(n + m) - H(n))
    later = np.maximum(tied.size - (tied.before + 1) * harmonic, 0.0)
    total = (tied.events / size * (above + 1) * harmonic + pairs * later).sum(axis=0)
    return ratio(total, tied.total_events)


def events_at(tied: Tied, k: npt.ArrayLike) -> Floats:
    """Expected weighted events among the first ``k`` rows; ``k`` may be a fraction of a row."""
    taken = np.clip((np.asarray(k) - tied.before) / np.maximum(tied.size, 1), 0.0, 1.0)
    return np.asarray((tied.events * taken).sum(axis=0))


def precision_at(tied: Tied, k: npt.ArrayLike) -> Floats:
    """Share of events among the first ``k`` rows (all rows when there are fewer)."""
    return ratio(events_at(tied, k), np.minimum(np.asarray(k, dtype=np.float64), tied.rows))


def recall_at(tied: Tied, k: npt.ArrayLike) -> Floats:
    """Share of all events that the first ``k`` rows hold. NaN without an event."""
    return ratio(events_at(tied, k), tied.total_events)


def lift_at(tied: Tied, k: npt.ArrayLike) -> Floats:
    """Precision among the first ``k`` rows as a multiple of the share of events in all rows."""
    return ratio(precision_at(tied, k), ratio(tied.total_events, tied.rows))


def auc(tied: Tied) -> Floats:
    """Probability that an event outranks a row without one, ties counted half. NaN for one class.

    Only meaningful for 0/1 values.
    """
    below = tied.total_negatives - tied.negatives_before - tied.negatives / 2
    return ratio((tied.events * below).sum(axis=0), tied.total_events * tied.total_negatives)


def log_loss(
    probability: npt.ArrayLike,
    positive: npt.ArrayLike,
    weight: npt.ArrayLike,
    multiplicity: npt.NDArray[np.integer] | None = None,
) -> Floats:
    """Mean negative log-likelihood in nats; a probability of exactly 0 or 1 is held at 1e-15."""
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-15, 1 - 1e-15)
    y = np.asarray(positive, dtype=bool)
    return _weighted_mean(-np.log(np.where(y, p, 1 - p)), weight, multiplicity)


def brier(
    probability: npt.ArrayLike,
    positive: npt.ArrayLike,
    weight: npt.ArrayLike,
    multiplicity: npt.NDArray[np.integer] | None = None,
) -> Floats:
    """Mean squared distance between probability and outcome."""
    y = np.asarray(positive, dtype=np.float64)
    return _weighted_mean((np.asarray(probability, dtype=np.float64) - y) ** 2, weight, multiplicity)


def calibration_line(probability: npt.ArrayLike, positive: npt.ArrayLike, weight: npt.ArrayLike) -> tuple[float, float]:
    """Intercept and slope of the outcome's log-odds on the forecast's: (0, 1) when calibrated.

    A slope below 1 says the probabilities are too extreme (Cox 1958). Fitted by Newton's method; NaN
    for a single class or a constant forecast.
    """
    w = np.asarray(weight, dtype=np.float64)
    kept = w > 0
    y, w = np.asarray(positive, dtype=np.float64)[kept], w[kept]
    x = logit(np.clip(np.asarray(probability, dtype=np.float64)[kept], 1e-12, 1 - 1e-12))
    if len(y) == 0 or y.min() == y.max() or np.ptp(x) < 1e-12:
        return float("nan"), float("nan")
    design = np.column_stack([np.ones(len(x)), x])
    line = np.array([0.0, 1.0])
    for _ in range(50):
        fitted = expit(design @ line)
        information = (design * (w * fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.lstsq(information, design.T @ (w * (y - fitted)), rcond=None)[0]
        line = line + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(line[0]), float(line[1])


def _weighted_mean(values: Floats, weight: npt.ArrayLike, multiplicity: npt.NDArray[np.integer] | None) -> Floats:
    w = np.asarray(weight, dtype=np.float64)
    kept = w > 0
    values, w = values[kept], w[kept]
    if multiplicity is None:
        return ratio(np.asarray(values @ w), np.asarray(w.sum()))
    draws = multiplicity[kept].astype(np.float64)
    return ratio((values * w) @ draws, w @ draws)


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """``part / whole``, NaN where there is nothing to divide by."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0))
