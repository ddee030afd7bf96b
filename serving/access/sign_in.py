"""Signing in: counted before it is tried, at one price and with one answer for every kind of failure."""

import hashlib

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from casework.database import writing
from serving.access.accounts import Account, find_account
from serving.access.errors import SignInRefused, TooManyAttempts
from serving.access.passwords import hash_password, needs_new_hash, password_fits
from serving.access.sessions import begin_session
from serving.access.tables import ACCOUNTS, ATTEMPTS

FREE_TRIES = {"account": 5, "address": 20}
"""Failures after which each further try must wait, twice as long each time."""
LONGEST_WAIT_SECONDS = 900
WINDOW_SECONDS = 3600
"""Failures are forgotten after so long."""


def sign_in(engine: Engine, name: str, password: str, *, address: str, at: int) -> tuple[Account, str]:
    """The account and the secret of its new session.

    A try is counted before the password is looked at, in the database, so that several workers count together.

    Raises
    ------
    TooManyAttempts
        When this account or this address must wait.
    SignInRefused
        When it is not the password of an account that can sign in.
    """
    keys = {"account": _key("account", name.strip().lower()), "address": _key("address", address)}
    with writing(engine) as connection:
        wait = max(_wait(connection, keys[kind], free, at) for kind, free in FREE_TRIES.items())
        if not wait:
            for key in keys.values():
                connection.execute(insert(ATTEMPTS).values(of=key, at=at))
        stored = connection.execute(
            select(ACCOUNTS.c.account_id, ACCOUNTS.c.password_hash).where(
                func.lower(ACCOUNTS.c.name) == name.strip().lower(), ACCOUNTS.c.disabled_at.is_(None)
            )
        ).one_or_none()
    if wait:
        raise TooManyAttempts(wait)
    fits = password_fits(password, stored.password_hash if stored else None)
    if stored is None or not fits:
        raise SignInRefused
    with writing(engine) as connection:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.of == keys["account"]))
        _forget_one(connection, keys["address"])
        values: dict[str, object] = {"last_sign_in_at": at}
        if needs_new_hash(stored.password_hash):
            values["password_hash"] = hash_password(password)
        held = connection.execute(
            update(ACCOUNTS)
            .where(
                ACCOUNTS.c.account_id == stored.account_id,
                ACCOUNTS.c.disabled_at.is_(None),
                ACCOUNTS.c.password_hash == stored.password_hash,
            )
            .values(**values)
        )
        if held.rowcount != 1:  # disabled, or another password, since it was read
            raise SignInRefused
        return find_account(connection, stored.account_id), begin_session(connection, stored.account_id, at=at)


def _wait(connection: Connection, key: str, free: int, at: int) -> int:
    """Seconds until the next try is allowed; 0 when it is now."""
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.at < at - WINDOW_SECONDS))
    failures, last = connection.execute(select(func.count(), func.max(ATTEMPTS.c.at)).where(ATTEMPTS.c.of == key)).one()
    if failures < free:
        return 0
    pause: int = min(2 ** min(int(failures) - free, 20), LONGEST_WAIT_SECONDS)
    return max(0, int(last) + pause - at)


def _forget_one(connection: Connection, key: str) -> None:
    """A success takes back only its own try of the address: others may be guessing from it."""
    newest = select(func.max(ATTEMPTS.c.number)).where(ATTEMPTS.c.of == key).scalar_subquery()
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.number == newest))


def _key(kind: str, text: str) -> str:
    """What a try is counted under: a digest, because people also type passwords where the name belongs."""
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
