"""The tutorial runs: every block in its order, in a copy of the project, as it is written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from trustlane import main

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
FOREIGN = ("PYTEST", "TRUSTLANE_", "MLFLOW_", "BENTOML_")
"""Variables that other tests of this process may have set and a reader has not."""

NEW = "incidents_prior_730d"
MADE = ("feature.toml", "tune.toml", ".trustlane/tutorial/tuned.toml", ".trustlane/tutorial/raw/x.csv")
"""Files that a verb of the page wants to be there when it is called."""

BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str, str]]:
    """Language, file name (or nothing) and text of each block."""
    return [(language, name, text) for language, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def calls() -> list[list[str]]:
    """The words of every call of a verb, without its name ``trustlane``."""
    lines = [line for language, _, text in blocks() if language == "sh" for line in text.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("||")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("trustlane ")]


def copy_project(folder: Path) -> None:
    """The project's files, with the environment that runs this test as its ``.venv``."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".venv").symlink_to(Path(sys.prefix))


def follow(folder: Path, wanted: str = "") -> dict[str, str]:
    """Do what the page says; what each verb printed. With ``wanted`` only the blocks of commands that name it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment |= {"PYTHONPATH": str(folder)}
    exports, told = "", {}
    for language, name, text in blocks():
        if language != "sh":
            assert name, f"a block of {language} says which file it is"
            (folder / name).write_text(text, encoding="utf-8")
            continue
        exports += "".join(f"{line}\n" for line in text.splitlines() if line.startswith("export "))
        if wanted not in text:
            continue
        script = f"set -eu\n. .venv/bin/activate\n{exports}\n{text}"
        command = ["bash", "-c", script]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=3600)
        assert done.returncode == 0, f"{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        for verb in re.findall(r"^trustlane (\w+)", text, flags=re.MULTILINE):
            told[verb] = told.get(verb, "") + done.stdout
    return told


def test_the_change_of_the_page_fits_the_code_and_the_catalog_then_says_what_the_feature_means(tmp_path):
    copy_project(tmp_path)
    told = follow(tmp_path, wanted="--describe")
    assert NEW in told["features"]
    assert "direction    the risk never falls as the value grows" in told["features"]
    assert "in the last 730 days" in told["features"]


@pytest.mark.parametrize("words", calls(), ids=" ".join)
def test_every_call_of_the_page_is_one_that_the_command_line_takes(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in MADE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with click.Context(main, info_name="trustlane") as outer:
        name, verb, rest = main.resolve_command(outer, words)
        assert verb is not None, words
        verb.make_context(name, rest, parent=outer)


def test_the_configurations_of_the_page_are_read_by_the_verbs_that_they_are_for(tmp_path):
    from training.ablation_config import AblationConfig
    from training.tuning_config import TuningConfig

    for language, name, text in blocks():
        if language == "toml":
            (tmp_path / name).write_text(text, encoding="utf-8")
    assert AblationConfig.from_toml(tmp_path / "feature.toml").backtest.last_origins == 2
    assert TuningConfig.from_toml(tmp_path / "tune.toml").untouched == 1


@pytest.mark.long
def test_every_block_of_the_tutorial_runs_in_its_order_and_the_reader_sees_what_the_page_says(tmp_path):
    copy_project(tmp_path)
    told = follow(tmp_path)
    assert f"`{NEW}`" in (tmp_path / "docs" / "features.md").read_text(encoding="utf-8")
    judged = next(line for line in told["ablation"].splitlines() if line.startswith(NEW))
    assert judged.endswith(("needed", "adds", "no evidence"))
    assert "fitted again with other seeds" in told["ablation"]
    assert "simplest within one standard error" in told["tune"]
    assert "Nothing known from" in told["tune"]
    assert "95 % of lists drawn by lot" in told["backtest"]
    assert "Paired differences" in told["backtest"]
    assert "Not yet known in the first places by tuned" in told["backtest"]
    assert "Registered version 1" in told["train"]
    assert re.search(r"^ *10\b", told["check"], flags=re.MULTILINE), "ten numbered checks"
    assert "Champion is version 1" in told["promote"]
    assert "2024-10-01" in told["queue"]
    print(*told.values(), sep="\n")


def test_every_link_of_the_tutorial_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
