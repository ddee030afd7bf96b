"""What a card and an assessment are written from: everything that is known of one version, measured elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from models.fitted import RiskModel
from models.registry import Promotion
from records.lake import Program
from training.checks.judged import Judged
from training.checks.verdict import ReleaseReport
from training.splits import Split

SIMULATED_TAG, PROGRAM_TAG = "simulated", "program"


@dataclass(frozen=True)
class CardSource:
    """One version as it is known when the card is written.

    Attributes
    ----------
    model : RiskModel
    split : Split
        Its training dates.
    tally : mapping
        How its labels fell, from :func:`training.labels.tally_labels`.
    means : mapping
        Mean figures on its calibration slice.
    program : Program or None
        Whose record it is and whether that is simulated; None where nobody told.
    version : str
        Its number in the registry; empty before registration.
    run_id : str
        The run that logged it; empty before it is logged.
    recipe_digest : str
        Digest of all ingredients; empty where no recipe is kept.
    quality : mapping
        The quality report of the record as plain values; empty where none is kept.
    report : ReleaseReport or None
        Its release checks; None before any.
    judged : Judged or None
        Its backtest; None where there is none, and ``unjudged`` says why.
    disparity, equal_recall : DataFrame or None
    promotions : tuple of Promotion
        How it became champion, oldest first.
    """

    model: RiskModel = field(repr=False)
    split: Split
    tally: Mapping[str, int]
    means: Mapping[str, float]
    program: Program | None = None
    version: str = ""
    run_id: str = ""
    recipe_digest: str = ""
    quality: Mapping[str, Any] = field(default_factory=dict, repr=False)
    report: ReleaseReport | None = field(default=None, repr=False)
    judged: Judged | None = field(default=None, repr=False)
    unjudged: str = ""
    disparity: pd.DataFrame | None = field(default=None, repr=False)
    equal_recall: pd.DataFrame | None = field(default=None, repr=False)
    promotions: tuple[Promotion, ...] = ()

    @property
    def simulated(self) -> bool | None:
        """Whether the record is invented; None where nobody told."""
        return None if self.program is None else self.program.simulated

    @property
    def name(self) -> str:
        """The version's name for a heading."""
        return f"version {self.version}" if self.version else self.model.model_version


def data_notice(simulated: bool | None) -> str:
    """What every reader must know of the record first."""
    if simulated is None:
        return "Nobody told whether this record is real or simulated: take no figure as a fact about any program."
    if simulated:
        return (
            "SYNTHETIC DATA. The record behind this model is simulated: every firm, person and incident is invented, "
            "and no figure here says how the model would do on a real program."
        )
    return "Real records. Figures hold for this program's record as it was known, not for another program."


def program_tags(program: Program) -> dict[str, str]:
    """What a run is tagged with, so that it tells later whose record it learned from and whether that is simulated."""
    return {PROGRAM_TAG: program.name, SIMULATED_TAG: "true" if program.simulated else "false"}


def told_of_program(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of a version's tags that say whose record it is: for another version of the same record."""
    return {name: tags[name] for name in (PROGRAM_TAG, SIMULATED_TAG) if name in tags}


def program_of(tags: Mapping[str, str]) -> Program | None:
    """The program that :func:`program_tags` told; None where it told none."""
    if SIMULATED_TAG not in tags:
        return None
    return Program(tags.get(PROGRAM_TAG, Program().name), tags[SIMULATED_TAG] == "true")


def not_rated_words(model: RiskModel) -> str:
    """Who gets no score."""
    return (
        "participants who are not certified or validated at the date, or of whom less than "
        f"{model.carried.least:.0%} is known of what a score is read from; they are shown as not rated, which is not "
        "low risk"
    )
