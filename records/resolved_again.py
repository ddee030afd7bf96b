"""The record resolved after a change, from how it was resolved before: only what the change concerns is worked out."""

from records.known import Records
from records.resolved import resolve

TOGETHER = frozenset({"incidents", "involvements", "actions", "duplicates"})
"""Tables that duplicate links tie: a change in one may restate rows of all."""


def resolve_again(stored: Records, before: Records) -> Records:
    """The same as ``resolve(stored)``.

    Parameters
    ----------
    stored : Records
        The record as stored after the change; tables that did not change are the frames of ``before.as_stored``.
    before : Records
        The record resolved before the change.

    Returns
    -------
    Records
        Tables that the change does not concern are the very frames of ``before``, so that whatever was made of them
        can be kept.
    """
    was = before.as_stored.tables
    changed = {name for name, frame in stored.tables.items() if frame is not was.get(name)}
    if "merges" in changed:
        return resolve(stored)
    concerned = changed | (TOGETHER if changed & TOGETHER else frozenset())
    part = {name: stored[name] for name in stored.tables if name in concerned | {"merges"}}
    resolved = resolve(Records(part, stored.data_version))
    tables = {name: resolved[name] if name in concerned else before[name] for name in stored.tables}
    same = all(tables[name] is frame for name, frame in stored.tables.items())
    return Records(tables, stored.data_version, None if same else stored)
