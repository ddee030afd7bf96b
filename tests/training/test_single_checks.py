"""Checks 3, 6 and 9 on planted backtests and models, what a digest of code reads, and how the verbs end."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from model_slices import blended_model, make_slice, quick_model
from scipy.special import expit, logit

import trustlane
from training import code_digest
from training.checks import reasons
from training.checks.calibrated import check_calibrated
from training.checks.judged import Judged
from training.checks.reasons import check_reasons
from training.checks.size_proxy import TOO_GOOD, check_size_proxy
from training.checks.verdict import CheckResult, ReleaseReport
from training.code_digest import code_digests

EMPTY = Judged("m", "planted", 365, *[pd.DataFrame()] * 4)
ORIGINS = [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01")]


def planted(told=lambda true: true, *, people=6000, seed=1) -> Judged:
    """A backtest in which risk is known, and ``told`` is what a model says of it."""
    rng = np.random.default_rng(seed)
    true = np.tile(expit(rng.normal(-2.5, 1.0, people)), len(ORIGINS))
    predictions = pd.DataFrame(
        {
            "origin": np.repeat(np.array(ORIGINS, dtype="datetime64[us]"), people),
            "participant_id": np.tile([f"p{number}" for number in range(people)], len(ORIGINS)),
            "label": np.where(rng.random(len(true)) < true, "positive", "negative"),
            "weight": 1.0,
            "rank_value_m": told(true),
            "probability_m": told(true),
        }
    )
    return replace(EMPTY, predictions=predictions)


def test_true_probabilities_are_calibrated():
    found = check_calibrated(planted())
    assert found.verdict == "passed"
    assert found.figures["slope.lower"] < 1 < found.figures["slope.upper"]
    assert found.figures["expected_over_observed.lower"] < 1 < found.figures["expected_over_observed.upper"]


@pytest.mark.parametrize(
    ("told", "figure", "side"),
    [
        (lambda true: true / 2, "expected_over_observed", "upper"),
        (lambda true: np.minimum(true * 2, 0.99), "expected_over_observed", "lower"),
        (lambda true: expit(2.5 * (logit(true) + 2.5) - 2.5), "slope", "upper"),
    ],
    ids=["half of it", "twice as much", "too far apart"],
)
def test_probabilities_that_are_off_fail_by_the_figure_that_shows_it(told, figure, side):
    found = check_calibrated(planted(told))
    assert found.verdict == "failed"
    low, high = found.figures["band_from"], found.figures["band_to"]
    bound = found.figures[f"{figure}.{side}"]
    assert bound < low if side == "upper" else bound > high
    assert found.advice


def test_a_record_too_small_to_tell_is_not_judged_and_does_not_stand_in_the_way():
    found = check_calibrated(planted(lambda true: true / 1.6, people=60))
    assert found.verdict == "not judged"
    assert not found.blocks
    assert check_calibrated(None).verdict == "not judged"


def test_reasons_of_real_models_add_up():
    part = make_slice(400, 9, 2021)
    for model in (quick_model(), blended_model()):
        found = check_reasons(model, part)
        assert found.verdict == "passed"
        assert found.figures["worst_difference"] <= found.figures["tolerance"]


@dataclass
class Skewed:
    """A model whose reasons miss the margin by so much, or that reads a feature that has no words."""

    model: object
    off: float = 0.0
    more: tuple[str, ...] = ()

    @property
    def features(self):
        return (*self.model.features, *self.more)

    def values(self, matrix):
        return self.model.values(matrix)

    def contributions_of(self, values):
        base, parts = self.model.contributions_of(values)
        return base + self.off, parts

    def margin_of(self, values):
        return self.model.margin_of(values)


@settings(deadline=None, max_examples=15)
@given(st.floats(2e-6, 10) | st.floats(-10, -2e-6))
def test_reasons_that_miss_the_margin_by_anything_fail(off):
    found = check_reasons(Skewed(quick_model(), off), make_slice(60, 9, 2021))
    assert found.blocks
    assert "they miss the margin by up to" in found.sentence


def test_a_feature_without_words_fails_and_is_named():
    found = check_reasons(Skewed(quick_model(), more=("luck",)), make_slice(60, 9, 2021))
    assert (found.verdict, found.figures["without_words"]) == ("failed", 1)
    assert "no words for luck" in found.sentence
    assert found.figures["rows"] <= reasons.MOST_ROWS


def with_auc(**values: float) -> Judged:
    rows = [{"slice": "all", "ranking": name, "metric": "auc", "value": value} for name, value in values.items()]
    return replace(EMPTY, summary=pd.DataFrame(rows))


def test_history_alone_that_ranks_nearly_perfectly_warns_of_a_list_of_the_largest():
    found = check_size_proxy(with_auc(recency=0.7, decayed_count=TOO_GOOD + 0.01))
    assert found.verdict == "warned"
    assert found.sentence.startswith("decayed_count alone reaches an AUC of 0.91")
    assert not found.blocks, "it is a warning"


def test_history_that_leaves_room_passes_and_rankings_that_read_more_do_not_count():
    found = check_size_proxy(with_auc(recency=0.7, decayed_count=TOO_GOOD, m=0.99, truth=0.99))
    assert found.verdict == "passed"
    assert set(found.figures) == {"recency.auc", "decayed_count.auc"}
    assert check_size_proxy(None).verdict == "not judged"
    assert check_size_proxy(with_auc(recency=float("nan"))).verdict == "not judged"


@pytest.fixture
def package(tmp_path, monkeypatch, request):
    """Four small modules: one imports another, which imports a third; nobody imports the fourth."""
    folder = tmp_path / f"copied_{abs(hash(request.node.name))}"
    sources = {
        "fit": f"from {folder.name} import rows\nimport numpy\n",
        "rows": f"from {folder.name}.deep import LIMIT\n",
        "deep": "LIMIT = 20\n",
        "page": f"from {folder.name} import fit\n",
        "__init__": "",
    }
    folder.mkdir()
    for name, text in sources.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(code_digest, "OURS", (folder.name,))
    return folder


@pytest.mark.parametrize(
    ("changed", "counts"), [("fit", True), ("rows", True), ("deep", True), ("page", False)], ids=str
)
def test_a_digest_changes_with_the_code_that_can_change_the_result_and_with_no_other(package, changed, counts):
    digest, entry = code_digests.__wrapped__, f"{package.name}.fit"
    before = digest(entry)
    assert list(before) == [package.name]
    assert digest(entry) == before
    path = package / f"{changed}.py"
    path.write_text(path.read_text() + "# changed\n")
    assert (digest(entry) != before) == counts


def test_the_digest_of_a_fit_reads_our_packages_that_it_stands_on_and_no_page():
    found = code_digests("training.fitting")
    assert set(found) == {"records", "features", "models", "training"}
    assert all(len(digest) == 64 for digest in found.values())


def report_with(verdict: str) -> ReleaseReport:
    return ReleaseReport("digest", "version", (CheckResult(3, "Calibrated", verdict, "told.", advice="Do this."),))


@pytest.mark.parametrize(("verdict", "status"), [("passed", 0), ("warned", 0), ("not judged", 0), ("failed", 1)])
def test_the_verb_check_ends_with_one_when_a_check_stands_in_the_way(monkeypatch, tmp_path, verdict, status):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trustlane, "_checked", lambda *_, **__: report_with(verdict))
    done = CliRunner().invoke(trustlane.main, ["check"])
    assert done.exit_code == status, done.output
    assert f"3  {verdict}" in done.output
    assert ("Do this." in done.output) == (status == 1)


@pytest.mark.parametrize(("same", "status"), [(True, 0), (False, 1)])
def test_the_verb_reproduce_ends_with_one_when_the_bytes_differ(monkeypatch, tmp_path, same, status):
    found = SimpleNamespace(same=same, text=lambda: "what was compared")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("training.reproduce.read_recipe", lambda *_: SimpleNamespace(data_version="v"))
    monkeypatch.setattr("training.reproduction.reproduce", lambda *_, **__: found)
    monkeypatch.setattr(trustlane, "Lake", lambda _: SimpleNamespace(read=lambda version: version))
    done = CliRunner().invoke(trustlane.main, ["reproduce", "run"])
    assert done.exit_code == status, done.output
    assert "what was compared" in done.output
