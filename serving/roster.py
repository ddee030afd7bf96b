"""Finding someone on record at a date by number or name."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from records.known import Records, known_before
from serving.access.scope import only_visible


@dataclass(frozen=True)
class Listing:
    """What the participants page finds: rows to show, and how many there are in all."""

    rows: tuple[Mapping[str, str], ...]
    found: int
    total: int


def search_participants(records: Records, as_of: pd.Timestamp, text: str, limit: int = 50) -> Listing:
    """Participants whose number or name holds ``text``, letter case aside, in order of number."""
    known = known_before(_only(records, "participants", "statuses"), as_of)
    people = only_visible(known["participants"], records, as_of).sort_values("participant_id", ignore_index=True)
    wanted = people
    if text:
        folded = text.casefold()
        named = people["legal_name"].fillna("").str.casefold().str.contains(folded, regex=False)
        numbered = people["participant_id"].str.casefold().str.contains(folded, regex=False)
        wanted = people[named | numbered]
    shown = wanted.head(limit)
    status = latest_status(known)
    rows = tuple(
        {
            "participant_id": str(row.participant_id),
            "name": _text(row.legal_name),
            "business_type": _text(row.business_type),
            "country": _text(row.country),
            "field_office": _text(row.field_office),
            "status": status.get(str(row.participant_id), ""),
        }
        for row in shown.itertuples(index=False)
    )
    return Listing(rows, len(wanted), len(people))


def latest_status(known: Records) -> dict[str, str]:
    """The standing in force of every participant, from rows that were known."""
    if "statuses" not in known:
        return {}
    ordered = known["statuses"].sort_values(["participant_id", "effective_on"])
    last = ordered.drop_duplicates("participant_id", keep="last")
    return dict(zip(last["participant_id"].tolist(), last["status"].tolist(), strict=True))


def _only(records: Records, *tables: str) -> Records:
    return Records({name: records[name] for name in tables if name in records}, records.data_version)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
