"""Everyone is scored once a date, whoever asks and however many at a time."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from serving.scoreboard import Cohort, Scoreboard


def cohort(as_of: pd.Timestamp) -> Any:
    frame = pd.DataFrame(
        {
            "participant_id": ["A", "B"],
            "rated": [True, False],
            "rank": pd.array([1, None], dtype="Int64"),
            "reasons": ["[]", "[]"],
        }
    )
    view: Any = SimpleNamespace(as_of=as_of, __len__=lambda: 2)
    return Cohort.of(frame, view)


class Counting:
    def __init__(self) -> None:
        self.asked: list[pd.Timestamp] = []

    def __call__(self, as_of: pd.Timestamp) -> Cohort:
        self.asked.append(as_of)
        time.sleep(0.05)
        return cohort(as_of)


def test_many_who_ask_at_once_share_one_scoring() -> None:
    scoring = Counting()
    board = Scoreboard(scoring, limit=4)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: board.cohort(pd.Timestamp("2024-01-01")), range(8)))
    assert len(scoring.asked) == 1
    assert all(each is found[0] for each in found)


def test_the_date_unused_for_longest_goes_first() -> None:
    scoring = Counting()
    board = Scoreboard(scoring, limit=2)
    first, second, third = (pd.Timestamp(f"2024-0{month}-01") for month in (1, 2, 3))
    board.cohort(first)
    board.cohort(second)
    assert board.ready(first) is not None
    board.cohort(third)
    assert (board.ready(second), board.ready(first) is None) == (None, False)


def test_a_failure_is_told_and_not_kept() -> None:
    moods = iter([RuntimeError("no"), None])

    def scoring(as_of: pd.Timestamp) -> Cohort:
        mood = next(moods)
        if mood:
            raise mood
        return cohort(as_of)

    board = Scoreboard(scoring, limit=2)
    with pytest.raises(RuntimeError):
        board.cohort(pd.Timestamp("2024-01-01"))
    assert board.ready(pd.Timestamp("2024-01-01")) is None
    assert board.cohort(pd.Timestamp("2024-01-01")).row("A") is not None


def test_a_missing_number_is_none_and_a_stranger_has_no_row() -> None:
    found = cohort(pd.Timestamp("2024-01-01"))
    assert found.row("B") == {"participant_id": "B", "rated": False, "rank": None, "reasons": []}
    assert found.row("C") is None
