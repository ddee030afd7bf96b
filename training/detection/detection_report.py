"""A study of detection effort in words, as files, and as what MLflow keeps of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from models.run_items import Metric, RunContent
from training.detection.explained import OVERSIGHT, family_title
from training.detection.study import CORRECTED, NAIVE, DetectionStudy
from training.detection.yardstick import refusal, yardstick_text
from training.text_table import aligned

EXPERIMENT = "trustlane-detection"
MOST_GROUPS = 12
"""Groups shown in the text, those with the greatest change; all are in groups.csv."""


def detection_text(found: DetectionStudy) -> str:
    """The report for the terminal."""
    parts = [_heading(found), _propensity_text(found), _explained_text(found), _families_text(found)]
    parts += [
        _changed_text(found),
        *(yardstick_text(table) for _, table in found.yardstick.groupby("yardstick", sort=False)),
    ]
    return "\n\n".join(part for part in [*parts, _closeness_text(found)] if part)


def detection_tables(found: DetectionStudy) -> dict[str, pd.DataFrame]:
    """The tables by file name; empty ones are left out."""
    named = {
        "propensity": found.propensity,
        "explained": found.explained,
        "families": found.families,
        "changed": found.changed,
        "groups": found.groups,
        "yardstick": found.yardstick,
        "readings": found.readings,
        "closeness": found.closeness,
    }
    return {name: table for name, table in named.items() if len(table)}


def write_detection(found: DetectionStudy, folder: Path) -> list[Path]:
    """Write each table as CSV, all but the readings as detection.json, and the report as report.md; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = detection_tables(found)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    text = json.dumps(_plain(found, tables), indent=2)
    (folder / "detection.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.md").write_text(detection_markdown(found), encoding="utf-8")
    return [folder / name for name in (*(f"{name}.csv" for name in tables), "detection.json", "report.md")]


def detection_markdown(found: DetectionStudy) -> str:
    """The same report as a page; columns stay aligned in blocks of text."""
    return f"# Detection effort behind {found.candidate}\n\n```text\n{detection_text(found)}\n```\n"


def detection_content(found: DetectionStudy) -> RunContent:
    """What MLflow keeps: the tables, the report, and the figures that one would compare."""
    last = found.explained[found.explained["measure"] == "expected examination rate"].set_index("ranking")
    metrics = [
        *(Metric(f"{ranking}.explained_by_effort", float(row["share_explained"])) for ranking, row in last.iterrows()),
        *(Metric(f"overlap_at_{row['capacity']:.0f}", float(row["overlap"])) for _, row in found.changed.iterrows()),
    ]
    if len(found.families):
        metrics.append(Metric("oversight_share", float(found.families.loc[found.families["oversight"], "share"].sum())))
    return RunContent(
        experiment=EXPERIMENT,
        name=f"detection behind {found.candidate}",
        note=detection_markdown(found),
        data_version=found.data_version,
        params={"candidate": found.candidate, "origins": ", ".join(f"{each:%Y-%m-%d}" for each in found.origins)},
        metrics=tuple(metrics),
        tables={name: table for name, table in detection_tables(found).items() if name != "readings"},
        texts={"report.md": detection_markdown(found)},
    )


def _heading(found: DetectionStudy) -> str:
    days = ", ".join(f"{origin:%Y-%m-%d}" for origin in found.origins)
    return (
        f"Detection effort behind {found.candidate}: fitted as it is (naive) and on rows weighted by examination "
        f"propensity (corrected), at {days}."
    )


def _propensity_text(found: DetectionStudy) -> str:
    rows = [
        [
            f"{row['origin']:%Y-%m-%d}",
            f"{100 * row['mean_rate']:.2f}",
            f"{row['rate_slope']:.2f}",
            f"{row['examinations']:.0f} / {row['expected_examinations']:.0f}",
            f"{row['share_by_exam']:.2f}",
            f"{row['elasticity']:.2f}",
            f"{100 * row['held_at_bounds']:.0f} %",
            f"{100 * row['effective_rows']:.0f} %",
        ]
        for _, row in found.propensity.iterrows()
    ]
    head = [
        "",
        "exams per 100",
        "slope",
        "seen / expected",
        "found by exam",
        "elasticity",
        "held at bounds",
        "effective rows",
    ]
    basis = "; ".join(found.propensity["basis"].unique())
    return f"Examination propensity and what findings owe to it ({basis})\n{aligned([head, *rows])}"


def _explained_text(found: DetectionStudy) -> str:
    rows = [
        [
            f"{row['ranking']}: {row['measure']}",
            f"{row['rank_correlation']:.2f}",
            f"{100 * row['share_explained']:.0f} %",
            f"{100 * row['share_beyond_volume']:.0f} %",
        ]
        for _, row in found.explained.iterrows()
    ]
    head = ["", "rank correlation", "explained", "beyond volume"]
    return f"How much of the ranking effort explains, at {found.origins[-1]:%Y-%m-%d}\n{aligned([head, *rows])}"


def _families_text(found: DetectionStudy) -> str:
    if found.families.empty:
        return "Contributions of families: cannot tell, this kind of candidate does not add up over columns."
    share = float(found.families.loc[found.families["oversight"], "share"].sum())
    own = [
        f"{family_title(row['family'])} {100 * row['share']:.0f} %"
        for _, row in found.families[found.families["oversight"]].iterrows()
    ]
    names = ", ".join(family_title(family).lower() for family in OVERSIGHT)
    return (
        f"Of the absolute contributions to the naive margin {100 * share:.0f} % come from what the program itself did "
        f"({names}): {', '.join(own) or 'none of it'}."
    )


def _changed_text(found: DetectionStudy) -> str:
    told = "; ".join(
        f"of the first {row['capacity']:.0f} the correction keeps {row['kept']:.0f} and replaces {row['entered']:.0f}"
        for _, row in found.changed.iterrows()
    )
    moved = found.groups.assign(change=found.groups["places_corrected"] - found.groups["places_naive"])
    moved = moved[moved["change"] != 0]
    moved = moved.reindex(moved["change"].abs().sort_values(ascending=False, kind="stable").index).head(MOST_GROUPS)
    rows = [
        [
            f"{row['grouping']}: {row['group']}",
            f"{row['participants']:.0f}",
            f"{100 * row['examination_rate']:.2f}",
            f"{row['relative_detection']:.2f}",
            f"{row['places_naive']:.0f}",
            f"{row['places_corrected']:.0f}",
        ]
        for _, row in moved.iterrows()
    ]
    head = ["", "participants", "exams per 100", "detection", "places naive", "corrected"]
    return "\n".join([told[:1].upper() + told[1:] + ".", aligned([head, *rows])]) if rows else told


def _closeness_text(found: DetectionStudy) -> str:
    if found.closeness.empty:
        return ""
    means = found.closeness.groupby(["metric", "ranking"], sort=False)["value"].mean().to_dict()
    rows = []
    for metric in found.closeness["metric"].unique():
        naive, corrected = (float(means[metric, ranking]) for ranking in (NAIVE, CORRECTED))
        rows.append([str(metric), f"{naive:.3f}", f"{corrected:.3f}", f"{corrected - naive:+.3f}"])
    table = aligned([["", NAIVE, CORRECTED, "difference"], *rows])
    return f"Nearness to the simulator's true intensity, mean over origins\n{table}"


def _plain(found: DetectionStudy, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {
        "candidate": found.candidate,
        "data_version": found.data_version,
        "origins": [f"{origin:%Y-%m-%d}" for origin in found.origins],
        "yardstick_refusals": {
            name: refusal(table) for name, table in found.yardstick.groupby("yardstick", sort=False) if refusal(table)
        },
        **{
            name: json.loads(table.to_json(orient="records", date_format="iso", double_precision=10))
            for name, table in tables.items()
            if name != "readings"
        },
    }
