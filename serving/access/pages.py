"""Pages of signing in and out."""

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from casework.database import writing
from serving.access.door import COOKIE, PAGES, SIGN_IN, own_address, session_cookie
from serving.access.errors import SignInRefused, TooManyAttempts
from serving.access.forms import carries, field_of
from serving.access.identities import Identities
from serving.access.present import FORM_FIELD, present
from serving.access.problems import TO_ADD_AN_ACCOUNT
from serving.access.secret import LONGEST, digest_of, new_secret
from serving.access.sessions import LONGEST_SECONDS, end_session
from serving.access.sign_in import sign_in

BEFORE_COOKIE = "trustlane_form"
"""Before there is a session, the token of the form stands in a cookie of its own."""

Render = Callable[..., str]
NextText = Annotated[str, Query(max_length=1000, description="address of this service to go to once signed in")]


def add_sign_in(
    app: FastAPI, identities: Callable[[], Identities | None], clock: Callable[[], float], render: Render
) -> None:
    """Add the pages of signing in and out; ``render`` makes a page from a template's name and its content."""

    @app.get(SIGN_IN, tags=["Console"], response_class=HTMLResponse, summary="Sign in")
    def page(request: Request, next: NextText = "") -> Response:
        """The form to sign in with name and password."""
        return _page(request, identities(), render, wanted=own_address(next))

    @app.post(SIGN_IN, tags=["Console"], response_class=HTMLResponse, summary="Sign in", status_code=303)
    def enter(request: Request) -> Response:
        """Begin a session, always a new one, and go to the page that was wanted."""
        present_identities = identities()
        wanted = own_address(field_of(request.scope, "next"))
        if present_identities is None:
            return RedirectResponse(wanted, status_code=303)
        name, password = field_of(request.scope, "name"), field_of(request.scope, "password")
        if not carries(request.scope, _form_cookie(request)):
            words = "The form was too old to be sure that it is ours. Send it again."
            return _page(request, present_identities, render, wanted=wanted, name=name, refused=words, status=403)
        address = request.client.host if request.client else ""
        try:
            _, secret = sign_in(present_identities.engine, name, password, address=address, at=int(clock()))
        except SignInRefused as refused:
            status = 429 if isinstance(refused, TooManyAttempts) else 403
            made = _page(
                request, present_identities, render, wanted=wanted, name=name, refused=str(refused), status=status
            )
            if isinstance(refused, TooManyAttempts):
                made.headers["Retry-After"] = str(refused.seconds)
            return made
        _end_present(request, present_identities)
        answer = RedirectResponse(wanted, status_code=303)
        _set_cookie(request, answer, COOKIE, secret, LONGEST_SECONDS)
        answer.delete_cookie(BEFORE_COOKIE, path=SIGN_IN)
        return answer

    @app.post("/console/sign-out", tags=["Console"], response_class=HTMLResponse, summary="Sign out", status_code=303)
    def leave() -> Response:
        """End the session on the server, not only in the browser."""
        who, present_identities = present(), identities()
        if who and who.session and present_identities:
            with writing(present_identities.engine) as connection:
                end_session(connection, who.session)
        answer = RedirectResponse(SIGN_IN, status_code=303)
        answer.delete_cookie(COOKIE, path="/")
        return answer


def _page(
    request: Request,
    identities: Identities | None,
    render: Render,
    *,
    wanted: str,
    name: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    if identities is None:
        return RedirectResponse(PAGES, status_code=303)
    token = _form_cookie(request) or new_secret()
    text = render(
        "sign_in.html",
        wanted=wanted,
        name=name[:80],
        refused=refused,
        token_field=FORM_FIELD,
        token=token,
        add_command="" if identities.has_accounts() else TO_ADD_AN_ACCOUNT,
    )
    answer = HTMLResponse(text, status_code=status)
    _set_cookie(request, answer, BEFORE_COOKIE, token, 3600, path=SIGN_IN)
    return answer


def _form_cookie(request: Request) -> str:
    value = session_cookie(request.scope, BEFORE_COOKIE)
    return value if 40 <= len(value) <= LONGEST and value.replace("-", "").replace("_", "").isalnum() else ""


def _end_present(request: Request, identities: Identities) -> None:
    """A session that the browser still had ends when another begins."""
    old = session_cookie(request.scope)
    if old:
        with writing(identities.engine) as connection:
            end_session(connection, digest_of(old))


def _set_cookie(request: Request, answer: Response, name: str, value: str, seconds: int, path: str = "/") -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
