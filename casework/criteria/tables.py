"""A version of the criteria: its decision tables, read, and asked about a case.

A version is a folder: ``criteria.json`` says who it is, from when it holds, what each table asks, and the cases that
each row must catch; ``method.json``, ``enforcement.json`` and ``authority.json`` are JSON decision models of one table
each, as the GoRules editor writes them, evaluated by zen-engine.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import rfc8785
import zen

from casework.criteria.cells import Box, everything, read_cell
from casework.criteria.inputs import INPUTS, TABLE_INPUTS, TABLE_OUTPUTS, facts_for
from casework.errors import CriteriaError

DRAFT = Path(__file__).parent / "draft"
"""The set that Trustlane brings: a draft, to be replaced by the program's own."""

MODEL = "application/vnd.gorules.decision"


@dataclass(frozen=True)
class Row:
    """One criterion: the cases it means, and its answer."""

    row_id: str
    words: str
    cells: Mapping[str, str]
    box: Box
    answer: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a table says of a case, and the criterion to cite: ``ID@VERSION#ROW``."""

    criterion: str
    words: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One decision table."""

    name: str
    asks: tuple[str, ...]
    rows: tuple[Row, ...]
    tests: Mapping[str, tuple[Mapping[str, Any], ...]]
    model: Mapping[str, Any] = field(repr=False)

    @cached_property
    def decision(self) -> zen.ZenDecision:
        """The engine's own form of the table."""
        return zen.ZenEngine().create_decision(json.dumps(self.model))

    @property
    def space(self) -> Box:
        """All cases that the table can be asked about."""
        return {name: everything(INPUTS[name]) for name in self.asks}


@dataclass(frozen=True)
class Criteria:
    """A version of the criteria. Make one with :func:`read_criteria`."""

    criteria_id: str
    version: str
    title: str
    effective_from: date
    tables: Mapping[str, Table]
    content: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """``ID@VERSION``."""
        return f"{self.criteria_id}@{self.version}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical content, 64 hexadecimal digits."""
        return hashlib.sha256(rfc8785.dumps(dict(self.content))).hexdigest()

    def ask(self, table: str, facts: Mapping[str, object]) -> Answer:
        """What the table says of a case.

        Parameters
        ----------
        table : str
            ``method``, ``enforcement`` or ``authority``.
        facts : mapping of input name to value
            At least what the table asks; the rest is not handed on.

        Raises
        ------
        InputMissing
            When a declared input is missing or does not fit.
        CriteriaError
            When no row means the case.
        """
        asked = self.tables[table]
        handed = facts_for(table, asked.asks, facts)
        trace = asked.decision.evaluate(handed, {"trace": True})["trace"]
        hit = next(part["traceData"] for part in trace.values() if part["id"] == f"{table}-table")
        if hit is None:
            raise CriteriaError(f"Expected a row of {self.name} '{table}' for {handed}, got none. Add the row.")
        row = next(each for each in asked.rows if each.row_id == hit["rule"]["_id"])
        return Answer(f"{self.name}#{row.row_id}", row.words, row.answer)


def read_criteria(folder: Path) -> Criteria:
    """A version from its folder.

    Raises
    ------
    CriteriaError
        When a file cannot be read, names an unknown input or holds anything but one decision table.
    """
    content = {}
    for name in ("criteria", *TABLE_INPUTS):
        path = folder / f"{name}.json"
        try:
            content[name] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CriteriaError(f"Expected JSON in {path}, got: {error}. Correct the file.") from error
    return criteria_of(content)


@cache
def draft_criteria() -> Criteria:
    """The set that Trustlane brings, read once."""
    return read_criteria(DRAFT)


def criteria_of(content: Mapping[str, Any]) -> Criteria:
    """A version from its content, as the ledger keeps it."""
    about = content["criteria"]
    try:
        return Criteria(
            str(about["id"]),
            str(about["version"]),
            str(about["title"]),
            date.fromisoformat(about["effective_from"]),
            {name: _table(name, content[name], about["tables"][name]) for name in TABLE_INPUTS},
            content,
        )
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise CriteriaError(
            f"Expected criteria.json with id, version, title, effective_from and tables, each a decision table; "
            f"got: {error!r}. Compare with the draft."
        ) from error


def _table(name: str, model: Mapping[str, Any], about: Mapping[str, Any]) -> Table:
    kinds = sorted(node["type"] for node in model["nodes"])
    if kinds != ["decisionTableNode", "inputNode", "outputNode"] or model["contentType"] != MODEL:
        raise CriteriaError(
            f"Expected in {name}.json a decision model of one input, one decision table and one output; got "
            f"{', '.join(kinds)}. Functions and expressions cannot be checked; write rows."
        )
    node = next(each for each in model["nodes"] if each["type"] == "decisionTableNode")
    table = node["content"]
    asks = {column["id"]: column["field"] for column in table["inputs"]}
    answers = {column["id"]: column["field"] for column in table["outputs"]}
    _check_columns(name, node["id"], table["hitPolicy"], tuple(asks.values()), tuple(answers.values()))
    if sorted(about["asks"]) != sorted(asks.values()):
        raise CriteriaError(f"Expected {name}.json to ask what criteria.json declares, {about['asks']}; got {asks}.")
    extra = {key for key in table if key not in ("hitPolicy", "inputs", "outputs", "rules")} & {
        "passThrough",
        "inputField",
    }
    if any(table[key] for key in extra):
        raise CriteriaError(f"Expected a plain table in {name}.json, got {', '.join(extra)}. Take it out.")
    rows = tuple(_row(name, rule, asks, answers) for rule in table["rules"])
    if len({row.row_id for row in rows}) != len(rows):
        raise CriteriaError(f"Expected each row of {name}.json to have an id of its own. Give each row one.")
    tests = {row: tuple(cases) for row, cases in about["tests"].items()}
    return Table(name, tuple(asks.values()), rows, tests, model)


def _check_columns(name: str, node: str, policy: str, asks: tuple[str, ...], answers: tuple[str, ...]) -> None:
    strange = [each for each in asks if each not in TABLE_INPUTS[name]]
    if strange:
        scored = [each for each in strange if each in INPUTS and INPUTS[each].from_score]
        why = " A score is never an input of enforcement." if scored else ""
        raise CriteriaError(
            f"Expected '{name}' to ask only {', '.join(TABLE_INPUTS[name])}; got {', '.join(strange)}.{why}"
        )
    if sorted(answers) != sorted(TABLE_OUTPUTS[name]) or policy != "first" or node != f"{name}-table":
        raise CriteriaError(
            f"Expected '{name}' to answer {', '.join(TABLE_OUTPUTS[name])} in a node '{name}-table' with the policy "
            f"'first'; got {', '.join(answers)}, '{node}', '{policy}'. Correct {name}.json."
        )


def _row(name: str, rule: Mapping[str, str], asks: Mapping[str, str], answers: Mapping[str, str]) -> Row:
    cells = {column: rule.get(key, "") for key, column in asks.items()}
    box = {column: read_cell(cell, INPUTS[column]) for column, cell in cells.items()}
    answer = {column: rule[key].strip().strip("'\"") for key, column in answers.items()}
    for column, value in answer.items():
        allowed = TABLE_OUTPUTS[name][column]
        if value not in allowed:
            raise CriteriaError(
                f"Expected row {rule['_id']} of {name}.json to answer {column} with one of {', '.join(allowed)}; "
                f"got {rule.get('_id')}: {value}. Correct the cell."
            )
    return Row(rule["_id"], rule["_description"], cells, box, answer)
