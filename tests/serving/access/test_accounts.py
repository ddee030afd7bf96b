"""Accounts, sessions and tokens: what ends has ended at once, nothing secret is stored, one answer to every guess."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from casework.database import open_database, reading, writing
from serving.access import passwords
from serving.access.accounts import (
    Account,
    add_account,
    change_account,
    disable_account,
    find_account,
    list_accounts,
    set_password,
)
from serving.access.errors import (
    AccountRefused,
    PasswordRefused,
    SignInRefused,
    TokenRefused,
    TooManyAttempts,
)
from serving.access.permissions import MEANINGS, ROLES, Permission, Role, roles_with
from serving.access.sessions import IDLE_SECONDS, LONGEST_SECONDS, begin_session, end_session, find_session, note_use
from serving.access.sign_in import FREE_TRIES, LONGEST_WAIT_SECONDS, sign_in
from serving.access.store import bring_back, bring_to_head, open_accounts
from serving.access.tables import METADATA
from serving.access.tokens import DAY, find_bearer, issue_token, list_tokens, revoke_token

NOW = 1_730_000_000
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_accounts(f"sqlite:///{tmp_path_factory.mktemp('accounts')}/casework.db")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(made: Engine) -> Engine:
    with writing(made) as connection:
        for name in ("tokens", "sessions", "accounts", "sign_in_attempts"):
            connection.execute(text(f"delete from {name}"))
    return made


def person(engine: Engine, name: str = "Ana Luz", role: str = "analyst", **more: Any) -> Account:
    with writing(engine) as connection:
        return add_account(connection, name, role, at=NOW, **({"password": PASSWORD} | more))


def test_what_an_account_may_do_comes_of_its_role_and_of_nothing_else() -> None:
    assert set(ROLES) == set(Role)
    assert set(MEANINGS) == set(Permission)
    assert all(roles_with(permission) for permission in Permission)
    reading_only = ROLES[Role.AUDITOR] - {Permission.OWN_ACCOUNT}
    assert all(permission.value.endswith(":read") for permission in reading_only)
    assert roles_with(Permission.ACCOUNTS_MANAGE) == (Role.MANAGER,)
    assert Permission.OWN_ACCOUNT not in ROLES[Role.SERVICE]


def test_accounts_stand_beside_casework_in_one_database_and_each_counts_its_own_forms(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/both.db"
    for opened in (open_accounts(url), open_database(url), open_accounts(url)):
        opened.dispose()
    engine = open_accounts(url)
    with writing(engine) as connection:
        bring_back(connection, "base")
        assert connection.scalar(text("select count(*) from ledger")) == 0
        bring_to_head(connection)
        columns = {
            table.name: [row.name for row in connection.execute(text(f"pragma table_info({table.name})"))]
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    assert columns == {table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables}


def test_nothing_secret_is_stored(engine: Engine) -> None:
    account = person(engine)
    with writing(engine) as connection:
        cookie = begin_session(connection, account.account_id, at=NOW)
        token = issue_token(connection, account.account_id, "list", at=NOW, days=1)
        stored = str(
            [connection.execute(text(f"select * from {name}")).all() for name in ("accounts", "sessions", "tokens")]
        )
    assert "$argon2id$" in stored
    assert not [secret for secret in (PASSWORD, cookie, token) if secret in stored]


@pytest.mark.parametrize("name", ["", "x", " Ana", "A\nB", "<script>", "x" * 81, "ana luz", "Ana Luz"])
def test_a_name_that_does_not_fit_or_is_taken_is_refused(engine: Engine, name: str) -> None:
    person(engine)
    with pytest.raises(AccountRefused, match="Expected"), writing(engine) as connection:
        add_account(connection, name, "analyst", at=NOW, password=PASSWORD)


@pytest.mark.parametrize("password", ["short", "x" * 300, "aaaaaaaaaaaaaaaa", "I am Ana Luz 2024"])
def test_a_weak_password_is_refused_without_being_repeated(engine: Engine, password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        person(engine, password=password)
    assert password not in str(refused.value)


def test_a_role_that_is_none_and_a_password_for_a_service_are_refused(engine: Engine) -> None:
    with pytest.raises(AccountRefused, match="one of analyst"):
        person(engine, role="administrator")
    with pytest.raises(AccountRefused, match="no password"):
        person(engine, role="service")
    assert person(engine, role="service", password=None).role is Role.SERVICE


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2 * IDLE_SECONDS), max_size=12))
def test_a_session_holds_exactly_while_it_is_used_and_is_not_too_old(engine: Engine, pauses: list[int]) -> None:
    with writing(engine) as connection:
        connection.execute(text("delete from sessions"))
        connection.execute(text("delete from accounts"))
        account = add_account(connection, "Someone", "analyst", at=NOW)
        cookie, at, holds = begin_session(connection, account.account_id, at=NOW), NOW, True
        for pause in pauses:
            at += pause
            holds = holds and pause <= IDLE_SECONDS and at - NOW <= LONGEST_SECONDS
            found = find_session(connection, cookie, at=at)
            assert (found is not None) == holds
            if found:
                note_use(connection, found.digest, at=at)


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "' or 1=1 --", "\ud800", "tl_x"])
def test_a_forged_cookie_or_token_is_nobodys(engine: Engine, cookie: str) -> None:
    person(engine)
    with reading(engine) as connection:
        assert find_session(connection, cookie, at=NOW) is None
        assert find_bearer(connection, cookie, at=NOW) is None
        assert find_bearer(connection, f"tl_{cookie}", at=NOW) is None


def test_sign_out_password_role_and_disabling_end_sessions_at_once(engine: Engine) -> None:
    account = person(engine)
    person(engine, "Boss", "manager")

    def ends(how: Any) -> bool:
        with writing(engine) as connection:
            cookie = begin_session(connection, account.account_id, at=NOW)
            before = find_session(connection, cookie, at=NOW)
            assert before is not None
            how(connection, before.digest)
            return find_session(connection, cookie, at=NOW) is None

    who = account.account_id
    assert ends(lambda connection, digest: end_session(connection, digest))
    assert ends(lambda connection, digest: set_password(connection, who, "another fine phrase"))
    assert ends(lambda connection, digest: change_account(connection, who, role="senior", field_offices=["Laredo"]))
    assert ends(lambda connection, digest: disable_account(connection, who, at=NOW))


def test_a_token_holds_until_it_ends_is_revoked_or_its_account_is_disabled(engine: Engine) -> None:
    account, other = person(engine), person(engine, "Other")
    with writing(engine) as connection:
        first = issue_token(connection, account.account_id, "one", at=NOW, days=2, scope=["scores:read"])
        bearer = find_bearer(connection, first, at=NOW)
        assert bearer is not None
        assert (bearer.account.name, bearer.permissions) == ("Ana Luz", {Permission.SCORES_READ})
        assert find_bearer(connection, first, at=NOW + 2 * DAY) is None
        token_id = list_tokens(connection, account.account_id)[0].token_id
        with pytest.raises(TokenRefused):
            revoke_token(connection, other.account_id, token_id, at=NOW)
        revoke_token(connection, account.account_id, token_id, at=NOW)
        assert find_bearer(connection, first, at=NOW) is None
        second = issue_token(connection, account.account_id, "two", at=NOW, days=2)
        disable_account(connection, account.account_id, at=NOW)
        assert find_bearer(connection, second, at=NOW) is None


def test_a_token_never_allows_more_than_its_account_may_now(engine: Engine) -> None:
    account = person(engine, role="manager")
    person(engine, "Second", "manager")
    with writing(engine) as connection:
        token = issue_token(connection, account.account_id, "all", at=NOW, days=1)
        change_account(connection, account.account_id, role="auditor", field_offices=None)
        bearer = find_bearer(connection, token, at=NOW)
        assert bearer is not None
        assert bearer.permissions <= ROLES[Role.AUDITOR]
        for scope in (["accounts:manage"], ["everything"], [], ["decisions:write"]):
            with pytest.raises(TokenRefused, match="Expected permissions"):
                issue_token(connection, account.account_id, "more", at=NOW, days=1, scope=scope)
        for days in (0, 400):
            with pytest.raises(TokenRefused, match="days"):
                issue_token(connection, account.account_id, "long", at=NOW, days=days)


def test_the_last_manager_stays(engine: Engine) -> None:
    boss = person(engine, "Boss", "manager")
    with writing(engine) as connection:
        with pytest.raises(AccountRefused, match="another manager"):
            disable_account(connection, boss.account_id, at=NOW)
        with pytest.raises(AccountRefused, match="another manager"):
            change_account(connection, boss.account_id, role="analyst", field_offices=None)
        assert [account.name for account in list_accounts(connection)] == ["Boss"]


def test_signing_in_gives_a_new_session_each_time_and_notes_when(engine: Engine) -> None:
    person(engine)
    first = sign_in(engine, "Ana Luz", PASSWORD, address="::1", at=NOW)
    second = sign_in(engine, " ANA LUZ ", PASSWORD, address="::1", at=NOW + 1)
    assert first[1] != second[1]
    with reading(engine) as connection:
        assert find_account(connection, first[0].account_id).last_sign_in_at == NOW + 1


def test_every_failure_does_the_same_work_and_gives_the_same_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(engine)
    gone = person(engine, "Gone")
    person(engine, "Robot", "service", password=None)
    with writing(engine) as connection:
        disable_account(connection, gone.account_id, at=NOW)
    verified: list[str] = []
    plain = passwords.PasswordHasher.verify

    def counted(self: Any, stored: str, password: str) -> Any:
        verified.append(stored.rsplit("$", 2)[0])
        return plain(self, stored, password)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", counted)
    said = set()
    for name, password in (("Ana Luz", "wrong"), ("Nobody", PASSWORD), ("Gone", PASSWORD), ("Robot", ""), ("", "")):
        with pytest.raises(SignInRefused) as refused:
            sign_in(engine, name, password, address="::1", at=NOW)
        said.add(str(refused.value))
    assert len(said) == 1
    assert len(verified) == 5
    assert len(set(verified)) == 1, "one price: the same parameters for everybody"


def test_tries_are_slowed_for_an_account_whatever_the_address_and_the_right_password_waits_too(engine: Engine) -> None:
    person(engine)
    for place in range(FREE_TRIES["account"]):
        with pytest.raises(SignInRefused):
            sign_in(engine, "ana luz", "wrong", address=f"10.0.0.{place}", at=NOW)
    with pytest.raises(TooManyAttempts) as told:
        sign_in(engine, "Ana Luz", PASSWORD, address="10.0.1.1", at=NOW)
    assert 0 < told.value.seconds <= LONGEST_WAIT_SECONDS
    assert sign_in(engine, "Ana Luz", PASSWORD, address="10.0.1.1", at=NOW + told.value.seconds)
    with pytest.raises(SignInRefused) as again:
        sign_in(engine, "Ana Luz", "wrong", address="10.0.1.1", at=NOW + told.value.seconds)
    assert not isinstance(again.value, TooManyAttempts), "a success clears the account's failures"


def test_tries_are_slowed_for_an_address_whatever_the_account(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.access.sign_in.password_fits", lambda password, stored: False)
    at, waits = NOW, 0
    for place in range(FREE_TRIES["address"] + 6):
        try:
            sign_in(engine, f"guess {place}", "wrong", address="10.9.9.9", at=at)
        except TooManyAttempts as told:
            waits += 1
            at += told.seconds
        except SignInRefused:
            pass
    assert waits >= 2
    assert at > NOW


def test_views_can_only_be_added_to(made: Engine) -> None:
    row = "('f', 1, 'P', 'a', '/score', 1, 'm', 'd', '2024-01-01')"
    with writing(made) as connection:
        connection.execute(text(f"insert into views values {row}"))
    for statement in (
        "update views set account_id = 'b'",
        "delete from views",
        f"insert or replace into views values {row}",
    ):
        with pytest.raises(IntegrityError, match="append-only"), writing(made) as connection:
            connection.execute(text(statement))
