"""The words of a version at training, before any judgement: its first card and its lines in the registry."""

from collections.abc import Mapping

from models.risk_model import RiskModel
from training.card.card import build_card
from training.card.source import CardSource, program_of
from training.splits import Split


def render_card(
    model: RiskModel,
    split: Split,
    tally: Mapping[str, int],
    means: Mapping[str, float],
    tags: Mapping[str, str] | None = None,
) -> str:
    """The card in Markdown as training leaves it: it says that no backtest has judged the version yet.

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
    tags : mapping, optional
        Of the run; :func:`training.card.source.program_tags` among them say whose record it is.
    """
    return build_card(CardSource(model, split, tally, means, program_of(tags or {}))).to_markdown()


def summary(model: RiskModel, means: Mapping[str, float]) -> str:
    """Two lines for the registry: dates and the main figures."""
    facts = model.facts
    shown = ", ".join(
        f"{name.replace('_', ' ')} {means[name]:.3f}" for name in ("average_precision", "auc") if name in means
    )
    return (
        f"Incident within {model.horizon_days} days. Fitted on {facts['training_rows']:,} rows "
        f"({facts['training_first_as_of']} to {facts['training_last_as_of']}, {facts['training_positives']:,} "
        f"positive), calibrated on {facts['calibration_first_as_of']} to {facts['calibration_last_as_of']}.\n\n"
        f"On the calibration slice: {shown}. Data version `{model.data_version}`, digest `{model.digest[:12]}`."
    )
