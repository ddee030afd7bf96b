"""``trustlane account``: who may sign in and which tokens programs hold. Passwords are never arguments."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, TypeVar

import click

from serving.access.permissions import Role
from serving.settings import Settings, read_settings
from serving.terminal import OUT
from serving.verbs import EXISTING_FILE

T = TypeVar("T")
database_option = click.option("--database", metavar="URL", help="Database of casework and accounts.")
name_option = click.option("--name", required=True, help="Name that the account signs in with.")
office_option = click.option(
    "--field-office", "offices", multiple=True, help="Sees only participants of this office; may be repeated."
)
generate_option = click.option("--generate", is_flag=True, help="Make a password and print it, this once.")
file_option = click.option(
    "--password-file", type=EXISTING_FILE, help="File whose first line is the password; else it is asked for."
)


def account_group(clock: Callable[[], float] = time) -> click.Group:
    """The group of verbs; ``clock`` gives the seconds since 1970."""

    @click.group()
    def account() -> None:
        """Accounts of people and programs: add, list, disable, change passwords, give tokens."""

    @account.command("add")
    @name_option
    @click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What it is for.")
    @office_option
    @generate_option
    @file_option
    @database_option
    def add(
        name: str, role: str, offices: tuple[str, ...], generate: bool, password_file: Path | None, database: str | None
    ) -> None:
        """Make an account. One of the role service has no password: give it a token."""
        from serving.access.accounts import add_account

        password = None if role == Role.SERVICE else _password(generate, password_file)
        made = _write(
            read_settings(database=database),
            lambda connection: add_account(
                connection, name, role, at=int(clock()), password=password, field_offices=offices or None
            ),
        )
        click.echo(f"Account {made.name} with role {made.role}, id {made.account_id}.")
        if generate and password:
            click.echo(f"Password, shown only now: {password}")

    @account.command("list")
    @database_option
    def list_(database: str | None) -> None:
        """Every account with role, offices and last sign-in."""
        from serving.access.accounts import list_accounts

        found = _read(read_settings(database=database), list_accounts)
        for item in found:
            offices = ", ".join(sorted(item.field_offices)) if item.field_offices is not None else "all offices"
            state = f"disabled {_day(item.disabled_at)}" if item.disabled_at else f"seen {_day(item.last_sign_in_at)}"
            click.echo(f"{item.account_id}  {item.name}  {item.role}  {offices}  {state}")
        if not found:
            click.echo("No account yet. Make one: trustlane account add --name NAME --role manager --generate")

    @account.command("disable")
    @name_option
    @database_option
    def disable(name: str, database: str | None) -> None:
        """Take an account out of use: its sessions and tokens end. What it did stays under its id."""
        from serving.access.accounts import disable_account, find_by_name

        _write(
            read_settings(database=database),
            lambda connection: disable_account(connection, find_by_name(connection, name).account_id, at=int(clock())),
        )
        click.echo(f"{name} is disabled; its sessions and tokens have ended.")

    @account.command("password")
    @name_option
    @generate_option
    @file_option
    @database_option
    def password(name: str, generate: bool, password_file: Path | None, database: str | None) -> None:
        """Give an account a new password; its sessions end."""
        from serving.access.accounts import find_by_name, set_password

        chosen = _password(generate, password_file)
        _write(
            read_settings(database=database),
            lambda connection: set_password(connection, find_by_name(connection, name).account_id, chosen),
        )
        click.echo(f"{name} has a new password; its sessions have ended.")
        if generate:
            click.echo(f"Password, shown only now: {chosen}")

    @account.command("token")
    @name_option
    @click.option("--for", "purpose", required=True, metavar="TEXT", help="What the token is for.")
    @click.option("--scope", multiple=True, metavar="PERMISSION", help="Only this permission; may be repeated.")
    @click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it holds.")
    @database_option
    def token(name: str, purpose: str, scope: tuple[str, ...], days: int, database: str | None) -> None:
        """Make a token for a program and print it, this once."""
        from serving.access.accounts import find_by_name
        from serving.access.tokens import issue_token

        made = _write(
            read_settings(database=database),
            lambda connection: issue_token(
                connection,
                find_by_name(connection, name).account_id,
                purpose,
                at=int(clock()),
                days=days,
                scope=scope or None,
            ),
        )
        click.echo(made)

    return account


def make_demo_accounts(settings: Settings, *, at: int) -> dict[str, str]:
    """One account a role, for roles that no account has yet; the new names with their passwords."""
    from serving.access.accounts import add_account, list_accounts
    from serving.access.passwords import generate_password

    def make(connection: Any) -> dict[str, str]:
        present = {item.name for item in list_accounts(connection)}
        made = {role.value: generate_password() for role in Role if role is not Role.SERVICE and role not in present}
        for role, password in made.items():
            add_account(connection, role, role, at=at, password=password)
        if Role.SERVICE not in present:
            add_account(connection, Role.SERVICE.value, Role.SERVICE, at=at)
        return made

    return _write(settings, make)


def show_demo_accounts(made: dict[str, str]) -> None:
    """Print names and passwords, the only time that they are seen."""
    if not made:
        OUT.print("The accounts of an earlier demo stay; a new password: trustlane account password --name NAME")
        return
    OUT.print("Sign in as one of these. The passwords are shown only now:")
    for name, password in made.items():
        click.echo(f"  {name:<15} {password}")
    click.echo("A token for programs: trustlane account token --name service --for NAME")


def _password(generate: bool, path: Path | None) -> str:
    from serving.access.passwords import generate_password

    if generate and path:
        raise click.UsageError("Expected --generate or --password-file, got both. Leave one of them out.")
    if generate:
        return generate_password()
    if path:
        return path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _write(settings: Settings, change: Callable[[Any], T]) -> T:
    from casework.database import writing
    from serving.access.store import open_accounts

    engine = open_accounts(settings.database)
    try:
        with writing(engine) as connection:
            return change(connection)
    finally:
        engine.dispose()


def _read(settings: Settings, look: Callable[[Any], T]) -> T:
    return _write(settings, look)


def _day(seconds: int | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
