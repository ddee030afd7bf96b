"""Criteria: each case meets exactly one row, nothing missing is guessed, and no score reaches enforcement."""

import copy
import json
import shutil
from datetime import date, datetime

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.criteria.cells import everything, meet, read_cell, without
from casework.criteria.checks import check_criteria
from casework.criteria.comparison import PastCase, changed_rows, dry_run
from casework.criteria.inputs import INPUTS, TABLE_INPUTS
from casework.criteria.kept import KeptCriteria
from casework.criteria.publishing import in_force, propose, publish, version_of
from casework.criteria.tables import DRAFT, criteria_of, read_criteria
from casework.database import open_database, writing
from casework.errors import CriteriaError, InputMissing, NotAllowed
from trustlane import main

DRAFTED = read_criteria(DRAFT)
NOW = datetime.fromisoformat("2026-01-02T03:04:05")


def values_of(name):
    asked = INPUTS[name]
    if asked.values:
        return st.sampled_from(asked.values)
    if asked.high:
        return st.integers(asked.low, min(asked.high, asked.low + 9)) | st.integers(asked.low, asked.high)
    return st.booleans()


def facts(table):
    return st.fixed_dictionaries({name: values_of(name) for name in DRAFTED.tables[table].asks})


def edited(change):
    """The draft's content after ``change``."""
    content = copy.deepcopy(dict(DRAFTED.content))
    change(content)
    return content


def rules(content, table):
    node = next(each for each in content[table]["nodes"] if each["type"] == "decisionTableNode")
    return node["content"]["rules"]


def test_the_draft_can_be_published():
    assert check_criteria(DRAFTED) == ()
    assert "raft" in DRAFTED.title


@given(st.sampled_from(sorted(TABLE_INPUTS)), st.data())
@settings(max_examples=60, deadline=None)
def test_the_engine_finds_the_one_row_whose_cells_mean_the_case(table, data):
    case = data.draw(facts(table))
    box = {
        name: (case[name], case[name]) if INPUTS[name].high else frozenset({str(case[name]).lower()}) for name in case
    }
    meaning = [row.row_id for row in DRAFTED.tables[table].rows if meet(box, row.box)]
    assert [DRAFTED.ask(table, case).criterion] == [f"draft@1#{row}" for row in meaning]


@given(st.data())
def test_taking_a_cell_away_leaves_what_the_cell_does_not_mean(data):
    names = ("severity", "disposition", "aggravated")
    cells = {
        "severity": st.sampled_from(["", "5", ">= 8", "< 3", "[2..6]", "<= 1", "> 9"]),
        "disposition": st.sampled_from(["", "'confirmed'", "'no_finding','inconclusive'"]),
        "aggravated": st.sampled_from(["", "true", "false"]),
    }
    one, other = ({name: read_cell(data.draw(cells[name]), INPUTS[name]) for name in names} for _ in range(2))
    left = without(one, other)

    def size(box):
        sizes = [span[1] - span[0] + 1 if isinstance(span, tuple) else len(span) for span in box.values()]
        return sizes[0] * sizes[1] * sizes[2]

    shared = meet(one, other)
    assert sum(map(size, left)) + (size(shared) if shared else 0) == size(one)
    assert all(meet(box, other) is None for box in left)


@given(st.sampled_from(sorted(TABLE_INPUTS)), st.data())
@settings(max_examples=25, deadline=None)
def test_a_missing_or_strange_input_is_an_error_and_never_a_row(table, data):
    case = data.draw(facts(table))
    name = data.draw(st.sampled_from(sorted(case)))
    with pytest.raises(InputMissing, match=f"{name}: expected .* got nothing"):
        DRAFTED.ask(table, {key: value for key, value in case.items() if key != name})
    for strange in (None, "strange", -1, 10**9, 2.5):
        with pytest.raises(InputMissing, match=name):
            DRAFTED.ask(table, case | {name: strange})


def scored_columns():
    return [name for name, asked in INPUTS.items() if asked.from_score]


def test_no_input_of_enforcement_or_authority_comes_from_a_score():
    assert scored_columns() == ["score_band"]
    for table in ("enforcement", "authority"):
        assert not set(TABLE_INPUTS[table]) & {*scored_columns(), "method"}
    assert "score_band" in TABLE_INPUTS["method"]


@given(
    facts("enforcement"),
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(), max_size=4),
    values_of("score_band"),
)
@settings(max_examples=30, deadline=None)
def test_whatever_else_is_known_enforcement_answers_the_same(case, other, band):
    said = DRAFTED.ask("enforcement", case)
    assert DRAFTED.ask("enforcement", other | {"score_band": band, "score": 0.9, "margin": 3} | case) == said


@pytest.mark.parametrize("strange", ["score_band", "score", "margin", "method", "$root.score_band", "rank"])
def test_a_table_of_enforcement_that_asks_for_a_score_cannot_be_read(strange):
    def ask_for_it(content):
        table = next(n for n in content["enforcement"]["nodes"] if n["type"] == "decisionTableNode")["content"]
        table["inputs"][0]["field"] = strange
        content["criteria"]["tables"]["enforcement"]["asks"][0] = strange

    with pytest.raises(CriteriaError, match="Expected 'enforcement' to ask only"):
        criteria_of(edited(ask_for_it))


def test_neither_a_function_nor_an_expression_reaches_the_engine():
    def add_function(content):
        content["enforcement"]["nodes"].append({"id": "f", "type": "functionNode", "name": "f", "content": ""})

    def add_expression(content):
        rules(content, "enforcement")[0]["i1"] = "$ > score"

    for change, words in ((add_function, "write rows"), (add_expression, "Correct the cell")):
        with pytest.raises(CriteriaError, match=words):
            criteria_of(edited(change))


def test_rows_that_overlap_are_never_reached_or_leave_a_case_out_are_found():
    def break_it(content):
        method = rules(content, "method")
        method[1]["i1"] = ">= 7"  # overlaps the rows for 5 to 7
        method.insert(1, method[0] | {"_id": "method-1b"})  # hidden by the row above it
        rules(content, "authority").pop()  # nobody may remove

    found = check_criteria(criteria_of(edited(break_it)))
    kinds = {(each.table, each.kind): each for each in found}
    assert kinds[("method", "unreachable")].rows == ("method-1b",)
    assert ("method-1", "method-1b") in [each.rows for each in found if each.kind == "overlapping"]
    assert ("method-2", "method-3") in [each.rows for each in found if each.kind == "overlapping"]
    assert "action removal" in kinds[("authority", "uncovered")].words
    assert kinds[("method", "untested")].rows == ("method-1b",)


def test_a_test_beside_a_row_that_another_row_catches_is_found():
    def move(content):
        content["criteria"]["tables"]["method"]["tests"]["method-2"][0]["severity"] = 5

    (found,) = check_criteria(criteria_of(edited(move)))
    assert (found.kind, found.rows) == ("failing", ("method-2",))


def stricter(content):
    content["criteria"] |= {"id": "program", "version": "2", "effective_from": "2026-02-01"}
    for rule in rules(content, "method"):
        if rule["_id"] == "method-7":
            rule["o1"] = "'request_for_information'"


def test_a_dry_run_says_which_past_cases_change_for_whom_and_how_much_more_work_it_is():
    new = criteria_of(edited(stricter))
    assert [(change.table, change.row_id) for change in changed_rows(DRAFTED, new)] == [("method", "method-7")]
    light = {
        "severity": 2,
        "self_reported_before_discovery": False,
        "prior_incidents_365d": 0,
        "prior_confirmed_1825d": 0,
        "score_band": "low",
        "disposition": "no_finding",
        "false_information": False,
        "aggravated": False,
    }
    cases = [
        PastCase("C-1", "carrier", light),
        PastCase("C-2", "carrier", light | {"severity": 9}),
        PastCase("C-3", "importer", light | {"score_band": "high"}),
        PastCase("C-4", "importer", {"severity": 2}),
    ]
    run = dry_run(DRAFTED, new, cases)
    assert (run.cases, run.left_out) == (3, ("C-4",))
    assert (run.queue_before, run.queue_after) == (2, 3)
    assert [(each.case_id, each.before, each.after) for each in run.changes] == [
        ("C-1", "records_review", "request_for_information")
    ]
    assert run.by_group == {"carrier": (2, 1), "importer": (1, 0)}
    assert run.churn == pytest.approx(1 / 3)


def test_a_version_comes_into_force_by_a_second_person_on_its_day(engine):
    new = criteria_of(edited(stricter))
    with writing(engine) as connection:
        with pytest.raises(CriteriaError, match="Propose it first"):
            publish(connection, new.name, actor="account-2", request="r0", at=NOW)
        asked = propose(connection, new, actor="account-1", request="r1", at=NOW)
        assert propose(connection, new, actor="account-1", request="r1", at=NOW) == asked
        with pytest.raises(CriteriaError, match="Count the version up"):
            propose(connection, new, actor="account-1", request="r2", at=NOW)
        with pytest.raises(NotAllowed, match="second person"):
            publish(connection, new.name, actor="account-1", request="r3", at=NOW)
        done = publish(connection, new.name, actor="account-2", request="r4", at=NOW)
        assert publish(connection, new.name, actor="account-2", request="r4", at=NOW) == done
        assert in_force(connection, date(2026, 1, 31)) == DRAFTED
        assert in_force(connection, date(2026, 2, 1)).digest == new.digest
        assert version_of(connection, "program@2").digest == new.digest
        with pytest.raises(CriteriaError, match="Propose it first"):
            version_of(connection, "program@3")


def test_criteria_never_come_into_force_for_the_past(engine):
    def early(content):
        stricter(content)
        content["criteria"]["effective_from"] = "2025-12-31"

    with writing(engine) as connection:
        propose(connection, criteria_of(edited(early)), actor="account-1", request="r1", at=NOW)
        with pytest.raises(CriteriaError, match="never hold for the past"):
            publish(connection, "program@2", actor="account-2", request="r2", at=NOW)


def test_a_file_that_does_not_parse_keeps_the_last_good_version_and_says_so(tmp_path):
    folder = tmp_path / "criteria"
    shutil.copytree(DRAFT, folder)
    kept = KeptCriteria(folder)
    good = (folder / "method.json").read_text()
    (folder / "method.json").write_text("{")
    assert kept.refresh().digest == DRAFTED.digest
    assert "draft@1 still holds" in kept.problem
    assert "method.json" in kept.problem
    (folder / "method.json").write_text(good.replace(">= 8", ">= 9"))
    assert kept.refresh().digest == DRAFTED.digest
    assert "no row means" in kept.problem
    (folder / "method.json").write_text(good)
    kept.refresh()
    assert kept.problem == ""


def test_the_verbs_check_compare_and_publish(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUSTLANE_DATABASE", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("TRUSTLANE_TODAY", "2026-01-02")
    open_database(f"sqlite:///{tmp_path / 'a.db'}").dispose()
    run = CliRunner().invoke
    assert "26 rows, 0 findings" in run(main, ["criteria", "check"]).output
    folder = tmp_path / "program"
    folder.mkdir()
    for name, part in edited(stricter).items():
        (folder / f"{name}.json").write_text(json.dumps(part))
    told = run(main, ["criteria", "diff", "draft@1", str(folder)])
    assert "method-7" in told.output
    assert "0 past cases" in told.output
    assert run(main, ["criteria", "propose", str(folder), "--by", "account-1"]).exit_code == 0
    same = run(main, ["criteria", "publish", "program@2", "--by", "account-1"])
    assert (same.exit_code, "second person" in same.output) == (1, True)
    assert "holds from 2026-02-01" in run(main, ["criteria", "publish", "program@2", "--by", "account-2"]).output
    (folder / "method.json").write_text((folder / "method.json").read_text().replace(">= 8", ">= 9"))
    broken = run(main, ["criteria", "check", str(folder)])
    assert (broken.exit_code, "uncovered" in broken.output) == (1, True)


def test_everything_an_input_can_be_is_what_an_empty_cell_means():
    for asked in INPUTS.values():
        assert read_cell(" ", asked) == everything(asked)
