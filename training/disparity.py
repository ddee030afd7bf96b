"""Does a list treat groups alike: rates of each group at a capacity, with intervals, beside those of the whole.

Examination burdens those who are innocent and finds those who are not. So two rates matter most: **recall** (of those
with an incident, how many the list takes: a low one leaves a group unwatched) and the **false-positive rate**
(of those without one, how many it takes: a high one burdens a group). Where groups differ in risk, no ranking
can hold recall, false positives and calibration equal at once (Chouldechova 2017); the table shows all and decides
nothing. The list is taken as drawn; intervals tell what other participants of the same groups would have given.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from records.known import Records
from training.groups import groups_at
from training.intervals import draw_participants
from training.labels import POSITIVE
from training.metrics import Floats
from training.selection import chances_at
from training.shrinkage import GroupRates, expected_over_observed, proportions

LEAST = {
    "selection_rate": 30.0,
    "recall": 10.0,
    "false_positive_rate": 30.0,
    "false_discovery_rate": 10.0,
    "expected_over_observed": 5.0,
}
"""What a rate is divided by (rows, positives, negatives, places, expected positives) must reach this to be judged."""

COLUMNS = (
    "grouping",
    "group",
    "rate",
    "rows",
    "positives",
    "selected",
    "value",
    "lower",
    "upper",
    "shrunk",
    "whole",
    "ratio",
    "ratio_lower",
    "ratio_upper",
    "enough",
)


@dataclass(frozen=True)
class Audited:
    """The rows of one audit: who, the chance of a place, the label and its weight, the probability told.

    Every array has shape (rows,); ``probability`` is None for a ranking that claims none.
    """

    participant_ids: npt.NDArray[np.object_]
    selected: Floats
    positive: npt.NDArray[np.bool_]
    weight: Floats
    probability: Floats | None

    @classmethod
    def of(cls, predictions: pd.DataFrame, ranking: str, capacity: float) -> "Audited":
        """The rows of a backtest's predictions as ``ranking`` places them at ``capacity`` at each origin."""
        told = f"probability_{ranking}"
        return cls(
            predictions["participant_id"].to_numpy(dtype=object),
            chances_at(predictions, f"rank_value_{ranking}", capacity),
            (predictions["label"] == POSITIVE).to_numpy(dtype=bool),
            predictions["weight"].to_numpy(dtype=np.float64),
            predictions[told].to_numpy(dtype=np.float64) if told in predictions else None,
        )

    def sums(self) -> dict[str, Floats]:
        """What the rates are made of, by row."""
        found, rest = self.weight * self.positive, self.weight * ~self.positive
        sums = {
            "rows": np.ones(len(self.weight)),
            "selected": self.selected,
            "positives": found,
            "caught": found * self.selected,
            "negatives": rest,
            "burdened": rest * self.selected,
            "judged": self.weight * self.selected,
        }
        return sums if self.probability is None else sums | {"expected": self.weight * self.probability}


def disparity(
    predictions: pd.DataFrame, groups: pd.DataFrame, capacity: float, draws: int, seed: int, *, ranking: str
) -> pd.DataFrame:
    """Rates of each group at a capacity, pooled over origins, and their ratio to the whole.

    Parameters
    ----------
    predictions : DataFrame
        Of a backtest: ``origin``, ``participant_id``, ``label``, ``weight`` (0: not yet known), ``rank_value_RANKING``
        and, where it claims one, ``probability_RANKING``.
    groups : DataFrame
        A column for each grouping, a row for each prediction in the same order: :func:`training.groups.groups_at`.
    capacity : float
        Places at each origin.
    draws, seed : int
        Draws of whole participants behind the intervals.
    ranking : str
        Whose list.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`: a row for each group and rate (``selection_rate``, ``recall``, ``false_positive_rate``,
        ``false_discovery_rate``, ``expected_over_observed``). ``shrunk`` is the value drawn to the whole by empirical
        Bayes; ``ratio`` is value over whole, its bounds those of the value. ``enough`` is False below :data:`LEAST`:
        such a group is shown and not judged.
    """
    rows = Audited.of(predictions, ranking, capacity)
    tables = [_grouping(rows, name, groups[name].to_numpy(dtype=object), draws, seed) for name in groups.columns]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def audit_backtest(
    records: Records, predictions: pd.DataFrame, capacity: float, draws: int, seed: int, *, ranking: str
) -> pd.DataFrame:
    """:func:`disparity` of a backtest's predictions by the groups that the record told at each origin."""
    return disparity(predictions, groups_at(records, predictions), capacity, draws, seed, ranking=ranking)


def _grouping(rows: Audited, grouping: str, labels: npt.NDArray[np.object_], draws: int, seed: int) -> pd.DataFrame:
    names, group = np.unique(labels.astype(str), return_inverse=True)
    people = draw_participants(rows.participant_ids, replicates=draws, seed=seed)
    person = np.fromiter((people.code[name] for name in rows.participant_ids), dtype=np.int64, count=len(group))
    times = people.times.astype(np.float64)
    shape = (len(names), len(people.code))
    by_person = {name: csr_array((each, (group, person)), shape=shape) for name, each in rows.sums().items()}
    sums: dict[str, Floats] = {name: np.asarray(each.sum(axis=1)).ravel() for name, each in by_person.items()}
    drawn = {name: np.asarray(each @ times) for name, each in by_person.items()}
    told = [
        _told(rate, rates, divisor, sums, names).assign(grouping=grouping)
        for rate, rates, divisor in _rates(sums, drawn)
    ]
    table = pd.concat(told, ignore_index=True)[list(COLUMNS)]
    return table.sort_values("group", kind="stable", ignore_index=True)


def _rates(sums: Mapping[str, Floats], drawn: Mapping[str, Floats]) -> list[tuple[str, GroupRates, str]]:
    parts = {
        "selection_rate": ("selected", "rows"),
        "recall": ("caught", "positives"),
        "false_positive_rate": ("burdened", "negatives"),
        "false_discovery_rate": ("burdened", "judged"),
    }
    found = [
        (rate, proportions(sums[part], sums[whole], drawn[part], drawn[whole]), whole)
        for rate, (part, whole) in parts.items()
    ]
    if "expected" not in sums:
        return found
    ratio = expected_over_observed(sums["expected"], sums["positives"], drawn["expected"], drawn["positives"])
    return [*found, ("expected_over_observed", ratio, "expected")]


def _told(
    rate: str, rates: GroupRates, divisor: str, sums: Mapping[str, Floats], names: npt.NDArray[np.str_]
) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = [each / rates.whole for each in (rates.value, rates.lower, rates.upper)]
    return pd.DataFrame(
        {
            "group": names,
            "rate": rate,
            "rows": sums["rows"].round().astype(np.int64),
            "positives": sums["positives"],
            "selected": sums["selected"],
            "value": rates.value,
            "lower": rates.lower,
            "upper": rates.upper,
            "shrunk": rates.shrunk,
            "whole": rates.whole,
            "ratio": ratio[0],
            "ratio_lower": ratio[1],
            "ratio_upper": ratio[2],
            "enough": sums[divisor] >= LEAST[rate],
        }
    )
