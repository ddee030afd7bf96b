"""The participants as the comparison sees them: their names, and what is known beside."""

from dataclasses import dataclass

import pandas as pd

from records.linkage.normalize import Spelling, normalize_address, spell
from records.linkage.numbers import clean_numbers, number_keys
from records.linkage.rarity import Rarity

PROFILE = ["business_type", "country", "address"]
KINDS_BY_ROLE: dict[str, tuple[str, ...]] = {
    "importer": ("importer",),
    "consignee": ("importer", "third_party_logistics"),
    "shipper": ("exporter", "foreign_manufacturer"),
    "exporter": ("exporter", "foreign_manufacturer"),
    "manufacturer": ("foreign_manufacturer",),
    "broker": ("broker",),
    "terminal": ("port_terminal_operator",),
    "consolidator": ("consolidator", "third_party_logistics"),
    "carrier": ("highway_carrier", "mexican_long_haul_carrier", "sea_carrier", "air_carrier", "rail_carrier"),
}
"""Which businesses play a role. Any other role says nothing about the business."""


@dataclass(frozen=True)
class Register:
    """Participants under each of their names.

    ``entries`` has one row for each participant and spelling: unique_id, participant_id, legal_name, name_id,
    known_at (since when name and profile were known) and the columns of the comparison. ``spellings`` are the
    distinct names by name_id, ``rarity`` the shares of their words.
    """

    entries: pd.DataFrame
    spellings: tuple[Spelling, ...]
    rarity: Rarity

    @property
    def size(self) -> int:
        """Participants in the register."""
        return int(self.entries["participant_id"].nunique())


def read_register(participants: pd.DataFrame, identifiers: pd.DataFrame) -> Register:
    """The register as it is known in full; a participant whose latest version is retracted is not in it.

    Parameters
    ----------
    participants, identifiers : DataFrame
        Every version, in the stored columns, in any order.
    """
    ordered = participants.sort_values(["participant_id", "known_at", "record_id"], kind="stable")
    latest = ordered.drop_duplicates("participant_id", keep="last")
    latest = latest[~latest["retracted"]]
    entries = _names(ordered[ordered["participant_id"].isin(latest["participant_id"])])
    entries = entries.merge(_profiles(ordered, latest), on="participant_id", validate="many_to_one")
    entries = entries.merge(_numbers(identifiers), on="participant_id", how="left", validate="many_to_one")
    entries["known_at"] = entries[["name_known_at", "profile_known_at"]].max(axis=1)
    spellings = sorted(
        set(entries["spelling"].dropna()), key=lambda spelling: (spelling.words, spelling.form, spelling.whole)
    )
    places = {spelling: place for place, spelling in enumerate(spellings)}
    entries["name_id"] = entries["spelling"].map(places).astype("Int64")
    entries["form"] = entries["spelling"].map(form_words)
    entries["kinds"] = entries["business_type"].map(lambda kind: None if pd.isna(kind) else [kind]).astype(object)
    entries["address"] = entries["address"].map(address_words).astype(object)
    entries.insert(0, "unique_id", range(len(entries)))
    named = entries.dropna(subset=["spelling"]).drop_duplicates(["participant_id", "words"])
    return Register(entries, tuple(spellings), Rarity.of(named["words"]))


def _names(ordered: pd.DataFrame) -> pd.DataFrame:
    """Each participant and spelling once: as first written, since first known. One without a name has one row."""
    rows = ordered[["participant_id", "legal_name", "known_at"]].rename(columns={"known_at": "name_known_at"})
    rows["spelling"] = rows["legal_name"].map(spelling_of).astype(object)
    rows["words"] = rows["spelling"].map(lambda told: told.words if isinstance(told, Spelling) else None)
    named = rows.dropna(subset=["spelling"]).drop_duplicates(["participant_id", "spelling"])
    nameless = rows[~rows["participant_id"].isin(named["participant_id"])].drop_duplicates("participant_id")
    return pd.concat([named, nameless]).sort_values(["participant_id", "name_known_at"], ignore_index=True)


def _profiles(ordered: pd.DataFrame, latest: pd.DataFrame) -> pd.DataFrame:
    """What is known of each participant beside the name, and since when it has been so."""
    profiles = latest[["participant_id", *PROFILE]]
    same = ordered[["participant_id", *PROFILE, "known_at"]].merge(profiles, on=["participant_id", *PROFILE])
    since = same.groupby("participant_id")["known_at"].min().rename("profile_known_at")
    return profiles.merge(since, on="participant_id", validate="one_to_one")


def _numbers(identifiers: pd.DataFrame) -> pd.DataFrame:
    """Every number that ever named a participant, retracted ones left out."""
    ordered = identifiers.sort_values(["participant_id", "scheme", "value", "known_at", "record_id"], kind="stable")
    latest = ordered.drop_duplicates(["participant_id", "scheme", "value"], keep="last")
    latest = latest[~latest["retracted"]]
    told = latest.assign(number=clean_numbers(latest["scheme"], latest["value"])).dropna(subset=["number"])
    columns = ["participant_id", "schemes", "numbers", "number_keys", "numbers_known_at"]
    numbers: dict[str, set[str]] = {}
    for participant, number in zip(told["participant_id"], told["number"], strict=True):
        numbers.setdefault(participant, set()).add(number)
    since = told.groupby("participant_id")["known_at"].max()
    rows = [(one, *number_columns(sorted(theirs)), since[one]) for one, theirs in sorted(numbers.items())]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"participant_id": "str", "numbers_known_at": "datetime64[us]"})


def number_columns(numbers: list[str]) -> tuple[list[str] | None, list[str] | None, list[str] | None]:
    """Schemes, numbers and the keys under which a mistyped number is found; nothing without a number."""
    if not numbers:
        return None, None, None
    schemes = sorted({number.partition(":")[0] for number in numbers})
    return schemes, numbers, sorted({key for number in numbers for key in number_keys(number)})


def spelling_of(name: object) -> Spelling | None:
    """A name as words; nothing where there is none."""
    return spell(name) if isinstance(name, str) else None


def form_words(spelling: object) -> list[str] | None:
    """The legal form of a name; nothing where it names none."""
    return list(spelling.form) or None if isinstance(spelling, Spelling) else None


def address_words(text: object) -> list[str] | None:
    """The words of an address; nothing where there is none."""
    return list(normalize_address(text)) or None if isinstance(text, str) else None
