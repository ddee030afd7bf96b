"""The door: every request is asked here who it is from and whether that account may do it, before anything else.

It stands inside the guard, so that its refusals have the one shape, and around BentoML and FastAPI both, so that no
endpoint can be reached beside it. It answers itself what the table does not know, rather than let it through.
"""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from casework.errors import DatabaseError
from serving.access.forms import carries, comes_from_here, read_form
from serving.access.identities import Identities
from serving.access.permissions import Permission
from serving.access.present import NOBODY_SIGNS_IN, Present, set_present
from serving.access.problems import AccountsAway, FormRefused, NotPermitted, SignInNeeded
from serving.access.routes import TABLE, Found, RouteTable
from serving.problems import MethodNotAllowed, NotFound

COOKIE = "trustlane_session"
LONGEST_COOKIE_HEADER = 4096
SIGN_IN = "/console/sign-in"
PAGES = "/console"
PRESENT = "trustlane.present"
"""Where the scope of a request holds who asks, for whoever stands outside the door."""
READING: Final = ("GET", "HEAD", "OPTIONS")


class Door:
    """Lets requests through whose account may do what they ask.

    Parameters
    ----------
    app : ASGI application
        What stands behind.
    identities : Identities or None
        Who asks; None where the setting ``identity`` is ``none``: everybody is let in, and forms must still come
        from our own pages.
    clock : callable
        Seconds since 1970, UTC.
    table : RouteTable
        Who may use which route.
    """

    def __init__(
        self, app: ASGIApp, *, identities: Identities | None, clock: Callable[[], float], table: RouteTable = TABLE
    ) -> None:
        self.app = app
        self.identities = identities
        self.clock = clock
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        path, method = str(scope["path"]), str(scope["method"])
        found = self.table.find(method, path)
        is_form = method not in READING and _is_below_console(path)
        if is_form:
            if not comes_from_here(scope):
                raise FormRefused
            receive = await read_form(scope, receive)
        if found.listed and found.permission is None:
            await self.app(scope, receive, send)
            return
        try:
            who = await self._who(scope, forms_too=is_form or method in READING)
        except DatabaseError as error:
            raise AccountsAway from error
        if who is None:
            await self._ask_to_sign_in(scope, receive, send)
            return
        scope[PRESENT] = who
        set_present(who)
        self._require(found, who)
        if is_form and who.session and not carries(scope, who.form_token):
            raise FormRefused
        await self.app(scope, receive, send)

    async def _who(self, scope: Scope, *, forms_too: bool) -> Present | None:
        """Who asks; a cookie counts only where a browser cannot be made to send it for somebody else."""
        if self.identities is None:
            return NOBODY_SIGNS_IN
        headers = dict(scope["headers"])
        kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        at = self.clock()
        if kind:
            token = token.strip()
            if kind.lower() != "bearer" or not token:
                return None
            kept = self.identities.kept(token, at=at)
            return kept or await anyio.to_thread.run_sync(lambda: _held(self.identities, token, at))
        cookie = session_cookie(scope) if forms_too else ""
        return await anyio.to_thread.run_sync(lambda: _signed_in(self.identities, cookie, at)) if cookie else None

    def _require(self, found: Found, who: Present) -> None:
        if not found.listed:
            raise MethodNotAllowed if found.other_methods else NotFound
        need = found.permission
        if need is not None and need not in who.permissions:
            raise NotPermitted(Permission(need))

    async def _ask_to_sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_below_console(str(scope["path"])):
            response = RedirectResponse(sign_in_address(scope), status_code=303)
            await response(scope, receive, send)
            return
        problem = SignInNeeded(any_account=await anyio.to_thread.run_sync(lambda: _any_account(self.identities)))
        refusal = JSONResponse(problem.body, status_code=problem.status, headers={"WWW-Authenticate": "Bearer"})
        await refusal(scope, receive, send)


def session_cookie(scope: Scope, name: str = COOKIE) -> str:
    """The value of a cookie of ours; empty where there is none that could be read."""
    header = b"; ".join(value for key, value in scope["headers"] if key == b"cookie")
    if not header or len(header) > LONGEST_COOKIE_HEADER:
        return ""
    try:
        found = SimpleCookie(header.decode("latin-1")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def sign_in_address(scope: Scope) -> str:
    """The page to sign in, which leads back to a page that was only to be looked at."""
    if scope["method"] not in READING:
        return SIGN_IN
    query = scope["query_string"].decode("latin-1")
    wanted = str(scope["path"]) + (f"?{query}" if query else "")
    return f"{SIGN_IN}?next={quote(wanted, safe='')}" if len(wanted) <= 1000 else SIGN_IN


def own_address(text: str) -> str:
    """Where to go after signing in: an address below our console, or the console's start for any other text."""
    plain = text.isascii() and text.isprintable() and "\\" not in text
    fits = plain and (text == PAGES or text.startswith((f"{PAGES}/", f"{PAGES}?")))
    return text if fits and not text.startswith(SIGN_IN) and "//" not in text else PAGES


def _is_below_console(path: str) -> bool:
    return path == PAGES or path.startswith(f"{PAGES}/")


def _held(identities: Identities | None, token: str, at: float) -> Present | None:
    return identities.by_token(token, at=at) if identities else None


def _signed_in(identities: Identities | None, cookie: str, at: float) -> Present | None:
    return identities.by_session(cookie, at=at) if identities else None


def _any_account(identities: Identities | None) -> bool:
    try:
        return identities is None or identities.has_accounts()
    except DatabaseError:
        return True
