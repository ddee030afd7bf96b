"""What is left when a process or a server ends in the middle: a real one, ended for good."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from mlflow_server import free_port, mlflow_server

from records.ingest import ingest
from records.lake import Lake
from records.simulate.program import simulate_program

ROOT = Path(__file__).parents[2]
PLAN = "[plan]\nstep_months = 6\ncalibration_dates = 2\n"
MODEL = "rounds = 20\nleaves = 4\nmin_child_rows = 20\nreplicas = 0\n"


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("learnable")
    simulate_program(folder / "raw", participants=1500, years=6, seed=101)
    ingest(folder / "raw", Lake(folder / "lake"), now=pd.Timestamp("2026-11-24"))
    return folder / "lake"


def begun(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """A verb in a process group of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "trustlane", *words]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ended(process: "subprocess.Popen[str]", status: int) -> str:
    """Its words in one line."""
    told, _ = process.communicate(timeout=400)
    assert process.returncode == status, told[-3000:]
    return " ".join(told.split())


def asked(database: Path, question: str) -> list[tuple[object, ...]]:
    """What MLflow's own database holds; nothing while there is none, or it is being written."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute(question).fetchall()
    except sqlite3.OperationalError:
        return []


def wait_until(true: Callable[[], object], process: "subprocess.Popen[str]", seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert process.poll() is None, f"it ended too early: {process.communicate()[0][-3000:]}"
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@pytest.mark.long
def test_a_server_that_is_away_at_the_start_or_goes_in_the_middle_loses_no_version_and_doubles_none(lake, tmp_path):
    (tmp_path / "train.toml").write_text(f"{PLAN}[model]\n{MODEL}")
    port, store = free_port(), tmp_path / "server"
    address, database = f"http://127.0.0.1:{port}", store / "mlflow.db"
    train = ("train", "--config", "train.toml", "--lake", str(lake), "--mlflow", address)
    whole = "select run_uuid from runs where lifecycle_stage = 'active' and status = 'FINISHED'"
    versions = "select version from model_versions"

    told = ended(begun(tmp_path, *train), 1)
    assert "trustlane send" in told
    with mlflow_server(store, port):
        assert "version 1" in ended(begun(tmp_path, "send", "--mlflow", address), 0)
        training = begun(tmp_path, *train)
        wait_until(lambda: asked(database, "select 1 from runs where status = 'RUNNING'"), training)
    # The block has ended the server's processes for good, with half of the run in it.
    told = ended(training, 1)
    assert "trustlane send" in told
    assert (len(asked(database, whole)), len(asked(database, versions))) == (1, 1)
    with mlflow_server(store, port):
        assert "version 2" in ended(begun(tmp_path, "send", "--mlflow", address), 0)
        assert "Nothing to send" in ended(begun(tmp_path, "send", "--mlflow", address), 0)
    assert (len(asked(database, whole)), len(asked(database, versions))) == (2, 2)
