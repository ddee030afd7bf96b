"""Raw files to a validated append, in pieces: all of a batch lands, or none of it and every reason is told.

Pieces are read, checked and staged on disk; the staged rows are compared with each other and with the lake;
what follows from them (links, duplicates) is added; then all of it lands at once. Nothing but the pieces and
what linkage needs is ever in memory.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from records.as_of import latest_as_of, moments_of
from records.deriving import duplicates_of_batch, link_batch
from records.door import admit
from records.errors import BatchRefused, LakeError, Problem
from records.fingerprint import content_hashes, fingerprint
from records.lake import Lake, NewRows, Program
from records.linkage import LinkCounts
from records.mapping import open_mapped
from records.progress import Report, silent
from records.quality import QualityReport, measure_quality
from records.raw.sql_rows import is_database
from records.raw_files import find_native_files, open_raw, read_program
from records.references import reference_problems
from records.settling import Settled, TableCounts, settle
from records.staging import Staging, to_stored
from records.tables import TABLES
from records.workbench import Workbench, ask, open_workbench

MEMORY_MB = 280
"""What queries over a batch may hold; the process itself takes some 400 MB beside, and spills the rest to disk."""

MOST_MEASURED = 4_000_000
"""Row versions up to which every ingest ends with the quality of the record."""

__all__ = ["Derived", "IngestReport", "TableCounts", "derive_batch", "ingest", "land_batch", "settle_batch"]


@dataclass(frozen=True)
class IngestReport:
    """What a batch brought, how its parties were linked, and the quality of the record after it.

    ``duplicates`` counts incidents that were found to repeat another. ``quality`` is None where the record has more
    than :data:`MOST_MEASURED` row versions: measuring it takes more memory than an ingest may.
    """

    data_version: str
    tables: Mapping[str, TableCounts]
    links: LinkCounts
    duplicates: int
    quality: QualityReport | None


@dataclass(frozen=True)
class Derived:
    """What followed from a batch, in numbers."""

    links: LinkCounts = field(default_factory=LinkCounts)
    duplicates: int = 0


def ingest(
    source: Path | str, lake: Lake, *, now: pd.Timestamp, mapping: Path | None = None, report: Report = silent
) -> IngestReport:
    """Validate, link and append one batch.

    Parameters
    ----------
    source : Path or str
        A folder of files named ``<table>.<source>.csv`` (or another kind, see :mod:`records.raw_files`), one such
        file, or whatever ``mapping`` describes, a database address among it.
    now : Timestamp
        The present moment: nothing can have become known later.
    mapping : Path, optional
        A TOML file for files that are not in our layout.

    Raises
    ------
    BatchRefused
        When any row is invalid; nothing was written.
    MappingError, LakeError
        When the files, the mapping or the lake are not what they should be.
    """
    with lake.writing() as folder, Staging(folder) as staging:
        program = _stage(source, mapping, staging, now, report)
        _require_same_program(program, lake)
        if not lake.head.table_versions:
            staging.problems.add(_missing_tables(staging))
        # Rows that did not convert cannot be compared with others: report what is certain and stop here.
        staging.problems.refuse()
        staging.close()
        with open_workbench(lake.files(), memory_mb=MEMORY_MB, spill=folder) as connection:
            settled = settle_batch(connection, staging, report)
            counts = {name: each.counts for name, each in settled.items()}
            rows, derived = derive_batch(connection, staging, settled, lake.head.table_versions, report)
        # The workbench has given its memory back: writing needs as much again.
        land_batch(rows, lake, program, report)
    quality = _quality(lake, now, report)
    return IngestReport(lake.head.data_version, counts, derived.links, derived.duplicates, quality)


def _quality(lake: Lake, now: pd.Timestamp, report: Report) -> QualityReport | None:
    """The quality of the record at its own end: who sends a history is not told that its sources are silent since."""
    files = lake.files()
    with open_workbench(files) as connection:
        rows = sum(ask(connection, f"select count(*) from {name}")[0] for name in files)  # noqa: S608
    if rows > MOST_MEASURED:
        return None
    report("measuring quality", 0, 1)
    quality = measure_quality(files, latest_as_of(moments_of(files), now))
    report("measuring quality", 1, 1)
    return quality


def _stage(
    source: Path | str, mapping: Path | None, staging: Staging, now: pd.Timestamp, report: Report
) -> Program | None:
    """Read, check and stage every piece of the source; problems are kept for the end."""
    if mapping is not None:
        foreign = open_mapped(source, mapping)
        for part in foreign.chunks():
            staging.problems.add(part.problems)
            staging.add(admit(part.frame, part.table, source=part.source, file=part.file, now=now))
            _tell(staging, report)
        return foreign.program
    if is_database(source):
        raise LakeError(
            "Expected a mapping with a query for each table of a database, got none. Name one: --mapping FILE.toml."
        )
    files = find_native_files(Path(source))
    for done, file in enumerate(files):
        report("reading files", done, len(files))
        try:
            for frame, first in open_raw(file.path, file.table):
                staging.add(admit(frame, file.table, source=file.source, file=file.path.name, now=now, first_row=first))
                _tell(staging, report)
        except BatchRefused as refusal:
            staging.problems.add(refusal.problems)
    report("reading files", len(files), len(files))
    return read_program(Path(source))


def _tell(staging: Staging, report: Report) -> None:
    rows = sum(staging.rows.values())
    report("rows read", rows, rows)


def _require_same_program(program: Program | None, lake: Lake) -> None:
    """Two programs in one lake would be scored as one."""
    if program and lake.head.table_versions and program != lake.program:
        raise LakeError(
            f"Expected more of {lake.program.name!r}, which {lake.path} holds; got files of {program.name!r}. "
            "Keep each program in a lake of its own: name another folder with --lake."
        )


def _missing_tables(staging: Staging) -> list[Problem]:
    """The tables that no program can do without, where the first batch of a lake lacks them."""
    return [
        Problem(name, "", "this table in the first batch of a program", 1, "no file of it", 1)
        for name, spec in TABLES.items()
        if not spec.optional and name not in staging.tables
    ]


def settle_batch(connection: Workbench, staging: Staging, report: Report = silent) -> dict[str, Settled]:
    """The rows that are new to the lake; refused when they contradict others or name what nobody knows."""
    settled = {}
    for done, table in enumerate(staging.tables):
        report("comparing with the lake", done, len(staging.tables))
        settled[table] = settle(connection, staging, table)
    problems = [problem for each in settled.values() for problem in each.problems]
    problems += reference_problems(connection, staging)
    if problems:
        raise BatchRefused(problems)
    report("comparing with the lake", len(settled), len(settled))
    return settled


def derive_batch(
    connection: Workbench,
    staging: Staging,
    settled: Mapping[str, Settled],
    sent: Collection[str],
    report: Report = silent,
) -> tuple[dict[str, NewRows], Derived]:
    """All that is to land: the new rows and what follows from them. Of the tables that were ``sent`` before, one
    without new rows keeps its version."""
    rows = {name: NewRows([each.path], each.rows) for name, each in settled.items()}
    rows = {name: new for name, new in rows.items() if new.rows.rows or name not in sent}
    if not rows:
        return {}, Derived()
    report("linking parties", 0, 2)
    linkage = link_batch(connection)
    rows |= _with_derived(rows, staging, "involvements", linkage.links)
    report("linking parties", 1, 2)
    repeated = duplicates_of_batch(connection, linkage.links)
    rows |= _with_derived(rows, staging, "duplicates", repeated)
    report("linking parties", 2, 2)
    return rows, Derived(linkage.counts, len(repeated))


def land_batch(rows: Mapping[str, NewRows], lake: Lake, program: Program | None, report: Report = silent) -> None:
    """Write what is to land, if anything is, as one batch."""
    if rows:
        report("writing the lake", 0, 1)
        lake.land(rows, program)
        report("writing the lake", 1, 1)


def _with_derived(
    rows: Mapping[str, NewRows], staging: Staging, table: str, derived: pd.DataFrame
) -> dict[str, NewRows]:
    """The new rows of a table, and those that follow from the batch."""
    if derived.empty:
        return {}
    path = staging.path(table, "derived")
    pq.write_table(to_stored(derived, table), path)
    more = fingerprint(content_hashes(derived, table))
    before = rows.get(table)
    return {table: NewRows([*before.files, path], before.rows + more) if before else NewRows([path], more)}
