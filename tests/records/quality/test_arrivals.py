"""Sources that fall silent, months with fewer rows than expected, and delays that are cut off."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import day, incident, incidents_world, linked_records, moments

from records.delays import delay_distribution
from records.known import known_before
from records.quality import Expectations, measure_quality

DAY_ZERO = pd.Timestamp("2018-01-01")


def told(*days, source="port"):
    """A record with one incident known on each of the days."""
    rows = [incident(f"{source}{place}", known - 1, known, source=source) for place, known in enumerate(days)]
    return incidents_world(
        *rows, participants=[{"participant_id": "P1", "known_at": day(0), "source": "portal"}]
    ).tables


def declared(**columns):
    return Expectations.from_dict({"sources": [{"name": "port", "tables": ["incidents"], **columns}]})


def silent(tables, at, expectations=None):
    return [alarm.source for alarm in measure_quality(tables, day(at), expectations).alarms]


def test_a_declared_source_is_silent_from_the_day_after_its_period_and_delay():
    # Every week within 10 days; last rows on day 100: day 117 is the last on which that is in order.
    expected = declared(every="week", within_days=10)
    assert silent(told(90, 95, 100), 117, expected) == []
    assert silent(told(90, 95, 100), 118, expected) == ["port"]


def test_the_alarm_names_the_owner_and_what_is_allowed():
    (alarm,) = measure_quality(told(100), day(200), declared(every="day", within_days=2, owner="Port desk")).alarms
    assert alarm.owner == "Port desk"
    assert alarm.text == "port is silent: last rows 2018-04-11, 100 days ago; 3 are allowed (declared)."


def test_a_declared_source_that_never_sent_a_row_is_silent_since_it_was_to_begin():
    expected = Expectations.from_dict({"sources": [{"name": "office", "every": "month", "since": DAY_ZERO.date()}]})
    assert silent(told(20), 31, expected) == []
    assert silent(told(20), 32, expected) == ["office"]


def test_rows_in_other_tables_do_not_break_the_silence_of_a_source():
    assert silent(told(100, source="portal"), 200, declared(since=DAY_ZERO.date())) == ["port"]


def test_without_a_declaration_a_source_is_held_to_its_longest_pause():
    tables = told(10, 20, 30, 60, 70, 80, 90)
    assert "port" not in silent(tables, 90 + 31)
    assert "port" in silent(tables, 90 + 32)


def test_a_source_that_came_a_few_times_shows_no_rhythm_and_raises_no_alarm():
    assert silent(told(10, 20), 1000) == []


def test_what_arrives_later_breaks_the_silence_only_from_then_on():
    tables = told(100, 300)
    expected = declared(every="week")
    assert silent(tables, 200, expected) == ["port"]
    assert silent(tables, 301, expected) == []


def test_a_month_with_fewer_rows_than_declared_is_named():
    expected = declared(every="month", at_least=3)
    report = measure_quality(told(1, 2, 3, 40, 62, 63, 64), day(92), expected)
    verdicts = {month.month: month.verdict for month in report.arrivals.months if month.source == "port"}
    assert verdicts == {"2018-01": "as expected", "2018-02": "fewer", "2018-03": "as expected", "2018-04": "not over"}
    assert report.metric("arrival.port").numerator == 1


def test_a_month_is_judged_by_the_twelve_before_it_and_says_so():
    steady = [30 * month + place for month in range(24) for place in range(1, 21)]
    report = measure_quality(told(*steady), day(1000))
    months = {month.month: month for month in report.arrivals.months if month.source == "port"}
    assert months["2018-02"].verdict == "cannot tell"
    assert (months["2019-06"].verdict, months["2019-06"].basis) == ("as expected", "history")
    assert months["2020-05"].verdict == "fewer"
    assert months["2020-05"].received == 0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 4)), min_size=1, max_size=20))
def test_a_count_is_as_many_rows(rows):
    pairs = [(min(a, b), max(a, b), count) for a, b, count in rows]
    delay, limit, count = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    repeated = delay_distribution(np.repeat(delay, count.astype(int)), np.repeat(limit, count.astype(int)))
    assert np.allclose(delay_distribution(delay, limit, count), repeated)


def test_the_delay_is_corrected_for_what_is_not_known_yet():
    # Delays of 0 to 99 days, equally likely; of the last 100 days only the short ones are known.
    rng = np.random.default_rng(1)
    happened, delay = rng.integers(0, 400, 1500), rng.integers(0, 100, 1500)
    rows = [incident(f"I{k}", h, h + d, source="port") for k, (h, d) in enumerate(zip(happened, delay, strict=True))]
    report = measure_quality(incidents_world(*rows).tables, day(400))
    port = report.sources[0]
    assert port.median_delay_days == pytest.approx(49.5, abs=5)
    assert port.median_delay_seen_days < port.median_delay_days
    assert port.to_come_lower <= (happened + delay >= 400).sum() <= port.to_come_upper


@settings(deadline=None, max_examples=6)
@given(linked_records(), moments())
def test_a_report_of_the_past_knows_only_what_was_known_then(record, as_of):
    cut = {name: frame[frame["known_at"] < as_of] for name, frame in record.tables.items()}
    whole, past = measure_quality(record.tables, as_of).to_dict(), measure_quality(cut, as_of).to_dict()
    # A table without a row yet is one that is not sent yet.
    kept = ("headline", "sources", "links", "unseen", "amended_incidents", "retracted_incidents")
    sent = {name for name, frame in cut.items() if len(frame)}
    if sent == set(record.tables):
        assert {name: whole[name] for name in kept} == {name: past[name] for name in kept}
    assert {name: whole["rows"][name] for name in sent} == {
        name: len(frame) for name, frame in known_before(record, as_of).tables.items() if name in sent
    }


@settings(deadline=None, max_examples=6)
@given(linked_records(), moments(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing_and_json_can_say_it(record, as_of, random):
    mixed = {
        name: frame.sample(frac=1, random_state=random.randrange(1000)).reset_index(drop=True)
        for name, frame in record.tables.items()
    }
    report = measure_quality(record.tables, as_of).to_dict()
    assert json.loads(json.dumps(report)) == json.loads(json.dumps(measure_quality(mixed, as_of).to_dict()))


@settings(deadline=None, max_examples=6)
@given(linked_records(), moments())
def test_every_figure_is_a_share_of_what_it_counts(record, as_of):
    report = measure_quality(record.tables, as_of)
    assert [item.id for item in report.headline] == ["incomplete", "inconsistent", "missing", "duplicate"]
    for figure in (*report.headline, *report.metrics):
        if figure.value is not None and getattr(figure, "unit", "share") == "share":
            assert 0 <= figure.value <= 1, figure.id
    links = report.links
    parts = (links.given, links.by_number, links.by_name, links.by_person, links.outside, links.open)
    assert sum(parts) == links.parties
