"""Text files as UTF-8, strictly: what is not is refused with the row and with what it looks like."""

import codecs
import csv
import gzip
import io
from pathlib import Path
from typing import BinaryIO, cast

from records.raw.cells import refuse

EXPECTED = "text in UTF-8 (or in UTF-16 with a byte order mark)"
SIGNATURES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
}


class NulByte(ValueError):
    """A byte of zero in a text file: no text has one."""


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where its name ends in .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def encoding_of(path: Path) -> str:
    """``utf-16`` where the file begins with its mark, else ``utf-8-sig``, with or without a mark."""
    with open_bytes(path) as file:
        start = file.read(2)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


class Utf8Stream(io.RawIOBase):
    """The bytes of a text file as UTF-8 without a mark, read in pieces, without a byte of zero."""

    def __init__(self, path: Path) -> None:
        self._file = open_bytes(path)
        self.quotes = 0
        encoding = encoding_of(path)
        # UTF-8 passes as it is, and whoever parses it checks it; its mark is skipped there too.
        self._decoder = codecs.getincrementaldecoder(encoding)() if encoding == "utf-16" else None

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at least one until the end; with UTF-16 their number may differ from ``size``."""
        content = self._file.read(size)
        while self._decoder and content:
            text = self._decoder.decode(content)
            if text:
                content = text.encode()
                break
            content = self._file.read(size)
        if b"\0" in content:
            raise NulByte
        self.quotes += content.count(b'"')
        return content

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def explain_text(path: Path, table: str, *, delimiter: str = ",") -> None:
    """Raise BatchRefused that names the first row which is not text, and what it looks like; else return."""
    with open_bytes(path) as file:
        start = file.read(4)
    for signature, what in SIGNATURES.items():
        if start.startswith(signature):
            refuse(table, path.name, EXPECTED, f"what looks like {what}")
    text = io.TextIOWrapper(open_bytes(path), encoding_of(path), errors="surrogateescape", newline="")
    with text:
        try:
            for number, row in enumerate(csv.reader(text, delimiter=delimiter)):
                _check_row(row, number, table, path.name)
        except UnicodeDecodeError as error:
            refuse(table, path.name, EXPECTED, str(error))
        except csv.Error:
            # It is text, of which no rows can be made: that is for the quotation marks to explain.
            return


def _check_row(row: list[str], number: int, table: str, place: str) -> None:
    zeros = sum(cell.count("\0") for cell in row)
    if zeros:
        got = "bytes of zero: UTF-16 without a mark?" if zeros > 1 else "a byte of zero"
        refuse(table, place, EXPECTED, got, row=number)
    for cell in row:
        if not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell):
            content = cell.encode("utf-8", "surrogateescape")[:60]
            refuse(table, place, EXPECTED, looks_like(content), row=number)


def explain_quotes(path: Path, table: str, *, delimiter: str = ",") -> None:
    """Raise BatchRefused that names the row in which a quotation mark is left open; else return."""
    number = 0
    with io.TextIOWrapper(open_bytes(path), encoding_of(path), newline="") as text:
        try:
            for _ in csv.reader(text, delimiter=delimiter, strict=True):
                number += 1
        except csv.Error as error:
            expected = "each quotation mark closed (and doubled inside a quoted cell)"
            refuse(table, path.name, expected, f"{error}, in a row that begins here", row=number)


def looks_like(content: bytes) -> str:
    """Bytes that are not UTF-8, named by the encoding in which they make sense."""
    try:
        return f"what looks like Windows-1252: {content.decode('cp1252')!r}"
    except UnicodeDecodeError:
        return f"bytes of an unknown encoding: {content!r}"
