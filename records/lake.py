"""The record store: append-only, versioned tables that land together.

A lake is a folder with one Delta table for each table of the record, one for the scores that were
given, and one named ``commits``. Delta makes each table's append atomic but not a batch over
several tables, so a batch exists only once its row in ``commits`` does: the row names the version
of every table that belongs to it. Readers follow the last row; what a stopped run left behind in
single tables is invisible to them and is taken back by the next writer. No version is ever
forgotten: the record after any batch can be read for ever.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from records import delta
from records.columns import DTYPES
from records.errors import LakeError
from records.fingerprint import Fingerprint, chain, content_hashes, fingerprint
from records.known import Records
from records.resolved import resolve
from records.resolved_again import resolve_again
from records.staging import stored_schema, to_stored
from records.tables import TABLES
from records.writing import only_writer

WAIT_SECONDS = 30.0
"""How long a writer waits for another to end."""


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


@dataclass(frozen=True)
class NewRows:
    """Rows of one table that are to land: in Parquet files in the stored columns, and what they are as a set."""

    files: Sequence[Path]
    rows: Fingerprint


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
        return ([EMPTY, *self.history()])[-1]

    def history(self) -> list[Commit]:
        """Every landed batch, the first one first."""
        if not delta.exists(self.path / "commits"):
            return []
        rows = delta.read(self.path / "commits").sort_values("version").to_dict("records")
        return [
            Commit(
                int(row["version"]),
                json.loads(row["table_versions"]),
                str(row["data_version"]),
                Program(**json.loads(row["program"])),
            )
            for row in rows
        ]

    def commit_of(self, data_version: str | None = None) -> Commit:
        """The batch after which the record had a data version; the last one by default.

        Raises
        ------
        LakeError
            When the folder holds no landed batch, or none with this data version.
        """
        landed = self.history()
        if not landed:
            raise LakeError(
                f"Expected a lake with at least one batch in {self.path}, got none. "
                "Run `trustlane ingest SOURCE` first, or name another folder with --lake."
            )
        found = [commit for commit in landed if data_version in (None, commit.data_version)]
        if not found:
            known = ", ".join(commit.data_version for commit in landed[-10:])
            raise LakeError(
                f"Expected a data version of {self.path}, got {data_version!r}. "
                f"Name one of {'its last 10' if len(landed) > 10 else 'those it holds'}: {known}."
            )
        return found[-1]

    @property
    def program(self) -> Program:
        """What the record is about."""
        return self.head.program

    def read(self, data_version: str | None = None) -> Records:
        """The record of :meth:`read_stored` with its merges and duplicates applied, see :mod:`records.resolved`."""
        return resolve(self.read_stored(data_version))

    def read_stored(self, data_version: str | None = None) -> Records:
        """Every row version of one landed batch and all before it, as stored.

        Parameters
        ----------
        data_version : str, optional
            The record exactly as it was when it had this version; the present one by default.

        Raises
        ------
        LakeError
            When the folder holds no landed batch, or none with this data version.
        """
        commit = self.commit_of(data_version)
        tables = {name: self._rows(name, at) for name, at in commit.table_versions.items()}
        return Records(tables, commit.data_version)

    def read_after(self, before: Records) -> Records:
        """:meth:`read`, taking from ``before``, a record of this lake read earlier, the tables that did not change."""
        commit, known = self.commit_of(), self.commit_of(before.data_version)
        held = before.as_stored
        tables = {
            name: held[name] if at == known.table_versions.get(name) else self._rows(name, at)
            for name, at in commit.table_versions.items()
        }
        return resolve_again(Records(tables, commit.data_version), before)

    def files(self, data_version: str | None = None) -> dict[str, list[str]]:
        """The Parquet files of every table after a landed batch, for queries that never load it whole."""
        commit = self.head if data_version is None else self.commit_of(data_version)
        return {name: delta.files(self.path / name, at) for name, at in commit.table_versions.items()}

    def read_columns(self, table: str, columns: list[str]) -> pd.DataFrame:
        """Some columns of one table as of the last landed batch; no rows when it was never sent."""
        at = self.head.table_versions.get(table)
        if at is None:
            return _typed(table, pd.DataFrame({name: [] for name in columns}))
        return self._rows(table, at, columns)

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
        Call it inside :meth:`writing`, which takes back what a stopped run left and keeps a second
        writer out.
        """
        for name in _in_order(batch):
            delta.write(self.path / name, to_stored(batch[name], name))
        rows = {name: fingerprint(content_hashes(frame, name)) for name, frame in batch.items()}
        return self._commit(rows, program)

    def land(self, batch: Mapping[str, NewRows], program: Program | None = None) -> Commit:
        """:meth:`append` for rows that stand in files and need not fit into memory."""
        for name in _in_order(batch):
            delta.write_files(self.path / name, batch[name].files, stored_schema(name))
        return self._commit({name: new.rows for name, new in batch.items()}, program)

    def _commit(self, rows: Mapping[str, Fingerprint], program: Program | None) -> Commit:
        head = self.head
        written = {name: delta.version(self.path / name) for name in _in_order(rows)}
        commit = Commit(
            head.version + 1,
            {**head.table_versions, **written},
            chain(head.data_version, rows),
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
        delta.write(self.path / "commits", row)
        return commit

    @contextmanager
    def writing(self, wait_seconds: float | None = None) -> Iterator[Path]:
        """Hold the lake for one writer, starting from the last landed batch.

        Gives an empty folder on the lake's disk, for rows on their way in; it is removed at the end.

        Raises
        ------
        LakeError
            When another process is still writing after ``wait_seconds``, :data:`WAIT_SECONDS` by default, or
            when the disk is full.
        """
        with only_writer(self.path, WAIT_SECONDS if wait_seconds is None else wait_seconds):
            staging = self.path / ".staging"
            self._take_back(staging)
            staging.mkdir()
            try:
                yield staging
            finally:
                shutil.rmtree(staging)

    def append_scores(self, scores: pd.DataFrame) -> None:
        """Keep scores that were given. They are never changed and are not part of the record's version."""
        self.path.mkdir(parents=True, exist_ok=True)
        delta.write(self.path / "scores", pa.Table.from_pandas(scores, preserve_index=False))

    def read_scores(self, participant_id: str | None = None) -> pd.DataFrame:
        """Scores that were given, of one participant or of all, in the order of ``as_of``."""
        if not delta.exists(self.path / "scores"):
            return pd.DataFrame()
        scores = delta.read(self.path / "scores", only=("participant_id", participant_id) if participant_id else None)
        return scores.sort_values("as_of", ignore_index=True)

    def _rows(self, table: str, at: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
        wanted = list(columns or TABLES[table].column_names)
        frame = delta.read(self.path / table, at, wanted)
        # A table written before a column existed is read with the column empty.
        return _typed(table, frame if list(frame.columns) == wanted else frame.reindex(columns=wanted))

    def _take_back(self, staging: Path) -> None:
        """Remove what a stopped run left: staged rows, tables that never landed, files of no landed version."""
        landed = self.head.table_versions
        if staging.exists():
            shutil.rmtree(staging)
        for name in TABLES:
            folder = self.path / name
            if name in landed:
                delta.roll_back(folder, landed[name])
            elif folder.exists():
                # A folder half removed would look like a broken table: it goes out of sight in one step first.
                staging.mkdir(exist_ok=True)
                folder.rename(staging / name)
        if staging.exists():
            shutil.rmtree(staging)


def _in_order(batch: Mapping[str, object]) -> list[str]:
    return [name for name in TABLES if name in batch]


def _typed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The stored dtypes; a flag that was never written is False."""
    kinds = {name: TABLES[table].column(name).kind for name in frame.columns}
    flags = {name: False for name, kind in kinds.items() if kind == "flag" and frame[name].isna().any()}
    return frame.fillna(flags).astype({name: DTYPES[kind] for name, kind in kinds.items()})
