"""What a record that is too thin gets: an origin left out in words where it was found, a refusal where it was named."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import table

from models.spec import ModelSpec
from records.known import Records
from training import bench as bench_module
from training import learning_rows as learning_module
from training.backtest import run_backtest
from training.backtest_config import BacktestConfig
from training.bench import Bench
from training.errors import OriginRefused, TooFewPositives
from training.thin_origins import at_each_origin

START = pd.Timestamp("2014-01-01")
QUICK = ModelSpec(rounds=5, leaves=3, min_child_rows=20, replicas=0)
CONFIG = BacktestConfig(last_origins=4, candidates={"quick": QUICK}, capacities=(10,), shares=(), replicates=10)


def growing_program(first_incident: int, people: int = 160, years: int = 9) -> Records:
    """Nobody has an incident before the year ``first_incident`` of the record; from then on one in ten a year has."""
    rng = np.random.default_rng(4)
    names = [f"p{number:03d}" for number in range(people)]
    incidents, parties = [], []
    for year in range(first_incident, years):
        for name in rng.choice(names, people // 10, replace=False):
            occurred = START + pd.Timedelta(days=365 * year + int(rng.integers(365)))
            key, known = f"i{year}-{name}", occurred + pd.Timedelta(days=10)
            incidents.append({"incident_id": key, "occurred_on": occurred, "known_at": known, "severity": 3.0})
            parties.append({"incident_id": key, "party_no": "1", "participant_id": name, "known_at": known})
    told = [{"participant_id": name, "country": "MX", "known_at": START} for name in names]
    rows = {"participants": told, "incidents": incidents, "involvements": parties}
    return Records({name: table(name, each) for name, each in rows.items()}, f"growing-{first_incident}")


@pytest.fixture(scope="module")
def late():
    return growing_program(first_incident=4)


def test_a_yearly_origin_with_too_few_positives_is_left_out_and_said_to_be(late):
    found = run_backtest(late, CONFIG)
    dates = Bench.of(late, CONFIG).origins()
    left = [each.origin for each in found.left_out]
    assert left, "the first years have nothing to learn from"
    assert len(left) < len(dates)
    assert sorted([*left, *found.origins["origin"]]) == list(dates), "every origin is judged or told"
    assert f"Left out {left[0]:%Y-%m-%d}: Expected at least" in found.text()
    assert found.to_json()["left_out"][0]["origin"] == f"{left[0]:%Y-%m-%d}"
    only = replace(CONFIG, origins=tuple(found.origins["origin"]))
    pd.testing.assert_frame_equal(found.predictions, run_backtest(late, only).predictions)


def test_an_origin_that_was_named_is_refused_with_how_many_positives_are_needed(late):
    dates = Bench.of(late, CONFIG).origins()
    with pytest.raises(TooFewPositives, match=r"Expected at least 20 positive rows .* got \d+ of \d+"):
        run_backtest(late, replace(CONFIG, origins=dates))


def test_a_record_whose_every_origin_is_thin_is_refused_with_the_reason_of_each():
    empty = growing_program(first_incident=8)
    with pytest.raises(TooFewPositives) as refused:
        run_backtest(empty, CONFIG)
    assert str(refused.value).count("Left out") == len(Bench.of(empty, CONFIG).origins())


def test_other_refusals_of_an_origin_are_not_swallowed(late):
    bench = Bench.of(late, CONFIG)
    with pytest.raises(OriginRefused, match="Expected an origin after the record begins"):
        at_each_origin(bench, [pd.Timestamp("2010-01-01")], lambda number, at: at)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 9))
def test_what_is_judged_and_what_is_left_out_are_all_origins_in_their_order(positives, least):
    dates = [pd.Timestamp(year=2000 + number, month=1, day=1) for number in range(len(positives))]
    counted = dict(zip(dates, positives, strict=True))

    class Counted:
        config = CONFIG

        def arranged(self, origin):
            if counted[origin] < least:
                raise TooFewPositives(f"got {counted[origin]}")
            return origin

    thin = [date for date in dates if counted[date] < least]
    if len(thin) == len(dates):
        with pytest.raises(TooFewPositives):
            at_each_origin(Counted(), dates, lambda number, at: (number, at))
        return
    found, left = at_each_origin(Counted(), dates, lambda number, at: (number, at))
    assert found == [(number, date) for number, date in enumerate(dates) if date not in thin]
    assert [each.origin for each in left] == thin


def test_how_many_are_needed_is_what_the_two_limits_say():
    assert (bench_module.LEAST_POSITIVES, learning_module.LEAST_POSITIVES) == (5, 20)
