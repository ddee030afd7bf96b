"""Do own rates differ as the interval says? What counts tell of it, on any record, without knowing the truth.

An own probability is never seen. What its spread implies is: how many participants are involved twice, three
times, five times. The spread is fitted on half of the participants and asked about the other half, and the
other way round.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from models.own_rates import fit_own_rates
from models.spec import Array

AT_LEAST = (1, 2, 3, 5)


def check_own_rates(probability: Array, incidents: Array, weight: Array, groups: NDArray[Any]) -> dict[str, Any]:
    """Expected and observed weight of rows with at least so many incidents, each half told by the other.

    Parameters
    ----------
    probability, incidents, weight : arrays of float, shape (n,)
        As :func:`models.own_rates.fit_own_rates` takes them.
    groups : array, shape (n,)
        The participant.

    Returns
    -------
    dict
        ``at_least``; ``observed``, ``expected``, ``expected_if_alike`` (rates alike at each probability)
        and ``standard_error`` (of observed minus expected, participants whole), one number for each; ``rows``,
        ``positives`` and ``participants``, the last two of those with an incident.
    """
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    expected = np.zeros((len(AT_LEAST), len(probability)))
    for half in (member % 2 == 0, member % 2 == 1):
        variance = fit_own_rates(probability[~half], incidents[~half], weight[~half]).variance(probability[half])
        none_of_shape = np.exp(variance * np.log1p(-probability[half]))
        for place, least in enumerate(AT_LEAST):
            expected[place, half] = nbinom.sf(least - 1, 1.0 / variance, none_of_shape)
    observed = np.array([incidents >= least for least in AT_LEAST], dtype=np.float64)
    alike = np.array([poisson.sf(least - 1, -np.log1p(-probability)) for least in AT_LEAST])
    by_member = [np.bincount(member, weights=row, minlength=len(names)) for row in weight * (observed - expected)]
    return {
        "at_least": list(AT_LEAST),
        "observed": _rounded((weight * observed).sum(axis=1)),
        "expected": _rounded((weight * expected).sum(axis=1)),
        "expected_if_alike": _rounded((weight * alike).sum(axis=1)),
        "standard_error": _rounded(np.sqrt(np.square(by_member).sum(axis=1))),
        "rows": len(probability),
        "positives": int((incidents > 0).sum()),
        "participants": len(np.unique(member[incidents > 0])),
    }


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 3) for value in values]
