"""Tables of the casework database, brought from form to form by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from casework.errors import DatabaseError

FOLDER = Path(__file__).parent / "migrations"


def bring_to_head(connection: Connection) -> None:
    """Bring the tables to the newest form, inside the caller's transaction.

    Raises
    ------
    DatabaseError
        When a newer release made them.
    """
    scripts = ScriptDirectory(str(FOLDER))
    present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise DatabaseError(
            f"Expected a casework database of one of the forms {', '.join(sorted(known))}, got {present}. "
            "A newer release made it; install that release."
        )
    if present != scripts.get_current_head():
        command.upgrade(_config(connection), "head")


def is_at_head(connection: Connection) -> bool:
    """Whether the tables have the newest form."""
    present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory(str(FOLDER)).get_current_head()


def bring_back(connection: Connection, revision: str) -> None:
    """Bring the tables back to an earlier form; ``base`` takes them away."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
