"""How good the probabilities and the expected counts of a cohort are, with the same draws as every other figure.

Each figure is a function of a few sums over rows; one product of a matrix of row values with the draws gives all
sums in all replicates.

**Skill** is the share of the loss that a forecast removes: 1 - loss / loss of the forecast that gives everybody the
rate, or the mean count, of the rows learned from. It is 0 for that forecast and 1 for a perfect one.

The calibration line is that of :func:`training.metrics.calibration_line`; in a replicate it makes one Newton step from
the estimate (Schucany and Wang 1991), which is where a full fit would go but for terms of order 1 / rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, xlogy

from training import metrics
from training.metrics import Floats, ratio
from training.places import FirstPlaces

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reference:
    """What everybody would be told from the rows learned from alone: the share positive, and incidents a row."""

    rate: float
    count: float


@dataclass(frozen=True)
class ProbabilityRows:
    """What the sums are taken of, for the probabilities of one ranking.

    Parameters
    ----------
    probability : float64 array of shape (rows,)
        Of at least one incident.
    positive : bool array of shape (rows,)
    weight : float64 array of shape (rows,)
        0 where the label is not known.
    """

    probability: Floats
    positive: Flags
    weight: Floats

    def figures(self, draws: npt.NDArray[np.integer], reference: Reference | None) -> dict[str, Floats]:
        """Log loss, Brier score, their skill, expected over observed, calibration line; each (replicates,)."""
        columns = [self.weight, *self._losses(self.probability), *self._large()]
        if reference is not None:
            columns += self._losses(np.full(len(self.weight), reference.rate))
        sums = np.column_stack(columns).T @ draws.astype(np.float64)
        found = {"log_loss": ratio(sums[1], sums[0]), "brier": ratio(sums[2], sums[0])}
        found["expected_over_observed"] = ratio(sums[3], sums[4])
        if reference is not None:
            found["log_loss_skill"] = 1 - ratio(sums[1], sums[5])
            found["brier_skill"] = 1 - ratio(sums[2], sums[6])
        return found | _named(self._line(draws.astype(np.float64), np.arange(len(self.weight))))

    def at(self, first: FirstPlaces, order_share: FirstPlaces) -> dict[str, Floats]:
        """Expected over observed and the calibration line among the first places, rows counted by their share.

        Parameters
        ----------
        first : FirstPlaces
            In the replicates, or as estimated.
        order_share : FirstPlaces
            As estimated: the line is fitted there.
        """
        expected, observed = first.sums(np.column_stack(self._large()))
        share = np.zeros(len(self.weight))
        share[order_share.rows] = order_share.share[:, 0]
        inside = ProbabilityRows(self.probability, self.positive, self.weight * share)
        line = metrics.calibration_line(inside.probability, inside.positive, inside.weight)
        return {"expected_over_observed": ratio(expected, observed)} | _named(
            self._line(first.share, first.rows, line=line)
        )

    def _losses(self, probability: Floats) -> list[Floats]:
        """Weighted log loss and squared error of each row under a forecast."""
        p = np.clip(probability, 1e-15, 1 - 1e-15)
        hit = np.where(self.positive, p, 1 - p)
        return [self.weight * -np.log(hit), self.weight * (probability - self.positive) ** 2]

    def _large(self) -> list[Floats]:
        return [self.weight * self.probability, self.weight * self.positive]

    def _line(
        self, share: Floats, rows: npt.NDArray[np.int64], *, line: tuple[float, float] | None = None
    ) -> tuple[Floats, Floats]:
        """Intercept and slope in each replicate: one Newton step from the line of the estimate."""
        p, y, w = self.probability[rows], self.positive[rows].astype(np.float64), self.weight[rows]
        intercept, slope = line or metrics.calibration_line(p, y, w)
        if np.isnan(slope):
            nothing = np.full(share.shape[1], np.nan)
            return nothing, nothing
        x = logit(np.clip(p, 1e-12, 1 - 1e-12))
        fitted = expit(intercept + slope * x)
        bent, residual = w * fitted * (1 - fitted), w * (y - fitted)
        columns = np.column_stack([bent, bent * x, bent * x**2, residual, residual * x])
        one, mixed, square, level, tilt = columns.T @ share
        whole = one * square - mixed**2
        step = ratio(square * level - mixed * tilt, whole), ratio(one * tilt - mixed * level, whole)
        return intercept + step[0], slope + step[1]


def count_figures(
    expected: Floats,
    incidents: Floats,
    weight: Floats,
    draws: npt.NDArray[np.integer],
    reference: Reference | None,
) -> dict[str, Floats]:
    """Mean Poisson deviance of expected counts, its skill, and expected over observed incidents.

    The deviance of a row is 2 (y log(y / mu) - (y - mu)); a mu of 0 is held at 1e-12.
    """
    columns = [weight, weight * _deviance(incidents, expected), weight * expected, weight * incidents]
    if reference is not None:
        columns.append(weight * _deviance(incidents, np.full(len(weight), reference.count)))
    sums = np.column_stack(columns).T @ draws.astype(np.float64)
    found = {
        "count_deviance": ratio(sums[1], sums[0]),
        "expected_over_observed_incidents": ratio(sums[2], sums[3]),
    }
    return found if reference is None else found | {"count_deviance_skill": 1 - ratio(sums[1], sums[4])}


def _deviance(incidents: Floats, expected: Floats) -> Floats:
    mu = np.maximum(expected, 1e-12)
    return np.asarray(2 * (xlogy(incidents, incidents / mu) - (incidents - mu)), dtype=np.float64)


def _named(line: tuple[Floats, Floats]) -> dict[str, Floats]:
    return {"calibration_intercept": line[0], "calibration_slope": line[1]}
