"""The verb and its page."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from programs import write_program

from records.ingest import ingest
from records.lake import Lake
from training.detection.study import DetectionStudy
from trustlane import main

PAGE = Path(__file__).parents[3] / "docs" / "detection.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("program")
    ingest(str(write_program(place / "raw")), Lake(place / "lake"), now=pd.Timestamp("2025-01-01"))
    return place


def called(folder: Path, *more: str):
    places = ("--lake", str(folder / "lake"), "--mlflow", f"sqlite:///{folder}/mlruns/mlflow.db")
    return CliRunner().invoke(main, ["detection", *places, *more])


def test_without_a_champion_and_a_configuration_it_says_what_makes_one(folder):
    done = called(folder)
    assert done.exit_code == 1
    assert "trustlane promote" in done.output


def test_a_record_too_short_is_refused_and_nothing_is_written(folder, tmp_path):
    config = tmp_path / "backtest.toml"
    config.write_text("last_origins = 1\n", encoding="utf-8")
    done = called(folder, "--config", str(config), "--out", str(tmp_path / "found"))
    assert done.exit_code == 1
    assert "Expected" in done.output
    assert not (tmp_path / "found").exists()


def test_the_page_names_every_table_that_is_written():
    page = PAGE.read_text(encoding="utf-8")
    plain = {"candidate", "origins", "capacities", "data_version"}
    for name in DetectionStudy.__dataclass_fields__.keys() - plain:
        assert f"{name}.csv" in page
