"""Site visits and what they found."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, Singles
from features.history import ratio
from features.involvements import interval
from features.joins import codes_of, join_versions
from features.moments import UNDATED, days_between, microseconds
from features.participants import Participants
from features.recency import days_since, version_in_force
from features.spine import Spine, arrange_spine
from features.versions import Versions, arrange, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import VALIDATION_OUTCOMES

AREAS: dict[str, tuple[str, ...]] = {
    "cargo": ("conveyances", "seals", "procedures", "agriculture"),
    "access": ("physical_access", "physical_security", "personnel", "training"),
    "management": ("security_vision", "risk_assessment", "business_partners", "cybersecurity"),
}
"""The twelve criteria categories in three areas."""


@dataclass(frozen=True)
class Visits:
    """Validations of every participant."""

    participants: Participants
    visits: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "Visits":
        """Take the validations of a record."""
        visits = versions_of(records["validations"], ("validation_id",))
        return cls(participants, visits.sort_values(["validation_id", "known_from"], ignore_index=True))

    @cached_property
    def performed(self) -> Versions:
        """Visits that were made, dated by the day; open ones have no date and are left out."""
        return self._dated_by("performed_on", self.visits)

    @cached_property
    def failed(self) -> Versions:
        """Visits that were made with the result fail."""
        return self._dated_by("performed_on", self.visits[self.visits["outcome"].eq("fail")])

    @cached_property
    def due(self) -> Versions:
        """Visits not yet made, dated by the day they are due."""
        return self._dated_by("due_on", self.visits[self.visits["performed_on"].isna()])

    @cached_property
    def all_visits(self) -> Versions:
        """Every visit, made or due."""
        return self._dated_by("known_from", self.visits)

    def _dated_by(self, column: str, visits: pd.DataFrame) -> Versions:
        return self.participants.arranged(visits, visits[column], visits=np.ones(len(visits)))

    def last(self, spine: Spine) -> Ints:
        """The row of ``visits`` of the last one made before each ``as_of``, -1 for none."""
        return version_in_force(self.performed, spine)

    @cached_property
    def _made(self) -> Ints:
        return microseconds(self.visits["performed_on"])

    @cached_property
    def _outcome(self) -> Singles:
        places = {name: place for place, name in enumerate(VALIDATION_OUTCOMES)}
        outcome: Singles = np.asarray(self.visits["outcome"].map(places), dtype=np.float32)
        return outcome

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of validation visits."""
        row = self.last(spine)
        made = np.append(self._made, UNDATED)[row]
        since_due = days_since(self.due, spine, [("visits", "first")])[0]
        overdue = np.maximum(np.nan_to_num(since_due), np.float32(0))
        seen = window_sums(self.all_visits, spine, [("visits", None)])[0]
        return {
            "days_since_last_validation": days_between(spine.as_of_row, made).astype(np.float32),
            "last_validation_outcome_code": np.append(self._outcome, np.float32(np.nan))[row],
            "validation_visits_prior_1095d": window_sums(self.performed, spine, [("visits", 1095)])[0],
            "days_until_next_validation": np.float32(0) - since_due,
            "failed_validations_all": window_sums(self.failed, spine, [("visits", None)])[0],
            "validation_overdue_days": np.where(seen > 0, overdue, np.float32(np.nan)),
        }


@dataclass(frozen=True)
class Findings:
    """Findings of every participant's visits, with the period in which each was open."""

    participants: Participants
    visits: Visits
    findings: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants, visits: Visits) -> "Findings":
        """Join the findings of a record with the visits that made them."""
        found = versions_of(records["findings"], ("finding_id",))
        (left, right), keys = codes_of(found["validation_id"], visits.visits["validation_id"])
        pairs = join_versions((left, *interval(found)), (right, *interval(visits.visits)), keys)
        joined = found.iloc[pairs.left].reset_index(drop=True)
        visit = visits.visits.iloc[pairs.right]
        return cls(
            participants,
            visits,
            joined.assign(
                known_from=pairs.known_from.view("datetime64[us]"),
                known_until=pairs.known_until.view("datetime64[us]"),
                participant_id=visit["participant_id"].array,
                opened_on=visit["performed_on"].array,
            ),
        )

    @cached_property
    def open(self) -> Versions:
        """Findings not yet corrected; uncorrected at ``as_of`` means ``as_of < corrected_on``."""
        frame = self._while_open(self.findings)
        areas = {area: frame["category"].isin(categories) for area, categories in AREAS.items()}
        return self.participants.arranged(
            frame, frame["known_from"], open=np.ones(len(frame)), must=frame["must"], **areas
        )

    @cached_property
    def made(self) -> Versions:
        """Every finding, dated by the visit that made it."""
        return self.participants.arranged(self.findings, self.findings["opened_on"], must=self.findings["must"])

    @cached_property
    def corrected(self) -> Versions:
        """Findings whose correction has come, dated by it, with the days it took since the visit."""
        frame = self.findings[self.findings["corrected_on"].notna() & self.findings["opened_on"].notna()]
        opened, corrected = microseconds(frame["opened_on"]), microseconds(frame["corrected_on"])
        # As of the day of its correction a finding is corrected, and intervals are open at the start.
        begun = np.maximum(microseconds(frame["known_from"]), corrected - 1)
        frame = frame.assign(known_from=begun.view("datetime64[us]"))
        return self.participants.arranged(
            frame, frame["corrected_on"], corrected=np.ones(len(frame)), days=days_between(corrected, opened)
        )

    @cached_property
    def open_since(self) -> Versions:
        """Findings not yet corrected, dated by the visit that made them."""
        frame = self._while_open(self.findings)
        return self.participants.arranged(frame, frame["opened_on"], open=np.ones(len(frame)))

    @cached_property
    def overdue(self) -> Versions:
        """Findings not corrected in time: open after the day they were due."""
        frame = self._while_open(self.findings[self.findings["due_on"].notna()])
        begins = np.maximum(microseconds(frame["known_from"]), microseconds(frame["due_on"]))
        frame = frame.assign(known_from=begins.view("datetime64[us]"))
        return self.participants.arranged(frame, frame["due_on"], overdue=np.ones(len(frame)))

    @staticmethod
    def _while_open(frame: pd.DataFrame) -> pd.DataFrame:
        corrected, until = microseconds(frame["corrected_on"]), microseconds(frame["known_until"])
        closed = np.where(corrected == UNDATED, until, np.minimum(until, corrected - 1))
        return frame.assign(known_until=closed.view("datetime64[us]"))

    @cached_property
    def by_visit(self) -> tuple[Ints, Versions]:
        """The number of each row of ``visits``, and the findings of each visit by area."""
        frame = self.findings
        (visit, group), count = codes_of(self.visits.visits["validation_id"], frame["validation_id"])
        values = {area: frame["category"].isin(categories) for area, categories in AREAS.items()}
        known_from, known_until = interval(frame)
        return visit, arrange(group, count, known_from, known_until, known_from, values)

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of findings; those of the last visit are not applicable without one."""
        found, must, *by_area = window_sums(
            self.open, spine, [("open", None), ("must", None), *((area, None) for area in AREAS)]
        )
        days, corrected = window_sums(self.corrected, spine, [("days", 1095), ("corrected", 1095)], exact=True)
        visit, versions = self.by_visit
        last = np.append(visit, -1)[self.visits.last(spine)]
        areas = window_sums(versions, arrange_spine(last, spine.as_of_row), [(area, None) for area in AREAS])
        return {
            "open_findings": found,
            "open_must_findings": must,
            **{f"open_{area}_findings": column for area, column in zip(AREAS, by_area, strict=True)},
            "must_findings_prior_1095d": window_sums(self.made, spine, [("must", 1095)])[0],
            "mean_days_to_correct_findings_prior_1095d": ratio(days, corrected),
            "overdue_findings": window_sums(self.overdue, spine, [("overdue", None)])[0],
            "days_since_oldest_open_finding": days_since(self.open_since, spine, [("open", "first")])[0],
            **{f"last_visit_{area}_findings": column for area, column in zip(AREAS, areas, strict=True)},
        }
