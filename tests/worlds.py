"""Tiny records of a few rows: by hand, and at random for property tests.

Random worlds draw from few participants, few keys and few dates, so that amendments, retractions, ties,
parties named twice and moments on the edge of a window are common rather than rare.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from records.columns import DTYPES
from records.known import Records, known_before
from records.tables import (
    ACTION_KINDS,
    BUSINESS_TYPES,
    CRITERIA_CATEGORIES,
    DISCOVERIES,
    INCIDENT_TYPES,
    SIZE_BANDS,
    STATUSES,
    TABLES,
    TIERS,
    VALIDATION_KINDS,
    VALIDATION_OUTCOMES,
)

DAY_ZERO = pd.Timestamp("2018-01-01")
PEOPLE = ("P1", "P2", "P3", "P4")
STRANGER = "P0"
"""Named in incidents and as a partner, and a participant later or never."""
DAYS = (1, 2, 30, 89, 90, 91, 200, 364, 365, 366, 455, 640, 730, 731, 1000, 1095, 1096, 1400)
DELAYS = (0.0, 0.0, 0.5, 1.0, 40.0, 400.0)
AS_OF_DAYS = (1.5, 2.0, 91.0, 180.0, 365.0, 366.0, 456.0, 731.0, 1096.0, 1097.5, 1460.0, 2500.0)

Row = Mapping[str, Any]


def day(number: float) -> pd.Timestamp:
    """The moment ``number`` days after day zero of every world."""
    return DAY_ZERO + pd.Timedelta(days=number)


def table(name: str, rows: Sequence[Row]) -> pd.DataFrame:
    """A stored table from rows that name only the columns they care about.

    ``source`` defaults to "test", ``record_id`` to the row's number, everything else to empty (flags: False).
    """
    columns = {}
    for column in TABLES[name].all_columns:
        default = {"text": None, "number": np.nan, "flag": False}.get(column.kind, pd.NaT)
        values = [row.get(column.name, default) for row in rows]
        if column.name == "source":
            values = [row.get("source", "test") for row in rows]
        if column.name == "record_id":
            values = [row.get("record_id", f"{name}-{place:04d}") for place, row in enumerate(rows)]
        columns[column.name] = pd.Series(values, dtype=object).astype(DTYPES[column.kind])
    return pd.DataFrame(columns)


def world(**tables: Sequence[Row]) -> Records:
    """A record of the given tables, each a list of rows; participants P1 to P4 are known from day zero by default."""
    tables.setdefault("participants", [{"participant_id": name, "known_at": DAY_ZERO} for name in PEOPLE])
    tables.setdefault("incidents", [])
    tables.setdefault("involvements", [])
    return Records({name: table(name, rows) for name, rows in tables.items()})


def incident(
    name: str, occurred: float, known: float, participants: Sequence[str] = ("P1",), **columns: Any
) -> tuple[Row, list[Row]]:
    """An incident row and its involvement rows, all known on the same day; days count from day zero."""
    row = {"incident_id": name, "occurred_on": day(occurred), "known_at": day(known), **columns}
    parties = [
        {"incident_id": name, "party_no": str(number), "participant_id": who, "known_at": day(known)}
        for number, who in enumerate(participants, 1)
    ]
    return row, parties


def incidents_world(*told: tuple[Row, list[Row]], **tables: Sequence[Row]) -> Records:
    """A world of the given incidents, see :func:`incident`; further tables as in :func:`world`."""
    return world(incidents=[row for row, _ in told], involvements=[row for _, rows in told for row in rows], **tables)


def spine_of(*pairs: tuple[str, float]) -> pd.DataFrame:
    """A spine of (participant, day) pairs."""
    frame = pd.DataFrame({"participant_id": [who for who, _ in pairs], "as_of": [day(number) for _, number in pairs]})
    return frame.astype({"participant_id": "str", "as_of": "datetime64[us]"})


def _rows(anchor: str, most: int, **columns: SearchStrategy[Any]) -> SearchStrategy[list[Row]]:
    """Rows that became known some delay after their ``anchor`` date; repeated keys are versions of each other."""

    @st.composite
    def row(draw: DrawFn) -> Row:
        drawn = {name: draw(values) for name, values in columns.items()}
        occurred = draw(st.sampled_from(DAYS))
        if anchor:
            drawn[anchor] = day(occurred)
        return drawn | {"known_at": day(occurred + draw(st.sampled_from(DELAYS)))}

    # Hypothesis likes short lists; a world needs a plot, so the longer half is asked for as well.
    return st.one_of(st.lists(row(), max_size=most), st.lists(row(), min_size=most // 2 + 1, max_size=most))


def _amended(rows: SearchStrategy[list[Row]]) -> SearchStrategy[list[Row]]:
    """The rows, some of them withdrawing what was said before."""
    withdrawn = st.sampled_from([False, False, False, True])
    return rows.flatmap(
        lambda drawn: st.lists(withdrawn, min_size=len(drawn), max_size=len(drawn)).map(
            lambda flags: [{**row, "retracted": flag} for row, flag in zip(drawn, flags, strict=True)]
        )
    )


def _names(prefix: str, count: int) -> SearchStrategy[str]:
    return st.sampled_from([f"{prefix}{number}" for number in range(1, count + 1)])


def _some_day() -> SearchStrategy[pd.Timestamp]:
    return st.sampled_from([day(number) for number in DAYS])


def _or_empty(values: SearchStrategy[Any], empty: Any = None) -> SearchStrategy[Any]:
    return st.one_of(st.just(empty), values, values)


COUNTRIES = ("MX", "US")
TYPES = BUSINESS_TYPES[:2]
OFFICES = ("El Paso", "Houston")
PROFILE: Mapping[str, SearchStrategy[Any]] = {
    "participant_id": st.sampled_from([*PEOPLE, STRANGER]),
    "business_type": _or_empty(st.sampled_from(TYPES)),
    "country": _or_empty(st.sampled_from(COUNTRIES)),
    "size_band": _or_empty(st.sampled_from(SIZE_BANDS[:2])),
    "field_office": _or_empty(st.sampled_from(OFFICES)),
    "enrolled_on": _or_empty(_some_day(), pd.NaT),
}
COUNT = _or_empty(st.integers(0, 5).map(float), np.nan)

TABLE_ROWS: Mapping[str, SearchStrategy[list[Row]]] = {
    "identifiers": _rows(
        "valid_from",
        4,
        participant_id=st.sampled_from(PEOPLE),
        scheme=st.just("scac"),
        value=_names("N", 2),
        valid_to=_or_empty(_some_day(), pd.NaT),
    ),
    "incidents": _rows(
        "occurred_on",
        9,
        incident_id=_names("I", 5),
        reported_on=_or_empty(_some_day(), pd.NaT),
        incident_type=_or_empty(st.sampled_from(INCIDENT_TYPES[:3])),
        severity=_or_empty(st.sampled_from([1.0, 2.5, 7.0, 9.9])),
        discovery=_or_empty(st.sampled_from(DISCOVERIES)),
        self_reported_before_discovery=st.booleans(),
        port=_or_empty(st.sampled_from(["2304", "2704"])),
        country_of_origin=_or_empty(st.sampled_from(COUNTRIES)),
        quantity_kg=_or_empty(st.sampled_from([0.1, 12.0]), np.nan),
        discovered_on=_or_empty(_some_day(), pd.NaT),
        self_reported_on=_or_empty(_some_day(), pd.NaT),
    ),
    "involvements": _rows(
        "",
        12,
        incident_id=_names("I", 5),
        party_no=_names("", 3),
        participant_id=_or_empty(st.sampled_from([*PEOPLE, STRANGER])),
        role=_or_empty(st.sampled_from(["carrier", "importer", "broker"])),
    ),
    "statuses": _rows(
        "effective_on",
        6,
        participant_id=st.sampled_from(PEOPLE),
        status=st.sampled_from(STATUSES),
        tier=_or_empty(st.sampled_from(TIERS)),
    ),
    "exposures": _rows(
        "month",
        8,
        participant_id=st.sampled_from(PEOPLE),
        shipments=COUNT,
        crossings=COUNT,
        exams_targeted=COUNT,
        exams_random=COUNT,
        discrepancies=COUNT,
    ),
    "validations": _rows(
        "performed_on",
        5,
        validation_id=_names("V", 3),
        participant_id=st.sampled_from(PEOPLE),
        kind=st.sampled_from(VALIDATION_KINDS),
        due_on=_or_empty(_some_day(), pd.NaT),
        outcome=_or_empty(st.sampled_from(VALIDATION_OUTCOMES)),
    ),
    "findings": _rows(
        "",
        6,
        finding_id=_names("F", 4),
        validation_id=_names("V", 3),
        category=_or_empty(st.sampled_from(CRITERIA_CATEGORIES)),
        must=st.booleans(),
        due_on=_or_empty(_some_day(), pd.NaT),
        corrected_on=_or_empty(_some_day(), pd.NaT),
    ),
    "partnerships": _rows(
        "valid_from",
        6,
        participant_id=st.sampled_from(PEOPLE),
        partner_id=st.sampled_from([*PEOPLE, STRANGER]),
        valid_to=_or_empty(_some_day(), pd.NaT),
    ),
    "actions": _rows(
        "decided_on",
        6,
        action_id=_names("A", 4),
        participant_id=st.sampled_from(PEOPLE),
        incident_id=_or_empty(_names("I", 5)),
        kind=st.sampled_from(ACTION_KINDS),
    ),
}
"""Random rows of every table but participants and those that link others."""

LINK_ROWS: Mapping[str, SearchStrategy[list[Row]]] = {
    "merges": _rows(
        "",
        4,
        participant_id=st.sampled_from(PEOPLE),
        into_participant_id=st.sampled_from(PEOPLE),
        effective_on=_some_day(),
    ),
    "duplicates": _rows("", 5, incident_id=_names("I", 5), duplicate_of=_names("I", 5), weight=st.just(0.9)),
}
"""Random merges and duplicates: chains, circles, changes of mind and effects announced for later included."""


def _blank_some_visits(draw: DrawFn, visits: list[Row]) -> list[Row]:
    """Some visits are still open: the day they were performed is empty."""
    return [{**row, "performed_on": pd.NaT} if draw(st.booleans()) else row for row in visits]


@st.composite
def records_strategy(draw: DrawFn, optional: bool | None = None) -> Records:
    """A small random record.

    ``optional``: True draws every optional table, False none, None some.
    """
    first = [{name: draw(values) for name, values in PROFILE.items()} | {"known_at": DAY_ZERO} for _ in PEOPLE]
    first = [{**row, "participant_id": name} for row, name in zip(first, PEOPLE, strict=True)]
    tables = {"participants": first + draw(_amended(_rows("", 3, **PROFILE)))}
    for name, rows in TABLE_ROWS.items():
        required = not TABLES[name].optional
        # Findings stand on visits; a program that sends one sends the other.
        if required or (draw(st.booleans()) if optional is None else optional):
            tables[name] = draw(_amended(rows))
    if "validations" in tables:
        tables["validations"] = _blank_some_visits(draw, tables["validations"])
    return world(**tables)


@st.composite
def linked_records(draw: DrawFn, optional: bool | None = None) -> Records:
    """A small random record, as stored, with merges of accounts, duplicate links or both."""
    tables = dict(draw(records_strategy(optional)).tables)
    which = draw(st.sampled_from([("merges",), ("duplicates",), ("merges", "duplicates")]))
    return Records(tables | {name: table(name, draw(_amended(LINK_ROWS[name]))) for name in which})


@st.composite
def changes(
    draw: DrawFn,
) -> Callable[[Records], tuple[Records, Records, pd.Timestamp, pd.Timestamp]]:
    """A change of one row of any table that is later undone.

    Returns
    -------
    callable
        Gives for a stored record: the record without the change, the one with the change and its undoing, and the
        moments of both. The key has no other news between the two.
    """
    rows = {**TABLE_ROWS, **LINK_ROWS, "participants": _rows("", 3, **PROFILE)}
    name = draw(st.sampled_from(sorted(rows)))
    row = draw(_amended(rows[name]).filter(bool))[0]
    changed = day(draw(st.sampled_from(DAYS)) + 0.25)
    undone = changed + pd.Timedelta(days=draw(st.sampled_from([0.125, 30.0, 400.0])))

    def applied(records: Records) -> tuple[Records, Records, pd.Timestamp, pd.Timestamp]:
        frame = records.tables.get(name, table(name, []))
        own = (frame[list(TABLES[name].key)] == pd.Series({key: row[key] for key in TABLES[name].key})).all(axis=1)
        frame = frame[~(own & (frame["known_at"] >= changed) & (frame["known_at"] <= undone))]
        past = frame[own.loc[frame.index] & (frame["known_at"] < changed)].sort_values(["known_at", "record_id"])
        news = table(name, [{**row, "known_at": changed, "record_id": "changed"}])
        undoing = past.tail(1) if len(past) else news.assign(retracted=True)
        both = pd.concat([frame, news, undoing.assign(known_at=undone, record_id="undone")], ignore_index=True)
        return (
            Records({**records.tables, name: frame}),
            Records({**records.tables, name: both.astype(frame.dtypes.to_dict())}),
            changed,
            undone,
        )

    return applied


def known_rows(records: Records, spine: pd.DataFrame) -> pd.DataFrame:
    """The spine's rows whose participant is on record at their moment."""
    people = Records({"participants": records["participants"]})
    there = [
        bool(known_before(people, as_of)["participants"]["participant_id"].eq(who).any())
        for who, as_of in zip(spine["participant_id"], spine["as_of"], strict=True)
    ]
    return spine[np.array(there, dtype=bool)]


@st.composite
def spines(draw: DrawFn, most: int = 6) -> pd.DataFrame:
    """A small spine over the four participants, without repeated rows, in any order."""
    pair = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(AS_OF_DAYS))
    return spine_of(*draw(st.lists(pair, min_size=most // 2, max_size=most, unique=True)))


def moments() -> SearchStrategy[pd.Timestamp]:
    """A moment at which a list might be drawn."""
    return st.sampled_from([day(number) for number in AS_OF_DAYS])
