"""Foreign files to our tables, from a TOML mapping. The format is documented in docs/mapping.md.

A mapping names a program and lists ``[[rows]]``: each takes one file and says how every column of one
of our tables comes from it. Nothing is guessed: an unknown key, a missing column or an unmapped
value is refused with what was expected.
"""

import difflib
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from records.errors import BatchRefused, MappingError, Problem
from records.lake import Program
from records.raw_files import read_raw
from records.tables import TABLES

ROWS_KEYS = {"table", "file", "source", "columns", "where", "first_by"}
EXPRESSION_KEYS = {
    "column",
    "template",
    "constant",
    "values",
    "unmapped",
    "date_format",
    "plus_days",
    "floor",
    "otherwise",
    "not_before",
}
UNMAPPED = ("refuse", "null", "keep")


@dataclass(frozen=True)
class MappedRows:
    """Rows for one table out of one foreign file, columns named as ours, values not yet checked."""

    table: str
    source: str
    file: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class ForeignFiles:
    """Everything that one mapping makes of one source."""

    program: Program
    rows: tuple[MappedRows, ...]


def read_mapped(source: Path, mapping: Path) -> ForeignFiles:
    """Read foreign files through a mapping.

    Parameters
    ----------
    source : Path
        The folder that the mapping's file names are relative to, or the one file it names.
    mapping : Path
        The TOML file.

    Raises
    ------
    MappingError
        When the mapping is not valid, or names a file or column that is not there.
    BatchRefused
        When a value has no entry in a ``values`` table and ``unmapped`` is ``refuse``.
    """
    content = _read_toml(mapping)
    entries = content.get("rows", [])
    if not entries or set(content) - {"program", "rows"}:
        raise MappingError(
            f"Expected [program] and at least one [[rows]] in {mapping.name}, got {', '.join(content) or 'nothing'}. "
            "See docs/mapping.md."
        )
    raw: dict[Path, pd.DataFrame] = {}
    mapped = []
    problems: list[Problem] = []
    for entry in entries:
        path = _checked_entry(entry, source, mapping)
        if path not in raw:
            raw[path] = read_raw(path, entry["table"])
        rows, found = _map_rows(raw[path], entry, path)
        mapped.append(rows)
        problems += found
    if problems:
        raise BatchRefused(problems)
    try:
        program = Program(**content.get("program", {}))
    except TypeError as error:
        raise MappingError(f"Expected name and simulated under [program], got: {error}.") from error
    return ForeignFiles(program, tuple(mapped))


def _read_toml(mapping: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(mapping.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"Expected a readable TOML file, got {mapping.name}: {error}. Correct it.") from error


def _checked_entry(entry: Mapping[str, Any], source: Path, mapping: Path) -> Path:
    """The file of one [[rows]] entry, after its keys, its table and its columns were found to exist."""
    unknown = set(entry) - ROWS_KEYS
    missing = {"table", "file", "columns"} - set(entry)
    if unknown or missing:
        raise MappingError(
            f"Expected the keys {', '.join(sorted(ROWS_KEYS))} in each [[rows]] of {mapping.name}; "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}; missing: {', '.join(sorted(missing)) or 'none'}."
        )
    if entry["table"] not in TABLES:
        raise MappingError(_not_found("table", entry["table"], TABLES))
    for name in entry["columns"]:
        if name not in TABLES[entry["table"]].column_names:
            raise MappingError(_not_found(f"column of {entry['table']}", name, TABLES[entry["table"]].column_names))
    path = source if source.is_file() and source.name == entry["file"] else source / entry["file"]
    if not path.is_file():
        raise MappingError(
            f"Expected the file {entry['file']} in {source}, got none. Correct `file` in {mapping.name}."
        )
    return path


def _map_rows(raw: pd.DataFrame, entry: Mapping[str, Any], path: Path) -> tuple[MappedRows, list[Problem]]:
    table: str = entry["table"]
    selected = _where(raw, entry.get("where", {})).reset_index(drop=True)
    problems: list[Problem] = []
    columns = {}
    for name, expression in entry["columns"].items():
        context = _Context(selected, table, name, path.name, problems)
        columns[name] = context.evaluate(expression)
    frame = pd.DataFrame(columns, index=selected.index)
    if "first_by" in entry:
        if entry["first_by"] not in frame.columns:
            raise MappingError(_not_found("mapped column for first_by", entry["first_by"], list(frame.columns)))
        ordered = frame.sort_values(entry["first_by"], kind="stable")
        frame = ordered.drop_duplicates(list(TABLES[table].key)).reset_index(drop=True)
    return MappedRows(table, entry.get("source", path.stem), path.name, frame), problems


def _where(raw: pd.DataFrame, conditions: Mapping[str, Any]) -> pd.DataFrame:
    """Rows whose columns hold one of the listed values, or a number of at least ``at_least``."""
    kept = pd.Series(True, index=raw.index)
    for column, condition in conditions.items():
        values = _column(raw, column)
        if isinstance(condition, Mapping):
            kept &= pd.to_numeric(values, errors="coerce") >= condition["at_least"]
        else:
            kept &= values.astype("str").isin([str(value) for value in condition])
    return raw[kept]


@dataclass(frozen=True)
class _Context:
    """Where an expression is evaluated: the raw rows, and the column that it makes."""

    raw: pd.DataFrame
    table: str
    column: str
    file: str
    problems: list[Problem]

    def evaluate(self, expression: Any) -> pd.Series:
        """The values of one expression: a column's name, or a table of the documented keys."""
        if isinstance(expression, str):
            return _column(self.raw, expression)
        if not isinstance(expression, Mapping) or set(expression) - EXPRESSION_KEYS:
            raise MappingError(
                f"Expected for {self.table}.{self.column} the name of a column or the keys "
                f"{', '.join(sorted(EXPRESSION_KEYS))}, got {expression}. See docs/mapping.md."
            )
        values = self._origin(expression)
        if "values" in expression:
            values = self._looked_up(values, expression["values"], expression.get("unmapped", "refuse"))
        values = self._as_date(values, expression)
        if "otherwise" in expression:
            other = self.evaluate(expression["otherwise"])
            values = values.where(values.notna(), other)
        if "not_before" in expression:
            floor = pd.to_datetime(self.evaluate(expression["not_before"]))
            values = values.where(~(values < floor), floor)
        return values.dt.normalize() if expression.get("floor") == "day" else values

    def _origin(self, expression: Mapping[str, Any]) -> pd.Series:
        origins = [key for key in ("column", "template", "constant") if key in expression]
        if len(origins) != 1:
            raise MappingError(
                f"Expected exactly one of column, template or constant for {self.table}.{self.column}, "
                f"got {', '.join(origins) or 'none'}."
            )
        if "constant" in expression:
            return pd.Series([expression["constant"]] * len(self.raw), index=self.raw.index)
        if "template" in expression:
            return self._filled(expression["template"])
        return _column(self.raw, expression["column"])

    def _filled(self, template: str) -> pd.Series:
        """A text with ``{column}`` in it, filled row by row; null where any of its columns is."""
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
        parts = [_column(self.raw, name) for name in names]
        known = pd.concat(parts, axis=1).notna().all(axis=1)
        texts = [
            template.format(**dict(zip(names, row, strict=True)))
            for row in zip(*(part.astype("str") for part in parts), strict=True)
        ]
        return pd.Series(texts, index=self.raw.index, dtype="str").where(known)

    def _looked_up(self, values: pd.Series, table: Mapping[str, Any], unmapped: str) -> pd.Series:
        if unmapped not in UNMAPPED:
            raise MappingError(f"Expected unmapped to be one of {', '.join(UNMAPPED)}, got {unmapped!r}.")
        words = values.astype("str")
        found = words.map(table)
        lost = (values.notna() & ~words.isin(list(table))).to_numpy()
        if unmapped == "keep":
            return found.where(~lost, values)
        if unmapped == "refuse" and lost.any():
            first = int(lost.argmax())
            expected = f"one of the mapped values {', '.join(table)} (or set unmapped to null or keep)"
            got = repr(str(values.iloc[first]))
            self.problems.append(Problem(self.table, self.column, expected, int(lost.sum()), got, first + 1, self.file))
        return found

    def _as_date(self, values: pd.Series, expression: Mapping[str, Any]) -> pd.Series:
        if not {"date_format", "plus_days", "floor", "not_before"} & set(expression):
            return values
        if "date_format" in expression:
            values = self._parsed(values, expression["date_format"])
        elif not pd.api.types.is_datetime64_any_dtype(values.dtype):
            values = self._parsed(values, "ISO8601")
        return values + pd.Timedelta(days=expression.get("plus_days", 0))

    def _parsed(self, values: pd.Series, date_format: str) -> pd.Series:
        dates = pd.to_datetime(values, format=date_format, errors="coerce")
        lost = (values.notna() & dates.isna()).to_numpy()
        if lost.any():
            first = int(lost.argmax())
            expected = f"a date in the format {date_format}"
            got = repr(str(values.iloc[first]))
            self.problems.append(Problem(self.table, self.column, expected, int(lost.sum()), got, first + 1, self.file))
        return dates


def _column(raw: pd.DataFrame, name: str) -> pd.Series:
    if name not in raw.columns:
        raise MappingError(_not_found("column of the file", name, [str(column) for column in raw.columns]))
    return raw[name]


def _not_found(what: str, name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"Expected a {what}, one of {', '.join(known)}; got {name!r}.{hint} Correct the mapping."
