"""The command line as another process sees it: exit status, words, files."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from programs import INCIDENTS, write_program

from features.catalog import CATALOG
from serving.terminal import UnknownFileKind, write_frame
from trustlane import main

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a small program and, beside it, one whose incidents hold an impossible severity."""
    place = tmp_path_factory.mktemp("program")
    write_program(place / "raw")
    write_program(place / "bad", incidents=INCIDENTS.replace(",8,", ",88,"))
    return place


def trustlane(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trustlane", *words]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_a_bad_batch_ends_with_status_one_every_problem_and_nothing_written(folder):
    done = trustlane(folder, "ingest", "bad", "--lake", "nothing")
    assert done.returncode == 1, done.stderr
    told = " ".join(done.stderr.split())
    assert "incidents.severity: 1 row: expected a number from 1 to 10; got '88'" in told
    assert "nothing was written" in told
    assert trustlane(folder, "quality", "--lake", "nothing").returncode == 1


def test_a_good_batch_lands_and_its_quality_and_matrix_are_written(folder):
    done = trustlane(folder, "ingest", "raw", "--lake", "lake")
    assert done.returncode == 0, done.stderr
    assert "1 linked by number" in done.stdout
    assert trustlane(folder, "quality", "--lake", "lake", "--out", "quality.json").returncode == 0
    assert json.loads((folder / "quality.json").read_text())["rows"]["incidents"] == 3
    done = trustlane(folder, "features", "--lake", "lake", "--as-of", "2021-06-01,2022-06-01", "--out", "m.parquet")
    assert done.returncode == 0, done.stderr
    matrix = pd.read_parquet(folder / "m.parquet").set_index(["participant_id", "as_of"])
    assert list(matrix.loc["P1", "incidents_all"]) == [1, 2]
    assert "shipments_prior_365d" not in matrix.columns


@pytest.mark.parametrize("as_of", ["2001-01-01", "2999-01-01"])
def test_a_moment_that_the_record_cannot_answer_for_is_refused_with_the_range(folder, as_of):
    trustlane(folder, "ingest", "raw", "--lake", "lake")
    done = trustlane(folder, "features", "--lake", "lake", "--as-of", as_of, "--out", "n.parquet")
    assert done.returncode == 1
    assert "Expected an as_of from 2018-03-03 to " in " ".join(done.stderr.split())


def test_a_score_without_a_champion_says_which_commands_make_one(folder):
    trustlane(folder, "ingest", "raw", "--lake", "lake")
    mlflow = f"sqlite:///{folder}/mlruns/mlflow.db"
    done = trustlane(folder, "score", "--lake", "lake", "--mlflow", mlflow, "--out", "s.csv")
    assert done.returncode == 1
    assert "trustlane train" in " ".join(done.stderr.split())
    assert not (folder / "s.csv").exists()


def test_the_catalog_is_listed_and_described_without_a_lake(tmp_path):
    done = trustlane(tmp_path, "features", "--list")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(CATALOG) + 1
    assert all(feature.name in done.stdout for feature in CATALOG)
    listed = json.loads(trustlane(tmp_path, "features", "--list", "--json").stdout)
    assert [each["name"] for each in listed] == [feature.name for feature in CATALOG]
    done = trustlane(tmp_path, "features", "--describe", "incidents_all")
    assert "direction    the risk never falls as the value grows" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_feature_is_refused_with_the_nearest_names(tmp_path):
    done = trustlane(tmp_path, "features", "--describe", "incidents_al")
    assert done.returncode == 1
    assert "got 'incidents_al'. The nearest are incidents_all" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ([], "Missing option --as-of and --out"),
        (["--as-of", "2022-01-01"], "Missing option --out"),
        (["--list", "--describe", "incidents_all"], "not both"),
        (["--list", "--as-of", "2022-01-01"], "Expected the catalog or a matrix"),
        (["--json"], "Expected --json with --list"),
    ],
)
def test_a_call_of_features_that_asks_for_nothing_or_too_much_ends_with_status_two(call, words):
    done = CliRunner().invoke(main, ["features", *call])
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())


def test_an_ablation_of_a_record_too_short_is_refused_and_writes_nothing(folder, tmp_path):
    trustlane(folder, "ingest", "raw", "--lake", "lake")
    mlflow = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    told = ("--worth", str(tmp_path / "worth.json"), "--out", str(tmp_path / "out"))
    done = trustlane(folder, "ablation", "--lake", "lake", "--mlflow", mlflow, *told)
    assert done.returncode == 1
    assert "Refused." in done.stderr
    assert not (tmp_path / "worth.json").exists()
    assert not (tmp_path / "out").exists()


def test_a_wrong_call_ends_with_status_two(folder):
    done = trustlane(folder, "score", "--as-of", "soon", "--out", "s.csv")
    assert done.returncode == 2
    assert "expected a date YYYY-MM-DD, got 'soon'" in done.stderr


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_numbers_stay(tmp_path):
    write_frame(tmp_path / "s.csv", pd.DataFrame({"name": ["=1+1", "Ada"], "margin": [-1.5, 2.0]}))
    assert (tmp_path / "s.csv").read_text() == "name,margin\n'=1+1,-1.5\nAda,2.0\n"


def test_an_unknown_file_ending_is_refused(tmp_path):
    with pytest.raises(UnknownFileKind, match=r"ends in \.csv, \.parquet, \.json, got s\.xlsx"):
        write_frame(tmp_path / "s.xlsx", pd.DataFrame())
