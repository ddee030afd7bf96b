"""How long linking takes at the size of a country's incidents, and how right it is.

Run from the repository: ``python -m benchmarks.bench_linkage [--strict] [--truth DIR]... [--names FILE.csv]``.
Speed: 220,000 incidents whose parties carry misspelled names and mistyped numbers, against 12,000 participants.
With ``--truth`` also precision and recall on a simulated program (the folder that ``trustlane simulate`` wrote), with
``--names`` on spellings of operators (columns operator_id, operator_name), beside the baseline of equal normalized
names. With ``--strict`` the exit code is 1 when a floor is missed.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from benchmarks.linkage_world import made_up_parties
from records.door import admit
from records.known import empty_table
from records.linkage import link_parties, match_names, normalize_name

MOST_SECONDS = 120.0
MOST_GIGABYTES = 2.0
LEAST_F1 = 0.97
LEAST_PRECISION = 0.95
NOW = pd.Timestamp("2100-01-01")
Pairs = set[tuple[str, ...]]


@dataclass(frozen=True)
class Judged:
    """Pairs found against pairs that are true."""

    title: str
    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def line(self) -> str:
        return (
            f"  {self.title:<58} precision {self.precision:.4f}  recall {self.recall:.4f}  F1 {self.f1:.4f}  "
            f"({self.right:,} right of {self.found:,} found, {self.true:,} true)"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", flush=True)
    floors, result = [], {}
    if options.incidents:
        result["speed"] = measured = _speed(options.participants, options.incidents, options.seed)
        floors += [measured["seconds"] <= MOST_SECONDS, measured["peak_gigabytes"] <= MOST_GIGABYTES]
    for folder in options.truth:
        judged = judge_program(folder)
        print(judged.line(), flush=True)
        result[str(folder)] = asdict(judged)
        floors.append(judged.f1 >= LEAST_F1)
    if options.names:
        for ours, baseline in judge_spellings(pd.read_csv(options.names)):
            print(ours.line(), baseline.line(), sep="\n", flush=True)
            result[ours.title] = [asdict(ours), asdict(baseline)]
            if ours.title.startswith("*"):
                floors += [ours.precision >= LEAST_PRECISION, ours.recall > baseline.recall]
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print("every floor met" if all(floors) else "a floor is missed")
    return int(options.strict and not all(floors))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=12_000)
    parser.add_argument("--incidents", type=int, default=220_000, help="0 leaves the speed out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, action="append", default=[], help="folder of a simulated program")
    parser.add_argument("--names", type=Path, help="CSV with operator_id and operator_name")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    return parser.parse_args(arguments)


def _speed(participants: int, incidents: int, seed: int) -> dict[str, float]:
    world = made_up_parties(participants=participants, incidents=incidents, seed=seed)
    start = time.perf_counter()
    found = link_parties(**world.tables)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    judged = judge_links(found.links, world.truth, world.tables["open_parties"], "made-up parties")
    print(f"  {incidents:,} incidents against {participants:,} participants: {seconds:.1f} s, peak {peak:.2f} GB")
    print(f"  {found.counts}")
    print(judged.line(), flush=True)
    return {"seconds": seconds, "peak_gigabytes": peak, "f1": judged.f1}


def judge_program(folder: Path) -> Judged:
    """Links of the parties that came without an account, against the simulator's truth.

    Each party is judged as it was first reported: later versions in which the source names the account are left out.
    """
    involvements = read_table(folder, "involvements").sort_values(["known_at", "record_id"])
    reported = involvements.drop_duplicates(["incident_id", "party_no"])
    found = link_parties(
        reported,
        *(read_table(folder, name) for name in ("incidents", "identifiers", "participants", "merges")),
    )
    truth = pd.read_parquet(folder / "truth" / "links.parquet")
    return judge_links(found.links, truth, reported, f"parties without account, {folder.name}")


def judge_links(links: pd.DataFrame, truth: pd.DataFrame, parties: pd.DataFrame, title: str) -> Judged:
    """Pairs of party and participant; a link of a firm outside the program is a wrong one."""
    key = ["incident_id", "party_no"]
    without = parties[parties["participant_id"].isna()][key]
    true = _pairs(truth.merge(without, on=key)[[*key, "participant_id"]])
    last = links.sort_values("known_at").drop_duplicates(key, keep="last").dropna(subset=["participant_id"])
    found = _pairs(last[[*key, "participant_id"]])
    return Judged(title, len(found), len(true), len(found & true))


def judge_spellings(names: pd.DataFrame) -> list[tuple[Judged, Judged]]:
    """Pairs of spellings under one operator id, ours beside equal normalized names.

    Names alone cannot tell two operators of one name apart, so the judgment with a floor (marked *) leaves out
    the names that several operators share; the others are shown for what they are.
    """
    told = names.assign(normal=names["operator_name"].map(normalize_name))
    shared = told.groupby("normal")["operator_id"].transform("nunique") > 1
    once = told.drop_duplicates(["operator_id", "normal"]).assign(operator_name=lambda rows: rows["normal"])
    return [
        _beside("* spellings of names that one operator has", told[~shared]),
        _beside("* distinct normalized names", once),
        _beside("all spellings, names of several operators too", told),
    ]


def _beside(title: str, rows: pd.DataFrame) -> tuple[Judged, Judged]:
    true = _grouped(rows, "operator_id")
    matched = match_names(rows["operator_name"])
    ours = _pairs(matched[["left", "right"]])
    baseline = _grouped(rows, "normal")
    return (
        Judged(title, len(ours), len(true), len(ours & true)),
        Judged("    equal normalized names", len(baseline), len(true), len(baseline & true)),
    )


def _grouped(rows: pd.DataFrame, key: str) -> Pairs:
    pairs: Pairs = set()
    for _, group in rows.groupby(key):
        pairs |= set(combinations(sorted(set(group["operator_name"])), 2))
    return pairs


def _pairs(rows: pd.DataFrame) -> Pairs:
    return set(rows.itertuples(index=False, name=None))


def read_table(folder: Path, table: str) -> pd.DataFrame:
    """Every row of a table that the simulator wrote, as the door admits it."""
    rows = [
        admit(
            pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""]),
            table,
            source=file.name.split(".")[1],
            file=file.name,
            now=NOW,
        ).rows
        for file in sorted(folder.glob(f"{table}.*.csv"))
    ]
    return pd.concat(rows, ignore_index=True) if rows else empty_table(table)


if __name__ == "__main__":
    sys.exit(main())
