"""Linkage against known truth: a simulated program, and real spellings of pipeline operators."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.bench_linkage import judge_links, judge_program, judge_spellings
from benchmarks.linkage_world import made_up_parties
from records.linkage import link_parties
from records.simulate.program import simulate_program

NAMES = Path(__file__).parents[4] / "shared" / "data" / "phmsa" / "operator_name_variants.csv"
LEAST_F1, LEAST_PRECISION = 0.97, 0.95


def test_a_simulated_program_is_linked_as_it_truly_is(tmp_path):
    simulate_program(tmp_path, participants=2000, years=4, seed=41)
    judged = judge_program(tmp_path)
    assert judged.true > 50
    assert judged.f1 >= LEAST_F1
    assert judged.precision >= 0.98


@pytest.mark.long
@pytest.mark.parametrize("seed", [41, 42])
def test_a_whole_simulated_program_is_linked_as_it_truly_is(tmp_path, seed):
    simulate_program(tmp_path, seed=seed)
    assert judge_program(tmp_path).f1 >= LEAST_F1


def test_badly_written_reports_are_hardly_ever_linked_to_the_wrong_firm():
    world = made_up_parties(participants=1000, incidents=3000, seed=5)
    found = link_parties(**world.tables)
    judged = judge_links(found.links, world.truth, world.tables["open_parties"], "made-up parties")
    assert judged.precision >= 0.995
    assert judged.recall >= 0.9


@pytest.mark.skipif(not NAMES.is_file(), reason="the spellings of pipeline operators are not beside the checkout")
def test_real_spellings_are_matched_precisely_and_more_of_them_than_by_equal_normalized_names():
    judgments = judge_spellings(pd.read_csv(NAMES))
    assert len(judgments) == 3
    for ours, baseline in judgments:
        assert ours.recall > baseline.recall
        if ours.title.startswith("*"):
            assert ours.precision >= LEAST_PRECISION
