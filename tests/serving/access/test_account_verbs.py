"""The verbs of accounts: a password is asked for, read from a file or made, and never an argument."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casework.database import closing_database, reading
from serving.access.accounts import list_accounts
from serving.access.sign_in import sign_in
from serving.access.store import open_accounts
from serving.access.tokens import find_bearer
from serving.access.verbs import account_group, make_demo_accounts
from serving.settings import Settings
from trustlane import main

NOW = 1_730_000_000


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/casework.db"


def call(url: str, *words: str, **more: Any) -> str:
    done = CliRunner().invoke(account_group(lambda: NOW), [*words, "--database", url], **more)
    assert done.exit_code == 0, done.output
    return done.output


def test_an_account_is_added_listed_given_a_token_and_disabled(url: str, tmp_path: Path) -> None:
    assert "No account yet" in call(url, "list")
    made = call(url, "add", "--name", "boss", "--role", "manager", "--generate")
    password = made.rsplit(": ", 1)[1].strip()
    file = tmp_path / "password"
    file.write_text("a long enough phrase\nmore\n", encoding="utf-8")
    call(url, "add", "--name", "robot", "--role", "service")
    call(url, "add", "--name", "ana", "--role", "analyst", "--field-office", "Laredo", "--password-file", str(file))
    token = call(url, "token", "--name", "robot", "--for", "nightly list", "--days", "3").strip()
    engine = open_accounts(url)
    assert sign_in(engine, "boss", password, address="", at=NOW)
    assert sign_in(engine, "ana", "a long enough phrase", address="", at=NOW)[0].field_offices == {"Laredo"}
    listed = call(url, "list")
    assert "ana  analyst  Laredo" in listed
    assert password not in listed
    with reading(engine) as connection:
        assert find_bearer(connection, token, at=NOW) is not None
    call(url, "disable", "--name", "robot")
    with reading(engine) as connection:
        assert find_bearer(connection, token, at=NOW) is None
    engine.dispose()


def test_a_password_is_asked_for_twice_and_not_shown(url: str) -> None:
    call(url, "add", "--name", "ana", "--role", "analyst", "--generate")
    phrase = "a long enough phrase"
    said = call(url, "password", "--name", "ana", input=f"{phrase}\n{phrase}\n")
    assert phrase not in said
    engine = open_accounts(url)
    assert sign_in(engine, "ana", phrase, address="", at=NOW)
    engine.dispose()


def test_no_verb_takes_a_password_as_an_argument() -> None:
    for command in account_group().commands.values():
        assert "--password" not in [option for parameter in command.params for option in parameter.opts]


def test_what_is_refused_is_told_in_words_with_status_one(url: str) -> None:
    done = CliRunner().invoke(main, ["account", "disable", "--name", "nobody", "--database", url])
    assert (done.exit_code, "Refused" in done.output + done.stderr) == (1, True)


def test_the_demo_makes_one_account_a_role_once(url: str) -> None:
    settings = Settings(database=url)
    made = make_demo_accounts(settings, at=NOW)
    assert len(set(made.values())) == len(made) == 5
    assert make_demo_accounts(settings, at=NOW) == {}
    with closing_database(url) as engine, reading(engine) as connection:
        assert {account.name for account in list_accounts(connection)} == {*made, "service"}
