"""The record with its merges and duplicates applied."""

from records.known import Records


def resolve(records: Records) -> Records:
    """The record as if merged accounts were one and repeated incidents one; itself where there are neither."""
    return records
