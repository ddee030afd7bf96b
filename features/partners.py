"""Business partners: how many a participant has, and the incidents that they and their partners were involved in."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.compiled import Floats, Ints, Singles
from features.decay_parts import ONE, decayed_parts
from features.history import History, ratio
from features.involvements import interval
from features.joins import union_intervals
from features.moments import DAY, UNDATED, microseconds
from features.network import Network
from features.participants import Participants
from features.spine import Spine, arrange_spine
from features.versions import Versions, arrange, versions_of
from features.windows import window_sums
from records.known import Records
from records.tables import TABLES

HALF_LIFE = 730
YEAR, THREE_YEARS, DECAYED = 0, 1, 2
"""The rows of :meth:`Figures.at`."""


class Figures(Protocol):
    """What is asked of every partner: its own incidents."""

    def at(self, number: Ints, as_of: Ints) -> Ints:
        """Incidents in the last 365 and 1095 days, and decayed in parts, as int64 of shape (3, rows)."""


@dataclass(frozen=True)
class OwnFigures:
    """The figures of partners, worked out from the incidents of everyone."""

    history: History

    def at(self, number: Ints, as_of: Ints) -> Ints:
        """Incidents in the last 365 and 1095 days, and decayed in parts, as int64 of shape (3, rows)."""
        spine = arrange_spine(number, as_of)
        counts = window_sums(self.history.versions, spine, [("incidents", 365), ("incidents", 1095)], exact=True)
        decayed = decayed_parts(self.history.versions, spine, "incidents", HALF_LIFE)
        return np.vstack([counts.astype(np.int64), decayed])


@dataclass(frozen=True)
class Partners:
    """Partnerships, seen from both sides."""

    participants: Participants
    partnerships: pd.DataFrame = field(repr=False)
    figures: Figures

    @classmethod
    def of(cls, records: Records, participants: Participants, figures: Figures) -> "Partners":
        """Take the partnerships of a record."""
        return cls(participants, versions_of(records["partnerships"], TABLES["partnerships"].key), figures)

    @cached_property
    def network(self) -> Network:
        """A partnership is seen at ``as_of`` when it is known, ``valid_from <= as_of`` and ``as_of < valid_to``."""
        owner, partner, known_from, known_until = self._periods(0)
        edges = arrange(
            owner, self.participants.count, known_from, known_until, known_from, {"partners": np.ones(owner.size)}
        )
        return Network(edges, partner[edges.row])

    @cached_property
    def known_for_a_year(self) -> Versions:
        """Each partner of a partnership that began more than 365 days ago, counted once."""
        owner, _, known_from, known_until = self._periods(365)
        one = {"partners": np.ones(owner.size)}
        return arrange(owner, self.participants.count, known_from, known_until, known_from, one)

    def _periods(self, for_days: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Owner, partner and each period in which a partnership of theirs holds that began so many days ago."""
        frame = self.partnerships
        one = self.participants.codes(frame["participant_id"])
        other = self.participants.codes(frame["partner_id"])
        known_from, known_until = interval(frame)
        since, to = microseconds(frame["valid_from"]), microseconds(frame["valid_to"])
        # Intervals are open at the start and closed at the end; one microsecond turns ours into that form.
        known_from = np.maximum(known_from, since - 1 if for_days == 0 else since + for_days * DAY)
        known_until = np.where(to == UNDATED, known_until, np.minimum(known_until, to - 1))
        owner, partner = np.concatenate([one, other]), np.concatenate([other, one])
        known_from, known_until = np.tile(known_from, 2), np.tile(known_until, 2)
        kept = (known_from < known_until) & (owner != partner)
        pair = np.where(kept, owner * self.participants.count + partner, -1)
        row, known_from, known_until = union_intervals(pair, known_from, known_until)
        return owner[row], partner[row], known_from, known_until

    def present(self, number: int, moment: int) -> Ints:
        """The partners of one participant at a moment."""
        return self.network.partners(np.array([number]), np.array([moment]))[1]

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of business partners; those of their incidents are not applicable without partners."""
        owner, as_of = spine.group_of_row, spine.as_of_row
        pointer, partner = self.network.partners(owner, as_of)
        known = np.diff(pointer)
        older = window_sums(self.known_for_a_year, spine, [("partners", None)])[0]
        own, theirs, beyond = self._figures(owner, as_of, pointer, partner)
        sums = {each: _per_row(theirs[each], pointer) for each in (YEAR, THREE_YEARS, DECAYED)}
        involved = _per_row((theirs[THREE_YEARS] > 0).astype(np.int64), pointer)
        # Each partner's partners include the participant itself, once for each partner.
        two_hops = _per_row(beyond, pointer) - known * own
        some = known > 0
        return {
            "partners_known": known.astype(np.float32),
            "new_partners_prior_365d": known.astype(np.float32) - older,
            "partner_incidents_prior_365d": _where(some, sums[YEAR]),
            "partner_incidents_prior_1095d": _where(some, sums[THREE_YEARS]),
            "partner_incidents_decayed_730d": _where(some, sums[DECAYED] / ONE),
            "share_of_partners_with_incidents_prior_1095d": ratio(involved.astype(float), known.astype(float)),
            "second_partner_incidents_prior_365d": _where(some, two_hops),
            "partner_network_participants": self.network.component_sizes(owner, as_of).astype(np.float32),
        }

    def _figures(self, owner: Ints, as_of: Ints, pointer: Ints, partner: Ints) -> tuple[Ints, Ints, Ints]:
        """Own incidents of a year, each partner's figures, and the incidents of a year of each partner's partners."""
        moment = np.repeat(as_of, np.diff(pointer))
        unique, each = _distinct(partner, moment)
        next_pointer, beyond = self.network.partners(*unique)
        wanted, place = _distinct(
            np.concatenate([owner, unique[0], beyond]),
            np.concatenate([as_of, unique[1], np.repeat(unique[1], np.diff(next_pointer))]),
        )
        figures = self.figures.at(*wanted)
        of_owner, of_unique, of_beyond = np.split(place, [owner.size, owner.size + unique[0].size])
        theirs = figures[:, of_unique][:, each]
        return figures[YEAR, of_owner], theirs, _per_row(figures[YEAR, of_beyond], next_pointer)[each]


def _distinct(number: Ints, moment: Ints) -> tuple[tuple[Ints, Ints], Ints]:
    """The distinct pairs, and the place of each pair among them."""
    dates, moments = pd.factorize(moment)
    place, keys = pd.factorize((number + 1) * max(moments.size, 1) + dates)
    return (keys // max(moments.size, 1) - 1, moments[keys % max(moments.size, 1)]), place


def _per_row(values: Ints, pointer: Ints) -> Ints:
    """The sum of the values of each row, exact."""
    running: Ints = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
    sums: Ints = running[pointer[1:]] - running[pointer[:-1]]
    return sums


def _where(applies: npt.NDArray[np.bool_], values: Ints | Floats) -> Singles:
    return np.where(applies, values, np.nan).astype(np.float32)
