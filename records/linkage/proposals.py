"""Questions for a person: the parties that may be a participant, with each candidate and why."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from records.linkage.compare import explain_name
from records.linkage.model import FIELDS, in_words
from records.linkage.register import Register

COLUMNS = {
    "incident_id": "str",
    "party_no": "str",
    "party_name": "str",
    "participant_id": "str",
    "legal_name": "str",
    "weight": "float64",
    "basis": "str",
}
NO_PROPOSALS = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})


def propose(parties: pd.DataFrame, asked: pd.DataFrame, register: Register) -> pd.DataFrame:
    """One row for each candidate, the parties with the surest candidate first.

    Parameters
    ----------
    parties : DataFrame
        The open parties in the stored columns.
    asked : DataFrame
        record_id, party_name, participant_id, entry, weight and mw_* of the candidates to show.
    """
    names = register.entries["legal_name"].to_numpy()
    rows = asked.assign(legal_name=names[asked["entry"]]).merge(
        parties[["record_id", "incident_id", "party_no"]], on="record_id", validate="many_to_one"
    )
    rows["basis"] = bases(rows, register)
    rows["first"] = -rows.groupby("record_id")["weight"].transform("max")
    rows["falling"] = -rows["weight"]
    ordered = rows.sort_values(["first", "incident_id", "party_no", "falling", "participant_id"], kind="stable")
    return ordered[list(COLUMNS)].reset_index(drop=True).astype(COLUMNS)


def bases(rows: pd.DataFrame, register: Register) -> list[str]:
    """Why each candidate is one, in words; rows with ``party_name``, ``legal_name`` and mw_*."""
    columns = ["party_name", "legal_name", *(f"mw_{field}" for field in FIELDS)]
    once = rows[columns].drop_duplicates()
    said = once.assign(basis=[_basis(row, register) for row in once.to_dict("records")])
    return rows[columns].merge(said, on=columns, how="left")["basis"].tolist()


def _basis(row: dict[Hashable, Any], register: Register) -> str:
    evidence = explain_name(row["party_name"], row["legal_name"], register)
    parts = [f"name: {evidence.why()}"] if evidence else []
    return "; ".join([*parts, *in_words(row)]) or "no field to compare"
