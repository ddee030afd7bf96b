"""A run that is killed, finds the disk full or meets another writer leaves the lake before the batch or after it."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from programs import INCIDENTS, INVOLVEMENTS, write_program

from records.ingest import ingest
from records.lake import Lake

NOW = pd.Timestamp("2026-11-24")
INGEST = (
    "import sys, pandas as pd; from pathlib import Path; "
    "from records.ingest import ingest; from records.lake import Lake; "
    "print('ready', flush=True); ingest(Path(sys.argv[1]), Lake(Path(sys.argv[2])), now=pd.Timestamp('2026-11-24'))"
)


def more_incidents(count: int) -> dict[str, str]:
    """Enough further incidents that writing them takes a while."""
    days = pd.date_range("2022-03-01", periods=count, freq="2h").strftime("%Y-%m-%d")
    incidents = "".join(f"N{k},{day},{day},drug,8,port_exam,2024-01-{k % 28 + 1:02d}\n" for k, day in enumerate(days))
    parties = "".join(f"N{k},1,P1,carrier,Transportes Nubelar,,,2024-02-01\n" for k in range(count))
    return {"incidents": INCIDENTS + incidents, "involvements": INVOLVEMENTS + parties}


def start(source: Path, lake: Path, limit_bytes: int | None = None) -> "subprocess.Popen[str]":
    def limit() -> None:
        if limit_bytes:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", INGEST, str(source), str(lake)],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def kill_at_random_moments(tmp_path: Path, kills: int) -> None:
    first = write_program(tmp_path / "first")
    second = write_program(tmp_path / "second", **more_incidents(3000))
    lake = Lake(tmp_path / "lake")
    ingest(first, lake, now=NOW)
    before = lake.head.data_version
    whole = Lake(tmp_path / "whole")
    ingest(first, whole, now=NOW)
    began = time.monotonic()
    ingest(second, whole, now=NOW)
    lasts, after = time.monotonic() - began, whole.head.data_version
    dice, landed = random.Random(7), 0
    for _ in range(kills):
        process = start(second, lake.path)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.uniform(0, 1.2 * lasts))
        process.kill()
        process.communicate()
        assert lake.head.data_version in (before, after), "a killed run left a state that no batch made"
        lake.read()
        landed += lake.head.data_version == after
        if lake.head.data_version == after:
            lake = Lake(tmp_path / f"lake-{landed}")
            ingest(first, lake, now=NOW)
    ingest(second, lake, now=NOW)
    assert lake.head.data_version == after, "the next run did not land what the killed ones had begun"
    assert not (lake.path / ".staging").exists()


def test_a_run_killed_at_any_of_five_moments_leaves_the_record_whole(tmp_path: Path) -> None:
    kill_at_random_moments(tmp_path, 5)


@pytest.mark.long
def test_a_run_killed_at_any_of_fifty_moments_leaves_the_record_whole(tmp_path: Path) -> None:
    kill_at_random_moments(tmp_path, 50)


def test_a_full_disk_is_told_in_words_and_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "first"), lake, now=NOW)
    before = lake.head.data_version
    second = write_program(tmp_path / "second", **more_incidents(3000))
    process = start(second, lake.path, limit_bytes=20_000)
    _, told = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "Expected room on the disk" in told, told[-2000:]
    assert lake.head.data_version == before
    ingest(second, lake, now=NOW)
    assert lake.head.data_version != before


def test_two_ingests_at_once_both_land_or_one_is_told_to_try_again(tmp_path: Path) -> None:
    source = write_program(tmp_path / "first")
    lake = Lake(tmp_path / "lake")
    ingest(source, lake, now=NOW)
    parts = []
    for name in ("A", "B"):
        day = "2024-05-01"
        rows = {
            "incidents": INCIDENTS + f"{name},{day},{day},drug,8,port_exam,{day}\n",
            "involvements": INVOLVEMENTS + f"{name},1,P1,carrier,Transportes Nubelar,,,{day}\n",
        }
        parts.append(start(write_program(tmp_path / name, **rows), lake.path))
    ends = [process.communicate(timeout=120)[1] for process in parts]
    stored = set(lake.read()["incidents"]["incident_id"])
    for name, process, told in zip(("A", "B"), parts, ends, strict=True):
        assert (process.returncode == 0) == (name in stored), told
        assert process.returncode == 0 or "try again" in told
    assert stored & {"A", "B"}
