"""The pages of accounts: what the verbs do, for whoever may, and nothing for a field that asks for more."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from casework.database import reading, writing
from serving.access.accounts import add_account, find_by_name, list_accounts
from serving.access.tokens import list_tokens

PASSWORD = "the tests sign in with this"


@pytest.fixture
def identities(open_client: TestClient) -> Any:
    from serving.service import KEEPER

    found: Any = KEEPER.get()
    with writing(found.engine) as connection:
        connection.exec_driver_sql("delete from sign_in_attempts")
    return found


def enter(open_client: TestClient, name: str, password: str = PASSWORD) -> TestClient:
    person = TestClient(open_client.app, follow_redirects=False)
    page = person.get("/console/sign-in")
    form = {"form_token": hidden(page.text), "name": name, "password": password}
    assert person.post("/console/sign-in", data=form).status_code == 303
    return person


def hidden(text: str) -> str:
    return re.findall(r'name="form_token" value="([^"]*)"', text)[0]


def send(person: TestClient, page: str, path: str, **fields: Any) -> Any:
    return person.post(path, data={"form_token": hidden(person.get(page).text), **fields})


def test_a_manager_adds_changes_and_disables_an_account(open_client: TestClient, identities: Any) -> None:
    boss = enter(open_client, "manager")
    made = send(boss, "/console/accounts", "/console/accounts", name="New One", role="analyst", field_offices="Miami")
    password = re.findall(r"<code>([^<]+)</code>", made.text)[0]
    assert password not in boss.get("/console/accounts").text, "shown once"
    new = enter(open_client, "New One", password)
    with reading(identities.engine) as connection:
        account = find_by_name(connection, "New One")
    assert account.field_offices == {"Miami"}
    address = f"/console/accounts/{account.account_id}"
    assert send(boss, "/console/accounts", f"{address}/change", role="auditor").status_code == 303
    assert new.get("/console/account").status_code == 303, "another role ends its sessions"
    again = send(boss, "/console/accounts", f"{address}/password")
    other = enter(open_client, "New One", re.findall(r"<code>([^<]+)</code>", again.text)[0])
    assert "Role auditor, all field offices" in other.get("/console/account").text
    assert send(boss, "/console/accounts", f"{address}/disable").status_code == 303
    assert other.get("/console/account").status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "<script>alert(1)</script>", "role": "analyst"}, "Expected a name"),
        ({"name": "Fine Name", "role": "owner"}, "Expected a role"),
        ({"name": "manager", "role": "analyst"}, "one that is taken"),
        ({"name": "Fine Name", "role": "analyst", "field_offices": ", ,"}, "at least one field office"),
    ],
)
def test_what_does_not_fit_is_told_on_the_page(
    open_client: TestClient, identities: Any, fields: dict[str, str], said: str
) -> None:
    boss = enter(open_client, "manager")
    answer = send(boss, "/console/accounts", "/console/accounts", **fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert "<script>" not in answer.text


def test_the_last_manager_cannot_be_locked_out_by_a_form(open_client: TestClient, identities: Any) -> None:
    with reading(identities.engine) as connection:
        managers = [item for item in list_accounts(connection) if item.role == "manager" and item.disabled_at is None]
    if len(managers) == 1:
        boss = enter(open_client, "manager")
        address = f"/console/accounts/{managers[0].account_id}/disable"
        assert "another manager" in send(boss, "/console/accounts", address).text
        assert boss.get("/console/accounts").status_code == 200


def test_nobody_else_reaches_the_accounts_whatever_a_form_says(open_client: TestClient, identities: Any) -> None:
    person = enter(open_client, "senior")
    with reading(identities.engine) as connection:
        who = find_by_name(connection, "senior").account_id
    for path in ("/console/accounts", f"/console/accounts/{who}/change"):
        answer = send(person, "/console/account", path, role="manager", name="Mine")
        assert (answer.status_code, "accounts:manage" in answer.text) == (403, True)
    send(person, "/console/account", "/console/account/password", role="manager", present=PASSWORD)
    with reading(identities.engine) as connection:
        assert find_by_name(connection, "senior").role == "senior"
    assert person.get("/console/views").status_code == 403


def test_an_own_password_is_changed_only_with_the_present_one(open_client: TestClient, identities: Any) -> None:
    with writing(identities.engine) as connection:
        add_account(connection, "Changes Often", "analyst", at=1, password=PASSWORD)
    person, page = enter(open_client, "Changes Often"), "/console/account"
    new = "a wholly other phrase"
    assert send(person, page, f"{page}/password", present="wrong", password=new, again=new).status_code == 422
    assert send(person, page, f"{page}/password", present=PASSWORD, password=new, again="x").status_code == 422
    assert send(person, page, f"{page}/password", present=PASSWORD, password="short", again="short").status_code == 422
    person = enter(open_client, "Changes Often")
    assert send(person, page, f"{page}/password", present=PASSWORD, password=new, again=new).status_code == 303
    assert person.get(page).status_code == 303
    enter(open_client, "Changes Often", new)


def test_an_own_token_is_shown_once_works_and_is_ended(open_client: TestClient, identities: Any) -> None:
    person, page = enter(open_client, "analyst"), "/console/account"
    made = send(person, page, f"{page}/tokens", name="my list", days="3", scope=["model:read"])
    token = re.findall(r"<code>(tl_[^<]+)</code>", made.text)[0]
    assert token not in person.get(page).text
    program = TestClient(open_client.app, headers={"Authorization": f"Bearer {token}"})
    assert program.get("/model").status_code == 200
    assert program.get("/console", follow_redirects=False).status_code == 403
    with reading(identities.engine) as connection:
        who = find_by_name(connection, "analyst").account_id
        token_id = next(item.token_id for item in list_tokens(connection, who) if item.name == "my list")
    stranger = enter(open_client, "senior")
    assert send(stranger, page, f"{page}/tokens/{token_id}/revoke").status_code == 422
    assert send(person, page, f"{page}/tokens/{token_id}/revoke").status_code == 303
    assert program.get("/model").status_code == 401, "forgotten at once by the worker that ended it"
    for fields in ({"name": "x", "days": "3", "scope": ["accounts:manage"]}, {"name": "x", "days": "9999999"}):
        assert send(person, page, f"{page}/tokens", **fields).status_code == 422


def test_an_auditor_sees_who_looked(open_client: TestClient, client: TestClient, identities: Any) -> None:
    first = client.post("/queue", json={"capacity": 1}).json()["queue"][0]["participant_id"]
    auditor = enter(open_client, "auditor")
    page = auditor.get("/console/views", params={"participant": first, "account": "manager"})
    assert (page.status_code, first in page.text, "/queue" in page.text) == (200, True, True)
    assert "Nobody looked" in auditor.get("/console/views", params={"account": "nobody"}).text
    assert "Nobody looked" in auditor.get("/console/views", params={"until": "2001-01-01"}).text
    assert auditor.get("/console/views", params={"since": "soon"}).status_code == 422
