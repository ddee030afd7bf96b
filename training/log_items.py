"""What a training run logs, as pure values: figures, metrics, tables, and the run's own words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.catalog import FAMILIES
from models.risk_model import RiskModel, TrainingSlice
from models.run_items import Figure, Metric, Series
from records.quality import QualityReport
from training import metrics
from training.metrics import Floats

BINS = 10
CAPACITIES = (50, 100, 200)
BANDS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
LEAST_IN_BIN = 20


def slice_metrics(model: RiskModel, part: TrainingSlice) -> tuple[Metric, ...]:
    """Ranking and calibration of ``model`` on a slice, for each of its dates; the step is the date as YYYYMMDD."""
    margin = model.margin(part.matrix)
    probability = model.probability(margin)
    found = []
    for date in np.unique(part.as_of):
        rows = part.as_of == date
        step = int(str(date)[:10].replace("-", ""))
        for name, value in _figures(margin[rows], probability[rows], part, rows).items():
            found.append(Metric(f"calibration_slice.{name}", value, step))
    return tuple(found)


def quality_metrics(report: QualityReport) -> tuple[Metric, ...]:
    """The four numbers of the record's quality as shares, the estimated share unseen, alarms and missed targets."""
    shares = [Metric(f"quality.{item.id}_share", item.value) for item in report.headline if item.value is not None]
    unseen = report.metric("unseen").value
    if unseen is not None:
        shares.append(Metric("quality.unseen_share", unseen))
    counts = {"silent_sources": len(report.alarms), "missed_targets": len(report.missed)}
    return (*shares, *(Metric(f"quality.{name}", float(count)) for name, count in counts.items()))


def quality_text(report: QualityReport) -> str:
    """The whole report as the run keeps it: ``quality.json``."""
    return json.dumps(report.to_dict(), indent=1) + "\n"


def mean_metrics(found: Sequence[Metric]) -> dict[str, float]:
    """Mean over steps of each metric, under its name without the part before the dot."""
    frame = pd.DataFrame(
        {"name": [each.name.split(".")[-1] for each in found], "value": [each.value for each in found]}
    )
    return {str(name): float(value) for name, value in frame.groupby("name")["value"].mean().items()}


def reliability(model: RiskModel, part: TrainingSlice) -> pd.DataFrame:
    """Predicted against observed in tenths of the incidents' probability, with 95 % Wilson bounds.

    Bins hold equal sums of probability, not equal numbers of rows: nearly all rows are near zero, and
    equal numbers would put every participant that matters into one bin.
    """
    return reliability_of(model.probability(model.margin(part.matrix)), part.positive, part.weight)


def reliability_of(probability: Floats, positive: Any, weight: Floats, least: int = LEAST_IN_BIN) -> pd.DataFrame:
    """:func:`reliability` of probabilities, labels and weights, each of shape (rows,); bins of ``least`` rows."""
    order = np.argsort(probability, kind="stable")
    shares = np.cumsum(probability[order]) / probability.sum()
    bin_of = np.minimum((shares * BINS).astype(int), BINS - 1)
    return _observed(probability[order], positive[order], weight[order], bin_of, least)


def yield_by_band(model: RiskModel, part: TrainingSlice) -> pd.DataFrame:
    """How many of those scored in each band of probability had an incident."""
    return yield_of(model.probability(model.margin(part.matrix)), part.positive, part.weight)


def yield_of(probability: Floats, positive: Any, weight: Floats, least: int = LEAST_IN_BIN) -> pd.DataFrame:
    """:func:`yield_by_band` of probabilities, labels and weights, each of shape (rows,); bands of ``least`` rows."""
    band = np.clip(np.searchsorted(BANDS, probability, side="right") - 1, 0, len(BANDS) - 2)
    table = _observed(probability, positive, weight, band, least)
    table.insert(0, "from_probability", [BANDS[place] for place in table["bin"]])
    table.insert(1, "to_probability", [BANDS[place + 1] for place in table["bin"]])
    return table.drop(columns="bin")


def importance_tables(model: RiskModel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean absolute contribution by feature and by factor group, largest first, in log-odds."""
    features = pd.DataFrame(
        {
            "feature": model.features,
            "family": [entry["family"] for entry in model.catalog],
            "mean_absolute_contribution": model.importance,
        }
    )
    sums = features.groupby("family", sort=False)["mean_absolute_contribution"].sum()
    groups = pd.DataFrame({"family": list(sums.index), "mean_absolute_contribution": sums.to_numpy()})
    groups.insert(1, "title", [FAMILIES[family].title for family in groups["family"]])
    return _largest_first(features), _largest_first(groups)


def training_figures(model: RiskModel, part: TrainingSlice) -> tuple[Figure, ...]:
    """Calibration, yield by band, and what drives the model overall."""
    bins, bands = reliability(model, part), yield_by_band(model, part)
    features, groups = importance_tables(model)
    band_names = [
        f"{100 * low:g}–{100 * high:g}%"
        for low, high in zip(bands["from_probability"], bands["to_probability"], strict=True)
    ]
    return (
        Figure(
            "calibration",
            "Predicted and observed on the calibration slice, 95 % bounds",
            "predicted probability",
            "observed share with an incident",
            (_with_bounds("tenths of the expected positives", bins["predicted"].tolist(), bins),),
            diagonal=True,
        ),
        Figure(
            "yield_by_band",
            "Observed share with an incident by band of probability",
            "band of probability",
            "observed share",
            (_with_bounds("observed, 95 % bounds", band_names, bands),),
        ),
        _bars("factor_groups", "What drives the model: factor groups", groups["title"].tolist(), groups),
        _bars(
            "features", "What drives the model: its 20 first features", features["feature"].tolist(), features.head(20)
        ),
    )


def training_facts(model: RiskModel, part: TrainingSlice, means: Mapping[str, float]) -> dict[str, Any]:
    """What the model carries with it for the pages that describe it."""
    return {
        "calibration_slice_metrics": {name: value for name, value in means.items() if np.isfinite(value)},
        "reliability": _plain(reliability(model, part)),
        "yield_by_band": _plain(yield_by_band(model, part)),
    }


def _figures(margin: Floats, probability: Floats, part: TrainingSlice, rows: Any) -> dict[str, float]:
    positive, weight = part.positive[rows], part.weight[rows]
    tied = metrics.gather(margin, positive, weight=weight)
    found = {"average_precision": metrics.average_precision(tied), "auc": metrics.auc(tied)}
    found |= {f"precision_at_{k}": metrics.precision_at(tied, float(k)) for k in CAPACITIES}
    found |= {f"recall_at_{k}": metrics.recall_at(tied, float(k)) for k in CAPACITIES}
    found["brier"] = metrics.brier(probability, positive, weight)
    found["log_loss"] = metrics.log_loss(probability, positive, weight)
    found["base_rate"] = np.average(positive.astype(np.float64), weights=weight)
    return {name: float(np.ravel(value)[0]) for name, value in found.items()}


def _observed(probability: Floats, positive: Any, weight: Floats, bin_of: Any, least: int) -> pd.DataFrame:
    """Rows, mean prediction, observed share and its Wilson bounds for each bin that holds enough rows."""
    frame = pd.DataFrame({"bin": bin_of, "p": probability * weight, "y": positive * weight, "w": weight})
    sums = frame.groupby("bin", as_index=False).agg(p=("p", "sum"), y=("y", "sum"), w=("w", "sum"), rows=("w", "size"))
    sums = sums[sums["rows"] >= least].reset_index(drop=True)
    observed, z = sums["y"] / sums["w"], 1.96
    spread = z * np.sqrt(observed * (1 - observed) / sums["w"] + z**2 / (4 * sums["w"] ** 2)) / (1 + z**2 / sums["w"])
    center = (observed + z**2 / (2 * sums["w"])) / (1 + z**2 / sums["w"])
    return pd.DataFrame(
        {
            "bin": sums["bin"],
            "rows": sums["rows"],
            "predicted": sums["p"] / sums["w"],
            "observed": observed,
            "lower": np.minimum((center - spread).clip(lower=0.0), observed),
            "upper": np.maximum((center + spread).clip(upper=1.0), observed),
        }
    )


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(-table["mean_absolute_contribution"].to_numpy(dtype=np.float64), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _with_bounds(label: str, x: Sequence[Any], table: pd.DataFrame) -> Series:
    return Series(
        label, x, table["observed"].tolist(), table["lower"].tolist(), table["upper"].tolist(), style="points"
    )


def _bars(name: str, title: str, labels: Sequence[str], table: pd.DataFrame) -> Figure:
    values = table["mean_absolute_contribution"].tolist()
    bars = Series("mean absolute contribution", list(labels)[: len(values)], values, style="bars")
    return Figure(name, title, "mean absolute contribution to the margin, log-odds", "", (bars,))


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")]
