"""``trustlane audit``: whether the ledger of decisions is what was written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from serving.access.view_verbs import add_views_verb
from serving.settings import Settings, read_settings
from serving.terminal import OUT
from serving.verbs import EXISTING_FILE, FILE

database_option = click.option("--database", metavar="URL", help="Casework database.")


def audit_group(now: Callable[[Settings], Any]) -> click.Group:
    """The group of verbs; ``now`` reads the clock."""

    @click.group()
    def audit() -> None:
        """The ledger of decisions: verify it, and sign how far it has come."""

    @audit.command("verify")
    @click.option(
        "--checkpoint", "files", type=EXISTING_FILE, multiple=True, help="Signed checkpoint; may be repeated."
    )
    @click.option("--key", metavar="TEXT", help="Verifier key kept elsewhere; else that of the setting ledger_key.")
    @database_option
    @click.pass_context
    def verify(ctx: click.Context, files: tuple[Path, ...], key: str | None, database: str | None) -> None:
        """Name the first change, deletion or reordering of the ledger; status 1 when there is one."""
        from casework.case_store import differing_cases
        from casework.checkpoints import read_checkpoint, read_key, verifier_key
        from casework.database import closing_database, reading
        from casework.verification import verify as verify_ledger

        settings = read_settings(database=database)
        verifier = key or (verifier_key(read_key(settings.ledger_key).public_key()) if files else "")
        checkpoints = [read_checkpoint(path, verifier) for path in files]
        with closing_database(settings.database) as engine, reading(engine) as connection:
            found = verify_ledger(connection, checkpoints)
            differing = () if found.fault else differing_cases(connection)
        if found.fault:
            OUT.print(f"[bold]The ledger is not what was written.[/bold] {found.fault.words}")
            ctx.exit(1)
        if differing:
            named = ", ".join(differing)
            click.echo(f"The ledger is what was written. Cases that are not what the ledger says: {named}")
            ctx.exit(1)
        beside = (
            f", as signed ({found.checkpoints} checkpoints)" if files else "; no checkpoint was given to compare with"
        )
        click.echo(f"{found.entries:,} entries are what was written{beside}. Head {found.head}")

    @audit.command("checkpoint")
    @click.option("--out", type=FILE, required=True, help="File for the signed checkpoint, best on another machine.")
    @database_option
    def checkpoint(out: Path, database: str | None) -> None:
        """Sign how far the ledger has come."""
        from casework.checkpoints import read_key, verifier_key, write_checkpoint
        from casework.database import closing_database, reading

        settings = read_settings(database=database)
        signing = read_key(settings.ledger_key)
        with closing_database(settings.database) as engine, reading(engine) as connection:
            made = write_checkpoint(connection, signing, out, at=now(settings))
        click.echo(f"{made.size:,} entries signed in {out}. Verifier key: {verifier_key(signing.public_key())}")

    @audit.command("key")
    def key_() -> None:
        """Make the signing key of the setting ledger_key; prints the verifier key to keep elsewhere."""
        from casework.checkpoints import make_key

        settings = read_settings()
        click.echo(f"Wrote {settings.ledger_key}. Verifier key, to keep elsewhere: {make_key(settings.ledger_key)}")

    add_views_verb(audit)
    return audit
