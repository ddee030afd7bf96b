"""JSON lines: one object a line. Numbers stay as they are written, so that no id is rounded."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from records.raw.cells import CHUNK_ROWS, Chunks, check_names, plain_frame, refuse
from records.raw.encoding import encoding_of, looks_like, open_bytes

EXPECTED = "one JSON object a line"


def read_json_lines(path: Path, table: str) -> Chunks:
    """Chunks of a file of JSON lines, every one with the names of all lines.

    The file is read twice: which names there are is known only at its end.

    Raises
    ------
    BatchRefused
        With the line, when it is no object, holds a nested value, or names a value twice.
    """
    names: dict[str, None] = {}
    for _, row in _objects(path, table):
        names.update(dict.fromkeys(row))
    if not names:
        refuse(table, path.name, EXPECTED, "an empty file")
    held: list[Sequence[Any]] = []
    for number, row in _objects(path, table):
        if len(held) == CHUNK_ROWS:
            yield _chunk(held, names, table, path)
            held = []
        held.append((number, *(row.get(name) for name in names)))
    yield _chunk(held, names, table, path)


def _chunk(held: Sequence[Sequence[Any]], names: dict[str, None], table: str, path: Path) -> tuple[pd.DataFrame, int]:
    first = held[0][0]
    frame = plain_frame([row[1:] for row in held], list(names), table, path.name, first)
    frame.index = pd.Index([row[0] - first for row in held])
    return frame, first


def _objects(path: Path, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            check_names([name for name, _ in pairs], table, place)
        return found

    decoder = json.JSONDecoder(object_pairs_hook=unique, parse_int=str, parse_float=str, parse_constant=str)
    for number, line in _lines(path, table):
        place = path.name
        try:
            value = decoder.decode(line)
        except json.JSONDecodeError as error:
            refuse(table, path.name, EXPECTED, f"{line[:40]!r}: {error.msg}", row=number)
        except RecursionError:
            refuse(table, path.name, EXPECTED, "an object nested without end", row=number)
        if not isinstance(value, dict):
            refuse(table, path.name, EXPECTED, repr(line[:40]), row=number)
        nested = next((name for name, cell in value.items() if isinstance(cell, dict | list)), None)
        if nested is not None:
            got = f"{'an object' if isinstance(value[nested], dict) else 'a list'}: {str(value[nested])[:40]}"
            refuse(table, path.name, "one value in a cell", got, row=number, column=nested)
        yield number, value


def _lines(path: Path, table: str) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    encoding = encoding_of(path)
    if encoding == "utf-16":
        with open_bytes(path) as file:
            text = file.read().decode(encoding)
        yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        return
    with open_bytes(path) as file:
        for number, content in enumerate(file, 1):
            try:
                line = content.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                refuse(table, path.name, "text in UTF-8", looks_like(content[:60]), row=number)
            if line.strip():
                yield number, line
