"""Tokens for programs: opaque, shown once, stored as their digest, with a scope and an end."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from serving.access.accounts import Account, account_of_row, find_account
from serving.access.errors import TokenRefused
from serving.access.permissions import Permission
from serving.access.secret import LONGEST, digest_of, new_secret
from serving.access.tables import ACCOUNTS, TOKENS

PREFIX = "tl_"
"""By this a token that leaked into a text can be searched for."""
LONGEST_DAYS = 366
DAY = 86_400


@dataclass(frozen=True)
class Token:
    """What is known of a token. Times are seconds since 1970, UTC."""

    token_id: str
    account_id: str
    name: str
    scope: frozenset[Permission]
    created_at: int
    ends_at: int
    revoked_at: int | None


@dataclass(frozen=True)
class Bearer:
    """Whoever holds a token that is in force: the account, and what the token still allows of what it may do."""

    account: Account
    permissions: frozenset[Permission]
    ends_at: int


def issue_token(
    connection: Connection, account_id: str, name: str, *, at: int, days: int, scope: Iterable[str] | None = None
) -> str:
    """Make a token; the only time that its text is seen.

    Parameters
    ----------
    name : str
        What it is for.
    at : int
        Seconds since 1970, UTC.
    days : int
        How long it holds.
    scope : iterable of str, optional
        Permissions, all of which the account has; None for all of these but the ones over accounts.

    Raises
    ------
    TokenRefused
        When name, days or scope do not fit.
    """
    account = find_account(connection, account_id)
    may = account.permissions - {Permission.ACCOUNTS_MANAGE, Permission.OWN_ACCOUNT}
    asked = may if scope is None else frozenset(scope)
    if not asked or not asked <= may:
        raise TokenRefused(
            f"Expected permissions that a token of this account can have: {', '.join(sorted(may)) or 'none'}; "
            "got others. Correct the scope."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenRefused(f"Expected 1 to {LONGEST_DAYS} days, got {days}. Correct it.")
    if not 1 <= len(name.strip()) <= 80:
        raise TokenRefused("Expected a name of 1 to 80 characters that says what the token is for. Correct it.")
    secret = PREFIX + new_secret()
    connection.execute(
        insert(TOKENS).values(
            token_id=f"t{secrets.token_hex(6)}",
            digest=digest_of(secret),
            account_id=account_id,
            name=name.strip(),
            scope=json.dumps(sorted(asked)),
            created_at=at,
            ends_at=at + days * DAY,
        )
    )
    return secret


def find_bearer(connection: Connection, secret: str, *, at: int) -> Bearer | None:
    """Who holds the token, while it is in force."""
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    row = connection.execute(
        select(ACCOUNTS, TOKENS.c.scope, TOKENS.c.ends_at)
        .join_from(TOKENS, ACCOUNTS)
        .where(
            TOKENS.c.digest == digest_of(secret),
            TOKENS.c.revoked_at.is_(None),
            TOKENS.c.ends_at > at,
            ACCOUNTS.c.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    account = account_of_row(row)
    return Bearer(account, account.permissions & _scope(row.scope), row.ends_at)


def list_tokens(connection: Connection, account_id: str) -> tuple[Token, ...]:
    """The tokens of an account, newest first."""
    rows = connection.execute(
        select(TOKENS).where(TOKENS.c.account_id == account_id).order_by(TOKENS.c.created_at.desc(), TOKENS.c.token_id)
    )
    return tuple(_token(row) for row in rows)


def revoke_token(connection: Connection, account_id: str, token_id: str, *, at: int) -> None:
    """End a token of an account; :class:`TokenRefused` when it is not one of this account's."""
    done = connection.execute(
        update(TOKENS)
        .where(TOKENS.c.token_id == token_id, TOKENS.c.account_id == account_id, TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if done.rowcount != 1:
        raise TokenRefused("Expected a token of this account that is in force, got another. Look at the list again.")


def _token(row: Any) -> Token:
    return Token(row.token_id, row.account_id, row.name, _scope(row.scope), row.created_at, row.ends_at, row.revoked_at)


def _scope(text: str) -> frozenset[Permission]:
    """The permissions in a stored scope; one that this release no longer knows allows nothing."""
    known = {permission.value for permission in Permission}
    return frozenset(Permission(name) for name in json.loads(text) if name in known)
