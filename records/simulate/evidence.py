"""What a simulated program's record shows at a moment, by participant and month: all that a filter may look at.

Everything comes from :func:`records.known.known_before`. Months count from the record's first; the month in which the
moment lies belongs to the future, however far it has gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.known import Records, known_before
from records.simulate.calendar import Calendar
from records.simulate.errors import SimulationRefused
from records.simulate.geography import COUNTRIES, OFFICES, PORT_CODES
from records.simulate.streams import Bools, Floats, Ints
from records.simulate.visits import Unmade, Visits
from records.tables import BUSINESS_TYPES, CRITERIA_CATEGORIES, DISCOVERIES

NUMBERS = ("shipments", "crossings", "exams", "discrepancies")


@dataclass(frozen=True)
class Evidence:
    """What is known of ``people`` (n) over the past ``months``.

    ``counts`` (n, months) are recorded incidents by the month in which they occurred; ``activity`` holds NUMBERS by
    name (n, months), NaN where not known; ``own_reports`` and ``others`` (n,) count incidents by who found them;
    ``ports`` and ``origins`` (n, places) count what incidents say of the corridor.
    """

    people: pd.Index
    months: int
    business_type: Ints
    country: Ints
    office: Ints
    enrolled: Ints
    live: Bools
    suspended: Bools
    tier: Ints
    counts: Floats
    own_reports: Floats
    others: Floats
    ports: Floats
    origins: Floats
    activity: dict[str, Floats]
    visits: Visits
    ties: tuple[Ints, Ints, Ints, Ints]

    def __len__(self) -> int:
        return len(self.people)


def gather_evidence(records: Records, as_of: pd.Timestamp, calendar: Calendar) -> Evidence:
    """Everything that the record shows at ``as_of``; what became known then or later does not exist."""
    known = known_before(records, as_of)
    people = known["participants"].set_index("participant_id")
    day = (as_of.to_datetime64() - calendar.start) // np.timedelta64(1, "D")
    months = int(calendar.month_of(np.array([day]))[0])
    if months < 1:
        raise SimulationRefused(
            f"Expected a moment at least a month into the record, which begins {calendar.start}; got {as_of:%Y-%m-%d}. "
            "Name a later one."
        )
    table = _Table(known, people.index, calendar, months)
    counts, own, others, ports, origins = table.incidents()
    live, suspended, tier = table.standing()
    return Evidence(
        people=people.index,
        months=months,
        business_type=_places(BUSINESS_TYPES, people["business_type"]),
        country=_places(COUNTRIES, people["country"]),
        office=_places(OFFICES, people["field_office"]),
        enrolled=table.days(people["enrolled_on"]),
        live=live,
        suspended=suspended,
        tier=tier,
        counts=counts,
        own_reports=own,
        others=others,
        ports=ports,
        origins=origins,
        activity=table.activity(),
        visits=table.visits(),
        ties=table.ties(),
    )


def _places(names: Iterable[str], values: pd.Series) -> Ints:
    """The place of each value among ``names``; -1 for one that is not."""
    return np.asarray(pd.Index(list(names)).get_indexer(pd.Index(values)), dtype=np.int64)


@dataclass(frozen=True)
class _Table:
    known: Records
    people: pd.Index
    calendar: Calendar
    months: int

    def days(self, moments: pd.Series) -> Ints:
        return np.asarray((moments.to_numpy(dtype="datetime64[D]") - self.calendar.start).astype(np.int64))

    def places(self, participants: pd.Series) -> Ints:
        return _places(self.people, participants)

    def incidents(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        linked = self.known["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
        rows = linked.merge(self.known["incidents"], on="incident_id")
        who, month = self.places(rows["participant_id"]), self.calendar.month_of(self.days(rows["occurred_on"]))
        inside = (who >= 0) & (month >= 0) & (month < self.months)
        rows, who, month = rows[inside], who[inside], month[inside]
        counts = np.zeros((len(self.people), self.months))
        np.add.at(counts, (who, month), 1.0)
        own = (rows["discovery"] == DISCOVERIES[2]).to_numpy(dtype=np.float64)
        size = len(self.people)
        self_told, others = (np.bincount(who, weight, size).astype(np.float64) for weight in (own, 1 - own))
        ports = self._tally(who, _places(PORT_CODES, rows["port"]), len(PORT_CODES))
        origins = self._tally(who, _places(COUNTRIES, rows["country_of_origin"]), len(COUNTRIES))
        return counts, self_told, others, ports, origins

    def _tally(self, who: Ints, place: Ints, places: int) -> Floats:
        tally = np.zeros((len(self.people), places))
        np.add.at(tally, (who[place >= 0], place[place >= 0]), 1.0)
        return tally

    def standing(self) -> tuple[Bools, Bools, Ints]:
        """Membership and suspension by month (n, months), and the tier, 0 to 2; the standing on the 15th counts."""
        rows = self.known["statuses"].sort_values(["participant_id", "effective_on"], kind="stable")
        names = ("applicant", "certified", "validated", "suspended", "removed", "withdrawn")
        code = _places(names, rows["status"])
        shape = len(self.people), self.months
        status, tier = np.zeros(shape, dtype=np.int64), np.full(shape, -1)
        who = self.places(rows["participant_id"])
        month = self.calendar.month_of(self.days(rows["effective_on"]) + 15).clip(min=0)
        steps = pd.to_numeric(rows["tier"], errors="coerce").to_numpy(dtype=np.float64)
        for i, m, value, level in zip(who, month, code, steps, strict=True):
            if i >= 0 and m < self.months:
                status[i, m:] = value
                if np.isfinite(level):
                    tier[i, m:] = int(level) - 1
        return np.isin(status, (1, 2, 3)), status == 3, tier.clip(min=0)

    def activity(self) -> dict[str, Floats]:
        rows = self.known["exposures"]
        rows = rows.assign(exams=rows["exams_targeted"] + rows["exams_random"])
        who, month = self.places(rows["participant_id"]), self.calendar.month_of(self.days(rows["month"]))
        inside = (who >= 0) & (month >= 0) & (month < self.months)
        found = {}
        for name in NUMBERS:
            found[name] = np.full((len(self.people), self.months), np.nan)
            found[name][who[inside], month[inside]] = rows[name].to_numpy(dtype=np.float64)[inside]
        return found

    def visits(self) -> Visits:
        made = self.known["validations"].dropna(subset=["performed_on"])
        made = made[self.places(made["participant_id"]) >= 0]
        made = made.sort_values(["participant_id", "performed_on"], kind="stable", ignore_index=True)
        found = np.zeros((len(made), len(CRITERIA_CATEGORIES)), dtype=np.bool_)
        rows = self.known["findings"]
        visit = _places(made["validation_id"], rows["validation_id"])
        category = _places(CRITERIA_CATEGORIES, rows["category"])
        found[visit[visit >= 0], category[visit >= 0]] = True
        number = np.asarray(made.groupby("participant_id").cumcount(), dtype=np.int64)
        day, none = self.days(made["performed_on"]), np.zeros(0, dtype=np.int64)
        who = self.places(made["participant_id"])
        return Visits(who, day, day, number, found, np.zeros_like(found), Unmade(none, none, none))

    def ties(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Partnerships from either side: from, to, first day, day of the end; each pair once."""
        rows = self.known["partnerships"]
        first, second = self.places(rows["participant_id"]), self.places(rows["partner_id"])
        start = self.days(rows["valid_from"])
        ended = rows["valid_to"].notna().to_numpy()
        stop = np.where(ended, self.days(rows["valid_to"].fillna(rows["valid_from"])), 10**6)
        both = pd.DataFrame(
            {"a": np.minimum(first, second), "b": np.maximum(first, second), "start": start, "stop": stop}
        )
        both = both[(both["a"] >= 0) & (both["a"] != both["b"])].drop_duplicates(["a", "b"], keep="last")
        a, b = both["a"].to_numpy(), both["b"].to_numpy()
        times = np.tile(both["start"].to_numpy(), 2), np.tile(both["stop"].to_numpy(), 2)
        return np.concatenate([a, b]), np.concatenate([b, a]), *times
