"""Everything casework can refuse, as one tree.

CaseworkError
└── QueueError    a list cannot be drawn as asked
"""


class CaseworkError(Exception):
    """Anything wrong with a case or a list. Messages say: expected, got, do this."""


class QueueError(CaseworkError):
    """A list cannot be drawn as asked."""
