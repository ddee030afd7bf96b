"""The ledger holds what was written, in order, and tells of everything else."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from case_stories import incident, report
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from casework.case_store import case_of, differing_cases, rebuild
from casework.chain import FIRST, Entry, Event, chain, entry_hash
from casework.checkpoints import make_key, read_checkpoint, read_key, verifier_key, write_checkpoint
from casework.database import connect, open_database, open_existing, reading, writing
from casework.errors import CheckpointError, DatabaseError, LedgerError, RequestReused
from casework.group_commit import GroupCommit
from casework.ledger import append, check_same, entries, entry_of, erase_text, head
from casework.migrate import bring_back, bring_to_head
from casework.texts import Private, unseal
from casework.verification import first_fault, verify
from trustlane import main

NOW = datetime.fromisoformat("2026-01-02T03:04:05.000006")


def event(number, **details):
    return Event("noted", f"matter:M-{number}", "account-1", f"request-{number}", {"severity": 5} | details)


def written(engine, count):
    with writing(engine) as connection:
        return [append(connection, event(n), at=NOW + timedelta(minutes=n)) for n in range(1, count + 1)]


def fault_of(engine, *checkpoints):
    with reading(engine) as connection:
        return verify(connection, checkpoints).fault


@st.composite
def chains(draw):
    values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
        max_leaves=6,
    )
    made, previous = [], FIRST
    for number in range(1, draw(st.integers(2, 7)) + 1):
        made.append(chain(event(number, more=draw(values)), at=NOW, sequence=number, previous=previous))
        previous = made[-1].hash
    return made


@given(chains())
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_found_in_order(made):
    hashes = []
    assert first_fault(made, hashes) is None
    assert hashes == [entry.hash for entry in made]


@given(chains(), st.data())
@settings(max_examples=60, deadline=None)
def test_the_first_change_deletion_or_reordering_is_named(made, data):
    place = data.draw(st.integers(0, len(made) - 1))
    how = data.draw(st.sampled_from(["change", "rehash", "delete", "renumber", "swap"]))
    broken = list(made)
    last = place == len(made) - 1
    if how == "change":
        broken[place] = Entry(**vars(made[place]) | {"body": made[place].body.replace('"severity":5', '"severity":4')})
    elif how == "rehash":
        body = made[place].body.replace('"severity":5', '"severity":4')
        forged = {"body": body, "hash": entry_hash(made[place].previous, body.encode())}
        broken[place] = Entry(**vars(made[place]) | forged)
    elif how in ("delete", "renumber"):
        broken = made[:place] + made[place + 1 :]
        if how == "renumber":
            broken = [Entry(**vars(entry) | {"sequence": n}) for n, entry in enumerate(broken, 1)]
    else:
        other = (place + 1) % len(made)
        first, second = sorted((place, other))
        broken[first] = Entry(**vars(made[second]) | {"sequence": first + 1})
        broken[second] = Entry(**vars(made[first]) | {"sequence": second + 1})
        place, last = first, False
    found = first_fault(broken, [])
    # The chain by itself cannot know its own end: that is what checkpoints are for.
    if last and how in ("rehash", "delete", "renumber"):
        assert found is None
    else:
        assert found is not None
        assert found.sequence == place + 1


def test_the_hash_is_what_any_other_program_computes(engine):
    import hashlib

    first, second = written(engine, 2)
    assert first.previous == "0" * 64
    assert (
        second.hash
        == hashlib.sha256(b"trustlane ledger 1\0" + first.hash.encode() + b"\0" + second.body.encode()).hexdigest()
    )
    assert list(json.loads(second.body)) == ["actor", "at", "details", "entity", "kind", "request", "sequence"]


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger set body = replace(body, '5', '4') where sequence = 2",
        "delete from ledger where sequence = 3",
        "insert into ledger select 9, kind, entity, 'r', body, previous, 'h' from ledger where sequence = 3",
        "insert into ledger select 4, kind, entity, 'r', body, previous, 'h' from ledger where sequence = 3",
    ],
)
def test_the_database_itself_refuses_to_change_the_past(engine, statement):
    before = written(engine, 3)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    with reading(engine) as connection:
        assert list(entries(connection)) == before


def test_sqlite_refuses_to_replace_and_postgresql_to_truncate(engine):
    before = written(engine, 3)
    if engine.dialect.name == "sqlite":
        statements = [
            "insert or replace into ledger select * from ledger where sequence = 2",
            "insert or replace into ledger select 4, kind, entity, request, body, "
            "(select hash from ledger where sequence = 3), 'h' from ledger where sequence = 2",
        ]
    else:
        statements = ["truncate ledger"]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
            connection.execute(text(statement))
    with reading(engine) as connection:
        assert list(entries(connection)) == before


def unlocked(engine, *statements):
    """What somebody with the owner's rights can do: take the triggers away, and change what is stored."""
    sqlite = engine.dialect.name == "sqlite"
    names = ("refuses_update", "refuses_delete") if sqlite else ("refuses_change",)
    with writing(engine) as connection:
        for name in names:
            connection.execute(text(f"drop trigger ledger_{name}{'' if sqlite else ' on ledger'}"))
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "sequence", "kind"),
    [
        ("update ledger set body = replace(body, ':5', ':4') where sequence = 2", 2, "changed"),
        ("update ledger set entity = 'case:C-9' where sequence = 3", 3, "changed"),
        ("delete from ledger where sequence = 2", 2, "missing"),
        ("update ledger set sequence = 9 where sequence = 2", 2, "missing"),
    ],
)
def test_what_the_owner_of_the_database_does_is_named(engine, statement, sequence, kind):
    written(engine, 4)
    unlocked(engine, statement)
    found = fault_of(engine)
    assert (found.sequence, found.kind) == (sequence, kind)


def rewritten(engine, changed):
    """Every entry from ``changed`` on written anew, with a chain that fits."""
    with reading(engine) as connection:
        kept = list(entries(connection))
    made, previous = kept[: changed - 1], kept[changed - 2].hash if changed > 1 else FIRST
    for entry in kept[changed - 1 :]:
        body = entry.body.replace('"severity":5', '"severity":1') if entry.sequence == changed else entry.body
        made.append(
            Entry(**vars(entry) | {"body": body, "previous": previous, "hash": entry_hash(previous, body.encode())})
        )
        previous = made[-1].hash
    unlocked(engine, "delete from ledger")
    with writing(engine) as connection:
        for entry in made:
            connection.execute(
                text("insert into ledger values (:sequence, :kind, :entity, :request, :body, :previous, :hash)"),
                vars(entry),
            )


def test_a_full_rewrite_is_found_against_a_checkpoint_that_left(engine, tmp_path):
    verifier = make_key(tmp_path / "key.pem")
    key = read_key(tmp_path / "key.pem")
    for count, name in ((3, "first"), (6, "second")):
        with writing(engine) as connection:
            for n in range(count - 2, count + 1):
                append(connection, event(n), at=NOW)
        with reading(engine) as connection:
            write_checkpoint(connection, key, tmp_path / name, at=NOW)
    notes = [read_checkpoint(tmp_path / name, verifier) for name in ("second", "first")]
    assert fault_of(engine, *notes) is None
    rewritten(engine, 5)
    assert fault_of(engine) is None
    named = fault_of(engine, notes[0])
    assert (named.sequence, named.kind) == (5, "rewritten")
    for name in ("first", "second"):
        (tmp_path / f"{name}.hashes").unlink()
    bare = [read_checkpoint(tmp_path / name, verifier) for name in ("second", "first")]
    assert "entries 4 to 6" in fault_of(engine, *bare).words
    unlocked_tail = fault_of(engine, bare[1])
    assert unlocked_tail is None


def test_a_ledger_that_lost_its_end_is_found_against_a_checkpoint(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    written(engine, 4)
    verifier = make_key(tmp_path / "key.pem")
    with reading(engine) as connection:
        write_checkpoint(connection, read_key(tmp_path / "key.pem"), tmp_path / "note", at=NOW)
    unlocked(engine, "delete from ledger where sequence > 2")
    assert fault_of(engine) is None
    found = fault_of(engine, read_checkpoint(tmp_path / "note", verifier))
    assert (found.sequence, found.kind) == (3, "missing")


def test_a_checkpoint_that_was_changed_or_signed_by_another_is_refused(engine, tmp_path):
    written(engine, 2)
    verifier, other = make_key(tmp_path / "key.pem"), make_key(tmp_path / "other.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    assert verifier == verifier_key(read_key(tmp_path / "key.pem").public_key())
    with reading(engine) as connection:
        write_checkpoint(connection, read_key(tmp_path / "key.pem"), tmp_path / "note", at=NOW)
    with pytest.raises(CheckpointError, match="another key"):
        read_checkpoint(tmp_path / "note", other)
    (tmp_path / "note.hashes").write_bytes(b"x" * 64)
    with pytest.raises(CheckpointError, match="got others"):
        read_checkpoint(tmp_path / "note", verifier)
    (tmp_path / "note").write_text((tmp_path / "note").read_text().replace("\n2\n", "\n3\n"))
    with pytest.raises(CheckpointError, match="another signature"):
        read_checkpoint(tmp_path / "note", verifier)
    with pytest.raises(CheckpointError, match="Make one with"):
        read_key(tmp_path / "note")
    with pytest.raises(CheckpointError, match="never written over"):
        make_key(tmp_path / "key.pem")


def test_what_a_person_typed_stands_outside_and_can_be_erased_without_breaking_the_chain(engine):
    with writing(engine) as connection:
        entry = append(connection, event(1, rationale=Private("Jane Roe saw the broken seal")), at=NOW)
    assert "Jane" not in entry.body
    digest = entry.details["rationale"]["digest"]
    with reading(engine) as connection:
        assert unseal(connection, entry.details)["rationale"] == "Jane Roe saw the broken seal"
    with writing(engine) as connection:
        erase_text(connection, digest, actor="account-2", request="r-erase", reason="lawful_demand", at=NOW)
    with reading(engine) as connection:
        assert unseal(connection, entry.details)["rationale"] == "(erased)"
        assert [each.kind for each in entries(connection)] == ["noted", "text_erased"]
    assert fault_of(engine) is None


def test_a_text_that_was_changed_is_named(engine):
    with writing(engine) as connection:
        append(connection, event(1), at=NOW)
        append(connection, event(2, rationale=Private("seal broken")), at=NOW)
        connection.execute(text("update texts set text = 'seal fine'"))
    found = fault_of(engine)
    assert (found.sequence, found.kind) == (2, "text")


def test_a_request_leaves_one_entry_however_often_it_comes(engine):
    asked = event(1, rationale=Private("why"))
    with writing(engine) as connection:
        first = append(connection, asked, at=NOW)
        with pytest.raises(RequestReused, match="request-1"):
            append(connection, asked, at=NOW)
        kept = entry_of(connection, "request-1")
        assert kept == first
        check_same(connection, kept, asked)
        with pytest.raises(RequestReused, match="other content"):
            check_same(connection, kept, event(1, rationale=Private("because")))
    with reading(engine) as connection:
        assert head(connection) == (1, first.hash)


def test_an_entry_is_never_anonymous_and_its_numbers_are_exact():
    for broken, words in (
        (Event("k", "e", "", "r", {}), "actor"),
        (event(1, value=float("nan")), "not representable"),
        (event(1, value=2**60), "Give numbers as text"),
    ):
        with pytest.raises(LedgerError, match=words):
            chain(broken, at=NOW, sequence=1, previous=FIRST)


def test_work_done_together_is_answered_after_the_sync_and_refused_alone(engine):
    def work(n):
        return lambda connection: append(connection, event(n), at=NOW)

    with GroupCommit(engine) as group:
        answers = [group.submit(work(n)) for n in (1, 2, 2, 3)]
    assert [answer.result().sequence for answer in (answers[0], answers[1], answers[3])] == [1, 2, 3]
    assert isinstance(answers[2].exception(), RequestReused)
    assert fault_of(engine) is None


def test_forms_go_forward_and_back_with_data_in_them(engine):
    written(engine, 2)
    case = report(engine, incident(1))
    with writing(engine) as connection:
        bring_back(connection, "0001")
        assert "cases" not in inspect(connection).get_table_names()
        assert [entry.sequence for entry in entries(connection)] == [1, 2, 3]
        bring_to_head(connection)
        assert case_of(connection, case.case_id) == case
        assert differing_cases(connection) == ()
    assert fault_of(engine) is None
    with writing(engine) as connection:
        bring_back(connection, "base")
        assert "ledger" not in inspect(connection).get_table_names()
        bring_to_head(connection)
        assert "ledger" in inspect(connection).get_table_names()


def test_a_database_of_a_newer_release_or_of_another_kind_is_refused(engine, tmp_path):
    with writing(engine) as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer release"):
        open_database(engine.url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseError, match="SQLite or PostgreSQL"):
        connect("mysql+pymysql://user:hidden@host/x")
    with pytest.raises(DatabaseError, match="got none"):
        open_existing(f"sqlite:///{tmp_path / 'no.db'}")
    assert not (tmp_path / "no.db").exists()


def test_the_role_of_the_application_needs_no_right_to_change_the_ledger(new_postgres):
    owner = open_database(new_postgres())
    with writing(owner) as connection:
        connection.execute(text("drop role if exists application"))
        connection.execute(text("create role application login"))
        connection.execute(text("grant select, insert on ledger, texts to application"))
        connection.execute(text("grant select on alembic_version to application"))
    application = connect(str(owner.url.set(username="application")))
    written(application, 2)
    with pytest.raises(DBAPIError, match="permission denied"), writing(application) as connection:
        connection.execute(text("delete from ledger"))
    application.dispose()
    with writing(owner) as connection:
        connection.execute(text("drop owned by application"))
        connection.execute(text("drop role application"))
    owner.dispose()


WRITER = """
import sys
from datetime import datetime
from casework.case_store import case_of, differing_cases, rebuild
from casework.chain import Event
from casework.database import open_database, writing
from casework.ledger import append
engine = open_database(sys.argv[1])
for n in range(int(sys.argv[3])):
    with writing(engine) as connection:
        append(connection, Event("k", "e", "a", f"{sys.argv[2]}-{n}", {"n": n}), at=datetime(2026, 1, 1))
    print(n, flush=True)
"""


def start_writer(url, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name, str(count)], stdout=subprocess.PIPE, text=True, env=os.environ
    )


def check_two_processes(url, count):
    open_database(url).dispose()
    writers = [start_writer(url, name, count) for name in ("one", "two")]
    for writer in writers:
        assert len(writer.communicate()[0].split()) == count
    engine = open_database(url)
    with reading(engine) as connection:
        found = verify(connection)
    engine.dispose()
    assert (found.entries, found.fault) == (2 * count, None)


def check_killed(url, times):
    open_database(url).dispose()
    acknowledged = set()
    for round_number in range(times):
        with start_writer(url, f"round-{round_number}", 100_000) as writer:
            for _ in range(3 + round_number % 5):
                acknowledged.add(f"round-{round_number}-{writer.stdout.readline().strip()}")
            writer.kill()
            acknowledged |= {f"round-{round_number}-{line.strip()}" for line in writer.stdout if line.endswith("\n")}
    engine = open_database(url)
    with reading(engine) as connection:
        assert verify(connection).fault is None
        stored = {entry.request for entry in entries(connection)}
    engine.dispose()
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= times  # at most the one that was under way


def test_two_processes_write_without_a_fork(tmp_path):
    check_two_processes(f"sqlite:///{tmp_path / 'a.db'}", 10)


@pytest.mark.long
def test_two_processes_write_a_thousand_times_without_a_fork(url):
    check_two_processes(url, 1_000)


@pytest.mark.long
def test_fifty_killed_writers_lose_nothing_that_was_acknowledged(url):
    check_killed(url, 50)


def test_the_verbs_verify_sign_and_name_the_first_change(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUSTLANE_DATABASE", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("TRUSTLANE_LEDGER_KEY", str(tmp_path / "key.pem"))
    run = CliRunner().invoke
    assert "got none" in run(main, ["audit", "verify"]).output
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    written(engine, 3)
    made = run(main, ["audit", "key"])
    verifier = made.output.split()[-1]
    assert run(main, ["audit", "checkpoint", "--out", str(tmp_path / "note")]).exit_code == 0
    good = run(main, ["audit", "verify", "--checkpoint", str(tmp_path / "note"), "--key", verifier])
    assert (good.exit_code, "3 entries are what was written" in good.output) == (0, True)
    case = report(engine, incident(1))
    with writing(engine) as connection:
        connection.execute(text("update cases set state = 'closed', content = '{}'"))
    changed = run(main, ["audit", "verify"])
    assert (changed.exit_code, f"not what the ledger says: {case.case_id}" in changed.output) == (1, True)
    with writing(engine) as connection:
        rebuild(connection)
    rewritten(engine, 2)
    assert run(main, ["audit", "verify"]).exit_code == 0
    bad = run(main, ["audit", "verify", "--checkpoint", str(tmp_path / "note")])
    assert bad.exit_code == 1
    assert "Entry 2 is not the one" in bad.output
