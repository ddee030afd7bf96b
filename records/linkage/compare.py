"""Parties against the register: candidates, the evidence of their names, and splink's sum of all fields."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa

from records.linkage.blocking import near_names
from records.linkage.likeness import NameEvidence, name_evidence
from records.linkage.model import FIELDS, score_pairs
from records.linkage.normalize import Spelling, spell
from records.linkage.numbers import clean_numbers
from records.linkage.register import KINDS_BY_ROLE, Register, address_words, form_words, number_columns, spelling_of
from records.workbench import open_workbench

AT_ONCE = 50_000
"""Distinct parties compared at a time, so that memory stays bounded."""
TOLD = ["party_name", "role", "party_country", "party_address", "party_scheme", "party_value"]
"""What a party tells of itself. Parties that tell the same are compared once."""

_TEXTS = pa.list_(pa.string())
_SIDE = pa.schema(
    [
        ("unique_id", pa.int64()),
        ("name_id", pa.int64()),
        ("form", _TEXTS),
        ("country", pa.string()),
        ("kinds", _TEXTS),
        ("address", _TEXTS),
        ("schemes", _TEXTS),
        ("numbers", _TEXTS),
        ("number_keys", _TEXTS),
    ]
)
_OTHER_PAIRS = """
SELECT DISTINCT p.unique_id AS left_id, r.unique_id AS right_id
FROM (SELECT unique_id, unnest(number_keys) AS key FROM parties_given) p
JOIN (SELECT unique_id, unnest(number_keys) AS key FROM register) r USING (key)
UNION
SELECT p.unique_id, r.unique_id FROM parties_given p JOIN register r USING (address)
WHERE len(address) > 2 AND address NOT IN (
    SELECT address FROM register WHERE address IS NOT NULL GROUP BY address HAVING count(*) > 20
)
"""


@dataclass(frozen=True)
class Compared:
    """Scored candidates.

    ``parties`` has the distinct :data:`TOLD` with ``unique_id``; ``pairs`` has left_id (of a party), participant_id,
    entry (the row of the register), bits and mw_*, the best entry of each participant only.
    """

    parties: pd.DataFrame
    pairs: pd.DataFrame


def compare_parties(told: pd.DataFrame, register: Register) -> Compared:
    """Weigh every party against the participants that it might be.

    Parameters
    ----------
    told : DataFrame
        The columns :data:`TOLD`, in any order and any number of times.
    """
    parties = told[TOLD].drop_duplicates().sort_values(TOLD, kind="stable", ignore_index=True)
    parties.insert(0, "unique_id", range(len(parties)))
    sides = _party_sides(parties)
    found = []
    if len(parties) and len(register.entries):
        with open_workbench({}) as connection:
            _load_register(connection, register)
            found = [_compare_some(connection, some, register) for some in _portions(sides)]
    return Compared(parties, pd.concat(found, ignore_index=True) if found else _no_pairs())


def explain_name(party_name: object, legal_name: object, register: Register) -> NameEvidence | None:
    """The evidence of one pair of names; None where either is missing."""
    if not isinstance(party_name, str) or not isinstance(legal_name, str):
        return None
    return name_evidence(spell(party_name), spell(legal_name), register.rarity)


def _party_sides(parties: pd.DataFrame) -> pd.DataFrame:
    spellings = parties["party_name"].map(spelling_of).astype(object)
    numbers = clean_numbers(parties["party_scheme"], parties["party_value"])
    lists = [number_columns([] if pd.isna(number) else [number]) for number in numbers]
    return pd.DataFrame(
        {
            "unique_id": parties["unique_id"],
            "spelling": spellings,
            "form": spellings.map(form_words),
            "country": parties["party_country"],
            "kinds": [list(KINDS_BY_ROLE.get(role, ())) or None for role in parties["role"].fillna("")],
            "address": [address_words(text) for text in parties["party_address"]],
            "schemes": [each[0] for each in lists],
            "numbers": [each[1] for each in lists],
            "number_keys": [each[2] for each in lists],
        }
    )


def _portions(sides: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """A bounded number of parties at a time; those of one spelling stand together, so it is compared once."""
    order = pd.Series(
        [(s.words, s.form, s.whole) if isinstance(s, Spelling) else ((), (), "") for s in sides["spelling"]]
    )
    ordered = sides.iloc[order.argsort(kind="stable").to_numpy()]
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered.iloc[start : start + AT_ONCE]


def _load_register(connection: duckdb.DuckDBPyConnection, register: Register) -> None:
    connection.register("register_given", _arrow(register.entries))
    connection.execute("CREATE TEMP TABLE register AS SELECT * FROM register_given")
    connection.execute(
        "CREATE TEMP TABLE participants AS SELECT *, NULL::MAP(BIGINT, DOUBLE) AS name_bits FROM register"
    )


def _compare_some(connection: duckdb.DuckDBPyConnection, sides: pd.DataFrame, register: Register) -> pd.DataFrame:
    spellings = list(dict.fromkeys(each for each in sides["spelling"] if isinstance(each, Spelling)))
    places = {spelling: place for place, spelling in enumerate(spellings)}
    numbered = sides.assign(name_id=sides["spelling"].map(places).astype("Int64"))
    connection.register("parties_given", _arrow(numbered))
    near = near_names(connection, _words(spellings), _words(register.spellings))
    connection.register("near_given", near)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        SELECT p.unique_id AS left_id, r.unique_id AS right_id
        FROM parties_given p JOIN near_given n USING (name_id) JOIN register r ON r.name_id = n.book_id
        UNION {_OTHER_PAIRS}
    """)  # noqa: S608
    if not connection.execute("SELECT count(*) FROM pairs").df().iloc[0, 0]:
        return _no_pairs()
    _weigh_names(connection, spellings, register)
    return _best_entries(score_pairs(connection, names=register.size, link=True), register)


def _weigh_names(connection: duckdb.DuckDBPyConnection, spellings: list[Spelling], register: Register) -> None:
    """Each distinct pair of spellings once; the parties then carry the bits by name of the register."""
    wanted = connection.execute("""
        SELECT DISTINCT p.name_id AS name_id, r.name_id AS book_id
        FROM pairs JOIN parties_given p ON p.unique_id = left_id JOIN register r ON r.unique_id = right_id
        WHERE p.name_id IS NOT NULL AND r.name_id IS NOT NULL ORDER BY ALL
    """).df()
    bits = [
        name_evidence(spellings[name], register.spellings[book], register.rarity).bits
        for name, book in zip(wanted["name_id"], wanted["book_id"], strict=True)
    ]
    connection.register("bits_given", wanted.assign(bits=pd.Series(bits, dtype="float64")))
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE parties AS
        SELECT p.*, CASE WHEN p.name_id IS NULL THEN NULL ELSE coalesce(b.name_bits, MAP {}) END AS name_bits
        FROM parties_given p LEFT JOIN (
            SELECT name_id, map_from_entries(list((book_id, bits) ORDER BY book_id)) AS name_bits
            FROM bits_given GROUP BY name_id
        ) b USING (name_id)
    """)


def _best_entries(pairs: pd.DataFrame, register: Register) -> pd.DataFrame:
    entries = register.entries
    pairs["participant_id"] = entries["participant_id"].to_numpy()[pairs["right_id"]]
    pairs = pairs.rename(columns={"right_id": "entry"}).sort_values(
        ["left_id", "participant_id", "bits", "entry"], ascending=[True, True, False, True], kind="stable"
    )
    return pairs.drop_duplicates(["left_id", "participant_id"]).reset_index(drop=True)


def _words(spellings: list[Spelling] | tuple[Spelling, ...]) -> pd.DataFrame:
    return pd.DataFrame({"name_id": range(len(spellings)), "words": [list(each.words) for each in spellings]})


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[_SIDE.names], schema=_SIDE, preserve_index=False)


def _no_pairs() -> pd.DataFrame:
    columns = {"left_id": "int64", "entry": "int64", "bits": "float64", "participant_id": "str"}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()}).assign(
        **{f"mw_{field}": pd.Series(dtype="float64") for field in ("name", *FIELDS)}
    )
