"""A tuning in words, as a configuration file, and as what MLflow keeps of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.run_items import Metric, RunContent
from training.tuning import TuningResult, leaves_in_all, reached
from training.tuning_study import Tried

EXPERIMENT = "trustlane-tuning"
NAME = "tuned"
HALF_DRAWN = "It was stopped while it was drawn up: its parameters are those drawn by then."


def trial_content(found: TuningResult, trial: Tried) -> RunContent:
    """What MLflow keeps of one trial; the step of a metric is its origin as YYYYMMDD, 0 for what sums it up."""
    metrics = [
        Metric("average_precision", value, int(f"{origin:%Y%m%d}")) for origin, value in trial.average_precision.items()
    ]
    if trial.score is not None:
        metrics.append(Metric("score", trial.score))
    return RunContent(
        experiment=EXPERIMENT,
        name=f"trial {trial.number}",
        note=f"One trial of the search {found.study}: {trial.state}." + ("" if trial.whole else f" {HALF_DRAWN}"),
        data_version=found.data_version,
        params=trial.spec.to_dict() if trial.whole else dict(trial.found),
        tags=_tags(found) | {"trial": str(trial.number), "state": trial.state},
        metrics=tuple(metrics),
    )


def tuning_content(found: TuningResult) -> RunContent:
    """What MLflow keeps of the whole: the trials as a table, the best and the chosen specification as files."""
    config = found.config.to_dict()
    plan = {f"plan.{name}": value for name, value in config["plan"].items()}
    return RunContent(
        experiment=EXPERIMENT,
        name=f"tuning, {len(found.trials)} trials",
        note=f"```\n{tuning_text(found)}\n```",
        data_version=found.data_version,
        params={**plan, **config["tuning"], **found.chosen.spec.to_dict()},
        tags=_tags(found) | {"best": str(found.best.number), "chosen": str(found.chosen.number)},
        metrics=(
            Metric("score.start", reached(found.start)),
            Metric("score.best", reached(found.best)),
            Metric("score.chosen", reached(found.chosen)),
            Metric("standard_error", found.standard_error),
        ),
        tables={"trials": trials_table(found)},
        texts={
            "best.toml": candidate_toml(found, found.best),
            "chosen.toml": candidate_toml(found, found.chosen),
            "report.txt": tuning_text(found) + "\n",
        },
    )


def trials_table(found: TuningResult) -> pd.DataFrame:
    """One row a trial: number, state, score, mean, one column an inner origin, and what was tried."""
    rows: list[dict[str, Any]] = []
    for trial in found.trials:
        judged = trial.average_precision
        rows.append(
            {
                "trial": trial.number,
                "state": trial.state,
                "score": np.nan if trial.score is None else trial.score,
                **{f"at_{origin:%Y-%m-%d}": judged.get(origin, np.nan) for origin in found.inner},
                **trial.found,
            }
        )
    return pd.DataFrame(rows)


def candidate_toml(found: TuningResult, trial: Tried) -> str:
    """A configuration with the trial's specification, for ``backtest --config`` and ``train --config`` alike."""
    told = found.config.backtest
    lines = [
        f"# trial {trial.number} of {found.study}: score {trial.score:.4f} on origins "
        + ", ".join(f"{origin:%Y-%m-%d}" for origin in found.inner),
        f"# untouched: what became known from {found.untouched[0]:%Y-%m-%d} on",
        f"seed = {told.seed}",
        "",
        "[plan]",
        *_lines(asdict(told.plan)),
        "",
        f"[candidates.{NAME}]",
        *_lines(trial.spec.to_dict()),
    ]
    return "\n".join(lines) + "\n"


def write_chosen(found: TuningResult, path: Path) -> None:
    """Write the chosen specification as a configuration."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(candidate_toml(found, found.chosen), encoding="utf-8")


def tuning_text(found: TuningResult) -> str:
    """What was found, for the terminal."""
    states = pd.Series([trial.state for trial in found.trials]).value_counts().sort_index()
    told = ", ".join(f"{count} {state}" for state, count in states.items())
    lines = [
        f"{len(found.trials)} trials ({told}) on {len(found.inner)} inner origins, "
        f"{found.inner[0]:%Y-%m-%d} to {found.inner[-1]:%Y-%m-%d}. "
        f"Nothing known from {found.untouched[0]:%Y-%m-%d} on was read.",
        *(each.line() for each in found.left_out),
        f"Score: mean average precision less {found.config.penalty:g} times its standard deviation over origins.",
        "",
        f"{'':<38}{'trial':>6}{'score':>9}{'leaves x rounds':>17}",
        _line("where the search began", found.start),
        _line("best", found.best),
        _line("simplest within one standard error", found.chosen),
        "",
        f"One standard error of the best: {found.standard_error:.4f}. The scores were searched for, and flatter: "
        "judge the chosen one by a backtest at the untouched origins.",
    ]
    return "\n".join(lines)


def _line(words: str, trial: Tried) -> str:
    return f"{words:<38}{trial.number:>6}{trial.score:>9.4f}{leaves_in_all(trial):>17}"


def _tags(found: TuningResult) -> dict[str, str]:
    return {"study": found.study, "untouched_from": f"{found.untouched[0]:%Y-%m-%d}"}


def _lines(values: Mapping[str, Any]) -> list[str]:
    """Plain values as TOML; JSON writes numbers, words and truth the same way."""
    return [f"{name} = {json.dumps(value)}" for name, value in values.items()]
