"""The record store: append-only, versioned Delta tables. The only door to deltalake.

A lake is a folder with one Delta table for each table of the record, one for the scores that were
given, and one named ``commits``. Delta makes each table's append atomic but not a batch over
several tables, so a batch exists only once its row in ``commits`` does: the row names the version
of every table that belongs to it. Readers follow the last row; what a stopped run left behind in
single tables is invisible to them and is rolled back by the next writer.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from records.columns import DTYPES
from records.errors import LakeError
from records.known import Records
from records.resolved import resolve
from records.tables import TABLES


@dataclass(frozen=True)
class Program:
    """What the record is about. ``simulated`` marks invented records on every page that shows them."""

    name: str = "unnamed program"
    simulated: bool = False


@dataclass(frozen=True)
class Commit:
    """One landed batch: its number, the Delta version of every table, and the hash of all data up to it."""

    version: int
    table_versions: Mapping[str, int]
    data_version: str
    program: Program


EMPTY = Commit(-1, {}, hashlib.sha256(b"trustlane record").hexdigest()[:32], Program())
"""The state of a lake before its first batch."""


class Lake:
    """A record store in a local folder.

    Parameters
    ----------
    path : Path
        The folder. It need not exist; the first batch makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @property
    def head(self) -> Commit:
        """The last landed batch, or :data:`EMPTY`."""
        if not DeltaTable.is_deltatable(str(self.path / "commits")):
            return EMPTY
        rows = DeltaTable(str(self.path / "commits")).to_pyarrow_table().to_pylist()
        last = max(rows, key=lambda row: int(row["version"]))
        return Commit(
            int(last["version"]),
            json.loads(last["table_versions"]),
            str(last["data_version"]),
            Program(**json.loads(last["program"])),
        )

    @property
    def program(self) -> Program:
        """What the record is about."""
        return self.head.program

    def read(self) -> Records:
        """The record of :meth:`read_stored` with its merges and duplicates applied, see :mod:`records.resolved`."""
        return resolve(self.read_stored())

    def read_stored(self) -> Records:
        """Every row version of the last landed batch and all before it, as stored.

        Raises
        ------
        LakeError
            When the folder holds no landed batch.
        """
        head = self.head
        if head.version < 0:
            raise LakeError(
                f"Expected a lake with at least one batch in {self.path}, got none. "
                "Run `trustlane ingest SOURCE` first, or name another folder with --lake."
            )
        tables = {name: self._read_table(name, version) for name, version in head.table_versions.items()}
        return Records(tables, head.data_version)

    def files(self) -> dict[str, list[str]]:
        """The Parquet files of every table as of the last landed batch, for queries that never load it whole."""
        return {
            name: DeltaTable(str(self.path / name), version=version).file_uris()
            for name, version in self.head.table_versions.items()
        }

    def read_columns(self, table: str, columns: list[str]) -> pd.DataFrame:
        """Some columns of one table as of the last landed batch; no rows when it was never sent."""
        version = self.head.table_versions.get(table)
        if version is None:
            return pd.DataFrame({name: pd.Series([], dtype=_dtype(table, name)) for name in columns})
        delta = DeltaTable(str(self.path / table), version=version)
        return _typed(table, delta.to_pandas(columns=columns))

    def append(self, batch: Mapping[str, pd.DataFrame], program: Program | None = None) -> Commit:
        """Land a batch of validated, new rows in all its tables at once.

        Parameters
        ----------
        batch : mapping of table name to DataFrame
            Rows in the stored columns and dtypes. A table with no rows is created empty, so that
            the program is known to send it.
        program : Program, optional
            Replaces what the lake says of its program.

        Notes
        -----
        Call it inside :meth:`writing`, which rolls back what a stopped run left and keeps a second
        writer out.
        """
        head = self.head
        table_versions = dict(head.table_versions)
        for name in TABLES:
            if name in batch:
                target = str(self.path / name)
                write_deltalake(target, pa.Table.from_pandas(batch[name], preserve_index=False), mode="append")
                table_versions[name] = DeltaTable(target).version()
        commit = Commit(
            head.version + 1,
            table_versions,
            _data_version(head.data_version, batch),
            program or head.program,
        )
        row = pa.table(
            {
                "version": [commit.version],
                "table_versions": [json.dumps(commit.table_versions, sort_keys=True)],
                "data_version": [commit.data_version],
                "program": [json.dumps(asdict(commit.program), sort_keys=True)],
            }
        )
        write_deltalake(str(self.path / "commits"), row, mode="append")
        return commit

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lake for one writer, starting from the last landed batch.

        Raises
        ------
        LakeError
            When another process is writing.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise LakeError(
                    f"Expected to be the only writer of {self.path}; another ingest holds it. "
                    "Wait until it has ended and try again."
                ) from error
            self._roll_back_half_written()
            yield

    def append_scores(self, scores: pd.DataFrame) -> None:
        """Keep scores that were given. They are never changed and are not part of the record's version."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_deltalake(str(self.path / "scores"), pa.Table.from_pandas(scores, preserve_index=False), mode="append")

    def read_scores(self, participant_id: str | None = None) -> pd.DataFrame:
        """Scores that were given, of one participant or of all, in the order of ``as_of``."""
        if not DeltaTable.is_deltatable(str(self.path / "scores")):
            return pd.DataFrame()
        wanted = [("participant_id", "=", participant_id)] if participant_id is not None else None
        return DeltaTable(str(self.path / "scores")).to_pandas(filters=wanted).sort_values("as_of", ignore_index=True)

    def _read_table(self, name: str, version: int) -> pd.DataFrame:
        return _typed(name, DeltaTable(str(self.path / name), version=version).to_pandas())

    def _roll_back_half_written(self) -> None:
        landed = self.head.table_versions
        for name in TABLES:
            target = str(self.path / name)
            if not DeltaTable.is_deltatable(target):
                continue
            delta = DeltaTable(target)
            if name not in landed:
                delta.delete()
            elif delta.version() != landed[name]:
                delta.restore(landed[name])


def _dtype(table: str, column: str) -> str:
    return DTYPES[TABLES[table].column(column).kind]


def _typed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: _dtype(table, name) for name in frame.columns})


def _data_version(previous: str, batch: Mapping[str, pd.DataFrame]) -> str:
    """Chain a batch onto the hash of all data before it, whatever the order of its rows."""
    digest = hashlib.sha256(previous.encode())
    for name in sorted(batch):
        rows = pd.util.hash_pandas_object(batch[name], index=False).sort_values()
        digest.update(name.encode())
        digest.update(rows.to_numpy().tobytes())
    return digest.hexdigest()[:32]
