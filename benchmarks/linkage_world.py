"""Parties of made-up reports at the size of a country: names misspelled, numbers mistyped, outsiders among them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.columns import DTYPES
from records.simulate.names import misspell, name_firms, name_outsiders
from records.tables import TABLES

SCHEMES = ("ein", "duns", "scac")
KINDS = ("importer", "highway_carrier", "broker")
ROLES = {"importer": "importer", "highway_carrier": "carrier", "broker": "broker"}
COUNTRIES = ("US", "MX", "CN", "DE")
OUTSIDE_SHARE, NUMBERED_SHARE, MISSPELLED_SHARE, MISTYPED_SHARE = 0.25, 0.4, 0.5, 0.1
FIRST_DAY = np.datetime64("2018-01-01", "us")


@dataclass(frozen=True)
class World:
    """The arguments of ``link_parties``, and incident_id, party_no, participant_id as they truly are."""

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame


def made_up_parties(*, participants: int, incidents: int, seed: int) -> World:
    """One party to each incident, none with an account."""
    rng = np.random.default_rng(seed)
    countries = rng.choice(COUNTRIES, participants, p=[0.55, 0.25, 0.12, 0.08]).tolist()
    kinds = rng.choice(KINDS, participants).tolist()
    names = name_firms(rng, countries, kinds)
    ids = [f"P{place:06d}" for place in range(participants)]
    schemes = rng.choice(SCHEMES, participants)
    values = [_number(rng, scheme) for scheme in schemes]
    owner = np.where(rng.random(incidents) < OUTSIDE_SHARE, -1, rng.integers(0, participants, incidents))
    outsiders = name_outsiders(rng, 4000)
    days = FIRST_DAY + rng.integers(0, 2000, incidents).astype("timedelta64[D]")
    incident_id = [f"I{place:07d}" for place in range(incidents)]
    parties = [_party(rng, place, outsiders, names, kinds, countries, schemes, values) for place in owner]
    tables = {
        "participants": _stored(
            "participants", participant_id=ids, legal_name=names, business_type=kinds, country=countries
        ),
        "identifiers": _stored("identifiers", participant_id=ids, scheme=schemes, value=values),
        "incidents": _stored("incidents", incident_id=incident_id, occurred_on=days, known_at=days),
        "open_parties": _stored(
            "involvements",
            incident_id=incident_id,
            party_no=["1"] * incidents,
            known_at=days,
            **pd.DataFrame(parties).to_dict("list"),
        ),
        "merges": _stored("merges", participant_id=[]),
    }
    inside = owner >= 0
    truth = pd.DataFrame({"incident_id": incident_id, "party_no": "1"})[inside]
    return World(tables, truth.assign(participant_id=np.array(ids, dtype=object)[owner[inside]]))


def _party(
    rng: np.random.Generator,
    owner: int,
    outsiders: list[str],
    names: list[str],
    kinds: list[str],
    countries: list[str],
    schemes: np.ndarray,
    values: list[str],
) -> dict[str, str | None]:
    if owner < 0:
        name = outsiders[int(rng.integers(0, len(outsiders)))]
        return {"party_name": _written(rng, name), "role": "carrier", "party_country": "US"}
    told: dict[str, str | None] = {"party_name": _written(rng, names[owner]), "role": ROLES[kinds[owner]]}
    told["party_country"] = countries[owner] if rng.random() < 0.5 else None
    if rng.random() < NUMBERED_SHARE:
        value = values[owner]
        if rng.random() < MISTYPED_SHARE:
            place = int(rng.integers(0, len(value)))
            value = value[:place] + "7" + value[place + 1 :]
        told |= {"party_scheme": str(schemes[owner]), "party_value": value}
    return told


def _written(rng: np.random.Generator, name: str) -> str:
    while len(name) > 8 and rng.random() < MISSPELLED_SHARE:
        name = misspell(rng, name)
    return name


def _number(rng: np.random.Generator, scheme: str) -> str:
    if scheme == "scac":
        return "".join(chr(65 + int(letter)) for letter in rng.integers(0, 26, 4))
    digits = "".join(map(str, rng.integers(0, 10, 9)))
    return f"{digits[:2]}-{digits[2:]}" if scheme == "ein" else digits


def _stored(table: str, **columns: object) -> pd.DataFrame:
    told = pd.DataFrame(columns)
    frame = {}
    for column in TABLES[table].all_columns:
        if column.name in told:
            frame[column.name] = told[column.name].astype(DTYPES[column.kind])
        elif column.kind == "flag":
            frame[column.name] = pd.Series(np.zeros(len(told), dtype=bool))
        else:
            filled = {"known_at": FIRST_DAY, "source": "made_up"}.get(column.name)
            frame[column.name] = pd.Series([filled] * len(told), dtype=DTYPES[column.kind])
    rows = pd.DataFrame(frame)
    return rows.assign(record_id=[f"{table}-{place}" for place in range(len(rows))]).astype({"record_id": "str"})
