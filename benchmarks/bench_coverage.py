"""Do the intervals hold the true probability, and from how much of a record on is a score worth showing?

    python -m benchmarks.bench_coverage [--seeds 101 102 ...] [--participants 4000] [--years 7] [--scenario default]

Each seed is a simulated program: a model is trained on what was known a year and a day before its end, everyone at risk
then is scored, and the year after tells the truth. Prints two tables of docs/scores.md: coverage by part of the
program in the mean over programs, with the least and the greatest of them; and how well scores tell newcomers apart by
the share of what a score is read from that is known of them (two more dates of each program, which the model did not
learn from either). The method never reads the truth.
"""

import argparse
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from features.matrix import prepare
from models.carried import LEAST_CARRIED
from models.cohort_view import CohortView, days_of_record, view_cohort
from models.fitted import RiskModel
from records.ingest import ingest
from records.known import Records
from records.lake import Lake
from records.simulate.program import simulate_program
from training.fitting import fit_version
from training.interval_coverage import coverage_table, own_probability, parts_of_program, telling_apart
from training.train_config import TrainConfig
from training.truth import read_truth

SEEDS = tuple(range(101, 109))
NOW = pd.Timestamp("2100-01-01")
BANDS = (0.0, 0.35, 0.5, 0.6, 0.7, 0.8, 1.01)
NEWCOMER_DAYS = 365


def judge_program(seed: int, participants: int, years: int, scenario: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Coverage by part at the origin, and one row for each participant and date with what is known of it."""
    with tempfile.TemporaryDirectory() as folder:
        raw, lake = Path(folder) / "raw", Lake(Path(folder) / "lake")
        simulate_program(raw, participants=participants, years=years, seed=seed, scenario=scenario)
        ingest(raw, lake, now=NOW)
        records, truth = lake.read(), read_truth(raw / "truth")
    origin = records.last_known_at.normalize() - pd.Timedelta(days=366)
    fitted = fit_version(records, TrainConfig(record_end=origin))
    # Later than every date it learned from: their label windows reach past the origin.
    moments = [origin - pd.DateOffset(months=months) for months in (0, 6, 12)]
    dates = [moment for moment in moments if moment > fitted.split.dates[-1]]
    scored = pd.concat([score_date(fitted.model, records, truth, date) for date in dates], ignore_index=True)
    now = scored[scored["as_of"] == origin]
    columns = ("lower", "upper", "probability", "own", "margin", "incidents", "days")
    lower, upper, probability, own, margin, incidents, days = (now[name].to_numpy() for name in columns)
    parts = parts_of_program(margin, incidents, days) | {"not rated": ~now["rated"].to_numpy()}
    table = coverage_table(lower, upper, probability, own, parts)
    mean = coverage_table(now["mean_lower"].to_numpy(), now["mean_upper"].to_numpy(), probability, own, parts)
    table["covered_by_error_alone"] = mean["covered"]
    return table.assign(seed=seed), scored.assign(seed=seed)


def score_date(model: RiskModel, records: Records, truth: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Everyone at risk: score, interval, what is known, what is true."""
    prepared = prepare(records)
    view: CohortView = view_cohort(model, prepared, as_of)
    days = days_of_record(prepared, view.participant_ids, as_of)
    lower, upper = model.interval_of(view.rows, view.margin)
    mean_lower, mean_upper = model.mean_interval_of(view.rows, view.margin)
    ids = pd.Series(view.participant_ids, dtype="str")
    return pd.DataFrame(
        {
            "as_of": as_of,
            "margin": view.margin,
            "probability": model.probability(view.margin),
            "lower": lower,
            "upper": upper,
            "mean_lower": mean_lower,
            "mean_upper": mean_upper,
            "own": own_probability(truth, ids, as_of, model.horizon_days),
            "days": days,
            "incidents": np.nan_to_num(view.rows[:, model.features.index("incidents_all")]),
            "carried": model.carried.share(model.catalog, view.rows, days),
            "rated": view.rated,
        }
    )


def newcomer_table(scored: pd.DataFrame) -> pd.DataFrame:
    """Newcomers by the share that is known of them, and old members without an incident to compare with."""
    newcomers = scored[scored["days"] < NEWCOMER_DAYS]
    groups = [
        (
            f"{low:.0%} to {high:.0%}" if high <= 1 else f"{low:.0%} and more",
            newcomers["carried"].between(low, high, "left"),
        )
        for low, high in pairwise(BANDS)
    ]
    groups += [(f"all under {LEAST_CARRIED:.0%}", newcomers["carried"] < LEAST_CARRIED)]
    groups += [(f"all from {LEAST_CARRIED:.0%}", newcomers["carried"] >= LEAST_CARRIED)]
    rows = [(name, newcomers[inside]) for name, inside in groups]
    quiet = scored[(scored["days"] >= 2 * NEWCOMER_DAYS) & (scored["incidents"] == 0)]
    figures = []
    for name, part in [*rows, ("old members without incidents", quiet)]:
        area, skill = telling_apart(part["probability"].to_numpy(), part["own"].to_numpy())
        own, shown = part["own"], part["probability"]
        figures.append([name, len(part), part["days"].median(), own.sum(), shown.mean(), own.mean(), area, skill])
    names = ["known", "rows", "median_days", "expected_positives", "probability", "own_probability", "auc", "skill"]
    return pd.DataFrame(figures, columns=names)


def mean_over_programs(tables: pd.DataFrame) -> pd.DataFrame:
    """Each part's figures in the mean over programs, and its least and greatest coverage."""
    by_part = tables.groupby("part", sort=False)
    mean = by_part.mean(numeric_only=True).drop(columns="seed")
    mean["least"], mean["most"] = by_part["covered"].min(), by_part["covered"].max()
    return mean.reset_index()


def markdown(table: pd.DataFrame) -> str:
    """A table for the page: whole numbers as such, others with the digits they deserve."""
    lines = ["| " + " | ".join(table.columns) + " |", "| --- |" + " ---: |" * (table.shape[1] - 1)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:,.0f}" if abs(value) >= 20 else f"{value:.3f}"
    return str(value)


def main(arguments: list[str] | None = None) -> int:
    """Print both tables; progress goes to standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), help="one simulated program each")
    parser.add_argument("--participants", type=int, default=4000)
    parser.add_argument("--years", type=int, default=7)
    parser.add_argument("--scenario", default="default", help="of the simulator")
    parser.add_argument("--keep", type=Path, help="write the scored rows here, as Parquet")
    given = parser.parse_args(arguments)
    tables, scored = [], []
    for seed in given.seeds:
        began = time.perf_counter()
        table, rows = judge_program(seed, given.participants, given.years, given.scenario)
        tables.append(table)
        scored.append(rows)
        covered = table.set_index("part")["covered"]
        print(
            f"seed {seed}: everybody {covered['everybody']:.3f}, first 200 {covered['first 200']:.3f} "
            f"({time.perf_counter() - began:.0f} s)",
            file=sys.stderr,
        )
    together = pd.concat(scored, ignore_index=True)
    if given.keep is not None:
        together.to_parquet(given.keep)
    print(markdown(mean_over_programs(pd.concat(tables, ignore_index=True))))
    print()
    print(markdown(newcomer_table(together)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
