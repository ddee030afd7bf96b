"""Rows of a database: streamed, in their own types, read-only, and no password in any message."""

import os
import shutil
import socket
import sqlite3
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

import records.raw.sql_rows
from records.errors import BatchRefused, MappingError
from records.raw_files import open_raw, raw_name


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "program.db"
    connection = sqlite3.connect(path)
    connection.execute("create table seizures (id integer, weight real, found text)")
    connection.executemany(
        "insert into seizures values (?, ?, ?)", [(n, n / 2, f"2024-01-{n:02d}") for n in range(1, 29)]
    )
    connection.execute("insert into seizures values (null, null, '50% of 12:30')")
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def read(url, query="select id, weight, found from seizures"):
    return list(open_raw(url, "incidents", query=query))


def test_a_query_is_read_in_pieces_and_whole_numbers_stay_whole(sqlite, monkeypatch):
    monkeypatch.setattr(records.raw.sql_rows, "CHUNK_ROWS", 10)
    pieces = read(sqlite)
    assert [(len(frame), first) for frame, first in pieces] == [(10, 1), (10, 11), (9, 21)]
    assert str(pieces[0][0]["id"][0]) == "1"
    assert pd.isna(pieces[2][0]["id"][8])


def test_percent_signs_and_colons_in_a_query_mean_themselves(sqlite):
    ((frame, _),) = read(sqlite, "select found from seizures where found like '50%% of 12:30'")
    assert list(frame["found"]) == ["50% of 12:30"]


def test_a_query_without_rows_still_tells_its_columns(sqlite):
    ((frame, first),) = read(sqlite, "select id, found from seizures where id > 99")
    assert (list(frame.columns), len(frame), first) == (["id", "found"], 0, 1)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("insert into seizures values (1, 1, '')", "readonly"),
        ("create table other (id integer)", "readonly"),
        ("select id from nowhere", "no such table"),
        ("select id, weight as id from seizures", "several times"),
        ("select x'00ff' as content", "bytes"),
    ],
)
def test_what_does_not_give_plain_rows_is_refused_and_writes_nothing(sqlite, query, words):
    with pytest.raises(BatchRefused, match=words):
        read(sqlite, query)
    assert sum(len(frame) for frame, _ in read(sqlite)) == 29


def test_an_address_that_leads_nowhere_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(MappingError, match="existing SQLite file"):
        read(f"sqlite:///{tmp_path / 'no.db'}")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(MappingError, match="begins with 'nosuch'"):
        read("nosuch://user:hidden@host/name")
    with pytest.raises(MappingError, match="Expected a query"):
        read(f"sqlite:///{__file__}", "")


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:hidden@127.0.0.1:1/x", "postgresql+psycopg://127.0.0.1:1/x?password=hidden"]
)
def test_no_message_holds_a_password(url):
    assert "hidden" not in raw_name(url)
    with pytest.raises(BatchRefused) as caught:
        read(url)
    assert "hidden" not in str(caught.value)
    with pytest.raises(MappingError) as refused:
        read(url, "")
    assert "hidden" not in str(refused.value)


def postgres_tool(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    initdb, server = postgres_tool("initdb"), postgres_tool("postgres")
    if not initdb or not server:
        pytest.skip("PostgreSQL's initdb and postgres are not installed")
    # The server refuses to run as root: as root it gets a user of its own.
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    folder = tmp_path_factory.mktemp("postgres", numbered=True)
    if as_user:
        for parent in (folder, *folder.parents):
            if parent.parent == parent or parent.owner() != "root" or str(parent) == "/tmp":
                break
            parent.chmod(0o755)
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    subprocess.run(
        [*as_user, initdb, "-D", str(data), "-U", "reader", "-A", "trust", "--no-sync"], check=True, capture_output=True
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = [*as_user, server, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        yield f"postgresql+psycopg://reader:hidden@127.0.0.1:{port}/postgres"
        process.terminate()
        process.stderr.read()


def test_a_real_postgresql_is_streamed_with_its_types_and_cannot_be_written(postgres, monkeypatch):
    monkeypatch.setattr(records.raw.sql_rows, "CHUNK_ROWS", 1_000)
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("create sequence seizures_seen"))
        connection.execute(
            text("create table seizures (id bigint, weight numeric(30, 9), found timestamptz, day date)")
        )
        connection.execute(
            text(
                "insert into seizures select n, n + 0.000000001, "
                "timestamptz '2024-01-01 12:00+02' + n * interval '1 day', "
                "date '2024-01-01' + n from generate_series(1, 2500) n"
            )
        )
    engine.dispose()
    pieces = read(postgres, "select * from seizures where id::text like '%' order by id")
    assert [first for _, first in pieces] == [1, 1001, 2001]
    assert [str(cell) for cell in pieces[0][0].iloc[0]] == [
        "1",
        "1.000000001",
        "2024-01-02 10:00:00+00:00",
        "2024-01-02",
    ]
    for query, words in (
        ("insert into seizures (id) values (1) returning id", "syntax error"),
        ("with gone as (delete from seizures returning id) select * from gone", "data-modifying|read-only"),
        ("select nextval('seizures_seen')", "read-only"),
        ("select array[1, 2] as pair", "list"),
        ("select 1 from nowhere", "does not exist"),
    ):
        with pytest.raises(BatchRefused, match=words):
            read(postgres, query)
