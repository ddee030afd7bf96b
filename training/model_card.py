"""The model card: what a version is for, what it learned from, how well it did, where it stops."""

from collections.abc import Mapping
from typing import Any

from features.catalog import FAMILIES
from models.risk_model import RiskModel
from training.log_items import importance_tables
from training.splits import Split


def render_card(model: RiskModel, split: Split, tally: Mapping[str, int], means: Mapping[str, float]) -> str:
    """The card in Markdown.

    Parameters
    ----------
    model : RiskModel
        The fitted model.
    split : Split
        Its training dates.
    tally : mapping
        How the labels fell, from :func:`training.labels.tally_labels`.
    means : mapping
        Mean figures on the calibration slice.
    """
    return "\n".join(
        [
            f"# Risk model {model.model_version}",
            "",
            *_purpose(model),
            *_data(model, split, tally),
            *_figures(model, means),
            *_drivers(model),
            *_limits(model),
        ]
    )


def summary(model: RiskModel, means: Mapping[str, float]) -> str:
    """Two lines for the registry: dates and the main figures."""
    facts = model.facts
    shown = ", ".join(f"{_words(name)} {means[name]:.3f}" for name in ("average_precision", "auc") if name in means)
    return (
        f"Incident within {model.horizon_days} days. Fitted on {facts['training_rows']:,} rows "
        f"({facts['training_first_as_of']} to {facts['training_last_as_of']}, {facts['training_positives']:,} "
        f"positive), calibrated on {facts['calibration_first_as_of']} to {facts['calibration_last_as_of']}.\n\n"
        f"On the calibration slice: {shown}. Data version `{model.data_version}`, digest `{model.digest[:12]}`."
    )


def _purpose(model: RiskModel) -> list[str]:
    return [
        "## What it is for",
        "",
        "It ranks participants by the risk of being involved in at least one recorded incident within "
        f"{model.horizon_days} days, so that a fixed capacity for examination is used where it finds most. "
        "The probability it shows advises a person. It is no ground for an action by itself, and it says nothing "
        "about intent.",
        "",
        "Not for: decisions about persons, participants outside the program, or participants of whom less than "
        f"{model.carried.least:.0%} is known of what a score is read from (these are shown as not rated, which is not "
        "low risk).",
        "",
    ]


def _data(model: RiskModel, split: Split, tally: Mapping[str, int]) -> list[str]:
    facts = model.facts
    rows = [
        ("rows", "rows"),
        ("positive rows", "positives"),
        ("participants", "participants"),
        ("first date", "first_as_of"),
        ("last date", "last_as_of"),
    ]
    table = [
        f"| {label} | {_number(facts[f'training_{key}'])} | {_number(facts[f'calibration_{key}'])} |"
        for label, key in rows
    ]
    return [
        "## What it learned from",
        "",
        f"Data version `{model.data_version}`, labels as known on {split.origin:%Y-%m-%d}, with {split.margin.days} "
        "days allowed for late reports.",
        "",
        "| | fit | calibration |",
        "| --- | --- | --- |",
        *table,
        "",
        f"Left out: {tally.get('immature', 0):,} rows too recent to be labelled, {tally.get('censored', 0):,} whose "
        "participant left before the window ended (the others of their kind stand in for them by weight).",
        "",
        "Labels are incidents that were recorded. Where nobody looks, nothing is recorded: the model learns the risk "
        "of a recorded incident under the past years' examination, not of an incident.",
        "",
    ]


def _figures(model: RiskModel, means: Mapping[str, float]) -> list[str]:
    lines = [f"| {_words(name)} | {value:.4f} |" for name, value in means.items()]
    return [
        "## How it did on the calibration slice",
        "",
        "Ranking figures are on dates that the trees never saw; calibration was fitted here, so its own figures "
        "flatter. The backtest is the judge.",
        "",
        "| figure, mean over dates | |",
        "| --- | --- |",
        *lines,
        "",
        model.calibration.words(),
        *_choice(model),
        "",
    ]


def _choice(model: RiskModel) -> list[str]:
    """What the calibration was chosen over, where one was chosen."""
    choice = model.facts.get("calibration_choice")
    if choice is None:
        return []
    losses = ", ".join(f"{_words(name)} {loss:.5f}" for name, loss in choice["log_loss"].items())
    return [f"Chosen by log loss on the later calibration dates: {losses}."]


def _drivers(model: RiskModel) -> list[str]:
    _, groups = importance_tables(model)
    lines = [
        f"| {title} | {FAMILIES[family].meaning} | {contribution:.4f} |"
        for family, title, contribution in groups.to_numpy().tolist()
    ]
    return [
        "## What drives it",
        "",
        "Mean absolute contribution to the log-odds over the last cohort seen in training.",
        "",
        "| factor group | meaning | contribution |",
        "| --- | --- | --- |",
        *lines,
        "",
    ]


def _limits(model: RiskModel) -> list[str]:
    held = sum(1 for entry in model.catalog if entry["monotone"])
    versions = ", ".join(f"{package} {version}" for package, version in model.facts.get("versions", {}).items())
    return [
        "## Limits and settings",
        "",
        f"- {len(model.features)} features, {held} of them held to a monotone direction; no nationality or ethnicity "
        "of persons is an input.",
        "- The interval tells how far the estimate may be off, not whether an incident happens.",
        "- 'Probability without' a factor group is approximate: it takes the group's contribution away, nothing else.",
        f"- {len(model.trees)} booster(s), {len(model.replicas)} replicas, seed {model.seed}, {versions}.",
        f"- Catalog `{model.catalog_hash[:12]}`, digest `{model.digest}`.",
        "",
    ]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
