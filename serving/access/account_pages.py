"""Pages of the own account, of all accounts, and of who looked at whose score."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from casework.database import reading, writing
from serving.access.accounts import (
    add_account,
    change_account,
    disable_account,
    find_account,
    list_accounts,
    set_password,
)
from serving.access.door import SIGN_IN
from serving.access.errors import AccessError, SignInRefused
from serving.access.forms import field_of, fields_of
from serving.access.identities import Identities
from serving.access.passwords import generate_password
from serving.access.permissions import MEANINGS, Permission, Role
from serving.access.present import Present, present
from serving.access.sign_in import sign_in
from serving.access.tokens import LONGEST_DAYS, issue_token, list_tokens, revoke_token
from serving.problems import NotFound

OWN, ALL = "/console/account", "/console/accounts"
Render = Callable[..., str]
Ask = Callable[[], Identities | None]


def add_own_account(app: FastAPI, ask: Ask, clock: Callable[[], float], render: Render) -> None:
    """Add the page of the own account: another password, and tokens."""

    def page(*, refused: str = "", token: str = "") -> HTMLResponse:
        identities, who = _signed_in(ask)
        with reading(identities.engine) as connection:
            account = find_account(connection, who.caller.account)
            tokens = list_tokens(connection, account.account_id)
        may = sorted(account.permissions - {Permission.ACCOUNTS_MANAGE, Permission.OWN_ACCOUNT})
        text = render(
            "account.html",
            account=account,
            tokens=tokens,
            choices=[(item.value, MEANINGS[item]) for item in may],
            now=int(clock()),
            when=when,
            refused=refused,
            token=token,
            longest_days=LONGEST_DAYS,
        )
        return HTMLResponse(text, status_code=422 if refused else 200)

    @app.get(OWN, tags=["Console"], response_class=HTMLResponse, summary="The own account")
    def own() -> Response:
        """Whose account it is, another password, and its tokens."""
        return page()

    @app.post(f"{OWN}/password", tags=["Console"], response_class=HTMLResponse, summary="Change the own password")
    def password(request: Request) -> Response:
        """Take another password after the present one was given; every session ends."""
        identities, who = _signed_in(ask)
        given, new = field_of(request.scope, "present"), field_of(request.scope, "password")
        if new != field_of(request.scope, "again"):
            return page(refused="The new password was typed twice, and not alike. Type it again.")
        address = request.client.host if request.client else ""
        try:
            sign_in(identities.engine, who.name, given, address=address, at=int(clock()))
            _change(identities, lambda connection: set_password(connection, who.caller.account, new))
        except SignInRefused:
            return page(refused="The present password is not right, or was tried too often. Nothing was changed.")
        except AccessError as refused:
            return page(refused=str(refused))
        return RedirectResponse(SIGN_IN, status_code=303)

    @app.post(f"{OWN}/tokens", tags=["Console"], response_class=HTMLResponse, summary="Make a token")
    def make_token(request: Request) -> Response:
        """Make a token and show it, this once."""
        identities, who = _signed_in(ask)
        days = field_of(request.scope, "days")
        try:
            made = _change(
                identities,
                lambda connection: issue_token(
                    connection,
                    who.caller.account,
                    field_of(request.scope, "name"),
                    at=int(clock()),
                    days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
                    scope=fields_of(request.scope).get("scope", []),
                ),
            )
        except AccessError as refused:
            return page(refused=str(refused))
        return page(token=made)

    @app.post(f"{OWN}/tokens/{{token_id}}/revoke", tags=["Console"], response_class=HTMLResponse, summary="End a token")
    def end_token(token_id: str) -> Response:
        """End one of the own tokens."""
        identities, who = _signed_in(ask)
        try:
            _change(
                identities, lambda connection: revoke_token(connection, who.caller.account, token_id, at=int(clock()))
            )
        except AccessError as refused:
            return page(refused=str(refused))
        return RedirectResponse(OWN, status_code=303)


def add_accounts(app: FastAPI, ask: Ask, clock: Callable[[], float], render: Render) -> None:
    """Add the page of all accounts, for managers."""

    def page(*, refused: str = "", name: str = "", password: str = "") -> HTMLResponse:
        identities, who = _signed_in(ask)
        with reading(identities.engine) as connection:
            accounts = list_accounts(connection)
        text = render(
            "accounts.html",
            accounts=accounts,
            own=who.caller.account,
            roles=[role.value for role in Role],
            when=when,
            refused=refused,
            name=name,
            password=password,
        )
        return HTMLResponse(text, status_code=422 if refused else 200)

    def changed(change: Callable[[Connection], Any], *, shown: str = "") -> Response:
        identities, _ = _signed_in(ask)
        try:
            made = _change(identities, change)
        except AccessError as refused:
            return page(refused=str(refused))
        return page(name=made.name, password=shown) if shown else RedirectResponse(ALL, status_code=303)

    @app.get(ALL, tags=["Console"], response_class=HTMLResponse, summary="All accounts")
    def accounts() -> Response:
        """Who may sign in, with which role, for which offices."""
        return page()

    @app.post(ALL, tags=["Console"], response_class=HTMLResponse, summary="Add an account")
    def add(request: Request) -> Response:
        """Add an account; its password is made and shown this once."""
        role = field_of(request.scope, "role")
        password = "" if role == Role.SERVICE else generate_password()
        return changed(
            lambda connection: add_account(
                connection,
                field_of(request.scope, "name"),
                role,
                at=int(clock()),
                password=password or None,
                field_offices=_offices(request),
            ),
            shown=password,
        )

    @app.post(f"{ALL}/{{account_id}}/change", tags=["Console"], response_class=HTMLResponse, summary="Change it")
    def change(account_id: str, request: Request) -> Response:
        """Give an account another role and other offices; its sessions end."""
        return changed(
            lambda connection: change_account(
                connection, account_id, role=field_of(request.scope, "role"), field_offices=_offices(request)
            )
        )

    @app.post(f"{ALL}/{{account_id}}/password", tags=["Console"], response_class=HTMLResponse, summary="New password")
    def new_password(account_id: str) -> Response:
        """Make a new password and show it, this once; the account's sessions end."""
        password = generate_password()

        def give(connection: Connection) -> Any:
            set_password(connection, account_id, password)
            return find_account(connection, account_id)

        return changed(give, shown=password)

    @app.post(f"{ALL}/{{account_id}}/disable", tags=["Console"], response_class=HTMLResponse, summary="Disable it")
    def disable(account_id: str) -> Response:
        """Take an account out of use."""
        return changed(lambda connection: disable_account(connection, account_id, at=int(clock())))


def when(seconds: int | None) -> str:
    """A moment as date and time in UTC."""
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _signed_in(ask: Ask) -> tuple[Identities, Present]:
    identities, who = ask(), present()
    if identities is None or who is None:
        raise NotFound("There are no accounts here: the setting identity is none, so nobody signs in.")
    return identities, who


def _change(identities: Identities, change: Callable[[Connection], Any]) -> Any:
    with writing(identities.engine) as connection:
        made = change(connection)
    identities.forget_tokens()
    return made


def _offices(request: Request) -> list[str] | None:
    text = field_of(request.scope, "field_offices")
    return text.split(",") if text.strip() else None
