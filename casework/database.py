"""The casework database: SQLite by default, PostgreSQL by URL; a writer locks first.

All writers take one lock at the first moment of their transaction (``BEGIN IMMEDIATE`` on SQLite, an advisory
lock on PostgreSQL), so that what a writer reads stays true until it commits, and the ledger's chain cannot fork.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from casework.errors import DatabaseAway, DatabaseError
from casework.migrate import bring_to_head

LOCK_WAIT_SECONDS = 30
WRITERS_LOCK = 7_301_982_455
"""Number of PostgreSQL's advisory lock: any, but the same in every process."""


def open_database(url: str) -> Engine:
    """The database at ``url`` with its tables brought to the newest form.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql+psycopg://...``; a new SQLite file is made with its folder.

    Raises
    ------
    DatabaseError
        When the address is of another kind, or its tables were made by a newer release.
    DatabaseAway
        When it cannot be reached.
    """
    engine = connect(url)
    try:
        with writing(engine) as connection:
            bring_to_head(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_existing(url: str) -> Engine:
    """The database at ``url`` when there is one: looking at a ledger never makes one.

    Raises
    ------
    DatabaseError
        When there is no such file, or the address is of another kind.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise DatabaseError(f"Expected a casework database at {shown(address)}, got none. Correct --database.")
    return open_database(url)


@contextmanager
def closing_database(url: str) -> Iterator[Engine]:
    """:func:`open_existing` for the length of one piece of work."""
    engine = open_existing(url)
    try:
        yield engine
    finally:
        engine.dispose()


def connect(url: str) -> Engine:
    """An engine for ``url`` that leaves the tables as they are."""
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": LOCK_WAIT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the lock of all writers; it is kept whole or not at all."""
    with _told_in_words(engine), engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": WRITERS_LOCK})
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment of the database and waits for no writer."""
    with _told_in_words(engine), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("set transaction isolation level repeatable read read only"))
        yield connection


@contextmanager
def _told_in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not (isinstance(error, OperationalError) or error.connection_invalidated):
            raise
        raise DatabaseAway(
            f"Expected the casework database {shown(engine.url)} to answer, got: {error.orig}. "
            "Nothing of this step was kept unless an earlier answer said so; send the same request again."
        ) from error


def shown(url: URL) -> str:
    """The address without its password."""
    return url.render_as_string(hide_password=True)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        backend = address.get_backend_name()
        if backend == "postgresql" and "+" not in address.drivername:
            address = address.set(drivername="postgresql+psycopg")
        address.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseError(
            "Expected the address of the casework database as sqlite:///FILE or postgresql+psycopg://..., "
            "got another form. Correct the setting 'database'."
        ) from error
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseError(f"Expected SQLite or PostgreSQL, got {backend}. Correct the setting 'database'.")
    return address


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy gives both
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
