"""Where the surveys of the partitions leave what they found."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Names:
    """Field offices and ports of the whole record, ascending: their places are their numbers."""

    offices: pd.Index
    ports: pd.Index


@dataclass(frozen=True)
class Prospect:
    """The folder of what the surveys found, with a set of files for each partition."""

    folder: Path

    def ids(self, partition: int) -> Path:
        """The partition's own ids, ascending."""
        return self.folder / f"ids-{partition:05d}.parquet"

    def figures(self, partition: int) -> Path:
        """The figures of each own id as a partner, int64 of shape (3, dates, ids)."""
        return self.folder / f"figures-{partition:05d}.npy"

    def sums(self, partition: int) -> Path:
        """What the partition adds; written last, so that its presence means that all three are there."""
        return self.folder / f"sums-{partition:05d}.npz"

    def read_ids(self, partition: int) -> pd.Index:
        """The partition's own ids, ascending."""
        ids: pd.Index = pd.Index(pq.read_table(self.ids(partition))["id"].to_pandas(), dtype="str")
        return ids

    def count(self, partition: int) -> int:
        """How many own ids the partition has."""
        rows: int = pq.read_metadata(self.ids(partition)).num_rows
        return rows
