"""A mapping file, read and checked for itself: every fault is listed at once, before any file is opened."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.errors import MappingError
from records.lake import Program
from records.mapping.keys import (
    COMBINATIONS,
    CONDITION_KEYS,
    EXPRESSION_KEYS,
    LOOKUP_KEYS,
    NUMBER_KEYS,
    ORIGIN_KEYS,
    PROGRAM_KEYS,
    ROWS_KEYS,
    ambiguous_formats,
    key_faults,
    not_found,
)
from records.tables import TABLES

Expression = str | Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where raw rows come from, as written: a file or pattern below SOURCE, or a query to a database."""

    file: str = ""
    sheet: str | None = None
    query: str | None = None
    database: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class RowsEntry:
    """One [[rows]]: how rows of one of our tables come out of one origin."""

    number: int
    table: str
    origin: Origin
    columns: Mapping[str, Expression]
    source: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    first_by: str | None = None
    combine: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How faults name the entry."""
        return f"[[rows]] {self.number} ({self.table})"

    def raw_columns(self) -> set[str]:
        """Every column of the file that the entry reads."""
        return set(self.where).union(*(columns_read(expression) for expression in self.columns.values()))


@dataclass(frozen=True)
class LookupEntry:
    """One [[lookups]]: a small file that says which value belongs to which key."""

    number: int
    name: str
    origin: Origin
    key: Expression
    value: Expression
    where: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How faults name the entry."""
        return f"[[lookups]] {self.number} ({self.name})"

    def raw_columns(self) -> set[str]:
        """Every column of the file that the entry reads."""
        return set(self.where) | columns_read(self.key) | columns_read(self.value)


@dataclass(frozen=True)
class Plan:
    """A mapping file whose keys and names are known to be right; its files have not been looked at."""

    name: str
    program: Program
    rows: tuple[RowsEntry, ...]
    lookups: tuple[LookupEntry, ...]


def read_plan(path: Path) -> Plan:
    """Read a mapping file.

    Raises
    ------
    MappingError
        With every fault of the file: unknown keys, tables, columns and lookups, wrong kinds of values.
    """
    content = _read_toml(path)
    if not content.get("rows") or not isinstance(content["rows"], list):
        raise MappingError(
            f"Expected [program] and at least one [[rows]] in {path.name}, got {', '.join(content) or 'nothing'}. "
            "See docs/mapping.md."
        )
    lookups = content.get("lookups", [])
    names = [str(entry.get("name")) for entry in lookups if isinstance(entry, dict)]
    faults = list(_head_faults(content, names))
    for number, entry in enumerate(lookups, 1):
        title = f"[[lookups]] {number} ({entry.get('name', 'no name')})"
        faults += [f"{title}: {fault}" for fault in _lookup_faults(entry, names)]
    for number, entry in enumerate(content["rows"], 1):
        title = f"[[rows]] {number} ({entry.get('table', 'no table')})"
        faults += [f"{title}: {fault}" for fault in _rows_faults(entry, names)]
    refuse(faults, path.name)
    return Plan(
        path.name,
        Program(**content.get("program", {})),
        tuple(
            RowsEntry(number, origin=_origin(entry), **_own(entry)) for number, entry in enumerate(content["rows"], 1)
        ),
        tuple(LookupEntry(number, origin=_origin(entry), **_own(entry)) for number, entry in enumerate(lookups, 1)),
    )


def refuse(faults: list[str], name: str) -> None:
    """Raise MappingError with all faults of a mapping, if there are any."""
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise MappingError(
            f"Expected a mapping that fits our tables and its files, got {count} in {name}:\n{listed}\n"
            "Correct the mapping; docs/mapping.md describes every key."
        )


def columns_read(expression: Expression) -> set[str]:
    """Every column of the file that an expression reads."""
    if isinstance(expression, str):
        return {expression}
    names = {expression["column"]} if "column" in expression else set()
    names |= set(template_columns(expression.get("template", "")))
    inner = [expression[key] for key in ("otherwise", "not_before") if key in expression]
    return names.union(*(columns_read(part) for part in inner))


def template_columns(template: str) -> list[str]:
    """The columns named in a template, in order; a column's name may hold dots, spaces and colons."""
    return [name for _, name in template_parts(template) if name is not None]


def template_parts(template: str) -> Iterator[tuple[str, str | None]]:
    """Each literal text of a template and the column after it, None after the last."""
    for literal, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            yield literal, None
        else:
            yield literal, name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"Expected a readable TOML file, got {path.name}: {error}. Correct it.") from error


def _origin(entry: Mapping[str, Any]) -> Origin:
    return Origin(**{key: entry[key] for key in ORIGIN_KEYS if key in entry})


def _own(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ORIGIN_KEYS}


def _head_faults(content: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    for section in content:
        if section not in ("program", "rows", "lookups"):
            yield "Expected [program], [[rows]] and [[lookups]]; " + not_found(
                "section", section, ("program", "rows", "lookups")
            )
    yield from (f"under [program]: {fault}" for fault in key_faults(content.get("program", {}), PROGRAM_KEYS, "it"))
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"expected each name of [[lookups]] once, got {name!r} twice"


def _rows_faults(entry: dict[str, Any], lookups: list[str]) -> Iterator[str]:
    yield from key_faults(entry, ROWS_KEYS, "[[rows]]")
    yield from _origin_faults(entry)
    if "query" in entry and "source" not in entry:
        yield "expected a source beside query, got none: say who sent these rows"
    yield from _where_faults(entry.get("where", {}))
    columns = entry.get("columns")
    columns = columns if isinstance(columns, dict) else {}
    table = TABLES.get(str(entry.get("table", "")))
    if table is None:
        if "table" in entry:
            yield not_found("table", str(entry["table"]), TABLES)
    else:
        yield from (
            not_found(f"column of {table.name}", name, table.column_names)
            for name in columns
            if name not in table.column_names
        )
        yield from _combine_faults(entry, columns, table.key)
    for name, expression in columns.items():
        yield from _expression_faults(expression, name, lookups)


def _combine_faults(entry: Mapping[str, Any], columns: Mapping[str, Any], key: tuple[str, ...]) -> Iterator[str]:
    """What makes one row of several: each rule names a mapped column, and together they leave none open."""
    if "first_by" in entry and entry["first_by"] not in columns:
        yield not_found("mapped column for first_by", str(entry["first_by"]), columns)
    if not isinstance(entry.get("combine"), dict):
        return
    if "first_by" in entry:
        yield "expected first_by or combine, got both: rows of one key are either chosen or combined"
    yield from (
        not_found("mapped column for combine", name, columns) for name in entry["combine"] if name not in columns
    )
    yield from (
        f"expected combine.{name} to be one of {', '.join(COMBINATIONS)}, got {how!r}"
        for name, how in entry["combine"].items()
        if how not in COMBINATIONS
    )
    left = [name for name in columns if name not in key and name not in entry["combine"]]
    if left:
        yield f"expected combine to say how {', '.join(left)} of several rows become one, got nothing"


def _lookup_faults(entry: dict[str, Any], lookups: list[str]) -> Iterator[str]:
    yield from key_faults(entry, LOOKUP_KEYS, "[[lookups]]")
    yield from _origin_faults(entry)
    yield from _where_faults(entry.get("where", {}))
    for side in ("key", "value"):
        if side in entry:
            # A lookup that needed another one could go round in circles.
            if isinstance(entry[side], dict) and "lookup" in entry[side]:
                yield f"expected {side} without lookup, got {entry[side]['lookup']!r}"
            yield from _expression_faults(entry[side], side, lookups)


def _origin_faults(entry: Mapping[str, Any]) -> Iterator[str]:
    given = [key for key in ("file", "query") if key in entry]
    if len(given) != 1:
        yield f"expected exactly one of file and query, got {' and '.join(given) or 'none'}"
    for key, needs in (("database", "query"), ("sheet", "file"), ("delimiter", "file")):
        if key in entry and needs not in entry:
            yield f"expected {key} only beside {needs}"


def _where_faults(where: Any) -> Iterator[str]:
    for column, condition in where.items() if isinstance(where, dict) else ():
        if isinstance(condition, dict):
            yield from key_faults(condition, CONDITION_KEYS, f"where.{column}")
        elif not isinstance(condition, list) or not condition:
            yield f"expected where.{column} to be a list of values or a table of conditions, got {condition!r}"


def _expression_faults(expression: Any, name: str, lookups: list[str]) -> Iterator[str]:
    if isinstance(expression, str) and expression:
        return
    if not isinstance(expression, dict):
        yield f"expected for {name} the name of a column or a table of keys, got {expression!r}"
        return
    yield from key_faults(expression, EXPRESSION_KEYS, name)
    origins = [key for key in ("column", "template", "constant") if key in expression]
    if len(origins) != 1:
        yield f"expected exactly one of column, template or constant for {name}, got {', '.join(origins) or 'none'}"
    for key, needs in (("unmapped", ("values",)), ("unmatched", ("lookup", "part"))):
        if key in expression and not set(needs) & set(expression):
            yield f"expected {key} of {name} only beside {' or '.join(needs)}"
    if isinstance(expression.get("number"), dict):
        yield from key_faults(expression["number"], NUMBER_KEYS, f"number of {name}")
    if "lookup" in expression and expression["lookup"] not in lookups:
        yield not_found("name of [[lookups]]", str(expression["lookup"]), lookups)
    formats = expression.get("date_format")
    clash = (
        ambiguous_formats(formats) if isinstance(formats, list) and all(isinstance(f, str) for f in formats) else None
    )
    if clash:
        yield f"expected formats for {name} that never read one text as two days, got {clash[0]} and {clash[1]}"
    for key in ("otherwise", "not_before"):
        if key in expression:
            yield from _expression_faults(expression[key], f"{key} of {name}", lookups)
