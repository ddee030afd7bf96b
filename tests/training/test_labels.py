"""Laws of the label, the slow definition as oracle, recovery under leaving, then stories."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.columns import DTYPES
from records.known import Records, empty_table, known_before
from records.resolved import resolve
from records.tables import TABLES
from training.labels import (
    NEGATIVE,
    NOT_YET_KNOWN,
    POSITIVE,
    build_labels,
    end_of_record,
    tally_labels,
    watching_weights,
)

START = pd.Timestamp("2020-01-01")
HORIZON = 100


def day(number):
    return START + pd.Timedelta(days=int(number))


def table(name, rows):
    """A stored table from rows that name only the columns that matter."""
    if not rows:
        return empty_table(name)
    frame = pd.DataFrame(rows)
    frame["record_id"] = [f"{name}-{number}" for number in range(len(frame))]
    columns = {column.name: DTYPES[column.kind] for column in TABLES[name].all_columns}
    frame = frame.reindex(columns=list(columns))
    flags = [name for name, kind in columns.items() if kind == "bool"]
    frame[flags] = frame[flags].astype("boolean").fillna(False).astype(bool)
    return frame.astype(columns)


def records_of(incidents, involvements=None, statuses=None):
    """Incidents as (id, participant, occurred, known[, retracted]); statuses as (participant, day, status, known)."""
    rows = [
        {"incident_id": i[0], "occurred_on": day(i[2]), "known_at": day(i[3]), "retracted": len(i) > 4 and i[4]}
        for i in incidents
    ]
    links = [
        {"incident_id": i[0], "party_no": "1", "participant_id": i[1], "known_at": day(i[3])} for i in incidents
    ] + [
        {"incident_id": v[0], "party_no": v[1], "participant_id": v[2], "known_at": day(v[3])}
        for v in involvements or []
    ]
    tables = {"incidents": table("incidents", rows), "involvements": table("involvements", links)}
    if statuses is not None:
        tables["statuses"] = table(
            "statuses",
            [
                {"participant_id": s[0], "effective_on": day(s[1]), "status": s[2], "known_at": day(s[3])}
                for s in statuses
            ],
        )
    return Records(tables)


def spine_of(*rows):
    return pd.DataFrame({"participant_id": [r[0] for r in rows], "as_of": [day(r[1]) for r in rows]}).astype(
        {"participant_id": "str", "as_of": "datetime64[us]"}
    )


def label(records, spine, end, margin=0):
    return build_labels(records, spine, HORIZON, record_end=day(end), margin=pd.Timedelta(days=margin))


def slow_label(records, participant, as_of, end, margin):
    """The definition, row by row."""
    known = known_before(records, day(end))
    links = known["involvements"]
    own = set(links.loc[links["participant_id"] == participant, "incident_id"])
    rows = known["incidents"]
    window = rows[rows["incident_id"].isin(own) & (rows["occurred_on"] >= day(as_of))]
    window = window[window["occurred_on"] < day(as_of + HORIZON)]
    statuses = known["statuses"]
    statuses = statuses[statuses["participant_id"] == participant].sort_values("effective_on")
    out = statuses[~statuses["status"].isin(("certified", "validated"))]
    leaving = [d for d in out["effective_on"] if day(as_of) <= d < day(as_of + HORIZON)]
    before = statuses[statuses["effective_on"] < day(as_of)]
    if len(before) and before["status"].iloc[-1] not in ("certified", "validated"):
        leaving.append(day(as_of))
    first_left = min(leaving, default=pd.Timestamp.max)
    if len(window) and window["occurred_on"].min() <= first_left:
        return POSITIVE
    mature = day(as_of + HORIZON + margin) < day(end)
    return NEGATIVE if mature and not leaving else NOT_YET_KNOWN


PEOPLE = st.sampled_from(["p1", "p2", "p3"])
DAYS = st.integers(0, 300)
INCIDENTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), PEOPLE, DAYS, DAYS, st.sampled_from([False, False, True])), max_size=12
)
STATUSES = st.lists(
    st.tuples(PEOPLE, DAYS, st.sampled_from(["certified", "suspended", "withdrawn", "validated"]), DAYS), max_size=8
)


@settings(max_examples=120, deadline=None)
@given(INCIDENTS, STATUSES, st.lists(st.tuples(PEOPLE, DAYS), min_size=1, max_size=8), DAYS, st.integers(0, 60))
def test_the_label_is_what_the_slow_definition_says(incidents, statuses, spine, end, margin):
    records = records_of(incidents, statuses=statuses)
    labels = label(records, spine_of(*spine), end, margin)
    assert list(labels["label"]) == [slow_label(records, p, d, end, margin) for p, d in spine]


@settings(max_examples=60, deadline=None)
@given(INCIDENTS, STATUSES, st.lists(st.tuples(PEOPLE, DAYS), min_size=1, max_size=8), DAYS)
def test_what_becomes_known_at_or_after_the_end_changes_nothing(incidents, statuses, spine, end):
    spine = spine_of(*spine)
    early = [i for i in incidents if i[3] < end]
    cut = label(records_of(early, statuses=[s for s in statuses if s[3] < end]), spine, end)
    whole = label(
        records_of(early + [i for i in incidents if i[3] >= end], statuses=sorted_late(statuses, end)), spine, end
    )
    pd.testing.assert_frame_equal(cut, whole)


def sorted_late(statuses, end):
    return [s for s in statuses if s[3] < end] + [s for s in statuses if s[3] >= end]


@settings(max_examples=60, deadline=None)
@given(INCIDENTS, STATUSES, st.lists(st.tuples(PEOPLE, DAYS), min_size=1, max_size=8), DAYS, st.integers(0, 60))
def test_weight_is_carried_exactly_by_mature_rows_whose_label_is_known(incidents, statuses, spine, end, margin):
    labels = label(records_of(incidents, statuses=statuses), spine_of(*spine), end, margin)
    known = labels["mature"] & (labels["label"] != NOT_YET_KNOWN)
    assert list(labels["weight"] > 0) == list(known)
    assert (labels.loc[known, "weight"] >= 1 - 1e-12).all()
    assert list(labels["incidents"].isna()) == list(labels["label"] == NOT_YET_KNOWN)
    assert list(labels["incidents"] > 0) == list(labels["label"] == POSITIVE)


def test_the_weighted_share_of_positives_recovers_the_truth_where_dropping_does_not():
    rng = np.random.default_rng(3)
    event, leaving = rng.exponential(150, 200_000), rng.exponential(120, 200_000)
    weight = watching_weights(
        np.where(event < 100, event, np.nan),
        np.where(leaving < 100, leaving, np.nan),
        100.0,
        counted=np.ones(200_000, dtype=bool),
    )
    positive = (event < 100) & (event <= leaving)
    truth = 1 - np.exp(-100 / 150)
    assert (weight * positive).sum() / weight.sum() == pytest.approx(truth, abs=0.006)
    assert weight.sum() == pytest.approx(200_000, rel=0.01)
    assert abs(positive[weight > 0].mean() - truth) > 0.05


def test_without_leaving_every_mature_row_weighs_one():
    labels = label(records_of([("a", "p1", 20, 25)]), spine_of(("p1", 0), ("p2", 0)), 200)
    assert list(labels["label"]) == [POSITIVE, NEGATIVE]
    assert list(labels["weight"]) == [1.0, 1.0]
    assert list(labels["incidents"]) == [1.0, 0.0]


def test_the_window_holds_its_first_day_and_not_its_last():
    records = records_of([("a", "p1", 10, 11), ("b", "p2", 110, 111)])
    labels = label(records, spine_of(("p1", 10), ("p1", 11), ("p2", 10), ("p2", 11)), 300)
    assert list(labels["label"]) == [POSITIVE, NEGATIVE, NEGATIVE, POSITIVE]


def test_a_row_is_mature_only_when_the_record_ends_after_horizon_and_margin():
    labels = label(records_of([]), spine_of(("p1", 0), ("p1", 1)), HORIZON + 31, margin=30)
    assert list(labels["label"]) == [NEGATIVE, NOT_YET_KNOWN]


def test_a_positive_seen_early_is_positive_and_still_carries_no_weight():
    labels = label(records_of([("a", "p1", 20, 25)]), spine_of(("p1", 0)), 60)
    assert labels["label"].item() == POSITIVE
    assert labels["weight"].item() == 0.0
    assert tally_labels(labels)["immature_positive"] == 1


def test_a_suspended_participant_is_not_a_negative_and_another_stands_in_for_it():
    statuses = [("p1", 0, "certified", 0), ("p2", 0, "certified", 0), ("p2", 50, "suspended", 50)]
    labels = label(records_of([], statuses=statuses), spine_of(("p1", 10), ("p2", 10)), 300)
    assert list(labels["label"]) == [NEGATIVE, NOT_YET_KNOWN]
    assert list(labels["weight"]) == [2.0, 0.0]
    assert list(labels["censored"]) == [False, True]


def test_an_incident_before_the_suspension_that_followed_it_is_positive():
    records = records_of([("a", "p1", 40, 41)], statuses=[("p1", 0, "certified", 0), ("p1", 60, "suspended", 60)])
    assert label(records, spine_of(("p1", 10)), 300)["label"].item() == POSITIVE


def test_a_withdrawal_learned_late_censors_from_the_first_day():
    records = records_of([], statuses=[("p1", 0, "certified", 0), ("p1", 5, "withdrawn", 40)])
    labels = label(records, spine_of(("p1", 10)), 300)
    assert labels["label"].item() == NOT_YET_KNOWN


def test_a_retracted_or_unlinked_incident_is_out_of_scope():
    records = records_of([("a", "p1", 20, 21), ("a", "p1", 20, 150, True), ("b", None, 20, 21)])
    assert label(records, spine_of(("p1", 0)), 140)["label"].item() == POSITIVE
    assert label(records, spine_of(("p1", 0)), 200)["label"].item() == NEGATIVE


def test_a_withdrawn_link_is_out_of_scope():
    records = records_of([("a", "p1", 20, 21)])
    gone = records["involvements"].assign(retracted=True, known_at=day(150), record_id="gone")
    links = pd.concat([records["involvements"], gone], ignore_index=True)
    records = Records({**records.tables, "involvements": links})
    assert label(records, spine_of(("p1", 0)), 140)["label"].item() == POSITIVE
    assert label(records, spine_of(("p1", 0)), 200)["label"].item() == NEGATIVE


def test_an_account_that_was_merged_away_is_censored_and_never_a_silent_negative():
    people = table("participants", [{"participant_id": name, "known_at": day(0)} for name in ("p1", "p2", "p3")])
    merge = {"participant_id": "p1", "into_participant_id": "p2", "effective_on": day(50), "known_at": day(50)}
    stored = records_of([("a", "p1", 20, 21)])
    records = resolve(Records({**stored.tables, "participants": people, "merges": table("merges", [merge])}))
    labels = label(records, spine_of(("p1", 10), ("p2", 10), ("p3", 10)), 300)
    assert list(labels["label"]) == [NOT_YET_KNOWN, POSITIVE, NEGATIVE]
    assert list(labels["censored"]) == [True, False, False]
    assert labels["weight"].iloc[0] == 0


def test_a_participant_named_twice_in_one_incident_counts_once():
    records = records_of([("a", "p1", 20, 21)], involvements=[("a", "2", "p1", 21), ("a", "3", "p2", 21)])
    labels = label(records, spine_of(("p1", 0), ("p2", 0)), 200)
    assert list(labels["incidents"]) == [1.0, 1.0]


def test_the_margin_is_estimated_from_the_record_when_none_is_given():
    records = records_of([(f"i{n}", "p1", 0, 40) for n in range(20)])
    early = build_labels(records, spine_of(("p2", 10)), HORIZON, record_end=day(10 + HORIZON + 40))
    later = build_labels(records, spine_of(("p2", 10)), HORIZON, record_end=day(10 + HORIZON + 41))
    assert early["label"].item() == NOT_YET_KNOWN
    assert later["label"].item() == NEGATIVE


def test_the_end_of_the_record_sees_its_last_row():
    records = records_of([("a", "p1", 20, 150)])
    labels = build_labels(
        records, spine_of(("p1", 0)), HORIZON, record_end=end_of_record(records), margin=pd.Timedelta(0)
    )
    assert labels["label"].item() == POSITIVE


def test_the_index_of_the_spine_is_kept():
    spine = spine_of(("p1", 0), ("p2", 0)).set_axis([7, 3], axis=0)
    assert list(label(records_of([]), spine, 200).index) == [7, 3]


def test_weights_are_those_of_scikit_survival():
    """Golden: CensoringDistributionEstimator of scikit-survival 0.28.0 on these rows, read just before each row's end.

    Fitted on ``Surv.from_arrays(settled, until)`` with until = min(incident, leaving, 100) and settled = incident on or
    before leaving, or watched to 100; predict_proba(until - 1e-6). Its own predict_ipcw reads the curve at the end
    itself, where whoever leaves on that day is already gone; here an incident on the day of leaving was still seen.
    """
    event = np.array([10, 25, 25, 40, 70, np.nan, np.nan, np.nan, np.nan, 90, 55, np.nan])
    leaving = np.array([np.nan, np.nan, 25, 60, np.nan, 30, 25, np.nan, 70, 80, np.nan, np.nan])
    watched = [1.0, 1.0, 1.0, 0.7777777777777777, 0.7777777777777777, 0.3888888888888889, 0.7777777777777777]
    weights = watching_weights(event, leaving, 100.0, counted=np.ones(12, dtype=bool))
    settled = [0, 1, 2, 3, 4, 7, 10, 11]
    assert weights[settled] == pytest.approx(1 / np.array([*watched, 0.3888888888888889]), rel=1e-12)
    assert (np.delete(weights, settled) == 0).all()


@settings(max_examples=60, deadline=None)
@given(INCIDENTS, STATUSES, st.lists(st.tuples(PEOPLE, DAYS), min_size=1, max_size=8), st.sampled_from([90, 180, 365]))
def test_every_horizon_that_is_offered_holds_its_own_incidents_and_those_of_the_shorter(
    incidents, statuses, spine, days
):
    records, rows = records_of(incidents, statuses=statuses), spine_of(*spine)
    labels = build_labels(records, rows, days, record_end=day(2000), margin=pd.Timedelta(0))
    known = known_before(records, day(2000))
    own = known["involvements"].merge(known["incidents"], on="incident_id")[
        ["incident_id", "participant_id", "occurred_on"]
    ]
    for (participant, start), label_of, tally in zip(spine, labels["label"], labels["incidents"], strict=True):
        mine = own[own["participant_id"] == participant].drop_duplicates("incident_id")["occurred_on"]
        inside = int(((mine >= day(start)) & (mine < day(start + days))).sum())
        assert label_of == NOT_YET_KNOWN or tally == inside
        assert (label_of == POSITIVE) <= (inside > 0)
