"""The same figures under other labels: those that left treated in four ways, and labels as they were known."""

import numpy as np
import pandas as pd
import pytest
from stored_tables import incident_records

from training.censoring import censoring_table
from training.judging import Cohort
from training.known_then import Judged, label_versions, labels_then
from training.labels import build_labels

ORIGIN = pd.Timestamp("2020-01-01")
MARGIN = pd.Timedelta(days=30)


def cohort_of(positive, weight, rank):
    size = len(rank)
    return Cohort(
        origin=ORIGIN,
        participant_ids=np.array([f"p{n}" for n in range(size)], dtype=object),
        positive=np.array(positive, dtype=bool),
        incidents=np.array(positive, dtype=float),
        weight=np.array(weight, dtype=float),
        slices={"all": np.ones(size, dtype=bool)},
        rankings={"mine": np.array(rank, dtype=float)},
        probabilities={},
        expected_counts={},
    )


def test_four_treatments_of_one_that_left_from_the_first_place():
    """Left, positive, negative, negative: the second stands in for the first at weight 2."""
    table = censoring_table([cohort_of([0, 1, 0, 0], [0, 2, 1, 1], [4, 3, 2, 1])], [2])
    row = table.set_index("metric").loc["precision_at_2"]
    assert [row[name] for name in ("weight", "drop", "all_negative", "all_positive")] == [1.0, 0.5, 0.5, 1.0]
    recall = table.set_index("metric").loc["recall_at_2"]
    assert [recall[name] for name in ("weight", "drop", "all_negative", "all_positive")] == [1, 1, 1, 1]
    area = table.set_index("metric").loc["auc"]
    assert area["drop"] == 1
    assert area["all_negative"] == pytest.approx(2 / 3)


def test_where_nobody_left_all_treatments_agree():
    rng = np.random.default_rng(1)
    table = censoring_table([cohort_of(rng.random(60) < 0.3, np.ones(60), rng.random(60))], [10])
    figures = table[["weight", "drop", "all_negative", "all_positive"]].to_numpy()
    assert np.ptp(figures, axis=1).max() == 0


def test_a_report_later_than_the_margin_shows_as_known_now_and_not_then():
    rows = [
        ("p0", "2020-03-01", "2020-03-05", 1.0),
        ("p2", "2020-11-01", "2021-06-01", 1.0),
    ]
    records = incident_records(rows)
    spine = pd.DataFrame({"participant_id": ["p0", "p1", "p2"], "as_of": ORIGIN}).astype(
        {"participant_id": "str", "as_of": "datetime64[us]"}
    )
    then = labels_then(records, spine, 365, margin=MARGIN)
    now = build_labels(records, spine, 365, record_end=pd.Timestamp("2022-01-01"), margin=MARGIN)
    assert then["mature"].all()
    cohort = cohort_of(now["label"] == "positive", now["weight"], [3, 2, 1])
    found = label_versions([Judged(cohort, now, then)]).iloc[0]
    assert found["average_precision_as_known_then"] == 1
    assert found["average_precision_as_known_now"] == pytest.approx((1 + 2 / 3) / 2)
    assert (found["positive_then"], found["positive_now"]) == (1, 2)
    assert (found["turned_positive"], found["turned_negative"]) == (1, 0)
