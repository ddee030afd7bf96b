"""A simulated program as large as a real one: every feature for everyone at every month, and for one participant."""

import statistics
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.engines_compared import Part
from benchmarks.result import Floor
from benchmarks.timing import median_seconds, seconds_of
from features.matrix import build_matrix, prepare
from features.prepared import Prepared
from features.spine import arrange_spine, check_spine
from records.ingest import ingest
from records.known import Records
from records.lake import Lake
from records.simulate.program import simulate_program

PARTICIPANTS, YEARS = 12_000, 8
END = pd.Timestamp("2024-10-01")
NOW = pd.Timestamp("2026-11-24")
MOST_SECONDS, MOST_MILLISECONDS = 15.0, 3.0
ASKED = 300


def simulated_record(participants: int, years: int, *, seed: int) -> Records:
    """The stored tables of a simulated program, through the same door as any program's files."""
    with tempfile.TemporaryDirectory() as folder:
        raw, lake = Path(folder) / "raw", Lake(Path(folder) / "lake")
        simulate_program(raw, participants=participants, years=years, seed=seed)
        ingest(raw, lake, now=NOW)
        return lake.read()


def monthly_spine(prepared: Prepared, months: int) -> pd.DataFrame:
    """Everyone on record at the first day of each of the last months."""
    dates = pd.date_range(end=END, periods=months, freq="MS").as_unit("us")
    ids = pd.Series(prepared.records["participants"]["participant_id"].unique(), dtype="str")
    spine = pd.DataFrame(
        {"participant_id": pd.concat([ids] * months, ignore_index=True), "as_of": np.repeat(dates.to_numpy(), len(ids))}
    )
    names, as_of = check_spine(spine)
    there = prepared.participants.on_record(arrange_spine(prepared.participants.codes(names), as_of))
    return spine[there].reset_index(drop=True)


def full_catalog(participants: int, years: int, *, seed: int, repeats: int) -> Part:
    """From the stored tables to the whole matrix, and one participant after another from a record that is held."""
    records = simulated_record(participants, years, seed=seed)
    prepared = prepare(records)
    spine = monthly_spine(prepared, 12 * years)
    size = f"{participants:,} participants, {12 * years} months, {len(spine):,} rows, {len(prepared.features)} features"
    cold = [seconds_of(partial(build_matrix, records, spine)) for _ in range(repeats)]
    warm = median_seconds(partial(build_matrix, prepared, spine), repeats)
    one = 1000 * one_participant(prepared, spine, seed=seed)
    seconds: dict[str, float | str] = {
        f"{size}: stored tables to matrix": statistics.median(cold),
        f"{size}: prepared record to matrix": warm,
        f"one participant, {len(prepared.features)} features, prepared record": one / 1000,
    }
    return seconds, [
        Floor(f"seconds, stored tables to matrix, {size}", statistics.median(cold), "<=", MOST_SECONDS),
        Floor(f"milliseconds, one participant, {len(prepared.features)} features", one, "<=", MOST_MILLISECONDS),
    ]


def one_participant(prepared: Prepared, spine: pd.DataFrame, *, seed: int) -> float:
    """Median seconds over participants drawn at random, each asked for at the last date, after a first round."""
    last = spine[spine["as_of"] == END]
    picked = np.random.default_rng(seed).choice(len(last), min(ASKED, len(last)), replace=False)
    singles = [last.iloc[[place]] for place in picked]
    for single in singles:
        build_matrix(prepared, single)
    return statistics.median(seconds_of(partial(build_matrix, prepared, single)) for single in singles)
