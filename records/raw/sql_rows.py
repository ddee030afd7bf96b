"""Rows of a SQL query, streamed from any database that SQLAlchemy reaches, read-only."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from records.errors import MappingError
from records.raw.cells import CHUNK_ROWS, Chunks, check_names, plain_frame, refuse

EXPECTED_URL = "a database address such as postgresql+psycopg://user@host/name or sqlite:///file.db"


def is_database(source: str | Path) -> bool:
    """Whether a source is the address of a database and not a file or folder."""
    return isinstance(source, str) and "://" in source


def database_name(source: str) -> str:
    """The address as it may be shown: without user, password and options."""
    url = _url(source)
    return f"{url.drivername}://{url.host or ''}/{url.database or ''}"


def read_sql(source: str, table: str, query: str) -> Chunks:
    """Chunks of a query's rows in the database's own types.

    The transaction is read-only where the database can be told so, and is never committed.

    Raises
    ------
    MappingError
        When the address is none, or there is no query.
    BatchRefused
        When the database cannot be reached or refuses the query, without the password of the address.
    """
    url, place = _url(source), database_name(source)
    if not query.strip():
        raise MappingError(f'Expected a query for {table} from {place}, got none. Add query = "select ..." to it.')
    try:
        engine = create_engine(url, poolclass=NullPool)
        _forbid_writes(engine, url)
        with engine.connect() as connection:
            yield from _read(_streaming(connection, url), table, query, place)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        refuse(table, place, "a query that the database answers", _without_secrets(error, url))


def _read(connection: Connection, table: str, query: str, place: str) -> Chunks:
    result = connection.exec_driver_sql(query)
    if not result.returns_rows:
        refuse(table, place, "a query that gives rows", query[:60])
    names = list(result.keys())
    check_names(names, table, place)
    first = 1
    for rows in result.partitions(CHUNK_ROWS):
        yield plain_frame(rows, names, table, place, first), first
        first += len(rows)
    if first == 1:
        yield plain_frame([], names, table, place, first), first


def _url(source: str) -> URL:
    try:
        url = make_url(source)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        scheme = source.partition("://")[0]
        raise MappingError(f"Expected {EXPECTED_URL}; got one that begins with {scheme!r}. Correct it.") from error
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        # SQLite would make an empty database of a name that was misspelled.
        raise MappingError(f"Expected an existing SQLite file, got {url.database or 'none'}. Correct the address.")
    return url


def _forbid_writes(engine: Any, url: URL) -> None:
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def query_only(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA query_only = ON")


def _streaming(connection: Connection, url: URL) -> Connection:
    options: dict[str, Any] = {"yield_per": CHUNK_ROWS, "no_parameters": True}
    if url.get_backend_name() == "postgresql":
        options["postgresql_readonly"] = True
    return connection.execution_options(**options)


def _without_secrets(error: Exception, url: URL) -> str:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    secrets = [str(url.password or ""), *(str(value) for value in url.query.values())]
    for secret in filter(None, secrets):
        reason = reason.replace(secret, "***")
    return reason
