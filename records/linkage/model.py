"""The weights of the comparison, and splink that adds them up in DuckDB.

Every level has a fixed m (its share among pairs that are one firm) and u (among pairs that are two), stated here
and never estimated from a batch, so a link can be repeated and explained. A field that is missing on either side
is neutral. The words of a name are weighed before, see :mod:`records.linkage.likeness`: their bits come as
a map from the names of the register, and each level of the name comparison is one bit.
"""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import duckdb
import pandas as pd

from records.linkage.likeness import MOST_BITS

CANDIDATE_ODDS = 3.0
"""Of four parties that come without an account, three are taken to be participants before anything is compared."""
LEAST_BITS = -10
SIDE_COLUMNS = (
    "unique_id",
    "name_id",
    "name_bits",
    "form",
    "country",
    "kinds",
    "address",
    "schemes",
    "numbers",
    "number_keys",
)
"""What a side of the comparison brings; all but the first two may be null."""

Level = tuple[str, str, float, float]
"""Condition in SQL, what it means in words, m and u."""

_MISSING = "{0}_l IS NULL OR {0}_r IS NULL"
_SHARED_ADDRESS = "len(list_intersect(address_l, address_r)) / least(len(address_l), len(address_r))"
_FORMS_FIT = "list_has_all(form_l, form_r) OR list_has_all(form_r, form_l)"

FIELDS: dict[str, tuple[str, tuple[Level, ...]]] = {
    "form": (
        _MISSING.format("form"),
        (
            (_FORMS_FIT, "same legal form", 0.95, 0.35),
            ("ELSE", "another legal form", 0.05, 0.65),
        ),
    ),
    "country": (
        _MISSING.format("country"),
        (
            ("country_l = country_r", "same country", 0.97, 0.45),
            ("ELSE", "another country", 0.03, 0.55),
        ),
    ),
    "kind": (
        _MISSING.format("kinds"),
        (
            ("list_has_any(kinds_l, kinds_r)", "role fits the business", 0.95, 0.35),
            ("ELSE", "role does not fit the business", 0.05, 0.65),
        ),
    ),
    "address": (
        _MISSING.format("address"),
        (
            (f"{_SHARED_ADDRESS} = 1 AND least(len(address_l), len(address_r)) > 2", "same address", 0.50, 0.0002),
            (f"{_SHARED_ADDRESS} >= 0.7", "nearly the same address", 0.25, 0.0010),
            (f"{_SHARED_ADDRESS} >= 0.4", "address alike", 0.10, 0.0200),
            ("ELSE", "another address", 0.15, 0.9788),
        ),
    ),
    "number": (
        f"{_MISSING.format('schemes')} OR NOT list_has_any(schemes_l, schemes_r)",
        (
            ("list_has_any(numbers_l, numbers_r)", "same number", 0.30, 0.0001),
            ("list_has_any(number_keys_l, number_keys_r)", "number one character off", 0.40, 0.0005),
            ("ELSE", "another number", 0.30, 0.9994),
        ),
    ),
}
"""Fields beside the name: when they are missing, and their levels from the nearest to the rest."""


def name_levels() -> tuple[Level, ...]:
    """The name: one level a bit, from the most down to the least that makes a difference."""
    held = "name_bits_l[name_id_r]"
    levels = [(f"{held} >= {bits}", f"name {bits:+d} bits", *_m_and_u(bits)) for bits in _bits()]
    return (*levels, ("ELSE", "another name", *_m_and_u(LEAST_BITS)))


def _bits() -> range:
    return range(int(MOST_BITS), LEAST_BITS, -1)


def _m_and_u(bits: float) -> tuple[float, float]:
    return (0.5, 0.5 * 2.0**-bits) if bits >= 0 else (0.5 * 2.0**bits, 0.5)


def prior(names: int) -> float:
    """Probability that a party and a participant drawn at random are one, for a register of so many."""
    return CANDIDATE_ODDS / (CANDIDATE_ODDS + max(names, 1))


def _comparison(name: str, missing: str, levels: tuple[Level, ...]) -> dict[str, Any]:
    held = [
        {"sql_condition": sql, "label_for_charts": words, "m_probability": m, "u_probability": u}
        for sql, words, m, u in levels
    ]
    null = {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True}
    return {"output_column_name": name, "comparison_levels": [null, *held]}


def score_pairs(connection: duckdb.DuckDBPyConnection, *, names: int, link: bool) -> pd.DataFrame:
    """Weigh the pairs of the table ``pairs``.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds the tables ``parties`` and, for a link, ``participants`` with :data:`SIDE_COLUMNS`, and ``pairs``
        with ``left_id`` and ``right_id``.
    names : int
        Size of the register, for the prior.
    link : bool
        Two tables; False compares the parties with each other.

    Returns
    -------
    DataFrame
        ``left_id``, ``right_id``, ``bits`` (match weight, prior included) and the bits of each field as ``mw_*``.
    """
    # Importing splink takes seconds; only who links pays for it.
    from splink import DuckDBAPI, Linker, SettingsCreator

    name = _comparison("name", "name_bits_l IS NULL OR name_id_r IS NULL", name_levels())
    settings = SettingsCreator(
        link_type="link_only" if link else "dedupe_only",
        probability_two_random_records_match=prior(names),
        comparisons=[name, *(_comparison(field, *told) for field, told in FIELDS.items())],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
        linker_uid="trustlane",
    )
    api = DuckDBAPI(connection)
    sides = ("parties", "participants") if link else ("parties",)
    inputs = [api.register(side, table_name=f"linkage_{side}") for side in sides]
    linker = Linker(inputs if link else inputs[0], settings, log_level=None, validate_settings=False)
    connection.execute(_blocked_sql(link))
    linker.table_management.register_blocked_pairs_for_predict(
        api.register("blocked_pairs", table_name="linkage_pairs")
    )
    scored = linker.inference.predict(warning_mode="never")
    weights = ", ".join(f"mw_{field}" for field in ("name", *FIELDS))
    pairs: pd.DataFrame = connection.execute(
        f"SELECT unique_id_l AS left_id, unique_id_r AS right_id, match_weight AS bits, {weights} "  # noqa: S608
        f"FROM {scored.physical_name} ORDER BY left_id, right_id"
    ).df()
    api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return pairs


def _blocked_sql(link: bool) -> str:
    left, right = ("'linkage_parties-__-' || left_id", "'linkage_participants-__-' || right_id")
    if not link:
        left, right = "left_id", "right_id"
    columns = f"'0' AS match_key, {left} AS join_key_l, {right} AS join_key_r"
    return f"CREATE OR REPLACE TEMP TABLE blocked_pairs AS SELECT {columns} FROM pairs"  # noqa: S608


def in_words(weights: Mapping[Hashable, Any]) -> list[str]:
    """What each field beside the name said, from its ``mw_*`` bits; nothing for a field that was missing."""
    said = []
    for field, (_, levels) in FIELDS.items():
        bits = weights[f"mw_{field}"]
        if bits:
            _, words, _, _ = min(levels, key=lambda level: abs(math.log2(level[2] / level[3]) - bits))
            said.append(words)
    return said
