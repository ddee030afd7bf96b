"""The incidents of one block of firms, who was involved, and what was amended later."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from records.simulate.large.cells import Cells, days, numbered, picked
from records.simulate.large.firms import COUNTRIES, Firms, Floats, Ints
from records.tables import DISCOVERIES, INCIDENT_TYPES, MODES, TAXONOMY_VERSION

TYPE_SHARES = (0.3, 0.06, 0.01, 0.02, 0.09, 0.01, 0.04, 0.16, 0.2, 0.05, 0.02, 0.03, 0.01)
TYPE_GRAVITY = (6, 7, 7, 6, 4, 6, 3, 4, 3, 3, 4, 5, 7)
PORTS = tuple(f"{number:04d}" for number in range(2301, 2341))
PORT_SHARES = 1 / np.arange(2, 2 + len(PORTS))
AMENDED, RETRACTED = 0.02, 0.3
LATE_DAYS = 25.0
SECOND_PARTY, NEAR, LINKED_LATER = 0.12, 0.8, 0.01


@dataclass(frozen=True)
class Drawn:
    """Incidents of a block before they are rows: whose, on which day, known how many days later, what, how grave."""

    first: int
    who: Ints
    day: Ints
    late: Ints
    kind: Ints
    gravity: Floats

    def incident_rows(self, draw: np.random.Generator, firms: Firms) -> dict[str, Cells]:
        """Cells of the incidents table; :data:`AMENDED` of them have a second version, some of these a retraction."""
        count = self.who.size
        again = np.flatnonzero(draw.random(count) < AMENDED)
        version = np.sort(np.concatenate([np.arange(count), again]), kind="stable")
        later = np.zeros(version.size, dtype=bool)
        later[1:] = version[1:] == version[:-1]
        wait = np.where(later, draw.integers(1, 400, version.size), 0)
        grave = np.clip(self.gravity[version] + np.where(later, draw.integers(-1, 3, version.size), 0), 1, 10)
        found = draw.choice(len(DISCOVERIES), count, p=(0.45, 0.2, 0.15, 0.2))
        port = draw.choice(len(PORTS), count, p=PORT_SHARES / PORT_SHARES.sum())
        kilograms = np.where(self.kind < 7, np.round(draw.exponential(20, count), 1), np.nan)
        origin = np.where(draw.random(count) < 0.6, firms.country[self.who], draw.integers(0, len(COUNTRIES), count))
        told = self.day + self.late // 2
        return {
            "incident_id": numbered("I", self.first + version, 11),
            "occurred_on": days(self.day[version]),
            "reported_on": days(told[version]),
            "incident_type": picked(INCIDENT_TYPES, self.kind[version]),
            "taxonomy_version": picked((TAXONOMY_VERSION,), np.zeros(version.size, np.int64)),
            "severity": grave,
            "discovery": picked(DISCOVERIES, found[version]),
            "self_reported_before_discovery": ((found == 2) & (draw.random(count) < 0.6))[version],
            "port": picked(PORTS, port[version]),
            "mode": picked(MODES, (port % len(MODES))[version]),
            "country_of_origin": picked(COUNTRIES, origin[version]),
            "quantity_kg": kilograms[version],
            "retracted": later & (draw.random(version.size) < RETRACTED),
            "known_at": days((self.day + self.late)[version] + wait),
        }

    def involvement_rows(self, draw: np.random.Generator, firms: Firms, everyone: int) -> dict[str, Cells]:
        """Cells of the involvements table: the firm, sometimes a second one of any block, some linked only later."""
        count = self.who.size
        second = np.flatnonzero(draw.random(count) < SECOND_PARTY)
        near = firms.first + draw.integers(0, firms.count, second.size)
        other = np.where(draw.random(second.size) < NEAR, near, draw.integers(0, everyone, second.size))
        unlinked = np.flatnonzero(draw.random(count) < LINKED_LATER)
        incident = np.concatenate([np.arange(count), second, unlinked])
        party = np.repeat([0, 1, 0], (count, second.size, unlinked.size))
        who = np.concatenate([firms.first + self.who, other, np.full(unlinked.size, -1)])
        # Who is linked only later stands there without a participant first.
        wait = np.zeros(incident.size, dtype=np.int64)
        wait[unlinked] = draw.integers(1, 90, unlinked.size)
        order = np.lexsort((wait, party, incident))
        incident, party, who, wait = incident[order], party[order], who[order], wait[order]
        ids = numbered("P", np.where(who < 0, 0, who), 9)
        linked = who >= 0
        return {
            "incident_id": numbered("I", self.first + incident, 11),
            "party_no": picked(("1", "2"), party),
            "participant_id": pc.if_else(pa.array(linked), ids, pa.scalar(None, pa.string())),
            "role": picked(("importer", "carrier"), party),
            "link_weight": np.where(linked, 1.0, np.nan),
            "known_at": days((self.day + self.late)[incident] + wait),
        }


def draw_incidents(draw: np.random.Generator, firms: Firms, first: int, count: int, span_days: int) -> Drawn:
    """Incidents with the numbers ``first`` to ``first + count - 1``, sorted by firm.

    A worsening firm's incidents crowd towards the end of the record, the others' are even over its membership.
    """
    who = np.repeat(np.arange(firms.count), draw.multinomial(count, firms.share))
    place = draw.random(count)
    place = np.where(firms.worsening[who], np.sqrt(place), place)
    day = firms.enrolled[who] + np.floor(place * (span_days - firms.enrolled[who])).astype(np.int64)
    late = np.floor(draw.exponential(LATE_DAYS, count)).astype(np.int64)
    kind = draw.choice(len(TYPE_SHARES), count, p=TYPE_SHARES)
    gravity = np.clip(np.asarray(TYPE_GRAVITY)[kind] + draw.integers(-2, 4, count), 1, 10)
    return Drawn(first, who, day, late, kind, gravity.astype(np.float64))
