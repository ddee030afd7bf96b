"""A program larger than any known one, from nothing to a model, within the memory of one machine.

Run from the repository: ``python -m benchmarks.bench_scale FOLDER [--phases simulate,build,train] [--out FILE.json]``.
FOLDER must have room: about 6 GB for each 50 million incidents, and 0.4 GB for each million rows of the matrix. With
``--strict`` the exit code is 1 when a floor is missed. Memory is that of all processes together.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.process_tree import peak_memory
from benchmarks.result import finish, floors_met
from features.distributed.build import PARTICIPANTS_A_PARTITION, build_distributed
from features.distributed.cluster import local_cluster
from features.distributed.manifest import read_manifest
from models.spec import ModelSpec
from records.lake import Lake
from records.simulate.large.writing import LargeProgram, write_large_lake
from training.distributed_train import Judgement, train_on_parts

MOST_GIGABYTES = 8.0
LAST_DATE = "2023-10-01"
MARGIN_DAYS = 90
"""The generator's reports are late by 25 days on average: 95 of 100 are in by then."""
LEARNING_DATES = 4
Phase = Callable[[argparse.Namespace, Callable[[str, int, int], None]], dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the phases, print a table, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    log = options.folder / "figures.json"
    figures: dict[str, Any] = json.loads(log.read_text()) if log.exists() else {}
    for name in filter(None, options.phases.split(",")):
        figures[name] = _measured(name, PHASES[name], options)
        log.write_text(json.dumps(figures, indent=2) + "\n")
        print(name, json.dumps(figures[name]), flush=True)
    return finish(_result(figures), strict=options.strict, out=options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--participants", type=int, default=1_000_000)
    parser.add_argument("--incidents", type=int, default=100_000_000)
    parser.add_argument("--dates", type=int, default=12, help="quarters, the last one ends on 2023-10-01")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--learn-from", type=int, default=20, help="parts that the model learns from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="simulate,build,train", help="none: only what was measured before")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args(arguments)


def _measured(name: str, phase: Phase, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of the phase and of each of its stages, memory, and what the phase says of itself."""
    start, stages = time.perf_counter(), {}

    def report(stage: str, done: int, total: int) -> None:
        began = stages.setdefault(stage, [time.perf_counter() - start, 0.0])
        began[1] = time.perf_counter() - start
        if done == total:
            print(f"{began[1]:9.1f} s  {name}: {stage} ({total})", flush=True)

    load = os.getloadavg()[0]
    with peak_memory() as peak:
        told = phase(options, report)
    return {
        **told,
        "seconds": time.perf_counter() - start,
        "stage_ends": {stage: ends for stage, (_, ends) in stages.items()},
        "gigabytes": peak.gigabytes,
        "load_before_and_after": [load, os.getloadavg()[0]],
    }


def _simulate(options: argparse.Namespace, report: Callable[[str, int, int], None]) -> dict[str, Any]:
    lake = Lake(options.folder / "lake")
    program = LargeProgram(options.participants, options.incidents, seed=options.seed)
    commit = write_large_lake(lake, program, processes=options.processes, report=report)
    return {**asdict(program), "data_version": commit.data_version, "disk_gigabytes": _disk(lake.path)}


def _build(options: argparse.Namespace, report: Callable[[str, int, int], None]) -> dict[str, Any]:
    dates = list(pd.date_range(end=LAST_DATE, periods=options.dates, freq="QS").as_unit("us"))
    partitions = max(2, options.participants // PARTICIPANTS_A_PARTITION)
    out = options.folder / "matrix"
    with local_cluster(options.processes) as client:
        build_distributed(
            Lake(options.folder / "lake"), dates, out, client=client, partitions=partitions, report=report
        )
        working = _disk(out)
    manifest, rows = read_manifest(out)
    return {
        "rows": sum((rows or {}).values()),
        "columns": len(manifest.features),
        "dates": options.dates,
        "partitions": partitions,
        "processes": options.processes,
        "disk_gigabytes": _disk(out),
        "working_disk_gigabytes": working,
    }


def _train(options: argparse.Namespace, report: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Learn from the parts that fit into memory, at the dates whose labels are mature; the parts are made already."""
    out = options.folder / "matrix"
    manifest, _ = read_manifest(out)
    dates = [pd.Timestamp(date) for date in manifest.dates]
    end = pd.Timestamp(LAST_DATE)
    judgement = Judgement(
        tuple(date for date in dates if date + pd.Timedelta(days=365 + MARGIN_DAYS) < end)[-LEARNING_DATES:],
        365,
        end,
        pd.Timedelta(days=MARGIN_DAYS),
    )
    chosen = range(min(options.learn_from, manifest.partitions))
    with local_cluster(options.processes) as client:
        parts = build_distributed(
            Lake(options.folder / "lake"), dates, out, client=client, partitions=manifest.partitions, report=report
        )
        trees = train_on_parts(parts, judgement, ModelSpec(), client=client, seed=7, learn_from=chosen, report=report)
    parts.clear()
    return {
        "learning_dates": len(judgement.dates),
        "learning_parts": len(chosen),
        "trees": trees.booster.num_trees(),
    }


PHASES: dict[str, Phase] = {"simulate": _simulate, "build": _build, "train": _train}


def _disk(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


def _result(figures: dict[str, Any]) -> dict[str, Any]:
    floors = [
        (f"gigabytes of all processes together, {name}", phase["gigabytes"], "<=", MOST_GIGABYTES)
        for name, phase in figures.items()
    ]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "phases": figures,
        "seconds": {name: phase["seconds"] for name, phase in figures.items()},
        "floors": floors_met(floors),
    }


if __name__ == "__main__":
    sys.exit(main())
