"""Business partners: how many a participant has, and the incidents they were involved in."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, Singles
from features.decay import decayed_sums
from features.history import History, ratio
from features.involvements import interval
from features.joins import Joined, codes_of, join_versions, union_intervals
from features.moments import DAY, UNDATED, microseconds
from features.participants import Participants
from features.spine import Spine
from features.versions import Versions, arrange, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import TABLES


@dataclass(frozen=True)
class _Edges:
    """Periods in which the record said that ``owner`` trades with ``partner``; ``pair`` numbers the two together."""

    owner: Ints
    partner: Ints
    pair: Ints
    known_from: Ints
    known_until: Ints
    since: Ints


@dataclass(frozen=True)
class Partners:
    """Partnerships, seen from both sides, joined with the partners' incidents."""

    participants: Participants
    history: History
    partnerships: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, records: Records, participants: Participants, history: History) -> "Partners":
        """Take the partnerships of a record."""
        return cls(participants, history, versions_of(records["partnerships"], TABLES["partnerships"].key))

    @cached_property
    def _codes(self) -> tuple[Ints, Ints, Ints]:
        """Numbers of both sides and of the participants in incidents.

        They come from the ids and not from the participants table, where a partner may become known later.
        """
        frame = self.partnerships
        (one, other, involved), _ = codes_of(
            frame["participant_id"], frame["partner_id"], self.history.events["participant_id"]
        )
        return one, other, involved

    @cached_property
    def _edges(self) -> _Edges:
        """A partnership is seen at ``as_of`` when it is known, ``valid_from <= as_of`` and ``as_of < valid_to``."""
        frame, (one, other, _) = self.partnerships, self._codes
        known_from, known_until = interval(frame)
        since, to = microseconds(frame["valid_from"]), microseconds(frame["valid_to"])
        # Intervals are open at the start and closed at the end; one microsecond turns ours into that form.
        known_from = np.maximum(known_from, since - 1)
        known_until = np.where(to == UNDATED, known_until, np.minimum(known_until, to - 1))
        owner, partner = np.concatenate([one, other]), np.concatenate([other, one])
        known_from, known_until = np.tile(known_from, 2), np.tile(known_until, 2)
        kept = (known_from < known_until) & (owner != partner)
        pair = owner * (partner.max(initial=0) + 1) + partner
        row = np.flatnonzero(kept)
        return _Edges(owner[row], partner[row], pair[row], known_from[row], known_until[row], np.tile(since, 2)[row])

    def _by_owner(self, owner: Ints) -> Ints:
        """Participant numbers of partnership numbers."""
        one, other, _ = self._codes
        number = np.full(max(one.max(initial=-1), other.max(initial=-1)) + 1, -1, dtype=np.int64)
        number[one] = self.participants.codes(self.partnerships["participant_id"])
        number[other] = self.participants.codes(self.partnerships["partner_id"])
        return number[owner]

    @cached_property
    def known(self) -> Versions:
        """Each partner, counted once."""
        return self._counted_once(self._edges.known_from)

    @cached_property
    def known_for_a_year(self) -> Versions:
        """Each partner of a partnership that began more than 365 days ago, counted once."""
        return self._counted_once(np.maximum(self._edges.known_from, self._edges.since + 365 * DAY))

    def _counted_once(self, known_from: Ints) -> Versions:
        edges = self._edges
        pair = np.where(known_from < edges.known_until, edges.pair, -1)
        row, known_from, known_until = union_intervals(pair, known_from, edges.known_until)
        owner, one = self._by_owner(edges.owner[row]), {"partners": np.ones(row.size)}
        return arrange(owner, self.participants.count, known_from, known_until, known_from, one)

    @cached_property
    def _pairs(self) -> Joined:
        """Periods of a partner's incident, by edge and incident; the period of a pair of firms comes first."""
        edges, keys = self._edges, max(codes.max(initial=-1) for codes in self._codes) + 1
        row, known_from, known_until = union_intervals(edges.pair, edges.known_from, edges.known_until)
        pairs = join_versions(
            (edges.partner[row], known_from, known_until), (self._codes[2], *interval(self.history.events)), keys
        )
        return replace(pairs, left=row[pairs.left])

    @cached_property
    def incident_rows(self) -> Ints:
        """The row of ``history.events`` behind each row that :attr:`incidents` was arranged from."""
        return self._pairs.right

    @cached_property
    def incidents(self) -> Versions:
        """Incidents of each participant's partners; one that involves two of its partners counts twice."""
        pairs, edges = self._pairs, self._edges
        occurred = microseconds(self.history.events["occurred_on"])[pairs.right]
        return arrange(
            self._by_owner(edges.owner[pairs.left]),
            self.participants.count,
            pairs.known_from,
            pairs.known_until,
            occurred,
            {"incidents": np.ones(occurred.size)},
        )

    @cached_property
    def with_incidents(self) -> Versions:
        """Partners with at least one incident in the last 1095 days: the union of their incidents' windows."""
        pairs, edges = self._pairs, self._edges
        occurred = microseconds(self.history.events["occurred_on"])[pairs.right]
        leaves = np.minimum(pairs.known_until, np.maximum(pairs.known_from, occurred + 1095 * DAY))
        inside = pairs.known_from < leaves
        pair = np.where(inside, edges.pair[pairs.left], -1)
        row, known_from, known_until = union_intervals(pair, pairs.known_from, leaves)
        owner = self._by_owner(edges.owner[pairs.left[row]])
        return arrange(
            owner, self.participants.count, known_from, known_until, occurred[row], {"partners": np.ones(row.size)}
        )

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of business partners; those of their incidents are not applicable without partners."""
        known = window_sums(self.known, spine, [("partners", None)])[0]
        older = window_sums(self.known_for_a_year, spine, [("partners", None)])[0]
        recent, longer = window_sums(self.incidents, spine, [("incidents", 365), ("incidents", 1095)])
        since = self.participants.first_known
        decayed = decayed_sums(self.incidents, spine, [("incidents", 730)], since)[0]
        involved = window_sums(self.with_incidents, spine, [("partners", None)])[0]
        some = known > 0
        return {
            "partners_known": known,
            "new_partners_prior_365d": known - older,
            "partner_incidents_prior_365d": np.where(some, recent, np.float32(np.nan)),
            "partner_incidents_prior_1095d": np.where(some, longer, np.float32(np.nan)),
            "partner_incidents_decayed_730d": np.where(some, decayed, np.float32(np.nan)),
            "share_of_partners_with_incidents_prior_1095d": ratio(involved, known),
        }
