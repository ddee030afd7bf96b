"""How fast the ledger of decisions is written with full sync, and how fast it is verified.

Run from the repository: ``python -m benchmarks.bench_ledger [--appends N] [--entries N] [--folder DIR] [--strict]
[--out FILE.json]``. Entries are written on SQLite with full sync, one transaction each and then in groups that share
a sync (each answered after it); a ledger of a million entries is then verified from its first to its last.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import wait
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks.machine import describe_machine
from benchmarks.result import finish, floors_met
from casework.chain import Entry, Event
from casework.database import open_database, reading, writing
from casework.group_commit import GroupCommit
from casework.ledger import append
from casework.verification import verify

AT = datetime.fromisoformat("2026-01-01")
LEAST_APPENDS_A_SECOND = 2_000
MOST_SECONDS_A_MILLION = 20
ALONE = 200


def event(number: int) -> Event:
    """An entry of the size of a decision."""
    details = {
        "participant_id": f"P-{number % 12_000:05d}",
        "score": 0.25,
        "criterion": "enforcement-4",
        "text": "x" * 64,
    }
    return Event("decision_proposed", f"case:C-{number}", "account-17", f"request-{number}", details)


def append_one(number: int) -> Any:
    """The work of one append."""
    return lambda connection: append(connection, event(number), at=AT)


def appends_alone(engine: Engine, count: int) -> float:
    """Seconds for ``count`` appends, each in a transaction of its own."""
    start = time.perf_counter()
    for number in range(count):
        with writing(engine) as connection:
            append(connection, event(number), at=AT)
    return time.perf_counter() - start


def appends_together(engine: Engine, first: int, count: int) -> tuple[float, float]:
    """Seconds, and seconds of processor, for ``count`` appends that share syncs."""
    start, used = time.perf_counter(), time.process_time()
    with GroupCommit(engine) as group:
        answers = [group.submit(append_one(number)) for number in range(first, first + count)]
        wait(answers)
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    written: list[Entry] = [answer.result() for answer in answers]
    if [entry.sequence for entry in written] != list(range(first + 1, first + count + 1)):
        raise RuntimeError("Expected one entry for each append in order, got another ledger.")
    return seconds, processor


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON when asked; 1 when a floor is missed under --strict."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="trustlane-bench-", dir=options.folder) as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'ledger.db'}")
        alone = appends_alone(engine, ALONE)
        together, processor = appends_together(engine, ALONE, options.appends)
        for start in range(ALONE + options.appends, options.entries, 50_000):
            with writing(engine) as connection:
                for number in range(start, min(start + 50_000, options.entries)):
                    append(connection, event(number), at=AT)
        start_at, used = time.perf_counter(), time.process_time()
        with reading(engine) as connection:
            found = verify(connection)
        verified, verified_processor = time.perf_counter() - start_at, time.process_time() - used
        engine.dispose()
    if found.fault:
        raise RuntimeError(f"Expected a ledger without fault, got: {found.fault.words}")
    million = 1_000_000 / found.entries
    result = {
        "machine": describe_machine(),
        "entries": found.entries,
        "seconds": {
            f"{ALONE} appends, a sync each": alone,
            f"{options.appends:,} appends that share syncs": together,
            "of them on the processor": processor,
            f"verifying {found.entries:,} entries": verified,
            "of that on the processor": verified_processor,
        },
        "floors": floors_met(
            [
                ("appends a second that share syncs", options.appends / together, ">=", LEAST_APPENDS_A_SECOND),
                ("seconds to verify a million entries", verified * million, "<=", MOST_SECONDS_A_MILLION),
            ]
        ),
    }
    return finish(result, strict=options.strict, out=options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--appends", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
