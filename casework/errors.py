"""Everything casework can refuse, as one tree.

CaseworkError
├── QueueError             a list cannot be drawn as asked
├── DatabaseError          the casework database cannot be used as it stands
│   └── DatabaseAway       it went away in the middle; nothing half-done is kept
├── LedgerError            an entry cannot be written or read
│   └── RequestReused      a request id comes back with other content
├── CheckpointError        a checkpoint or its key does not fit
├── CriteriaError          criteria cannot be read, checked or published
│   └── InputMissing       a case lacks an input that the criteria declare
└── CaseError              a case cannot be moved as asked
    ├── UnknownCase        no case has this id
    ├── StaleCase          somebody moved the case first; carries the newer one
    ├── MoveRefused        the state, a date or a missing part stands against it
    └── NotAllowed         the person may not do it, or did the other half of it
"""

from typing import Any


class CaseworkError(Exception):
    """Anything wrong with a case or a list. Messages say: expected, got, do this."""


class QueueError(CaseworkError):
    """A list cannot be drawn as asked."""


class DatabaseError(CaseworkError):
    """The casework database cannot be used as it stands."""


class DatabaseAway(DatabaseError):
    """The database went away in the middle. Nothing half-done is kept; the same request may be sent again."""


class LedgerError(CaseworkError):
    """An entry of the ledger cannot be written or read."""


class RequestReused(LedgerError):
    """A request id comes back with other content than it first had."""


class CheckpointError(CaseworkError):
    """A checkpoint or its key does not fit."""


class CriteriaError(CaseworkError):
    """Criteria cannot be read, checked or published."""


class InputMissing(CriteriaError):
    """A case lacks an input that the criteria declare, or it does not fit."""


class CaseError(CaseworkError):
    """A case cannot be moved as asked."""


class UnknownCase(CaseError):
    """No case has this id."""


class StaleCase(CaseError):
    """Somebody moved the case first. ``current`` is the case as it now stands."""

    def __init__(self, message: str, current: Any) -> None:
        super().__init__(message)
        self.current = current


class MoveRefused(CaseError):
    """The state of the case, a date or a missing part stands against the move; ``field`` names the part."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotAllowed(CaseError):
    """The person may not do it, or did the other half of it."""
