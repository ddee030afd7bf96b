"""Field offices: an account that is bound to some sees their participants, as known at the date, and nobody else.

Ranks and averages stay those of the whole program: a place in the list means the same to every reader.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import pandas as pd

from records.known import Records, known_before
from serving.caller import caller
from serving.problems import UnknownParticipants

KEPT = 32
_LOCK = Lock()
_SEEN: OrderedDict[tuple[str, pd.Timestamp, frozenset[str]], frozenset[str]] = OrderedDict()


def visible_participants(records: Records, as_of: pd.Timestamp) -> frozenset[str] | None:
    """Ids that whoever asks may see at a date; None for everybody."""
    offices = caller().field_offices
    if offices is None:
        return None
    key = (records.data_version, as_of, offices)
    with _LOCK:
        if key in _SEEN:
            _SEEN.move_to_end(key)
            return _SEEN[key]
    seen = participants_of(records, as_of, offices)
    with _LOCK:
        _SEEN[key] = seen
        while len(_SEEN) > KEPT:
            _SEEN.popitem(last=False)
    return seen


def participants_of(records: Records, as_of: pd.Timestamp, offices: frozenset[str]) -> frozenset[str]:
    """Participants that were known before a date to belong to one of the offices."""
    known = known_before(Records({"participants": records["participants"]}, records.data_version), as_of)
    people = known["participants"]
    return frozenset(people.loc[people["field_office"].isin(list(offices)), "participant_id"].astype(str))


def require_visible(records: Records, participant_ids: Sequence[str], as_of: pd.Timestamp) -> None:
    """Answer for a participant of another office as for one that does not exist.

    Raises
    ------
    UnknownParticipants
        Names every id that is not visible, whether or not there is such a participant.
    """
    seen = visible_participants(records, as_of)
    outside = [] if seen is None else sorted({name for name in participant_ids if name not in seen})
    if outside:
        raise UnknownParticipants(outside, as_of.date().isoformat())


def only_visible(frame: pd.DataFrame, records: Records, as_of: pd.Timestamp) -> pd.DataFrame:
    """The rows of a frame whose ``participant_id`` may be seen."""
    seen = visible_participants(records, as_of)
    return frame if seen is None else frame[frame["participant_id"].isin(seen)]
