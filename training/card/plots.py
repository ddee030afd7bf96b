"""The figures of a card: yield, precision and recall, reliability, leads over simple rules, churn. Pure values."""

import pandas as pd

from models.documents import Drawing
from models.run_items import Figure, Series
from training.card.results import capacities_of, middle_capacity
from training.card.words import capacity_name, figure, known, rule_name, share, spaced
from training.checks.judged import Judged
from training.checks.stable import places_compared
from training.labels import POSITIVE
from training.log_items import reliability_of, yield_of
from training.stability import Lists, churn

BOUNDS_OF_ROWS = "Wilson bounds, 95 %, rows of all origins taken together."


def backtest_drawings(judged: Judged) -> tuple[Drawing, ...]:
    """Every figure that a backtest gives of its candidate."""
    capacity = middle_capacity(capacities_of(judged.summary))
    drawn = [*_probability_drawings(judged), *_capacity_drawings(judged), lead_drawing(judged, "average_precision")]
    if capacity is not None:
        drawn.append(lead_drawing(judged, f"lift_at_{capacity}"))
    return tuple(each for each in drawn if each is not None)


def lead_drawing(judged: Judged, metric: str) -> Drawing | None:
    """The version minus each simple rule in one figure, with its paired interval; None where it was not judged."""
    rows = judged.differences
    rows = rows[(rows["slice"] == "all") & (rows["metric"] == metric) & (rows["candidate"] == judged.candidate)].dropna(
        subset=["value"]
    )
    if rows.empty:
        return None
    rows = rows.sort_values("value", ascending=False)
    plain, _, capacity = metric.partition("_at_")
    words = spaced(plain) + (f" at {capacity_name(capacity)}" if capacity else "")
    lanes = tuple(rule_name(str(name)) for name in rows["against"])
    above = int((rows["lower"] > 0).sum())
    return Drawing(
        Figure(
            f"lead_{metric}",
            f"Lead in {words} over each simple rule",
            f"version minus rule, {words}",
            "rule",
            (_in_lanes("lead, 95 % paired interval", rows["value"], rows["lower"], rows["upper"]),),
            lanes=lanes,
            reference=0.0,
        ),
        f"Of {len(lanes)} rules the whole interval of the lead lies above 0 for {above}.",
    )


def churn_drawing(lists: Lists) -> Drawing | None:
    """How much of the first places changes in a month, and by what; None where the record is too short."""
    k = places_compared(len(lists.now))
    split = churn(lists, k)
    if split is None:
        return None
    parts = {
        "in a month, in all": split.total,
        "participants' news alone": split.data,
        "learning again": split.retrain,
        "another seed": split.seed,
    }
    y = [float(place) for place in range(len(parts))]
    return Drawing(
        Figure(
            "list_churn",
            f"How much of the first {k} places changes, and why",
            "share of the first places that changed",
            "cause",
            (Series("share changed", list(parts.values()), y, style="bars"),),
            lanes=tuple(parts),
        ),
        f"{len(split.entered)} names came and {len(split.left)} went. A mere seed is a part of learning again; the "
        "parts need not add up, since one name can change for two reasons.",
    )


def _probability_drawings(judged: Judged) -> list[Drawing | None]:
    rows, told = judged.predictions, f"probability_{judged.candidate}"
    if told not in rows:
        return []
    rows = rows[rows["weight"] > 0]
    given = (
        rows[told].to_numpy(dtype="float64"),
        (rows["label"] == POSITIVE).to_numpy(dtype=bool),
        rows["weight"].to_numpy(dtype="float64"),
    )
    return [_yield(yield_of(*given, least=1)), _reliability(reliability_of(*given, least=1))]


def _yield(bands: pd.DataFrame) -> Drawing | None:
    if bands.empty:
        return None
    bands = bands.iloc[::-1]
    lanes = tuple(
        f"{100 * low:g}–{100 * high:g} %"
        for low, high in zip(bands["from_probability"], bands["to_probability"], strict=True)
    )
    top = bands.iloc[0]
    return Drawing(
        Figure(
            "yield_by_score_band",
            "Yield by score band in the backtest",
            "observed share with an incident",
            "band of probability",
            (_in_lanes("observed, 95 % bounds", bands["observed"], bands["lower"], bands["upper"]),),
            lanes=lanes,
        ),
        f"In the highest band, {lanes[0]}, {share(top['observed'])} of {int(top['rows']):,} had an incident "
        f"({share(top['lower'])} to {share(top['upper'])}). {BOUNDS_OF_ROWS}",
    )


def _reliability(bins: pd.DataFrame) -> Drawing | None:
    if bins.empty:
        return None
    holding = int(((bins["lower"] <= bins["predicted"]) & (bins["predicted"] <= bins["upper"])).sum())
    points = Series(
        "tenths of the expected positives",
        bins["predicted"].tolist(),
        bins["observed"].tolist(),
        bins["lower"].tolist(),
        bins["upper"].tolist(),
        style="points",
    )
    return Drawing(
        Figure(
            "reliability",
            "Probability given and share seen in the backtest",
            "probability given",
            "share with an incident",
            (points,),
            diagonal=True,
        ),
        f"{holding} of {len(bins)} intervals hold the probability given. {BOUNDS_OF_ROWS}",
    )


def _capacity_drawings(judged: Judged) -> list[Drawing | None]:
    summary, ranked = judged.summary, judged.predictions.groupby("origin").size().mean()
    own = summary[(summary["slice"] == "all") & (summary["ranking"] == judged.candidate)].set_index("metric")
    places = {k: float(k) if k.isdigit() else float(k[:-3]) / 100 * ranked for k in capacities_of(summary)}
    drawn: list[Drawing | None] = []
    for metric, meaning in (
        ("precision", "the share of the examined that had an incident"),
        ("recall", "the share of all participants with an incident that the list reaches"),
    ):
        told = [
            (places[k], *own.loc[f"{metric}_at_{k}", ["value", "lower", "upper"]].astype("float64"))
            for k in sorted(places, key=lambda each: places[each])
            if f"{metric}_at_{k}" in own.index
        ]
        told = [each for each in told if known(each[1])]
        if not told:
            drawn.append(None)
            continue
        x, y, lower, upper = (list(column) for column in zip(*told, strict=True))
        line = Series(f"{metric}, 95 % interval", x, y, lower, upper, style="line")
        last = told[-1]
        drawn.append(
            Drawing(
                Figure(f"{metric}_by_capacity", f"{metric.capitalize()} by capacity", "places", metric, (line,)),
                f"{metric.capitalize()} is {meaning}: {figure(*told[0][1:])} at {told[0][0]:.0f} places, "
                f"{figure(*last[1:])} at {last[0]:.0f}.",
            )
        )
    return drawn


def _in_lanes(label: str, value: "pd.Series[float]", lower: "pd.Series[float]", upper: "pd.Series[float]") -> Series:
    y = [float(place) for place in range(len(value))]
    return Series(label, value.tolist(), y, lower.tolist(), upper.tolist(), style="points")
