"""Figures of a run as PNG. Used while training only; the console draws its own."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from models.run_items import Figure, Series

INK, ACCENT, MID = "#1a1d20", "#0b5a70", "#868b91"
SHADES = ("#9cc3ce", "#3f8496", "#083f4f")
"""From low to high, of the thirds of a value."""

COLORS = (ACCENT, INK, MID, "#6b94a2", "#5f656b", "#083f4f")


def draw_png(figure: Figure) -> bytes:
    """The figure as PNG bytes, without touching any global plotting state."""
    canvas = Canvas(figsize=(8, max(5.0, 1.5 + 0.4 * len(figure.lanes))), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.subplots()
    for place, series in enumerate(figure.series):
        color = SHADES[place % len(SHADES)] if figure.scattered else COLORS[place % len(COLORS)]
        (_draw_in_lanes if figure.lanes else _draw)(axes, series, color, 2.5 if figure.scattered else 4.0)
    if figure.lanes:
        axes.set_yticks(range(len(figure.lanes)), figure.lanes)
        axes.set_ylim(len(figure.lanes) - 0.5, -0.5)
    if figure.reference is not None:
        (axes.axvline if figure.lanes else axes.axhline)(figure.reference, color=MID, linewidth=1, linestyle="--")
    if figure.diagonal:
        limit = max([*axes.get_xlim(), *axes.get_ylim()])
        axes.plot([0, limit], [0, limit], color=MID, linewidth=1, linestyle="--", label="exact")
    if figure.logarithmic:
        axes.set_xscale("log")
        if not figure.lanes:
            axes.set_yscale("log")
    axes.set_title(figure.title, loc="left", color=INK)
    axes.set_xlabel(figure.x_label)
    axes.set_ylabel("" if figure.lanes else figure.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if len(figure.series) > 1 or figure.diagonal:
        axes.legend(frameon=False)
    buffer = BytesIO()
    canvas.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()


def _draw_in_lanes(axes: Axes, series: Series, color: str, size: float) -> None:
    x, y = list(series.x), list(series.y)
    if series.style == "bars":
        axes.barh(y, x, height=0.5, color=color, label=series.label)
    elif series.lower is None or series.upper is None:
        axes.plot(x, y, linestyle="none", marker="o", markersize=size, color=color, label=series.label)
    else:
        reach = _reach(x, series.lower, series.upper)
        axes.errorbar(x, y, xerr=reach, fmt="o", markersize=size, color=color, label=series.label, elinewidth=1)


def _draw(axes: Axes, series: Series, color: str, size: float) -> None:
    x, y = list(series.x), list(series.y)
    if series.style == "bars":
        axes.barh(x[::-1], y[::-1], color=color, label=series.label)
        return
    if series.lower is None or series.upper is None:
        style = "-" if series.style == "line" else "none"
        axes.plot(x, y, linestyle=style, marker="o", markersize=size, color=color, label=series.label)
        return
    if series.style == "line":
        axes.plot(x, y, color=color, marker="o", markersize=4, label=series.label)
        axes.fill_between(x, list(series.lower), list(series.upper), color=color, alpha=0.15, linewidth=0)
        return
    reach = _reach(y, series.lower, series.upper)
    axes.errorbar(x, y, yerr=reach, fmt="o", markersize=size, color=color, label=series.label, elinewidth=1)


def _reach(values: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> list[list[float]]:
    """How far the bounds lie below and above."""
    below = [max(value - low, 0.0) for value, low in zip(values, lower, strict=True)]
    return [below, [max(high - value, 0.0) for value, high in zip(values, upper, strict=True)]]
