"""The model as MLflow loads it: a script, not a pickle. MLflow runs this file and asks it for a model.

``mlflow.pyfunc.load_model("models:/trustlane-risk@champion").predict(frame)`` gives one row for each row of
catalog columns: margin, probability, lower, upper, expected_incidents and reasons (JSON). Columns may stand in
any order, others are left alone, and a missing one counts as not known.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.bundle import read_bundle
from models.explanation import group_contributions, stored_reasons
from models.fitted import RiskModel

with warnings.catch_warnings():
    # MLflow warns about its own type hints on import, and about a predict without any.
    warnings.simplefilter("ignore")
    import mlflow.models
    import mlflow.pyfunc

    class RiskPyfunc(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
        """The bundle behind MLflow's interface. Peers are those of the last cohort seen in training."""

        def load_context(self, context: Any) -> None:
            """Read and check the bundle that MLflow unpacked."""
            self.model: RiskModel = read_bundle(Path(context.artifacts["bundle"]))

        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
            """Score rows of catalog columns."""
            return predict_frame(self.model, pd.DataFrame(model_input))


def predict_frame(model: RiskModel, frame: pd.DataFrame) -> pd.DataFrame:
    """Scores and reasons of rows of catalog columns, on the index of ``frame``."""
    values = model.values(frame.reindex(columns=list(model.features), fill_value=np.nan))
    margin = model.margin_of(values) if len(values) else np.zeros(0)
    lower, upper = model.interval_of(values, margin)
    grouped = group_contributions(model, values, margin, model.peers)
    reasons = [stored_reasons(grouped, row, {}) for row in range(len(values))]
    return pd.DataFrame(
        {
            "margin": margin,
            "probability": model.probability(margin),
            "lower": lower,
            "upper": upper,
            "expected_incidents": model.expected_incidents(margin),
            "reasons": pd.Series(reasons, index=frame.index, dtype="str"),
        },
        index=frame.index,
    )


mlflow.models.set_model(RiskPyfunc())
