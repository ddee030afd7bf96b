"""The database of accounts: casework's own, with other tables that count their forms by themselves."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from casework.database import connect, reading, writing
from casework.errors import DatabaseError

FOLDER = Path(__file__).parent / "migrations"
VERSION_TABLE = "access_version"


def open_accounts(url: str) -> Engine:
    """The database at ``url`` with the tables of accounts brought to their newest form.

    Raises
    ------
    DatabaseError
        When the address is of another kind, or the tables were made by a newer release.
    DatabaseAway
        When it cannot be reached.
    """
    engine = connect(url)
    try:
        with reading(engine) as connection:
            newest = _is_newest(connection)
        if not newest:
            with writing(engine) as connection:
                bring_to_head(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def bring_to_head(connection: Connection) -> None:
    """Bring the tables to the newest form, inside the caller's transaction."""
    if not _is_newest(connection):
        command.upgrade(_config(connection), "head")


def bring_back(connection: Connection, revision: str) -> None:
    """Bring the tables back to an earlier form; ``base`` takes them away."""
    command.downgrade(_config(connection), revision)


def _is_newest(connection: Connection) -> bool:
    scripts = ScriptDirectory(str(FOLDER))
    present = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise DatabaseError(
            f"Expected accounts of one of the forms {', '.join(sorted(known))}, got {present}. "
            "A newer release made them; install that release."
        )
    return present == scripts.get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
