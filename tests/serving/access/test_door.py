"""The door: every role at every route, nothing without a line, nothing for a forged, ended or borrowed identity."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from casework.database import writing
from serving.access.accounts import disable_account, find_by_name, set_password
from serving.access.door import COOKIE, own_address
from serving.access.permissions import ROLES, Role
from serving.access.routes import ROUTES, TABLE
from serving.access.sessions import IDLE_SECONDS
from serving.access.tokens import issue_token, list_tokens, revoke_token

PASSWORD = "the tests sign in with this"
ANALYSTS_NAME = "analyst"


@pytest.fixture(scope="module")
def identities(open_client: TestClient) -> Any:
    from serving.service import KEEPER

    return KEEPER.get()


@pytest.fixture
def fresh(identities: Any) -> Any:
    """Tries of other tests do not count."""
    with writing(identities.engine) as connection:
        connection.exec_driver_sql("delete from sign_in_attempts")
    identities.forget_tokens()
    return identities


def browser(open_client: TestClient) -> TestClient:
    return TestClient(open_client.app, follow_redirects=False)


def enter(person: TestClient, name: str, password: str = PASSWORD, wanted: str = "") -> Any:
    page = person.get("/console/sign-in", params={"next": wanted} if wanted else {})
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return person.post("/console/sign-in", data={**fields, "name": name, "password": password})


@pytest.fixture
def person(open_client: TestClient, fresh: Any) -> TestClient:
    """Somebody with a session of the role manager."""
    made = browser(open_client)
    assert enter(made, "manager").status_code == 303
    return made


def hidden(text: str) -> str:
    return re.findall(r'name="form_token" value="([^"]*)"', text)[0]


def words(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


def real_routes(app: Any) -> Iterator[tuple[str, str]]:
    """What the routers of BentoML and FastAPI really have, as far as the first of two alike answers."""
    for route in app.routes:
        if isinstance(route, Mount):
            if route.path == "/console/static":
                yield "GET", "/console/static/{path:path}"
            elif hasattr(route.app, "routes"):
                yield from real_routes(route.app)
        elif hasattr(route, "app") and hasattr(route.app, "routes"):
            yield from real_routes(route.app)
        elif isinstance(route, Route) or hasattr(route, "methods"):
            yield from ((method, route.path) for method in route.methods if method not in ("HEAD", "OPTIONS"))


def test_every_route_of_the_real_routers_has_a_line_and_every_line_a_route(open_client: TestClient) -> None:
    behind = open_client.app.app.app  # the guard, the door, what they stand around
    assert type(open_client.app.app).__name__ == "Door"
    found = set(real_routes(behind))
    assert len(found) > 20
    assert found == set(ROUTES)


def address(template: str) -> str:
    return re.sub(r"\{[^}]+\}", "trustlane.css", template)


def test_every_role_gets_exactly_what_the_table_says_at_every_route(open_client: TestClient, world: Any) -> None:
    asker = browser(open_client)
    walked = 0
    for role in Role:
        headers = world.headers(role.value)
        token_may = ROLES[role] - {"accounts:manage", "own_account:use"}
        for (method, template), need in ROUTES.items():
            answer = asker.request(method, address(template), headers={**headers, "Content-Type": "application/json"})
            allowed = need is None or need in token_may
            refused = answer.status_code == 403 and "not_permitted" in answer.text
            assert refused != allowed, (role, method, template, answer.status_code)
            assert answer.status_code != 401
            walked += 1
    assert walked == len(Role) * len(ROUTES)


def test_nobody_gets_nothing_but_what_is_public(open_client: TestClient) -> None:
    asker = browser(open_client)
    for (method, template), need in ROUTES.items():
        answer = asker.request(method, address(template))
        if need is None:
            assert answer.status_code not in (401, 303), template
        elif template.startswith("/console"):
            assert answer.status_code == 303, template
            assert answer.headers["location"].startswith("/console/sign-in"), template
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in_needed")
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "trustlane account token" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/console/nothing", "/static_content/x", "/console/%2e%2e/score", "/SCORE"]
)
def test_what_has_no_line_is_answered_by_the_door_itself(client: TestClient, path: str) -> None:
    assert not TABLE.find("GET", path).listed
    assert client.get(path).status_code == 404


def test_another_method_at_a_known_path_is_told_and_not_let_through(client: TestClient) -> None:
    assert client.get("/score").status_code == 405
    assert client.request("DELETE", "/console").status_code == 405


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic bWFuYWdlcjp4", "Bearer tl_" + "A" * 43, "Bearer " + "x" * 9000],
)
def test_a_forged_token_lets_nobody_in(open_client: TestClient, header: str) -> None:
    answer = browser(open_client).get("/model", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "A" * 43 not in answer.text
    assert "xxx" not in answer.text


def test_a_token_that_is_revoked_or_ended_is_refused_and_a_narrow_one_stays_narrow(
    open_client: TestClient, fresh: Any
) -> None:
    asker = browser(open_client)
    with writing(fresh.engine) as connection:
        who = find_by_name(connection, "service").account_id
        secret = issue_token(connection, who, "narrow", at=int(_now()), days=1, scope=["model:read"])
        ended = issue_token(connection, who, "old", at=int(_now()) - 200_000, days=1)
    headers = {"Authorization": f"Bearer {secret}"}
    assert asker.get("/model", headers=headers).status_code == 200
    assert asker.post("/queue", json={}, headers=headers).status_code == 403
    assert asker.get("/model", headers={"Authorization": f"Bearer {ended}"}).status_code == 401
    with writing(fresh.engine) as connection:
        token_id = next(token.token_id for token in list_tokens(connection, who) if token.name == "narrow")
        revoke_token(connection, who, token_id, at=int(_now()))
    fresh.forget_tokens()
    assert asker.get("/model", headers=headers).status_code == 401


def test_signing_in_makes_a_new_session_in_a_closed_cookie_and_leads_where_one_wanted(
    open_client: TestClient, fresh: Any
) -> None:
    made = browser(open_client)
    asked = made.get("/console/participants?search=a%20b")
    page = made.get(asked.headers["location"])
    assert 'value="/console/participants?search=a%20b"' in page.text
    answer = enter(made, "analyst", wanted="/console/participants?search=a%20b")
    assert answer.headers["location"] == "/console/participants?search=a%20b"
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert made.get("/console/participants").status_code == 200
    assert "analyst, analyst" in words(made.get("/console/participants").text)


def test_a_session_that_somebody_planted_is_never_the_one_signed_in_to(open_client: TestClient, fresh: Any) -> None:
    made = browser(open_client)
    made.cookies.set(COOKIE, "planted-by-somebody", domain="testserver.local", path="/")
    assert enter(made, "analyst").status_code == 303
    thief = browser(open_client)
    thief.cookies.set(COOKIE, "planted-by-somebody")
    assert thief.get("/console").status_code == 303


def test_over_https_the_cookie_is_never_sent_in_the_clear(open_client: TestClient, fresh: Any) -> None:
    made = TestClient(open_client.app, base_url="https://testserver", follow_redirects=False)
    cookies = enter(made, "analyst").headers.get_list("set-cookie")
    assert cookies
    assert all("Secure" in cookie for cookie in cookies if "Max-Age=0" not in cookie)


def test_signing_out_ends_the_session_on_the_server(open_client: TestClient, person: TestClient) -> None:
    token = hidden(person.get("/console/model").text)
    kept = person.cookies[COOKIE]
    assert person.post("/console/sign-out", data={"form_token": token}).headers["location"] == "/console/sign-in"
    thief = browser(open_client)
    thief.cookies.set(COOKIE, kept)
    assert thief.get("/console/model").status_code == 303


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}])
@pytest.mark.parametrize("form", [{}, {"form_token": ""}, {"form_token": "A" * 43}, {"other": "x"}])
def test_a_form_without_the_token_of_the_session_changes_nothing(
    person: TestClient, headers: dict[str, str], form: dict[str, str]
) -> None:
    answer = person.post("/console/sign-out", data=form, headers=headers)
    assert (answer.status_code, "form_refused" in answer.text) == (403, True)
    assert person.get("/console/model").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://[", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_right_token(
    person: TestClient, headers: dict[str, str]
) -> None:
    token = hidden(person.get("/console/model").text)
    answer = person.post("/console/sign-out", data={"form_token": token}, headers=headers)
    assert (answer.status_code, "Nothing was changed" in answer.text) == (403, True)
    assert person.post("/console/sign-in", data={"name": "analyst"}, headers=headers).status_code == 403


def test_the_token_of_somebody_elses_form_is_refused(open_client: TestClient, person: TestClient, fresh: Any) -> None:
    other = browser(open_client)
    enter(other, "analyst")
    foreign = hidden(other.get("/console/model").text)
    assert person.post("/console/sign-out", data={"form_token": foreign}).status_code == 403


def test_a_cookie_counts_for_no_request_that_changes_something_outside_the_console(person: TestClient) -> None:
    assert person.post("/queue", json={"capacity": 1}).status_code == 401
    assert person.get("/model").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "\\/evil.example",
        "/consolex",
        "javascript:alert(1)",
        "/console\r\nSet-Cookie: a=b",
        "/console/sign-in",
        "/console/\u2028",
        " /console",
    ],
)
def test_after_signing_in_nobody_is_led_away(open_client: TestClient, fresh: Any, wanted: str) -> None:
    assert own_address(wanted) == "/console"
    answer = enter(browser(open_client), "analyst", wanted=wanted)
    assert answer.headers["location"] == "/console"
    assert "a=b" not in str(answer.headers)


@pytest.mark.parametrize("cookie", ["x" * 5000, "\x00", 'a="', "tl_x", "é"])
def test_a_cookie_that_is_none_of_ours_lets_nobody_in(open_client: TestClient, cookie: str) -> None:
    header = f"{COOKIE}={cookie}".encode("latin-1")
    answer = browser(open_client).get("/console", headers={b"cookie": header})
    assert answer.status_code == 303


def test_a_disabled_account_a_new_password_and_a_long_pause_end_a_live_session_at_once(
    open_client: TestClient, fresh: Any
) -> None:
    from serving.access.accounts import add_account

    with writing(fresh.engine) as connection:
        who = add_account(connection, "Short Lived", "analyst", at=1, password=PASSWORD).account_id
    first, second = browser(open_client), browser(open_client)
    enter(first, "Short Lived")
    assert first.get("/console/model").status_code == 200
    with writing(fresh.engine) as connection:
        set_password(connection, who, "another fine phrase")
    assert first.get("/console/model").status_code == 303
    enter(second, "Short Lived", "another fine phrase")
    assert second.get("/console/model").status_code == 200
    with writing(fresh.engine) as connection:
        connection.exec_driver_sql(f"update sessions set seen_at = seen_at - {IDLE_SECONDS + 1}")
    assert second.get("/console/model").status_code == 303
    enter(second, "Short Lived", "another fine phrase")
    with writing(fresh.engine) as connection:
        disable_account(connection, who, at=1)
    assert second.get("/console/model").status_code == 303
    assert "not right" in enter(second, "Short Lived", "another fine phrase").text


def test_a_field_of_a_form_gives_no_role(open_client: TestClient, fresh: Any) -> None:
    made = browser(open_client)
    page = made.get("/console/sign-in")
    fields = {"form_token": hidden(page.text), "name": "auditor", "password": PASSWORD, "role": "manager"}
    assert made.post("/console/sign-in", data=fields).status_code == 303
    assert "auditor, auditor" in words(made.get("/console/model").text)
    refused = made.get("/console/queue.csv")
    assert refused.status_code == 403
    assert refused.json()["error"]["details"]["permission"] == "exports:read"


def test_what_was_typed_comes_back_escaped_and_the_password_never(open_client: TestClient, fresh: Any) -> None:
    answer = enter(browser(open_client), "<script>alert(1)</script>", "a secret that was typed")
    assert answer.status_code == 403
    assert "<script>" not in answer.text
    assert "a secret that was typed" not in answer.text


def test_too_many_tries_are_told_with_how_long_to_wait(open_client: TestClient, fresh: Any) -> None:
    made = browser(open_client)
    assert enter(made, "senior", "wrong").status_code == 403
    with writing(fresh.engine) as connection:
        for _ in range(12):  # as many failures more
            connection.exec_driver_sql(
                "insert into sign_in_attempts (of, at) select of, at from sign_in_attempts limit 2"
            )
    answer = enter(made, "senior")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many tries" in answer.text


def test_without_the_database_of_accounts_nobody_is_let_in(
    open_client: TestClient, fresh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casework.errors import DatabaseAway

    def away(*_: Any, **__: Any) -> Any:
        raise DatabaseAway("gone")

    monkeypatch.setattr(type(fresh), "by_token", away)
    answer = browser(open_client).get("/model", headers={"Authorization": "Bearer tl_x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "accounts_away")


def _now() -> float:
    from time import time

    return time()
