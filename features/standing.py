"""How a participant stands in the program, as the record said at each moment: its status, tier, suspensions."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, Singles, compiled, over_ranges
from features.groups import coded
from features.moments import UNDATED, days_between, microseconds
from features.participants import Participants
from features.recency import days_since, version_in_force
from features.spine import Spine
from features.versions import Versions, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import AT_RISK_STATUSES, TABLES, TIERS


@dataclass(frozen=True)
class Standing:
    """Features of the statuses table."""

    participants: Participants
    statuses: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants) -> "Standing":
        """Take the statuses of a record."""
        key = TABLES["statuses"].key
        statuses = versions_of(records["statuses"], key).sort_values([*key, "known_from"], ignore_index=True)
        return cls(participants, statuses)

    @cached_property
    def versions(self) -> Versions:
        """Every standing, dated by its first day."""
        status = self.statuses["status"]
        return self.participants.arranged(
            self.statuses,
            self.statuses["effective_on"],
            suspended=status.eq("suspended"),
            at_risk=status.isin(AT_RISK_STATUSES),
        )

    @cached_property
    def suspensions(self) -> Versions:
        """Suspensions that have begun, dated by their first day."""
        frame = self.statuses[self.statuses["status"].eq("suspended")]
        # As of its first day a suspension counts, and intervals are open at the start.
        begun = np.maximum(microseconds(frame["known_from"]), microseconds(frame["effective_on"]) - 1)
        frame = frame.assign(known_from=begun.view("datetime64[us]"))
        return self.participants.arranged(frame, frame["effective_on"], suspensions=np.ones(len(frame)))

    @cached_property
    def _tiers(self) -> Ints:
        return coded(self.statuses["tier"], {name: place for place, name in enumerate(TIERS)})

    @cached_property
    def _effective(self) -> Ints:
        return microseconds(self.statuses["effective_on"])

    def in_force(self, spine: Spine) -> Ints:
        """The row of ``statuses`` in force at each spine row, -1 for none."""
        return version_in_force(self.versions, spine)

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the standing, and suspensions."""
        row = self.in_force(spine)
        effective, tier = np.append(self._effective, UNDATED)[row], np.append(self._tiers, -1)[row]
        recent, ever = window_sums(self.suspensions, spine, [("suspensions", 1095), ("suspensions", None)])
        return {
            "tier_code": np.where(tier < 0, np.nan, tier).astype(np.float32),
            "days_since_status_change": days_between(spine.as_of_row, effective).astype(np.float32),
            "suspensions_prior_1095d": recent,
            "suspensions_all": ever,
            "days_since_last_suspension": days_since(self.suspensions, spine, [("suspensions", "last")])[0],
            "days_since_last_reinstatement": days_between(
                spine.as_of_row, last_reinstatement(self.versions, spine)
            ).astype(np.float32),
        }


def last_reinstatement(standings: Versions, spine: Spine) -> Ints:
    """When the last return from suspension to a standing at risk took effect; :data:`UNDATED` for none.

    Looked at are the standings valid at ``as_of`` and in effect by then, in the order of their first days.
    """
    found = np.full(spine.rows, UNDATED, dtype=np.int64)
    over_ranges(
        _last_reinstatement,
        spine.work(standings.pointer),
        (spine.groups, spine.pointer, spine.as_of, spine.row),
        (standings.pointer, standings.known_from, standings.known_until, standings.occurred, standings.amounts),
        standings.measure("suspended"),
        standings.measure("at_risk"),
        found,
    )
    return found


@compiled
def _last_reinstatement(
    low: int,
    high: int,
    spine: tuple[Ints, Ints, Ints, Ints],
    versions: tuple[Ints, Ints, Ints, Ints, Singles],
    suspended: int,
    at_risk: int,
    found: Ints,
) -> None:
    groups, segment, as_of, row = spine
    pointer, entry, until, occurred, values = versions
    for number in range(low, high):
        start, end = pointer[groups[number]], pointer[groups[number] + 1]
        order = start + np.argsort(occurred[start:end], kind="mergesort")
        for moment in range(segment[number], segment[number + 1]):
            was_suspended = False
            for place in order:
                valid = entry[place] < as_of[moment] and until[place] >= as_of[moment]
                if valid and occurred[place] <= as_of[moment]:
                    if was_suspended and values[place, at_risk] > 0:
                        found[row[moment]] = occurred[place]
                    was_suspended = values[place, suspended] > 0
