"""Figures with intervals as aligned columns of text."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def figure_table(rows: pd.DataFrame, metrics: Sequence[str], *, names: str = "ranking") -> str:
    """Right-aligned columns of value [lower, upper], one line per name; names in the order of appearance.

    Parameters
    ----------
    rows : DataFrame
        The column ``names``, metric, value, lower, upper.
    metrics : sequence of str
        Which to show, one column each; a figure that is not there leaves its cell empty.
    """
    columns = [rows[name].tolist() for name in (names, "metric", "value", "lower", "upper")]
    cells = {(name, metric): figure_cell(*figures) for name, metric, *figures in zip(*columns, strict=True)}
    lines = [[name, *(cells.get((name, metric), "") for metric in metrics)] for name in dict.fromkeys(columns[0])]
    return aligned([["", *metrics], *lines])


def figure_cell(value: float, lower: float, upper: float) -> str:
    """A figure and its interval with three digits; a dash where there is none."""
    if np.isnan(value):
        return "–"
    return f"{value:.3f}" if np.isnan(lower) else f"{value:.3f} [{lower:.3f}, {upper:.3f}]"


def aligned(grid: Sequence[Sequence[str]]) -> str:
    """Cells in columns, the first to the left and the others to the right."""
    widths = [max(len(line[place]) for line in grid) for place in range(len(grid[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in grid
    )
