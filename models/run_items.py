"""What a run leaves behind, as pure values: written by whoever measured, logged by :mod:`models.experiments`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd


@dataclass(frozen=True)
class Metric:
    """One number. ``step`` orders repeated measurements: an origin as YYYYMMDD, or 0."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class Series:
    """One line, set of points or row of bars of a figure, with optional bounds."""

    label: str
    x: Sequence[Any]
    y: Sequence[float]
    lower: Sequence[float] | None = None
    upper: Sequence[float] | None = None
    style: Literal["line", "points", "bars"] = "line"


@dataclass(frozen=True)
class Figure:
    """A figure as values: what is drawn, its axes, and a reference line if any.

    With ``lanes`` it lies on its side: each name has a lane, the first at the top; ``x`` holds the values and their
    bounds, ``y`` the number of the lane, with a fraction where marks of a lane are spread. ``reference`` is a value
    that the others are seen against. ``scattered`` figures hold too many marks to be read as a table.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    diagonal: bool = False
    logarithmic: bool = False
    lanes: tuple[str, ...] = ()
    reference: float | None = None
    scattered: bool = False


@dataclass(frozen=True)
class RunContent:
    """Everything that one training or backtest run records.

    Parameters
    ----------
    experiment, name : str
        Where the run appears, and as what.
    note : str
        Markdown; the description of the run on MLflow's page.
    data_version : str
        The record behind it; also tagged as SHA-256, since MLflow's own digest has 8 digits.
    params, tags, metrics, figures
        As MLflow shows them; figures become PNG files under ``figures/``.
    tables, texts : mapping from file name
        CSV under ``tables/``, text files as named.
    sample : DataFrame or None
        A few rows of the matrix, registered as the run's data set.
    files : mapping from path to bytes
        Files that are ready, kept under their path.
    """

    experiment: str
    name: str
    note: str
    data_version: str
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    sample: pd.DataFrame | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
