"""How far findings follow examinations: the chance of a finding at one effort against that at another.

An incident enters the record by an examination or otherwise. If what is found otherwise does not depend on how often
one examines, the split between the two tells how detection grows with effort, without anyone knowing what is never
found (the idea of capture and recapture). With m the common rate of examination,

    odds(found by examination | found, rate r) = share / (1 - share) * (r / m) ** elasticity
    detection(r) / detection(m)                = (1 - share) + share * (r / m) ** elasticity

``share`` is the part of what is found at the common effort that examinations find. At 1 nothing is found without
looking, and findings are in proportion to looking; at 0 examinations do not matter.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from training.detection.propensity import logistic_line
from training.metrics import Floats

LEAST_FOUND = 20
"""Incidents wanted of either way of discovery; with fewer the split says too little about elasticity."""


@dataclass(frozen=True)
class Discovery:
    """How detection grows with effort.

    Attributes
    ----------
    mean : float
        The common rate of examination.
    share, elasticity : float
    by_exam, otherwise : float
        Incidents that it was learned from; each counts once a training date whose window holds it.
    basis : str
        In words, on what it rests.
    """

    mean: float
    share: float
    elasticity: float
    by_exam: float
    otherwise: float
    basis: str

    def relative(self, rate: Floats) -> Floats:
        """Chance of a finding at these rates over that at the common rate, shape (rows,)."""
        looked = (rate / self.mean) ** self.elasticity
        return np.asarray((1.0 - self.share) + self.share * looked, dtype=np.float64)


def fit_discovery(rate: Floats, by_exam: Floats, otherwise: Floats, weight: Floats, mean: float) -> Discovery:
    """Learn how detection grows with effort from who found what.

    Parameters
    ----------
    rate : array of shape (rows,)
        Examinations a movement, as told beforehand.
    by_exam, otherwise : arrays of shape (rows,)
        Incidents of each row's window by how they were found.
    weight : array of shape (rows,)
        Of the rows.
    mean : float
        The common rate.
    """
    exam, other = float((weight * by_exam).sum()), float((weight * otherwise).sum())
    if other < LEAST_FOUND <= exam:
        basis = "hardly anything is found without examining: findings are taken in proportion to examinations"
        return Discovery(mean, 1.0, 1.0, exam, other, basis)
    if exam < LEAST_FOUND:
        basis = "too few incidents tell that an examination found them: findings are taken not to depend on it"
        return Discovery(mean, 0.0, 1.0, exam, other, basis)
    x = np.concatenate([np.log(rate / mean)] * 2)
    positive = np.repeat([True, False], len(rate))
    counted = np.concatenate([weight * by_exam, weight * otherwise])
    found = counted > 0
    intercept, slope = logistic_line(x[found], positive[found], counted[found])
    basis = "the split of findings by who made them, against the rate of examination"
    return Discovery(mean, float(expit(intercept)), max(slope, 0.0), exam, other, basis)
