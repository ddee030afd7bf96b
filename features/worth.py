"""What each family of features is worth: measured by an ablation, kept in docs/worth.json, shown on docs/features.md.

Two questions are asked of a family: what is lost when a model of all families does without it, and what is won when
it is added to a base of few families. A family that says the same as others loses nothing when it is left out; a
family that adds nothing to the base either is *without evidence of worth*.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.errors import WorthUnreadable

WORTH_FILE = Path(__file__).parents[1] / "docs" / "worth.json"
METRICS: Mapping[str, str] = {"average_precision": "average precision", "recall_at_capacity": "recall at capacity"}
NEEDED, ADDS, NO_EVIDENCE, NOT_MEASURED = "needed", "adds", "no evidence", "not measured"
VERDICTS: Mapping[str, str] = {
    NEEDED: "the model of all families is worse without it",
    ADDS: "others stand in when it is left out, and it makes the base better",
    NO_EVIDENCE: "neither",
    NOT_MEASURED: "the program does not send its tables, or it was judged before the family was there",
}


@dataclass(frozen=True)
class Difference:
    """A figure of one ranking minus that of another on the same draws of participants, with its 95 % interval."""

    value: float
    lower: float
    upper: float

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.lower > 0


@dataclass(frozen=True)
class FamilyWorth:
    """A family, or one feature judged apart from its family, in one program.

    Attributes
    ----------
    features : int
        How many of its columns vary.
    without : mapping of metric to Difference
        The full model minus the one without the family: what the family is worth beside all others.
    added : mapping of metric to Difference
        The base with the family minus the base without it: what it is worth beside few.
    """

    features: int
    without: Mapping[str, Difference]
    added: Mapping[str, Difference]


@dataclass(frozen=True)
class ProgramWorth:
    """One ablation.

    Attributes
    ----------
    program : str
        The simulated scenario with its size and seed, or the public data set.
    catalog, data_version : str
        Hash of the features that were judged, version of the record.
    participants, capacity, rounds, fits, replicates, horizon_days : int
        Those at risk at the last origin; places in the queue; boosting rounds; models behind a ranking; draws; window.
    origins, base : tuple of str
    full, base_alone : mapping of metric to Difference
        The figures themselves of the model of all families and of the base, with their intervals.
    refit : mapping of metric to Difference
        The full model minus itself fitted with other seeds: what the chance of a fit makes of nothing.
    families : mapping of family, or of feature, to FamilyWorth
    """

    program: str
    catalog: str
    data_version: str
    participants: int
    capacity: int
    rounds: int
    fits: int
    replicates: int
    horizon_days: int
    origins: tuple[str, ...]
    base: tuple[str, ...]
    full: Mapping[str, Difference]
    base_alone: Mapping[str, Difference]
    refit: Mapping[str, Difference]
    families: Mapping[str, FamilyWorth]

    def verdict(self, family: str) -> str:
        """A key of :data:`VERDICTS`.

        Evidence is a difference in average precision whose interval lies above zero and that is larger than fitting
        the full model again makes.
        """
        found = self.families.get(family)
        if found is None:
            return NOT_MEASURED
        chance = abs(self.refit["average_precision"].value)
        for verdict, differences in ((NEEDED, found.without), (ADDS, found.added)):
            difference = differences["average_precision"]
            if difference.above_zero and difference.value > chance:
                return verdict
        return NO_EVIDENCE


def without_evidence(programs: Sequence[ProgramWorth], family: str) -> bool:
    """Whether the family was measured somewhere and no program gives evidence of its worth."""
    verdicts = {program.verdict(family) for program in programs}
    return NO_EVIDENCE in verdicts and not verdicts & {NEEDED, ADDS}


def read_worth(path: Path = WORTH_FILE) -> tuple[ProgramWorth, ...]:
    """The ablations that are kept in a file, none when it does not exist; WorthUnreadable when it is no such file."""
    if not path.is_file():
        return ()
    try:
        return tuple(_program(entry) for entry in json.loads(path.read_text(encoding="utf-8"))["programs"])
    except (KeyError, TypeError, ValueError) as problem:
        raise WorthUnreadable(
            f"Expected a file that trustlane ablation --worth wrote at {path}; "
            f"got {type(problem).__name__}: {problem}. "
            "Delete it and measure again."
        ) from problem


def write_worth(programs: Sequence[ProgramWorth], path: Path) -> None:
    """Keep ablations in a file, in their order."""
    plain = {"programs": [asdict(program) for program in programs]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def merged(programs: Sequence[ProgramWorth], news: ProgramWorth) -> tuple[ProgramWorth, ...]:
    """The ablations with a new one, in the place of the one of the same program if there is one."""
    if any(program.program == news.program for program in programs):
        return tuple(news if program.program == news.program else program for program in programs)
    return (*programs, news)


def _program(entry: Mapping[str, Any]) -> ProgramWorth:
    values = dict(entry)
    for name in ("full", "base_alone", "refit"):
        values[name] = _differences(values[name])
    for name in ("origins", "base"):
        values[name] = tuple(values[name])
    values["families"] = {
        family: FamilyWorth(found["features"], _differences(found["without"]), _differences(found["added"]))
        for family, found in values["families"].items()
    }
    return ProgramWorth(**values)


def _differences(entry: Mapping[str, Mapping[str, float]]) -> dict[str, Difference]:
    return {metric: Difference(**entry[metric]) for metric in METRICS}
