"""The same tests on SQLite and, where its binaries exist, on a real PostgreSQL."""

from itertools import count

import pytest
from postgres_server import postgres_server, postgres_tool
from sqlalchemy import create_engine, text

from casework.database import open_database

_number = count()


@pytest.fixture(scope="session")
def postgres():
    if not postgres_tool("initdb") or not postgres_tool("postgres"):
        pytest.skip("PostgreSQL's initdb and postgres are not installed")
    with postgres_server() as address:
        yield address


@pytest.fixture
def new_postgres(postgres):
    """Addresses of empty databases, one a call."""

    def made() -> str:
        name = f"casework_{next(_number)}"
        server = create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"create database {name}"))
        server.dispose()
        return f"{postgres}/{name}"

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'casework.db'}"
    return request.getfixturevalue("new_postgres")()


@pytest.fixture
def engine(url):
    opened = open_database(url)
    yield opened
    opened.dispose()
