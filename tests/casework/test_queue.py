"""The list spends exactly its capacity, keeps the order of rank and hides which rows were drawn at random."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import QueueError
from casework.queue import draw_queue

AS_OF = pd.Timestamp("2024-10-01")


def scores(participants: int, rated: int | None = None) -> pd.DataFrame:
    rated = participants if rated is None else rated
    return pd.DataFrame(
        {
            "participant_id": [f"P-{number:05d}" for number in range(participants)],
            "as_of": AS_OF,
            "rank": np.arange(1, participants + 1),
            "rated": np.arange(participants) < rated,
        }
    )


@given(
    participants=st.integers(1, 60),
    capacity=st.integers(1, 80),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_every_rated_participant_stands_once_and_the_line_is_the_capacity(participants, capacity, share, seed):
    queue = draw_queue(scores(participants), capacity=capacity, audit_share=share, seed=seed)
    assert sorted(queue["participant_id"]) == sorted(scores(participants)["participant_id"])
    assert queue["above_capacity_line"].sum() == min(capacity, participants)
    assert list(queue["place"]) == list(range(1, participants + 1))


@given(participants=st.integers(1, 60), capacity=st.integers(1, 80), share=st.floats(0, 1), seed=st.integers(0, 999))
def test_rows_that_were_not_drawn_keep_the_order_of_rank(participants, capacity, share, seed):
    queue = draw_queue(scores(participants), capacity=capacity, audit_share=share, seed=seed)
    for _, rows in queue[queue["drawn"] == "rank"].groupby("above_capacity_line"):
        assert rows["rank"].is_monotonic_increasing


@given(order=st.permutations(range(12)), seed=st.integers(0, 999))
def test_the_order_of_the_rows_given_does_not_matter(order, seed):
    frame = scores(12)
    pd.testing.assert_frame_equal(
        draw_queue(frame, capacity=6, seed=seed), draw_queue(frame.iloc[order], capacity=6, seed=seed)
    )


def test_every_participant_below_the_ranked_places_has_the_same_chance_of_being_drawn():
    draws = pd.concat(draw_queue(scores(20), capacity=10, audit_share=0.2, seed=seed) for seed in range(2_000))
    counts = draws[draws["drawn"] == "audit"]["participant_id"].value_counts()
    assert len(counts) == 12
    # 4,000 draws over 12 participants: 333 each, standard deviation about 17.
    assert counts.min() > 250
    assert counts.max() < 420


def test_participants_that_are_not_rated_are_never_listed():
    queue = draw_queue(scores(5, rated=3), capacity=5, seed=1)
    assert len(queue) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [({"capacity": 0}, "capacity of at least 1"), ({"audit_share": 1.5}, "share from 0 to 1")],
)
def test_an_impossible_list_is_refused_in_words(change, words):
    with pytest.raises(QueueError, match=words):
        draw_queue(scores(3), **{"capacity": 2, "seed": 1, **change})


def test_a_list_of_two_moments_is_refused():
    two = pd.concat([scores(2), scores(2).assign(as_of=AS_OF + pd.Timedelta(days=1))])
    with pytest.raises(QueueError, match="one as_of, got 2"):
        draw_queue(two, capacity=1, seed=1)
