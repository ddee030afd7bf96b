"""Sessions: a row on the server behind an opaque random cookie, which is stored only as its digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select

from serving.access.accounts import Account, account_of_row
from serving.access.secret import LONGEST, digest_of, new_secret
from serving.access.tables import ACCOUNTS, SESSIONS

IDLE_SECONDS = 30 * 60
"""A session that is not used for so long has ended."""
LONGEST_SECONDS = 12 * 3600
"""A session ends after so long, used or not."""
SEEN_EVERY_SECONDS = 60
"""How often the use of a session is written down: not at each page."""


@dataclass(frozen=True)
class Session:
    """A session that holds: its digest, the token that its forms carry, and whose it is."""

    digest: str
    form_token: str
    account: Account
    seen_at: int


def begin_session(connection: Connection, account_id: str, *, at: int) -> str:
    """Make a session; the secret for the cookie. Sessions that have ended are cleared away on the way."""
    connection.execute(
        delete(SESSIONS).where(
            or_(SESSIONS.c.seen_at < at - IDLE_SECONDS, SESSIONS.c.created_at < at - LONGEST_SECONDS)
        )
    )
    secret = new_secret()
    connection.execute(
        insert(SESSIONS).values(
            digest=digest_of(secret), account_id=account_id, form_token=new_secret(), created_at=at, seen_at=at
        )
    )
    return secret


def find_session(connection: Connection, secret: str, *, at: int) -> Session | None:
    """The session behind a cookie while it holds, else None."""
    if not 0 < len(secret) <= LONGEST:
        return None
    row = connection.execute(
        select(
            SESSIONS.c.digest,
            SESSIONS.c.form_token,
            SESSIONS.c.seen_at,
            ACCOUNTS,
        )
        .join_from(SESSIONS, ACCOUNTS)
        .where(
            SESSIONS.c.digest == digest_of(secret),
            SESSIONS.c.seen_at >= at - IDLE_SECONDS,
            SESSIONS.c.created_at >= at - LONGEST_SECONDS,
            ACCOUNTS.c.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Session(row.digest, row.form_token, account_of_row(row), row.seen_at)


def note_use(connection: Connection, digest: str, *, at: int) -> None:
    """Write down that a session was used."""
    connection.execute(SESSIONS.update().where(SESSIONS.c.digest == digest).values(seen_at=at))


def end_session(connection: Connection, digest: str) -> None:
    """End one session."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))
