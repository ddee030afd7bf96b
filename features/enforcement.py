"""What the program decided about a participant, and incidents it decided nothing about."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Singles
from features.history import History
from features.involvements import interval
from features.joins import codes_of, join_versions, union_intervals
from features.moments import microseconds
from features.participants import Participants
from features.recency import counts_since, days_since, last_dates
from features.spine import Spine
from features.versions import Versions, arrange, versions_of
from features.windows import window_sums
from records.known import Records

ENFORCING = ("corrective_action_plan", "targeted_revalidation", "partial_benefit_loss", "suspension", "removal")
"""Steps of the ladder that ask something of the participant or take something from it."""


@dataclass(frozen=True)
class Enforcement:
    """Decisions about every participant."""

    participants: Participants
    history: History
    actions: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants, history: History) -> "Enforcement":
        """Take the actions of a record."""
        return cls(participants, history, versions_of(records["actions"], ("action_id",)))

    @cached_property
    def versions(self) -> Versions:
        """Each decision, dated by the day it was taken."""
        kind = self.actions["kind"]
        return self.participants.arranged(
            self.actions, self.actions["decided_on"], enforcing=kind.isin(ENFORCING), no_action=kind.eq("no_action")
        )

    @cached_property
    def decided(self) -> Versions:
        """Incidents about which a decision on this participant is on record, *no action* included."""
        events, actions = self.history.events, self.actions[self.actions["incident_id"].notna()]
        (one, other), _ = codes_of(events["incident_id"], actions["incident_id"])
        (owner, about), owners = codes_of(events["participant_id"], actions["participant_id"])
        both, names = pd.factorize(np.concatenate([one * owners + owner, other * owners + about]))
        left, right = np.split(both.astype(np.int64), [len(events)])
        pairs = join_versions((left, *interval(events)), (right, *interval(actions)), len(names))
        row, known_from, known_until = union_intervals(pairs.left, pairs.known_from, pairs.known_until)
        event = pairs.left[row]
        return arrange(
            self.participants.codes(events["participant_id"])[event],
            self.participants.count,
            known_from,
            known_until,
            microseconds(events["occurred_on"])[event],
            {"decided": np.ones(event.size)},
        )

    def about(self, number: int, moment: int) -> set[str]:
        """The incidents on which a decision about the participant is on record at the moment."""
        place = np.arange(self.versions.pointer[number], self.versions.pointer[number + 1])
        valid = (self.versions.known_from[place] < moment) & (moment <= self.versions.known_until[place])
        return set(self.actions["incident_id"].iloc[self.versions.row[place[valid]]].dropna())

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of decisions."""
        enforcing, no_action = window_sums(self.versions, spine, [("enforcing", 1095), ("no_action", 1095)])
        incidents = window_sums(self.history.versions, spine, [("incidents", 1095)])[0]
        decided = window_sums(self.decided, spine, [("decided", 1095)])[0]
        return {
            "enforcement_actions_prior_1095d": enforcing,
            "no_action_decisions_prior_1095d": no_action,
            "days_since_last_enforcement_action": days_since(self.versions, spine, [("enforcing", "last")])[0],
            "incidents_since_last_enforcement_action": counts_since(
                self.history.versions, spine, last_dates(self.versions, spine, "enforcing")
            ),
            "incidents_without_decision_prior_1095d": incidents - decided,
        }
