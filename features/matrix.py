"""The matrix: one row for each (participant, as_of), one column for each feature, nothing from the future."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.catalog import CATALOG
from features.compiled import Singles
from features.errors import UnknownFeature
from features.evidence import evidence
from features.feature import Feature
from features.frames import as_pandas
from features.prepared import Prepared, prepare
from features.spine import SPINE_COLUMNS
from records.known import Records

__all__ = ["Prepared", "build_matrix", "evidence", "part_of", "prepare", "wanted_features"]


def build_matrix(records: Records | Prepared, spine: Any, *, features: Sequence[str] | None = None) -> pd.DataFrame:
    """The features of every spine row, from what was known before its ``as_of``.

    Parameters
    ----------
    records : Records or Prepared
        All row versions. Only rows with ``known_at < as_of`` take part in a row, in the version valid then.
    spine : DataFrame, or any table that Narwhals reads
        ``participant_id`` and ``as_of`` (datetime64, no time zone), each pair once; other columns are ignored.
        Polars, PyArrow, Modin, a DuckDB relation and others are converted; see :mod:`features.frames`.
    features : sequence of str, optional
        Only these, in this order. By default every feature whose tables the program sends, in catalog order.

    Returns
    -------
    DataFrame of float32, with the spine's row order, and its index when it is pandas (else from 0)
        NaN means not applicable or unknown. A row has the same bits alone and in any batch.

    Raises
    ------
    FrameRefused
        When the spine, or a table of the record, is no table.
    SpineRefused, UnknownParticipants
        When the spine is malformed, or names participants that were not known at that moment.
    UnknownFeature
        When a feature is asked for whose tables this program does not send, or that does not exist.
    """
    prepared = records if isinstance(records, Prepared) else prepare(records)
    plan = _plan(prepared, features)
    frame = as_pandas(spine, what="the spine", columns=SPINE_COLUMNS)
    arranged = prepared.participants.spine(frame)
    columns: dict[str, Singles] = prepared.history.columns(arranged, plan.own) if plan.own else {}
    for part in plan.parts:
        columns |= prepared.columns_of[part](arranged)
    table = np.empty((len(plan.names), len(frame)), dtype=np.float32)
    for place, name in enumerate(plan.names):
        table[place] = columns[name]
    # A view, so that a caller who names the columns names only its own.
    return pd.DataFrame(table.T, index=frame.index, columns=plan.index.view(), copy=False)


@dataclass(frozen=True)
class _Plan:
    """Which parts of a prepared record give the columns that are asked for."""

    names: tuple[str, ...]
    index: pd.Index
    own: tuple[Feature, ...]
    parts: tuple[str, ...]


def _plan(prepared: Prepared, features: Sequence[str] | None) -> _Plan:
    """Worked out once for each prepared record and list of features."""
    asked = None if features is None else tuple(features)
    if asked not in prepared.plans:
        wanted = wanted_features(prepared, asked)
        parts = {part_of(feature) for feature in wanted}
        own = tuple(feature for feature in wanted if feature.kind != "table")
        needed = tuple(part for part in prepared.columns_of if part in parts) if len(own) < len(wanted) else ()
        names = tuple(feature.name for feature in wanted)
        prepared.plans[asked] = _Plan(names, pd.Index(names), own, needed)
    found: _Plan = prepared.plans[asked]
    return found


def part_of(feature: Feature) -> str:
    """The part of :attr:`Prepared.columns_of` that computes a feature; "history" for sums over own incidents."""
    if feature.kind != "table":
        return "history"
    if "statuses" in feature.tables:
        return "standing"
    return {"examinations": "exposure", "standing": "profile"}.get(feature.family, feature.family)


def wanted_features(prepared: Prepared, names: Sequence[str] | None) -> tuple[Feature, ...]:
    """The features of these names, in their order; all of the program's when None. UnknownFeature otherwise."""
    if names is None:
        return prepared.features
    present = {feature.name: feature for feature in prepared.features}
    missing = [name for name in names if name not in present]
    if missing:
        known = {feature.name: feature for feature in CATALOG}
        needs = {table for name in missing if name in known for table in known[name].tables}
        absent = sorted(table for table in needs if table not in prepared.records)
        hint = f"Ingest {', '.join(absent)}." if absent else "The list is in docs/features.md."
        raise UnknownFeature(f"Expected features that this program's record can give; got {', '.join(missing)}. {hint}")
    return tuple(present[name] for name in names)
