"""An ablation as a table, in words, as files, and as what MLflow keeps of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from features.worth import METRICS, Difference, ProgramWorth
from models.run_items import Metric, RunContent
from training.ablation_config import AblationConfig

EXPERIMENT = "trustlane-ablation"
WITHOUT, ADDED = "without", "added"


def ablation_table(found: ProgramWorth) -> pd.DataFrame:
    """One row for each family and metric.

    Returns
    -------
    DataFrame
        family, verdict, features, metric; ``without``, ``without_lower``, ``without_upper``: full model minus the one
        without the family; ``added``, ``added_lower``, ``added_upper``: base with the family minus base without it.
    """
    rows = [
        {
            "family": family,
            "verdict": found.verdict(family),
            "features": worth.features,
            "metric": metric,
            **_columns(WITHOUT, worth.without[metric]),
            **_columns(ADDED, worth.added[metric]),
        }
        for family, worth in found.families.items()
        for metric in METRICS
    ]
    return pd.DataFrame(rows)


def ablation_text(found: ProgramWorth) -> str:
    """The table for the terminal, and what it rests on."""
    lines = [_heading(found)]
    for metric, words in METRICS.items():
        title = words.replace("capacity", f"{found.capacity} places")
        lines.append(
            f"\n{title}: all families {_plain(found.full[metric])}, base ({', '.join(found.base)}) "
            f"{_plain(found.base_alone[metric])}; all families fitted again with other seeds: "
            f"{_signed(found.refit[metric])}"
        )
        wide = max(20, *(len(name) + 2 for name in found.families))
        lines.append(
            f"{'judged':<{wide}}{'features':>9}  {'lost when left out':>26}  {'won when added to base':>26}  verdict"
        )
        for family, worth in found.families.items():
            told = (_signed(worth.without[metric]), _signed(worth.added[metric]))
            lines.append(f"{family:<{wide}}{worth.features:>9}  {told[0]:>26}  {told[1]:>26}  {found.verdict(family)}")
    return "\n".join(lines)


def write_ablation(found: ProgramWorth, config: AblationConfig, folder: Path) -> list[Path]:
    """Write ablation.csv, ablation.json and report.txt; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "ablation.csv": ablation_table(found).to_csv(index=False),
        "ablation.json": json.dumps({"config": config.to_dict(), "found": asdict(found)}, indent=2) + "\n",
        "report.txt": ablation_text(found) + "\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def ablation_content(found: ProgramWorth, config: AblationConfig) -> RunContent:
    """Everything that MLflow keeps of an ablation: one run with the table and each difference as a metric."""
    plain = config.to_dict()
    return RunContent(
        experiment=EXPERIMENT,
        name="ablation",
        note="What each family of features is worth, left out of all and added to a base.\n\n"
        f"```\n{ablation_text(found)}\n```",
        data_version=found.data_version,
        params={
            **{f"plan.{name}": value for name, value in plain["plan"].items()},
            **{f"model.{name}": value for name, value in config.spec.to_dict().items()},
            "base": ", ".join(found.base),
            "fits": found.fits,
            "replicates": found.replicates,
            "seed": config.backtest.seed,
            "origins": ", ".join(found.origins),
        },
        tags={"program": found.program, "catalog_hash": found.catalog},
        metrics=tuple(_metrics(found)),
        tables={"ablation": ablation_table(found)},
        texts={"report.txt": ablation_text(found) + "\n"},
    )


def _metrics(found: ProgramWorth) -> list[Metric]:
    told: dict[str, Mapping[str, Difference]] = {"full": found.full, "base": found.base_alone, "refit": found.refit}
    for family, worth in found.families.items():
        told[f"{WITHOUT}.{family}"] = worth.without
        told[f"{ADDED}.{family}"] = worth.added
    return [
        Metric(f"{name}.{metric}" + suffix, value)
        for name, differences in told.items()
        for metric, each in differences.items()
        for suffix, value in (("", each.value), (".lower", each.lower), (".upper", each.upper))
    ]


def _heading(found: ProgramWorth) -> str:
    return (
        f"{found.program}: {found.participants:,} participants at the last of {len(found.origins)} origins "
        f"({', '.join(found.origins)}), horizon {found.horizon_days} days.\n"
        f"Each ranking is the mean of {found.fits} models of {found.rounds} rounds; differences in pairs, with 95 % "
        f"intervals by {found.replicates} draws of participants.\n"
        "About one interval in forty lies above zero by luck alone."
    )


def _columns(name: str, difference: Difference) -> dict[str, float]:
    return {name: difference.value, f"{name}_lower": difference.lower, f"{name}_upper": difference.upper}


def _plain(figure: Difference) -> str:
    return f"{figure.value:.3f} [{figure.lower:.3f}, {figure.upper:.3f}]"


def _signed(difference: Difference) -> str:
    return f"{difference.value:+.4f} [{difference.lower:+.4f}, {difference.upper:+.4f}]"
