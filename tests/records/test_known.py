"""The cut by knowledge time: strictly before, the latest version, nothing retracted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import MissingTable
from records.known import NEVER, Records, empty_table, known_before, version_intervals

DAYS = st.integers(0, 8)
VERSIONS = st.lists(st.tuples(st.sampled_from("ABC"), DAYS, st.integers(1, 10), st.booleans()), max_size=12)


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp("2024-01-01") + pd.Timedelta(days=number)


def incidents(versions) -> pd.DataFrame:
    """Incident row versions from (id, known day, severity, retracted)."""
    rows = {
        "incident_id": [incident for incident, *_ in versions],
        "occurred_on": [day(0)] * len(versions),
        "severity": [float(severity) for _, _, severity, _ in versions],
        "retracted": [retracted for *_, retracted in versions],
        "known_at": [day(known) for _, known, *_ in versions],
        "source": ["test"] * len(versions),
        "record_id": [f"r{number:03d}" for number in range(len(versions))],
    }
    columns = empty_table("incidents")
    frame = pd.DataFrame({name: rows.get(name, [None] * len(versions)) for name in columns.columns})
    frame["self_reported_before_discovery"] = False
    return frame.astype(columns.dtypes.to_dict())


def slow_known_before(versions, as_of) -> dict[str, int]:
    """Severity by incident, one version after another in the order in which they became known."""
    state: dict[str, int | None] = {}
    for _, (incident, known, severity, retracted) in sorted(enumerate(versions), key=lambda v: (v[1][1], v[0])):
        if day(known) < as_of:
            state[incident] = None if retracted else severity
    return {incident: severity for incident, severity in state.items() if severity is not None}


@given(versions=VERSIONS, as_of=DAYS)
def test_the_cut_is_what_replaying_the_versions_one_by_one_gives(versions, as_of):
    known = known_before(Records({"incidents": incidents(versions)}), day(as_of))["incidents"]
    assert dict(zip(known["incident_id"], known["severity"], strict=True)) == slow_known_before(versions, day(as_of))


@given(versions=VERSIONS, as_of=DAYS)
def test_rows_known_later_leave_no_trace(versions, as_of):
    past = [version for version in versions if day(version[1]) < day(as_of)]
    poisoned = known_before(Records({"incidents": incidents(versions)}), day(as_of))["incidents"]
    clean = known_before(Records({"incidents": incidents(past)}), day(as_of))["incidents"]
    pd.testing.assert_frame_equal(poisoned.drop(columns="record_id"), clean.drop(columns="record_id"))


@given(versions=VERSIONS, as_of=DAYS)
def test_at_every_moment_exactly_one_version_of_a_known_key_is_valid(versions, as_of):
    intervals = version_intervals(incidents(versions), ("incident_id",))
    moment = np.datetime64(day(as_of))
    valid = intervals[(intervals["known_from"] < moment) & (moment <= intervals["known_until"])]
    known = {incident for incident, known, _, _ in versions if day(known) < day(as_of)}
    assert sorted(valid["incident_id"]) == sorted(known)


def test_a_row_known_at_the_very_moment_does_not_exist_yet():
    records = Records({"incidents": incidents([("A", 3, 5, False)])})
    assert len(known_before(records, day(3))["incidents"]) == 0
    assert len(known_before(records, day(3) + pd.Timedelta(1, "us"))["incidents"]) == 1


def test_the_last_version_is_never_superseded():
    intervals = version_intervals(incidents([("A", 1, 5, False), ("A", 4, 6, False)]), ("incident_id",))
    assert list(intervals["known_until"]) == [day(4), pd.Timestamp(NEVER)]


def test_a_table_that_was_never_sent_is_named_in_the_error():
    with pytest.raises(MissingTable, match="Expected the table 'exposures'"):
        Records({})["exposures"]
