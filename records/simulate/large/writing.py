"""A made-up program of any size, written into a lake block by block: a load generator.

It makes the load of a large program and the shape of its record: heavy-tailed histories, late knowledge, amendments,
retractions, parties linked late, incidents and partnerships across blocks. It is calibrated on nothing; what a model
finds in it says nothing about any program. For a program whose truth is known use :mod:`records.simulate.program`.

Memory is bounded by one block a process, whatever the size. The same program gives the same rows and the same data
version with any number of processes.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from records.fingerprint import Fingerprint
from records.lake import Commit, Lake, NewRows, Program
from records.progress import Report, silent
from records.simulate.errors import SimulationRefused
from records.simulate.large.cells import Cells, fingerprint_of, stored_rows
from records.simulate.large.firms import draw_firms, draw_partnerships, draw_statuses
from records.simulate.large.happenings import draw_incidents

ROW_GROUP_ROWS = 131_072
IDS = ("participant_id", "incident_id", "partner_id", "record_id", "legal_name")
"""Columns in which values hardly repeat, for which a dictionary would be larger than they are."""
MOST_ROWS = 10**11


@dataclass(frozen=True)
class LargeProgram:
    """How large a program, and how it is cut.

    Parameters
    ----------
    participants, incidents : int
        Incidents are shared out evenly over the blocks.
    years : int
        Length of the record, from 2016-01-01 on.
    seed : int
    block_participants : int
        Participants of one block; a block of 10,000 with 100 incidents each takes about 1 GB of memory.
    """

    participants: int
    incidents: int
    years: int = 8
    seed: int = 1
    block_participants: int = 10_000

    def __post_init__(self) -> None:
        least = {"participants": 2, "incidents": 0, "years": 1, "seed": 0, "block_participants": 2}
        wrong = [f"{name} at least {low}, got {getattr(self, name)}" for name, low in least.items()]
        wrong = [words for words, name in zip(wrong, least, strict=True) if getattr(self, name) < least[name]]
        if self.participants >= 10**9 or self.incidents >= MOST_ROWS:
            wrong.append(f"fewer than a thousand million participants and {MOST_ROWS:,} incidents")
        if wrong:
            raise SimulationRefused(f"Expected a program with {'; '.join(wrong)}. Correct its size.")

    @property
    def blocks(self) -> int:
        """How many blocks of participants there are."""
        return -(-self.participants // self.block_participants)

    def bounds(self, block: int) -> tuple[int, int, int, int]:
        """First participant, participants, first incident and incidents of a block."""
        first = block * self.block_participants
        count = min(self.block_participants, self.participants - first)
        cut = [self.incidents * place // self.participants for place in (first, first + count)]
        return first, count, cut[0], cut[1] - cut[0]


@dataclass(frozen=True)
class BlockFiles:
    """The files of one block by table, and their rows as a set."""

    rows: dict[str, NewRows]


def write_large_lake(lake: Lake, program: LargeProgram, *, processes: int = 1, report: Report = silent) -> Commit:
    """Write a made-up program into an empty lake as one batch.

    Parameters
    ----------
    lake : Lake
        Must hold no batch yet.
    program : LargeProgram
    processes : int
        How many blocks are made side by side.
    report : Report
        Told after each block.

    Raises
    ------
    SimulationRefused
        When the lake holds a record already.
    """
    if lake.history():
        raise SimulationRefused(f"Expected an empty lake in {lake.path}; it holds a record. Name another folder.")
    files: dict[str, list[Path]] = {}
    sets: dict[str, Fingerprint] = {}
    with lake.writing() as staging:
        for done, block in enumerate(_blocks(program, staging, processes), start=1):
            for table, new in block.rows.items():
                files.setdefault(table, []).extend(new.files)
                sets[table] = sets.get(table, Fingerprint()) + new.rows
            report("write blocks of participants", done, program.blocks)
        batch = {table: NewRows(files[table], sets[table]) for table in files}
        return lake.land(batch, Program(f"load of {program.participants:,} participants", simulated=True))


def write_block(program: LargeProgram, block: int, folder: Path) -> BlockFiles:
    """The files of one block, the same bytes whenever and wherever it is made."""
    draw = np.random.default_rng((program.seed, block))
    first, count, first_incident, incidents = program.bounds(block)
    span = round(program.years * 365.25)
    firms = draw_firms(draw, first, count, span)
    drawn = draw_incidents(draw, firms, first_incident, incidents, span)
    # One table after the other, so that only one is held.
    makers: dict[str, Callable[[], Mapping[str, Cells]]] = {
        "participants": lambda: firms.columns,
        "statuses": lambda: draw_statuses(draw, firms, span),
        "partnerships": lambda: draw_partnerships(draw, firms, program.participants, span),
        "incidents": lambda: drawn.incident_rows(draw, firms),
        "involvements": lambda: drawn.involvement_rows(draw, firms, program.participants),
    }
    rows = {}
    for table, make in makers.items():
        # Twice the block's incidents and forty times its firms are more than its rows of any table.
        stored = stored_rows(table, make(), 2 * first_incident + 40 * first)
        path = folder / f"{table}.{block:06d}.parquet"
        write_rows(stored, path)
        rows[table] = NewRows([path], fingerprint_of(stored, table))
    return BlockFiles(rows)


def write_rows(rows: pa.Table, path: Path) -> None:
    """One Parquet file, in small row groups."""
    repeating = [name for name, kind in zip(rows.schema.names, rows.schema.types, strict=True) if kind == pa.string()]
    pq.write_table(
        rows,
        path,
        row_group_size=ROW_GROUP_ROWS,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in repeating if name not in IDS],
    )


def _blocks(program: LargeProgram, folder: Path, processes: int) -> Iterator[BlockFiles]:
    """The blocks in their order, whatever process made them; the order of files must not depend on speed."""
    if processes == 1:
        yield from (write_block(program, block, folder) for block in range(program.blocks))
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs: list[Future[BlockFiles]] = [
            pool.submit(write_block, program, block, folder) for block in range(program.blocks)
        ]
        yield from (job.result() for job in jobs)
