"""What a folder of matrix parts holds: written first, so that a stopped build can be taken up and no other mixed in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.compiled import Ints
from features.distributed.errors import DatesRefused, FolderRefused, PartitionsRefused
from features.distributed.writing import write_json

MOST_PARTITIONS = 30_000
"""Partitions are numbered in 16 bits."""


@dataclass(frozen=True)
class Manifest:
    """What decides every bit of the parts, and how they are cut.

    Attributes
    ----------
    data_version, catalog_hash : str
    dates : tuple of str
        Moments in ISO format, ascending.
    features : tuple of str
        The columns after ``participant_id`` and ``as_of``.
    partitions : int
    tables : tuple of str
        Tables of the record that are read.
    """

    data_version: str
    catalog_hash: str
    dates: tuple[str, ...]
    features: tuple[str, ...]
    partitions: int
    tables: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.partitions <= MOST_PARTITIONS:
            raise PartitionsRefused(
                f"Expected from 1 to {MOST_PARTITIONS:,} partitions; got {self.partitions:,}. "
                "Choose so many that a partition's rows fit into a worker's memory."
            )

    @property
    def moments(self) -> Ints:
        """The dates in microseconds."""
        return pd.DatetimeIndex(self.dates).as_unit("us").to_numpy().astype(np.int64)


def manifest_path(folder: Path) -> Path:
    """Where a folder says what it holds."""
    return folder / "manifest.json"


def part_path(folder: Path, partition: int) -> Path:
    """Where the rows of a partition are."""
    return folder / f"part-{partition:05d}.parquet"


def dates_in_order(dates: Sequence[pd.Timestamp]) -> tuple[str, ...]:
    """The dates as text, ascending.

    Raises
    ------
    DatesRefused
        When there is none, one occurs twice, or one has a time zone.
    """
    if not dates or len(set(dates)) < len(dates) or any(date.tz is not None for date in dates):
        raise DatesRefused(
            f"Expected distinct moments without a time zone; got {', '.join(map(str, dates)) or 'none'}. "
            "Name each date once."
        )
    return tuple(date.isoformat() for date in sorted(dates))


def open_folder(folder: Path, manifest: Manifest) -> None:
    """Claim a folder for a matrix: an empty one, or one in which the same was begun.

    Raises
    ------
    FolderRefused
        When the folder holds another matrix, or files that belong to none.
    """
    path = manifest_path(folder)
    if path.exists():
        before = read_manifest(folder)[0]
        if before != manifest:
            changed = [name for name, value in asdict(manifest).items() if asdict(before)[name] != value]
            raise FolderRefused(
                f"Expected {folder} to hold parts of the same matrix; it differs in {', '.join(changed)}. "
                "Name another folder, or empty this one."
            )
        return
    if folder.exists() and any(folder.iterdir()):
        raise FolderRefused(f"Expected an empty folder in {folder}; it holds other files. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(folder, manifest, None)


def write_manifest(folder: Path, manifest: Manifest, rows: Mapping[int, int] | None) -> None:
    """Say what the folder holds; with the rows of each part once all of them are there."""
    content: dict[str, Any] = asdict(manifest)
    parts = None if rows is None else {part_path(folder, each).name: count for each, count in sorted(rows.items())}
    write_json(manifest_path(folder), {**content, "rows": parts})


def read_manifest(folder: Path) -> tuple[Manifest, dict[str, int] | None]:
    """What a folder holds, and the rows of each part; None while parts are missing.

    Raises
    ------
    FolderRefused
        When the folder does not say.
    """
    path = manifest_path(folder)
    if not path.exists():
        raise FolderRefused(f"Expected {path.name} in {folder}; got none. Name a folder of matrix parts.")
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = content.pop("rows")
    values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in content.items()}
    return Manifest(**values), rows
