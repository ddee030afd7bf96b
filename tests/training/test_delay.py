"""Laws of the reporting delay, recovery in a simulation, then a record of five incidents."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_tables import incident_records
from worlds import day, incident, incidents_world

from records.delays import delay_distribution
from records.known import Records, empty_table
from records.resolved import resolve
from training.delay import delay_margin, delay_margin_interval, observed_delays
from training.errors import DelayUnknown

DAY = pd.Timedelta(days=1)


def record_of(rows):
    """Records from (incident, participant, occurred_on, known_at, link known_at)."""
    incidents, involvements = empty_table("incidents"), empty_table("involvements")
    for number, (name, participant, occurred, known, linked) in enumerate(rows):
        row = {"incident_id": name, "occurred_on": occurred, "known_at": known, "record_id": f"a{number}"}
        incidents = pd.concat([incidents, pd.DataFrame([row])])
        row = {"incident_id": name, "party_no": "1", "participant_id": participant, "known_at": linked}
        involvements = pd.concat([involvements, pd.DataFrame([{**row, "record_id": f"b{number}"}])])
    kinds = {"known_at": "datetime64[us]", "retracted": "bool"}
    return Records(
        {
            "incidents": incidents.fillna({"retracted": False}).astype({**kinds, "occurred_on": "datetime64[us]"}),
            "involvements": involvements.fillna({"retracted": False}).astype(kinds),
        }
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_without_truncation_the_estimate_is_the_plain_distribution(delays):
    times, within = delay_distribution(delays, np.full(len(delays), 1000.0))
    plain = [np.mean(np.array(delays) <= t) for t in times]
    assert within == pytest.approx(plain)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=40))
def test_the_share_known_rises_to_one_and_never_exceeds_the_plain_share(pairs):
    delay = np.array([d for d, _ in pairs], dtype=float)
    limit = delay + np.array([extra for _, extra in pairs])
    times, within = delay_distribution(delay, limit)
    assert within[-1] == 1.0
    assert (within <= [np.mean(delay <= t) + 1e-12 for t in times]).all()
    assert (np.diff(within) >= 0).all()
    assert (within >= 0).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_true_percentile_is_recovered_where_the_plain_one_is_too_short(seed):
    rng = np.random.default_rng(seed)
    delay, limit = rng.gamma(1.2, 120.0, 20_000), rng.uniform(0, 1500, 20_000)
    truth = np.quantile(rng.gamma(1.2, 120.0, 400_000), 0.95)
    seen = delay <= limit
    times, within = delay_distribution(delay[seen], limit[seen])
    estimate = times[np.argmax(within >= 0.95)]
    plain = np.quantile(delay[seen], 0.95)
    assert estimate == pytest.approx(truth, rel=0.06)
    assert plain < 0.93 * truth


def test_a_delay_over_its_limit_is_refused():
    with pytest.raises(ValueError, match="at or under its limit"):
        delay_distribution([5.0], [4.0])


def test_the_delay_ends_when_the_incident_is_both_known_and_linked():
    start = pd.Timestamp("2024-01-01")
    records = record_of(
        [
            ("i1", "p1", start, start + 10 * DAY, start + 10 * DAY),
            ("i2", "p1", start, start + 10 * DAY, start + 40 * DAY),
            ("i3", None, start, start + 90 * DAY, start + 90 * DAY),
        ]
    )
    seen = observed_delays(records)
    assert sorted(seen["delay_days"]) == [10.0, 40.0]
    assert set(seen["limit_days"]) == {90.0}
    assert delay_margin(records, quantile=0.95) == 40 * DAY
    assert delay_margin(records, quantile=0.5) == 10 * DAY


def test_an_amendment_does_not_make_an_incident_late():
    start = pd.Timestamp("2024-01-01")
    records = record_of(
        [("i1", "p1", start, start + 5 * DAY, start + 5 * DAY), ("i1", "p1", start, start + 300 * DAY, start + 5 * DAY)]
    )
    assert delay_margin(records) == 5 * DAY


def test_the_margin_as_known_then_ignores_what_came_later():
    start = pd.Timestamp("2024-01-01")
    records = record_of(
        [
            ("i1", "p1", start, start + 5 * DAY, start + 5 * DAY),
            ("i2", "p1", start, start + 300 * DAY, start + 300 * DAY),
        ]
    )
    assert delay_margin(records, record_end=start + 100 * DAY) == 5 * DAY
    assert delay_margin(records) == 300 * DAY


def test_what_was_retracted_and_what_repeats_another_incident_is_no_delay():
    told = [incident("I1", 0, 5), incident("I2", 0, 90), incident("I3", 0, 200)]
    gone = ({**told[1][0], "known_at": day(95), "retracted": True}, [])
    unlinked = {**told[2][1][0], "known_at": day(210), "retracted": True}
    records = incidents_world(*told, gone, ({**told[0][0], "known_at": day(300)}, [unlinked]))
    assert observed_delays(records)["delay_days"].tolist() == [5.0]
    link = {"incident_id": "I2", "duplicate_of": "I1", "known_at": day(90)}
    assert observed_delays(resolve(incidents_world(*told[:2], duplicates=[link])))["delay_days"].tolist() == [5.0]


def test_a_merge_does_not_make_the_incidents_of_the_account_late():
    merge = {"participant_id": "P2", "into_participant_id": "P1", "effective_on": day(400), "known_at": day(400)}
    records = resolve(incidents_world(incident("I1", 0, 5, ["P2"]), merges=[merge]))
    seen = observed_delays(records)
    assert seen["delay_days"].tolist() == [5.0]
    assert seen["limit_days"].tolist() == [400.0]


def test_a_record_without_linked_incidents_says_so():
    with pytest.raises(DelayUnknown, match="linked to a participant"):
        delay_margin(Records({"incidents": empty_table("incidents"), "involvements": empty_table("involvements")}))


def late_record(seed, size=250):
    """Incidents with exponential delays of mean 40 days over three years; the later ones are seen only in part."""
    rng = np.random.default_rng(seed)
    occurred, delay = rng.integers(0, 1100, size), rng.exponential(40, size)
    rows = [("p1", day(int(o)), day(0) + pd.Timedelta(days=o + d), 1.0) for o, d in zip(occurred, delay, strict=True)]
    return incident_records([row for row in rows if row[2] < day(1100)])


def test_the_interval_of_the_margin_holds_it_and_is_narrower_with_more_incidents():
    few, many = late_record(1, 100), late_record(1, 900)
    widths = []
    for records in (few, many):
        low, high = delay_margin_interval(records, record_end=day(1100))
        assert low <= delay_margin(records, record_end=day(1100)) <= high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_the_interval_of_the_margin_holds_the_true_percentile_about_as_often_as_it_says():
    """95 % of exponential delays of mean 40 are under 119.8 days."""
    truth = -40 * np.log(0.05)
    held = 0
    for seed in range(40):
        low, high = delay_margin_interval(late_record(seed), record_end=day(1100), replicates=100)
        held += low <= pd.Timedelta(days=truth) <= high
    assert held >= 34


def test_participants_of_one_incident_do_not_make_the_margin_surer():
    one = record_of([(f"i{n}", "p1", day(0), day(n), day(n)) for n in range(30)])
    many = record_of([(f"i{n}", f"p{m}", day(0), day(n), day(n)) for n in range(30) for m in range(4)])
    assert delay_margin_interval(one) == delay_margin_interval(many)


def test_no_incident_gives_no_interval():
    with pytest.raises(DelayUnknown):
        delay_margin_interval(Records({name: empty_table(name) for name in ("incidents", "involvements")}))
