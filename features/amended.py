"""A prepared record with some of its tables changed, which arranges anew only what those tables give.

The numbers are those of preparing the changed record from the start, to the bit: what is carried over is a function
of tables that are the same objects in both.
"""

from collections.abc import Mapping

from features.prepared import Prepared, prepare
from features.surroundings import Everyone
from records.known import Records

PEOPLE = frozenset({"participants", "partnerships"})
OWN = PEOPLE | {"incidents", "involvements"}
READS: Mapping[str, frozenset[str]] = {
    "participants": PEOPLE,
    "groups": PEOPLE,
    "history": OWN,
    "visits": PEOPLE | {"validations"},
    "findings": PEOPLE | {"validations", "findings"},
    "standing": PEOPLE | {"statuses"},
    "partners": OWN,
    "enforcement": OWN | {"actions"},
    "exposure": PEOPLE | {"exposures"},
}
"""Which tables each part of a prepared record is a function of."""

TOTALS_READ: Mapping[str, frozenset[str]] = {"members": PEOPLE, "shipments": PEOPLE | {"exposures"}}
"""Which tables a sum over groups is a function of, by its source; sums of incidents are always worked out anew."""


def amended(prepared: Prepared, records: Records) -> Prepared:
    """``records`` arranged for features, with the parts of ``prepared`` whose tables are the same objects.

    Parameters
    ----------
    prepared : Prepared
        The record before, its tables pandas. One whose surroundings were given beforehand lends nothing.
    records : Records
        The record after, its tables pandas; tables that did not change must be the very same frames.
    """
    made = prepare(records)
    if prepared.given is not None or set(records.tables) != set(prepared.records.tables):
        return made
    changed = {name for name, frame in made.records.tables.items() if frame is not prepared.records.tables[name]}
    for part, tables in READS.items():
        if part in vars(prepared) and not tables & changed:
            vars(made)[part] = vars(prepared)[part]
    _lend_totals(prepared, made, changed)
    return made


def _lend_totals(prepared: Prepared, made: Prepared, changed: set[str]) -> None:
    """Sums over groups that do not look at incidents; they need the same participants and groups."""
    before = vars(prepared).get("surroundings")
    if not isinstance(before, Everyone) or PEOPLE & changed:
        return
    after = made.surroundings
    kept = tuple(source for source, tables in TOTALS_READ.items() if not tables & changed)
    if isinstance(after, Everyone):
        before.lend(after, kept)
