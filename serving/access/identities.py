"""From a cookie or a token to who asks. One of these stands in each worker."""

from collections import OrderedDict
from threading import Lock

from sqlalchemy import Engine

from casework.database import reading, writing
from serving.access.accounts import Account, count_accounts
from serving.access.permissions import Permission
from serving.access.present import Present
from serving.access.secret import digest_of
from serving.access.sessions import SEEN_EVERY_SECONDS, find_session, note_use
from serving.access.store import open_accounts
from serving.access.tokens import find_bearer
from serving.caller import Caller
from serving.settings import Settings

TOKEN_SECONDS = 3
"""For so long another worker may still take a token that was revoked; the worker that revokes forgets it at once."""
TOKENS_KEPT = 1000


class Identities:
    """Looks callers up.

    A session is read from the database each time, so that its end holds at once in every worker. A token is
    kept in memory for :data:`TOKEN_SECONDS`, because a program asks a thousand times a second.

    Parameters
    ----------
    url : str
        Address of the database; opened when it is first needed, in the process that needs it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._lock = Lock()
        self._tokens: OrderedDict[str, tuple[Present, float]] = OrderedDict()

    @property
    def engine(self) -> Engine:
        """The database."""
        with self._lock:
            if self._engine is None:
                self._engine = open_accounts(self.url)
            return self._engine

    def kept(self, token: str, *, at: float) -> Present | None:
        """Who holds a token that was looked up a moment ago; never waits."""
        found = self._tokens.get(digest_of(token))
        return found[0] if found and found[1] > at else None

    def by_token(self, token: str, *, at: float) -> Present | None:
        """Who holds a token, from the database."""
        with reading(self.engine) as connection:
            bearer = find_bearer(connection, token, at=int(at))
        if bearer is None:
            return None
        who = _present(bearer.account, bearer.permissions)
        with self._lock:
            self._tokens[digest_of(token)] = (who, min(at + TOKEN_SECONDS, bearer.ends_at))
            while len(self._tokens) > TOKENS_KEPT:
                self._tokens.popitem(last=False)
        return who

    def by_session(self, cookie: str, *, at: float) -> Present | None:
        """Who holds a session, from the database; its use is noted now and then."""
        with reading(self.engine) as connection:
            session = find_session(connection, cookie, at=int(at))
        if session is None:
            return None
        if at - session.seen_at >= SEEN_EVERY_SECONDS:
            with writing(self.engine) as connection:
                note_use(connection, session.digest, at=int(at))
        return _present(
            session.account, session.account.permissions, session=session.digest, form_token=session.form_token
        )

    def forget_tokens(self) -> None:
        """Look every token up anew: something about accounts was changed here."""
        with self._lock:
            self._tokens.clear()

    def has_accounts(self) -> bool:
        """Whether anybody could sign in at all."""
        with reading(self.engine) as connection:
            return count_accounts(connection) > 0


class Keeper:
    """The one reference to the identities of this process; what the setting ``identity`` says."""

    def __init__(self) -> None:
        self._identities: Identities | None = None

    def open(self, settings: Settings) -> None:
        """Take the identities that the settings name: none where nobody signs in."""
        self._identities = Identities(settings.database) if settings.identity == "local" else None

    def get(self) -> Identities | None:
        """The identities; None where nobody signs in."""
        return self._identities


def _present(
    account: Account, permissions: frozenset[Permission], *, session: str = "", form_token: str = ""
) -> Present:
    caller = Caller(account.account_id, account.role.value, account.field_offices)
    return Present(caller, account.name, permissions, session, form_token)
