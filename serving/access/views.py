"""Who looked at whose score: one line an answer, kept before the answer leaves, folded into a table that only grows.

A line is appended by one write to a file of this process alone, so that it stays whole and outlives a process that is
killed. Folding reads each file on from where the table ends for it, so each line is taken once, however often and by
whichever worker it is done.
"""

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from casework.database import writing
from serving.access.tables import ACCOUNTS, VIEWS
from serving.problems import Problem

FOLDER = "views"
"""Below the folder that the setting ``state`` names."""
FILE_SECONDS = 86_400
"""A process begins a new file after so long; a file that is twice as old and folded is taken away."""


class ViewNotKept(Problem):
    """The line that says who looks could not be written, so nothing is shown."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "view_not_kept"

    def __init__(self) -> None:
        super().__init__("Who looks at a score is written down first, and that failed. See the disk of the service.")


@dataclass(frozen=True)
class View:
    """One participant seen in one answer. ``at`` is seconds since 1970, UTC."""

    at: int
    account_id: str
    account_name: str
    participant_id: str
    route: str
    model_version: str
    data_version: str
    as_of: str


class ViewLog:
    """Appends lines for this process; safe for several threads and after a fork."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._file: int | None = None
        self._of: tuple[int, Path] | None = None
        self._since = 0.0

    def keep(
        self,
        state: Path,
        *,
        account_id: str,
        route: str,
        participant_ids: Iterable[str],
        at: float,
        model_version: str,
        data_version: str,
        as_of: date,
    ) -> None:
        """Write one line down.

        Raises
        ------
        ViewNotKept
            When it cannot be written whole.
        """
        named = list(dict.fromkeys(participant_ids))
        if not named:
            return
        words = [int(at), account_id, route, model_version, data_version, f"{as_of:%Y-%m-%d}", named]
        line = json.dumps(words, separators=(",", ":")).encode() + b"\n"
        try:
            written = os.write(self._opened(state, at), line)
        except OSError as error:
            raise ViewNotKept from error
        if written != len(line):
            raise ViewNotKept

    def _opened(self, state: Path, at: float) -> int:
        with self._lock:
            if self._file is None or self._of != (os.getpid(), state) or at - self._since > FILE_SECONDS:
                if self._file is not None and self._of and self._of[0] == os.getpid():
                    os.close(self._file)
                folder = state / FOLDER
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{secrets.token_hex(12)}.jsonl"
                self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
                self._of, self._since = (os.getpid(), state), at
            return self._file


VIEW_LOG = ViewLog()
"""The one of this process."""


def fold_views(engine: Engine, state: Path, *, at: float) -> int:
    """Take lines that are new into the table; how many participants' views these were."""
    taken = 0
    for path in sorted((state / FOLDER).glob("*.jsonl")):
        with writing(engine) as connection:
            rows, whole = _new_rows(connection, path)
            if rows:
                connection.execute(insert(VIEWS), rows)
        taken += len(rows)
        if whole and at - path.stat().st_mtime > 2 * FILE_SECONDS:
            with suppress(FileNotFoundError):
                path.unlink()
    return taken


def find_views(
    connection: Connection,
    *,
    participant_id: str | None = None,
    account_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 10_000,
) -> Sequence[View]:
    """Views in order of time, newest first; ``since`` counts in, ``until`` does not."""
    chosen = select(VIEWS, ACCOUNTS.c.name).outerjoin(ACCOUNTS, ACCOUNTS.c.account_id == VIEWS.c.account_id)
    conditions: list[Any] = []
    if participant_id is not None:
        conditions.append(VIEWS.c.participant_id == participant_id)
    if account_id is not None:
        conditions.append(VIEWS.c.account_id == account_id)
    if since is not None:
        conditions.append(VIEWS.c.at >= since)
    if until is not None:
        conditions.append(VIEWS.c.at < until)
    ordered = chosen.where(*conditions).order_by(VIEWS.c.at.desc(), VIEWS.c.file, VIEWS.c.place, VIEWS.c.participant_id)
    return tuple(
        View(
            row.at,
            row.account_id,
            row.name or row.account_id,
            row.participant_id,
            row.route,
            row.model_version,
            row.data_version,
            row.as_of,
        )
        for row in connection.execute(ordered.limit(limit))
    )


def _new_rows(connection: Connection, path: Path) -> tuple[list[dict[str, Any]], bool]:
    """The rows that a file has beyond the table, and whether it ends with a whole line."""
    start = connection.scalar(select(func.max(VIEWS.c.place)).where(VIEWS.c.file == path.stem)) or 0
    try:
        with path.open("rb") as lines:
            lines.seek(start)
            text = lines.read()
    except FileNotFoundError:
        return [], False
    rows: list[dict[str, Any]] = []
    place = start
    for line in text.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return rows, False
        place += len(line)
        at, account_id, route, model_version, data_version, as_of, named = json.loads(line)
        shared = {"file": path.stem, "place": place, "at": at, "account_id": account_id, "route": route}
        shared |= {"model_version": model_version, "data_version": data_version, "as_of": as_of}
        rows += [shared | {"participant_id": name} for name in named]
    return rows, True
