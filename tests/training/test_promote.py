"""A version becomes champion when it is not worse, or when someone says why it may."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from model_slices import blended_model, quick_model

from models.documents import Document, Paragraph, Section
from models.errors import UnknownVersion
from models.experiments import log_run, open_tracking
from models.registry import DIGEST_TAG, promotions, register, resolve_champion, version_tags
from models.run_files import keep_run_files, run_of_version
from models.run_items import RunContent
from models.spec import ModelSpec
from serving.documents import fetch_documents, read_documents
from training.checks.verdict import CheckResult, ReleaseReport
from training.errors import ConfigRefused, PromotionRefused
from training.promote import attach_backtest, promote_model, read_backtest

NOW = pd.Timestamp("2026-11-24")
CONTENT = RunContent("trustlane-train", "train", "", "synthetic")


def passed(uri: str, version: str, *results: CheckResult) -> ReleaseReport:
    """A report on that very version."""
    return ReleaseReport(version_tags(uri, version)[DIGEST_TAG], "synthetic", results)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions, the first of them champion."""
    folder = tmp_path_factory.mktemp("program") / "mlruns"
    address = f"sqlite:///{folder}/mlflow.db"
    for model in (quick_model(), blended_model()):
        register(address, log_run(open_tracking(address), CONTENT, model=model), model, description="")
    promote_model(address, "1", now=NOW, checked=passed(address, "1"))
    return folder / "mlflow.db"


@pytest.fixture
def uri(database: Path, tmp_path: Path) -> str:
    """A copy of the database is a registry of its own; its files stay where they are."""
    (tmp_path / "mlruns").mkdir()
    shutil.copy(database, tmp_path / "mlruns" / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlruns/mlflow.db"


def test_the_first_champion_says_that_it_is_the_first(uri: str):
    assert promotions(uri)[0].reason == "version 1, the first champion"


def test_a_better_version_is_promoted_with_both_figures_as_its_reason(uri: str):
    attach_backtest(uri, "1", {"average_precision": 0.40}, basis="a")
    attach_backtest(uri, "2", {"average_precision": 0.45}, basis="a")
    promotion = promote_model(uri, now=NOW, checked=passed(uri, "2"))
    assert resolve_champion(uri).version == "2"
    assert "0.4500 against 0.4000 of version 1" in promotion.reason
    assert not promotion.forced


def test_a_worse_version_is_refused_and_passes_with_a_reason_that_is_kept(uri: str):
    attach_backtest(uri, "1", {"average_precision": 0.40}, basis="a")
    attach_backtest(uri, "2", {"average_precision": 0.39}, basis="a")
    with pytest.raises(PromotionRefused, match=r"0\.3900 against 0\.4000") as refused:
        promote_model(uri, "2", now=NOW, checked=passed(uri, "2"))
    assert "--force-with-reason" in str(refused.value)
    assert resolve_champion(uri).version == "1"
    promote_model(uri, "2", now=NOW, checked=passed(uri, "2"), force_with_reason="the old one reads a table we lose")
    last = promotions(uri)[-1]
    assert (last.version, last.forced) == ("2", True)
    assert last.reason == "the old one reads a table we lose [overruled: worse than the champion]"


def test_figures_of_other_origins_are_not_compared(uri: str):
    attach_backtest(uri, "1", {"average_precision": 0.40}, basis="a")
    attach_backtest(uri, "2", {"average_precision": 0.10}, basis="b")
    assert "other data or origins" in promote_model(uri, "2", now=NOW, checked=passed(uri, "2")).reason


def test_without_backtests_the_reason_says_so(uri: str):
    assert "without backtests of both" in promote_model(uri, "2", now=NOW, checked=passed(uri, "2")).reason


FAILED = CheckResult(2, "Better than every simple rule", "failed", "it is not.", {}, "Serve the rule.", required=True)
UNKNOWN = CheckResult(10, "There is a signal", "not judged", "nobody knows.", {}, "Run a backtest.", required=True)
HARMLESS = CheckResult(9, "Size", "warned", "perhaps.", {}, "Look.")


def test_failed_and_unanswered_checks_refuse_with_the_numbered_list_and_a_reason_keeps_it(uri: str):
    report = passed(uri, "2", FAILED, HARMLESS, UNKNOWN)
    with pytest.raises(PromotionRefused, match=r"(?s) 2  failed.*Serve the rule.*10  not judged.*Run a backtest") as no:
        promote_model(uri, "2", now=NOW, checked=report)
    assert "perhaps" not in str(no.value)
    assert resolve_champion(uri).version == "1"
    done = promote_model(uri, "2", now=NOW, checked=report, force_with_reason="the rule's table is gone", by="A. B.")
    assert done.forced
    assert done.reason == "the rule's table is gone [overruled: check 2 failed, check 10 not judged]"


def test_a_version_that_was_never_checked_or_whose_report_is_of_another_is_refused(uri: str):
    for report in (None, passed(uri, "1")):
        with pytest.raises(PromotionRefused, match="trustlane check --version 2"):
            promote_model(uri, "2", now=NOW, checked=report)


def test_a_reason_for_a_version_that_passes_overrules_nothing(uri: str):
    done = promote_model(uri, "2", now=NOW, checked=passed(uri, "2", HARMLESS), force_with_reason="nothing in the way")
    assert (done.forced, done.reason) == (False, "nothing in the way")


def test_the_service_fetches_what_the_checks_left_and_a_changed_document_anew(uri: str, tmp_path: Path):
    state = tmp_path / "state"
    digest = version_tags(uri, "1")[DIGEST_TAG]
    assert not list((state / fetch_documents(uri, "1", state)).iterdir())
    run_id = run_of_version(uri, "1")
    card = Document("Card", digest, True, ("SYNTHETIC DATA.",), (), (Section("One", (Paragraph("first"),)),))
    folders = []
    for words in ("first", "second", "second"):
        changed = card.with_section(Section("One", (Paragraph(words),)))
        keep_run_files(uri, run_id, {"model_card.json": changed.to_json().encode()})
        folders.append(fetch_documents(uri, "1", state))
        kept = read_documents(state / folders[-1], digest)
        assert kept["model_card"].document.section("One").blocks == (Paragraph(words),)
        assert kept["impact_assessment"].document is None
    assert folders[0] != folders[1] == folders[2]


def test_a_version_that_is_not_there_is_refused(uri: str):
    with pytest.raises(UnknownVersion):
        promote_model(uri, "9", now=NOW, checked=None)


def written_backtest(folder, *, data_version="d1", spec=None):
    spec = spec or ModelSpec()
    told = {
        "data_version": data_version,
        "config": {"candidates": {"champion": spec.to_dict()}, "plan": {"horizon_days": 365}},
        "origins": [{"origin": "2020-01-01"}],
        "summary": [
            {"slice": "all", "ranking": "champion", "metric": "average_precision", "value": 0.4},
            {"slice": "all", "ranking": "recency", "metric": "average_precision", "value": 0.3},
            {"slice": "all", "ranking": "champion", "metric": "auc", "value": None},
        ],
    }
    (folder / "summary.json").write_text(json.dumps(told))
    return folder


def test_a_written_backtest_gives_the_figures_of_the_same_specification_and_record(tmp_path):
    figures, basis = read_backtest(written_backtest(tmp_path), ModelSpec(), "d1")
    assert figures == {"average_precision": 0.4}
    assert read_backtest(written_backtest(tmp_path), ModelSpec(), "d1")[1] == basis


@pytest.mark.parametrize(
    ("spec", "data_version"), [(ModelSpec(leaves=9), "d1"), (ModelSpec(), "d2")], ids=["other model", "other record"]
)
def test_a_backtest_of_another_model_or_record_is_refused(tmp_path, spec, data_version):
    with pytest.raises(ConfigRefused, match="Backtest the same record"):
        read_backtest(written_backtest(tmp_path), spec, data_version)


def test_a_folder_without_a_backtest_is_refused(tmp_path):
    with pytest.raises(ConfigRefused, match=r"summary\.json"):
        read_backtest(tmp_path, ModelSpec(), "d1")
