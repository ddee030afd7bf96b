"""Accounts: who there is, with which role, bound to which field offices."""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from serving.access.errors import AccountRefused
from serving.access.passwords import check_password, hash_password
from serving.access.permissions import ROLES, Permission, Role
from serving.access.tables import ACCOUNTS, SESSIONS

NAME = re.compile(r"[\w.@+\- ]{2,80}")


@dataclass(frozen=True)
class Account:
    """One account. Times are seconds since 1970, UTC; ``field_offices`` None means all of them."""

    account_id: str
    name: str
    role: Role
    field_offices: frozenset[str] | None
    created_at: int
    disabled_at: int | None
    last_sign_in_at: int | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do: nothing once it is disabled."""
        return ROLES[self.role] if self.disabled_at is None else frozenset()


def add_account(
    connection: Connection,
    name: str,
    role: str,
    *,
    at: int,
    password: str | None = None,
    field_offices: Iterable[str] | None = None,
) -> Account:
    """Make an account.

    Parameters
    ----------
    name : str
        What it signs in with; letter case aside, no other has it.
    role : str
        One of :class:`Role`.
    at : int
        Seconds since 1970, UTC.
    password : str, optional
        None for an account that only holds tokens; one of the role ``service`` never has one.
    field_offices : iterable of str, optional
        The offices whose participants it sees; None for all.

    Raises
    ------
    AccountRefused
        When the name or the role does not fit.
    PasswordRefused
        When the password does not.
    """
    known = _role(role)
    if not NAME.fullmatch(name) or name != name.strip():
        raise AccountRefused(
            "Expected a name of 2 to 80 letters, digits, spaces and the signs . @ + - _, got another. Choose another."
        )
    if known is Role.SERVICE and password is not None:
        raise AccountRefused("Expected no password for the role service, got one. Give it a token instead.")
    if password is not None:
        check_password(password, name)
    if connection.scalar(select(func.count()).where(func.lower(ACCOUNTS.c.name) == name.lower())):
        raise AccountRefused("Expected a name that no account has, got one that is taken. Choose another.")
    account_id = f"a{secrets.token_hex(6)}"
    connection.execute(
        insert(ACCOUNTS).values(
            account_id=account_id,
            name=name,
            role=known.value,
            password_hash=None if password is None else hash_password(password),
            field_offices=_offices(field_offices),
            created_at=at,
        )
    )
    return find_account(connection, account_id)


def list_accounts(connection: Connection) -> tuple[Account, ...]:
    """Every account, in order of name."""
    return tuple(_account(row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)))


def count_accounts(connection: Connection) -> int:
    """How many there are."""
    return int(connection.scalar(select(func.count()).select_from(ACCOUNTS)) or 0)


def find_account(connection: Connection, account_id: str) -> Account:
    """The account with an id; :class:`AccountRefused` where there is none."""
    return _found(connection, ACCOUNTS.c.account_id == account_id)


def find_by_name(connection: Connection, name: str) -> Account:
    """The account with a name; :class:`AccountRefused` where there is none."""
    return _found(connection, func.lower(ACCOUNTS.c.name) == name.lower())


def change_account(
    connection: Connection, account_id: str, *, role: str, field_offices: Iterable[str] | None
) -> Account:
    """Give an account another role and other offices; its sessions end, so that nothing of the old one stays."""
    present = find_account(connection, account_id)
    if present.role is Role.MANAGER and _role(role) is not Role.MANAGER:
        _require_another_manager(connection, account_id)
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.account_id == account_id)
        .values(role=_role(role).value, field_offices=_offices(field_offices))
    )
    end_sessions_of(connection, account_id)
    return find_account(connection, account_id)


def disable_account(connection: Connection, account_id: str, *, at: int) -> Account:
    """Take an account out of use: its sessions and tokens end at once. What it did stays under its id."""
    if find_account(connection, account_id).role is Role.MANAGER:
        _require_another_manager(connection, account_id)
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.account_id == account_id, ACCOUNTS.c.disabled_at.is_(None))
        .values(disabled_at=at)
    )
    end_sessions_of(connection, account_id)
    return find_account(connection, account_id)


def set_password(connection: Connection, account_id: str, password: str) -> None:
    """Give an account a new password; its sessions end."""
    account = find_account(connection, account_id)
    if account.role is Role.SERVICE:
        raise AccountRefused("Expected an account of a person, got one of the role service. Give it a token instead.")
    check_password(password, account.name)
    connection.execute(
        update(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id).values(password_hash=hash_password(password))
    )
    end_sessions_of(connection, account_id)


def end_sessions_of(connection: Connection, account_id: str) -> None:
    """End every session of an account."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account_id))


def account_of_row(row: Any) -> Account:
    """The account in a row that holds the columns of the table."""
    return _account(row)


def _account(row: Any) -> Account:
    offices = row.field_offices
    return Account(
        account_id=row.account_id,
        name=row.name,
        role=Role(row.role),
        field_offices=None if offices is None else frozenset(json.loads(offices)),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        last_sign_in_at=row.last_sign_in_at,
    )


def _found(connection: Connection, condition: Any) -> Account:
    row = connection.execute(select(ACCOUNTS).where(condition)).one_or_none()
    if row is None:
        raise AccountRefused("Expected an account that exists, got another. See `trustlane account list`.")
    return _account(row)


def _require_another_manager(connection: Connection, account_id: str) -> None:
    others = select(func.count()).where(
        ACCOUNTS.c.role == Role.MANAGER.value, ACCOUNTS.c.disabled_at.is_(None), ACCOUNTS.c.account_id != account_id
    )
    if not connection.scalar(others):
        raise AccountRefused("Expected another manager to remain, got the last one. Add another manager first.")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise AccountRefused(f"Expected a role, one of {', '.join(Role)}, got another. Correct it.") from error


def _offices(names: Iterable[str] | None) -> str | None:
    if names is None:
        return None
    offices = sorted({name.strip() for name in names if name.strip()})
    if not offices:
        raise AccountRefused("Expected at least one field office, or none named for all, got an empty list. Name one.")
    return json.dumps(offices)
