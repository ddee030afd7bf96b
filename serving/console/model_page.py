"""The model: what it is, what drives it over the cohort, and how well it did in the backtest."""

from typing import Any

import numpy as np
import pandas as pd

from features.feature import FAMILIES
from serving.console import words
from serving.console.yield_charts import band_chart, calibration_chart
from serving.evaluation import read_evaluation
from serving.scoreboard import Cohort
from serving.wiring import Workspace

BAR_ROOM = 88.0


def model_content(workspace: Workspace, as_of: pd.Timestamp) -> dict[str, Any]:
    """Everything that the model's page shows."""
    model = workspace.usable_model()
    cohort = workspace.cohort(as_of)
    evaluation = read_evaluation(model.facts)
    return {
        "as_of": as_of,
        "model": model,
        "cohort": cohort,
        "groups": factor_groups(cohort),
        "facts": _training_facts(workspace),
        "evaluation": evaluation,
        "bands": band_chart(evaluation) if evaluation and evaluation.bands else None,
        "calibration": calibration_chart(evaluation.groups) if evaluation and evaluation.groups else None,
    }


def factor_groups(cohort: Cohort) -> list[dict[str, Any]]:
    """Mean absolute contribution of each factor group over the cohort, the strongest first.

    Beside it the share of all effect, in how many participants the group raises the score, and what it
    multiplies the odds by, on average, where it raises and where it lowers.
    """
    moved: dict[str, list[float]] = {}
    for place in range(cohort.size):
        row = cohort.row_at(place)
        for reason in row["reasons"] if row["rated"] else ():
            moved.setdefault(reason["family"], []).append(reason["contribution"])
    groups: list[dict[str, Any]] = []
    for family, values in moved.items():
        contribution = np.array(values)
        raising, lowering = contribution[contribution > 0], contribution[contribution < 0]
        groups.append(
            {
                "family": family,
                "title": FAMILIES[family].title,
                "meaning": FAMILIES[family].meaning,
                "strength": float(np.abs(contribution).mean()),
                "raises": len(raising) / len(contribution),
                "up": float(raising.mean()) if len(raising) else None,
                "down": float(lowering.mean()) if len(lowering) else None,
            }
        )
    groups.sort(key=lambda group: -group["strength"])
    total = sum(group["strength"] for group in groups)
    for group in groups:
        group["share"] = group["strength"] / total if total else 0.0
        group["width"] = round(BAR_ROOM * group["strength"] / groups[0]["strength"], 2) if total else 0.0
    return groups


def _training_facts(workspace: Workspace) -> list[tuple[str, Any]]:
    """What the bundle says of its training, in words; its measures stand in the first part of the page."""
    model = workspace.usable_model()
    plain = [
        (words.capitalize_first(name.replace("_", " ")), value)
        for name, value in sorted(model.facts.items())
        if isinstance(value, str | int | float | bool)
    ]
    versions = model.facts.get("versions")
    packages = ", ".join(f"{name} {number}" for name, number in versions.items()) if isinstance(versions, dict) else ""
    return [
        ("Version", workspace.model_version),
        ("Digest", model.digest),
        ("Looks ahead", f"{model.horizon_days} days"),
        ("Learned from data version", model.data_version),
        ("Features", f"{len(model.features)}, catalog {model.catalog_hash[:12]}"),
        *plain,
        *([("Made with", packages)] if packages else []),
    ]
