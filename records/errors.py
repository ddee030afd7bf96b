"""Everything the record can refuse, as one tree.

RecordsError
├── MissingTable      a table was asked for that this program never sent
├── BatchRefused      a batch holds invalid rows; nothing was written
├── MappingError      a mapping file does not fit the schema or the files
├── LakeError         the lake cannot be opened, read or written as asked
│   └── LakeBusy      another process is writing to it
├── ReviewRefused     a person's decision about a party does not fit the record
├── AsOfRefused       an as_of before the first record or in the future
├── TreatmentUnknown  self-reports were to be treated in a way that does not exist
└── ExpectationsRefused  an expectations file does not fit the tables or the metrics
"""

from collections.abc import Sequence
from dataclasses import dataclass


class RecordsError(Exception):
    """Anything wrong with records. Messages say: expected, got, do this."""


class MissingTable(RecordsError):
    """A table was asked for that this program never sent."""


class MappingError(RecordsError):
    """A mapping file does not fit the schema or the files it names."""


class LakeError(RecordsError):
    """The lake cannot be opened, read or written as asked."""


class LakeBusy(LakeError):
    """Another process is writing to the lake and has not ended in the time that was waited."""


class ReviewRefused(RecordsError):
    """A person's decision about a party does not fit the record."""


class AsOfRefused(RecordsError):
    """An ``as_of`` outside the range that the record can answer for."""


class TreatmentUnknown(RecordsError):
    """Self-reports were to be treated in a way that does not exist."""


class ExpectationsRefused(RecordsError):
    """An expectations file cannot be read, or names what does not exist."""


@dataclass(frozen=True)
class Problem:
    """One kind of defect found at the door, with how often and one example.

    ``row`` is the example's position in its file, counted from 1 without the header.
    """

    table: str
    column: str
    expected: str
    count: int
    example: str
    row: int
    file: str = ""

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        rows = "1 row" if self.count == 1 else f"{self.count} rows"
        place = f"{self.file} row {self.row}" if self.file else f"row {self.row}"
        return f"{where}: {rows}: expected {self.expected}; got {self.example} ({place})"


class BatchRefused(RecordsError):
    """A batch holds invalid rows. It was refused whole and nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        kinds = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(
            f"The batch was refused whole, nothing was written: {kinds}.\n{lines}\n"
            "Correct these rows at the source and send the batch again."
        )
