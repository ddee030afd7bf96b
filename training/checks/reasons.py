"""6. Reasons add up to the margin, and every feature can be put in words."""

import numpy as np

from features.catalog import CATALOG
from features.phrases import phrase
from models.errors import MatrixRefused
from models.fitted import RiskModel
from models.spec import TrainingSlice
from training.checks.verdict import CheckResult, listed

NUMBER, NAME = 6, "Reasons add up and have words"
TOLERANCE = 1e-6
MOST_ROWS = 5000


def check_reasons(model: RiskModel, part: TrainingSlice) -> CheckResult:
    """Base and contributions sum to the margin within :data:`TOLERANCE`, on rows spread evenly."""
    rows = np.unique(np.linspace(0, len(part) - 1, min(MOST_ROWS, len(part))).round().astype(int))
    try:
        values = model.values(part.matrix.iloc[rows])
    except MatrixRefused as problem:
        advice = "Train on the record that it is checked on."
        return CheckResult(NUMBER, NAME, "not judged", str(problem), {}, advice, required=True)
    base, contributions = model.contributions_of(values)
    worst = float(np.abs(base + contributions.sum(axis=1) - model.margin_of(values)).max())
    words = {feature.name: feature for feature in CATALOG}
    silent = [
        name
        for name in model.features
        if name not in words or not phrase(words[name], 1.0).strip() or not phrase(words[name], None).strip()
    ]
    figures = {"rows": len(rows), "worst_difference": worst, "tolerance": TOLERANCE, "without_words": len(silent)}
    if worst <= TOLERANCE and not silent:
        sentence = f"on {len(rows):,} rows they do, and all {len(model.features)} features have words."
        return CheckResult(NUMBER, NAME, "passed", sentence, figures, required=True)
    parts = [f"they miss the margin by up to {worst:.2g}"] if not worst <= TOLERANCE else []
    parts += [f"no words for {listed(silent)}"] if silent else []
    advice = "Give each feature a phrase in the catalog; do not serve a model whose reasons do not add up."
    return CheckResult(NUMBER, NAME, "failed", "; ".join(parts) + ".", figures, advice, required=True)
