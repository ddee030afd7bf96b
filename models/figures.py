"""Figures of a run as PNG. Used while training only; the console draws its own."""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from models.run_items import Figure, Series

INK, ACCENT, MID = "#1a1d20", "#0b5a70", "#868b91"
COLORS = (ACCENT, INK, MID, "#6b94a2", "#5f656b", "#083f4f")


def draw_png(figure: Figure) -> bytes:
    """The figure as PNG bytes, without touching any global plotting state."""
    canvas = Canvas(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(canvas)
    axes = canvas.subplots()
    for place, series in enumerate(figure.series):
        _draw(axes, series, COLORS[place % len(COLORS)])
    if figure.diagonal:
        limit = max([*axes.get_xlim(), *axes.get_ylim()])
        axes.plot([0, limit], [0, limit], color=MID, linewidth=1, linestyle="--", label="exact")
    if figure.logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_title(figure.title, loc="left", color=INK)
    axes.set_xlabel(figure.x_label)
    axes.set_ylabel(figure.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if len(figure.series) > 1 or figure.diagonal:
        axes.legend(frameon=False)
    buffer = BytesIO()
    canvas.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()


def _draw(axes: Axes, series: Series, color: str) -> None:
    x, y = list(series.x), list(series.y)
    if series.style == "bars":
        axes.barh(x[::-1], y[::-1], color=color, label=series.label)
        return
    if series.lower is None or series.upper is None:
        style = "-" if series.style == "line" else "none"
        axes.plot(x, y, linestyle=style, marker="o", markersize=4, color=color, label=series.label)
        return
    if series.style == "line":
        axes.plot(x, y, color=color, marker="o", markersize=4, label=series.label)
        axes.fill_between(x, list(series.lower), list(series.upper), color=color, alpha=0.15, linewidth=0)
        return
    below = [max(value - low, 0.0) for value, low in zip(y, series.lower, strict=True)]
    above = [max(high - value, 0.0) for value, high in zip(y, series.upper, strict=True)]
    axes.errorbar(x, y, yerr=[below, above], fmt="o", markersize=4, color=color, label=series.label, elinewidth=1)
