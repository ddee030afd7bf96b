"""Raw files to a validated append: all of a batch lands, or none of it and every reason is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from records.door import Arrival, admit, conflicts, orphans
from records.errors import BatchRefused, LakeError, Problem
from records.known import Records, current, empty_table
from records.lake import Lake, Program
from records.linkage import LinkCounts, link
from records.mapping import read_mapped
from records.progress import Report, silent
from records.quality import QualityReport, measure_quality
from records.raw_files import find_native_files, read_program, read_raw
from records.tables import TABLES


@dataclass(frozen=True)
class TableCounts:
    """What a batch brought for one table, in rows."""

    new: int
    amended: int
    unchanged: int
    retracted: int


@dataclass(frozen=True)
class IngestReport:
    """What a batch brought, how its parties were linked, and the quality of the record after it."""

    data_version: str
    tables: Mapping[str, TableCounts]
    links: LinkCounts
    quality: QualityReport


@dataclass(frozen=True)
class _Batch:
    arrivals: tuple[Arrival, ...]
    program: Program | None


def ingest(
    source: Path, lake: Lake, *, now: pd.Timestamp, mapping: Path | None = None, report: Report = silent
) -> IngestReport:
    """Validate, link and append one batch.

    Parameters
    ----------
    source : Path
        A folder of files named ``<table>.<source>.csv|parquet``, or whatever ``mapping`` describes.
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
    with lake.writing():
        batch = _read_batch(Path(source), mapping, now, report)
        _require_same_program(batch.program, lake)
        report("checking rows", 0, 1)
        rows, counts, problems = _against_lake(_by_table(batch.arrivals), lake)
        problems += _reference_problems(rows, lake)
        if problems:
            raise BatchRefused(problems)
        report("checking rows", 1, 1)
        links = LinkCounts(0, 0, 0, 0)
        if any(len(frame) for frame in rows.values()):
            report("linking parties", 0, 1)
            rows, links = _link(rows, lake)
            report("linking parties", 1, 1)
            report("writing the lake", 0, 1)
            lake.append(rows, batch.program)
            report("writing the lake", 1, 1)
    records = lake.read()
    return IngestReport(records.data_version, counts, links, measure_quality(records, now))


def _require_same_program(program: Program | None, lake: Lake) -> None:
    """Two programs in one lake would be scored as one."""
    if program and lake.head.table_versions and program != lake.program:
        raise LakeError(
            f"Expected more of {lake.program.name!r}, which {lake.path} holds; got files of {program.name!r}. "
            "Keep each program in a lake of its own: name another folder with --lake."
        )


def _read_batch(source: Path, mapping: Path | None, now: pd.Timestamp, report: Report) -> _Batch:
    if mapping is not None:
        foreign = read_mapped(source, mapping)
        arrivals = tuple(
            admit(rows.frame, rows.table, source=rows.source, file=rows.file, now=now) for rows in foreign.rows
        )
        return _Batch(arrivals, foreign.program)
    files = find_native_files(source)
    read: list[Arrival] = []
    refused: list[Problem] = []
    for done, file in enumerate(files):
        report("reading files", done, len(files))
        try:
            raw = read_raw(file.path, file.table)
        except BatchRefused as refusal:
            refused += refusal.problems
            continue
        read.append(admit(raw, file.table, source=file.source, file=file.path.name, now=now))
    report("reading files", len(files), len(files))
    if refused:
        raise BatchRefused([*refused, *(problem for arrival in read for problem in arrival.problems)])
    return _Batch(tuple(read), read_program(source))


def _by_table(arrivals: tuple[Arrival, ...]) -> dict[str, pd.DataFrame]:
    problems = [problem for arrival in arrivals for problem in arrival.problems]
    if problems:
        # Rows that did not convert cannot be compared with others: report what is certain and stop here.
        raise BatchRefused(problems)
    frames: dict[str, list[pd.DataFrame]] = {}
    for arrival in arrivals:
        frames.setdefault(arrival.table, []).append(arrival.rows)
    return {name: pd.concat(frames[name], ignore_index=True) for name in TABLES if name in frames}


def _against_lake(
    arrived: Mapping[str, pd.DataFrame], lake: Lake
) -> tuple[dict[str, pd.DataFrame], dict[str, TableCounts], list[Problem]]:
    """The rows that are new to the lake, what they are, and versions that contradict each other."""
    fresh, counts = {}, {}
    problems = [] if lake.head.table_versions else _missing_tables(arrived)
    for name, frame in arrived.items():
        spec = TABLES[name]
        stored = lake.read_columns(name, [*spec.key, "known_at", "record_id"])
        once = frame.drop_duplicates("record_id")
        rows = once[~once["record_id"].isin(stored["record_id"])].reset_index(drop=True)
        keys = list(spec.key)
        earlier = pd.concat([stored[keys], rows[keys]], ignore_index=True).duplicated(keys).to_numpy()[len(stored) :]
        retracted = rows["retracted"].to_numpy() if "retracted" in rows.columns else earlier & False
        counts[name] = TableCounts(
            new=int((~earlier & ~retracted).sum()),
            amended=int((earlier & ~retracted).sum()),
            unchanged=len(frame) - len(rows),
            retracted=int(retracted.sum()),
        )
        problems += conflicts(rows, name, stored)
        fresh[name] = rows
    return fresh, counts, problems


def _missing_tables(arrived: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """The tables that no program can do without, where the first batch of a lake lacks them."""
    return [
        Problem(name, "", "this table in the first batch of a program", 1, "no file of it", 1)
        for name, spec in TABLES.items()
        if not spec.optional and name not in arrived
    ]


def _reference_problems(rows: Mapping[str, pd.DataFrame], lake: Lake) -> list[Problem]:
    """An involvement must name an incident that exists and, where it names a participant, one that exists."""
    if "involvements" not in rows:
        return []
    problems = []
    for column, parent in (("incident_id", "incidents"), ("participant_id", "participants")):
        known = pd.concat(
            [lake.read_columns(parent, [column])[column]] + ([rows[parent][column]] if parent in rows else [])
        )
        problems += orphans(rows["involvements"][column], known.unique(), "involvements", column, parent)
    return problems


def _link(rows: Mapping[str, pd.DataFrame], lake: Lake) -> tuple[dict[str, pd.DataFrame], LinkCounts]:
    """The batch with the versions that link its open parties, and those left open before, to participants."""
    stored = lake.read().tables if lake.head.version >= 0 else {}

    def every(name: str) -> pd.DataFrame:
        parts = [frames[name] for frames in (stored, rows) if name in frames]
        return pd.concat(parts, ignore_index=True) if parts else empty_table(name)

    latest = current(Records({"involvements": every("involvements")}))["involvements"]
    links, counts = link(latest, every("incidents"), every("identifiers"), every("participants"))
    if links.empty:
        return dict(rows), counts
    base = rows.get("involvements", empty_table("involvements"))
    return {**rows, "involvements": pd.concat([base, links], ignore_index=True)}, counts
