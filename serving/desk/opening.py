"""The casework database of a service: brought to its newest form once, before any worker; then opened by each."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, make_url

from casework.database import connect, open_database, reading, writing
from casework.errors import CaseworkError, DatabaseError
from casework.migrate import is_at_head
from serving.desk.refusals import told_as_problems
from serving.settings import Settings
from serving.wiring import Workspace

logger = logging.getLogger("trustlane.casework")


def prepare_database(settings: Settings) -> None:
    """Bring the casework database to its newest form; said in the log. Without it scores are still served."""
    try:
        engine = open_database(settings.database)
    except CaseworkError as error:
        logger.error("The casework database cannot be used, cases are not shown: %s", error)
        return
    engine.dispose()
    logger.warning("The casework database has its newest form.")


class Desk:
    """The one engine of a worker, opened when it is first needed.

    Incidents of a record are taken in by whoever asks first after it changed, so ``take_in`` runs once for each
    version of the record; it changes nothing when another worker was first.
    """

    def __init__(self, take_in: Callable[[Connection, Workspace, datetime], None]) -> None:
        self._take_in = take_in
        self._lock = Lock()
        self._engine: Engine | None = None
        self._address = ""
        self._taken: tuple[str, str] = ("", "")

    @contextmanager
    def reading(self, workspace: Workspace) -> Iterator[Connection]:
        """See one moment of the cases, with the record's incidents among them."""
        with told_as_problems():
            engine = self._ready(workspace)
            with reading(engine) as connection:
                yield connection

    @contextmanager
    def writing(self, workspace: Workspace) -> Iterator[Connection]:
        """Change cases, all or nothing."""
        with told_as_problems():
            engine = self._ready(workspace)
            with writing(engine) as connection:
                yield connection

    def close(self) -> None:
        """Let go of the database; the next who asks opens it again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine, self._address, self._taken = None, "", ("", "")

    def _ready(self, workspace: Workspace) -> Engine:
        with self._lock:
            address = workspace.settings.database
            if self._engine is None or self._address != address:
                self._engine, self._address, self._taken = _open(address), address, ("", "")
            version = (workspace.records.data_version, workspace.today.isoformat())
            if self._taken != version:
                with writing(self._engine) as connection:
                    self._take_in(connection, workspace, present_moment(workspace))
                self._taken = version
            return self._engine


def present_moment(workspace: Workspace) -> datetime:
    """Now in UTC without a zone; on the day of the setting ``today`` where there is one."""
    return datetime.combine(workspace.today, datetime.now(UTC).time())


def _open(address: str) -> Engine:
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise DatabaseError("Expected a casework database, got none. `trustlane serve` makes it when it starts.")
    engine = connect(address)
    try:
        with reading(engine) as connection:
            newest = is_at_head(connection)
    except BaseException:
        engine.dispose()
        raise
    if not newest:
        engine.dispose()
        raise DatabaseError("Expected the newest form of the casework database. Start the service again.")
    return engine
