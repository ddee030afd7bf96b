"""The cohort at one moment, scored: who is in it, in what order, and what is usual among peers.

Drawing a view costs one matrix and one prediction for everyone. A service keeps the latest and
answers single participants from it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.cohort import at_risk
from features.matrix import Prepared, build_matrix, prepare
from features.moments import microseconds
from features.spine import arrange_spine
from models.fitted import RiskModel
from models.peers import PeerMedians, peer_medians
from models.spec import Array
from models.trees import Matrix
from records.as_found import AS_FOUND
from records.as_of import check_as_of
from records.known import Records

MICROSECONDS_A_DAY = 86_400 * 1_000_000


@dataclass(frozen=True)
class CohortView:
    """Everyone at risk at ``as_of`` with margins and ranks.

    Parameters
    ----------
    participant_ids : array of str, shape (n,), ascending
    rows : array of float32, shape (n, features), in the model's order
    margin : array of float, shape (n,)
    rated : array of bool, shape (n,)
        Of whom enough is known for a score.
    rank : array of int, shape (n,)
        From 1, rated participants first, by margin; ties by a seeded hash of participant and moment.
    peers : PeerMedians
        Medians over this cohort.
    """

    as_of: pd.Timestamp
    participant_ids: NDArray[np.object_]
    rows: Matrix
    margin: Array
    rated: NDArray[np.bool_]
    rank: NDArray[np.int64]
    peers: PeerMedians

    def __len__(self) -> int:
        return len(self.participant_ids)

    def place(self, participant_id: str) -> int | None:
        """Row of a participant; None outside the cohort."""
        row = int(np.searchsorted(self.participant_ids, participant_id))
        return row if row < len(self) and self.participant_ids[row] == participant_id else None

    def percentile(self, rank: int) -> float:
        """Percent of the cohort placed lower on the list."""
        return 100.0 * (len(self) - rank) / len(self)


def view_cohort(model: RiskModel, records: Records | Prepared, as_of: pd.Timestamp) -> CohortView:
    """Score and rank everyone at risk at ``as_of``; AsOfRefused when nothing was known before it."""
    prepared = prepared_of(model, records)
    # Its own moment stands for the present: the past alone decides here whether there is anything to see.
    check_as_of(prepared.records, as_of, as_of)
    ids = at_risk(prepared, as_of)["participant_id"].to_numpy(dtype=object)
    rows = values_at(model, prepared, ids, as_of)
    margin = model.margin_of(rows) if len(ids) else np.zeros(0)
    rated = model.carried.enough(model.catalog, rows, days_of_record(prepared, ids, as_of))
    rank = _ranked(model, ids, margin, rated, as_of)
    return CohortView(as_of, ids, rows, margin, rated, rank, peer_medians(rows, model.peers.column))


def view_with(model: RiskModel, view: CohortView, prepared: Prepared, participant_id: str) -> CohortView:
    """The view with one participant's row worked out from another record; everyone else's, and the peers, stay.

    A participant outside the cohort stays outside.
    """
    place = view.place(participant_id)
    if place is None:
        return view
    rows, margin, rated = view.rows.copy(), view.margin.copy(), view.rated.copy()
    own = values_at(model, prepared, [participant_id], view.as_of)
    rows[place], margin[place] = own[0], model.margin_of(own)[0]
    days = days_of_record(prepared, [participant_id], view.as_of)
    rated[place] = model.carried.enough(model.catalog, own, days)[0]
    rank = _ranked(model, view.participant_ids, margin, rated, view.as_of)
    return replace(view, rows=rows, margin=margin, rated=rated, rank=rank)


def _ranked(
    model: RiskModel, ids: NDArray[np.object_], margin: Array, rated: NDArray[np.bool_], as_of: pd.Timestamp
) -> NDArray[np.int64]:
    """Places from 1: rated participants first, by margin; ties by a seeded hash."""
    ties = np.array([_tie(identifier, as_of, model.seed) for identifier in ids], dtype=np.uint64)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.lexsort((ties, -margin, ~rated))] = np.arange(1, len(ids) + 1)
    return rank


def prepared_of(model: RiskModel, records: Records | Prepared) -> Prepared:
    """The record arranged for features, read as the model was taught: whole, or as the program found it."""
    prepared = records if isinstance(records, Prepared) else prepare(records)
    return prepared.as_found if model.self_reports == AS_FOUND else prepared


def values_at(
    model: RiskModel, prepared: Prepared, ids: Sequence[str] | NDArray[np.object_], as_of: pd.Timestamp
) -> Matrix:
    """The model's columns for these participants at ``as_of``, shape (n, features)."""
    if len(ids) == 0:
        return np.zeros((0, len(model.features)), dtype=np.float32)
    moments = np.full(len(ids), as_of.to_datetime64(), dtype="datetime64[us]")
    spine = pd.DataFrame({"participant_id": pd.Series(list(ids), dtype="str"), "as_of": moments})
    return model.values(build_matrix(prepared, spine))


def days_of_record(prepared: Prepared, ids: Sequence[str] | NDArray[np.object_], as_of: pd.Timestamp) -> Array:
    """Days from a participant's first row to ``as_of``, shape (n,); NaN when it is not on record then."""
    people = prepared.participants
    codes = people.codes(pd.Series(list(ids), dtype="str"))
    first = np.append(people.first_known, 0)[codes]
    moment = int(microseconds(pd.Series([as_of]))[0])
    there = people.on_record(arrange_spine(codes, np.full(codes.size, moment)))
    return np.where(there, (moment - first) / MICROSECONDS_A_DAY, np.nan)


def _tie(participant_id: str, as_of: pd.Timestamp, seed: int) -> int:
    text = f"{seed}\0{as_of.isoformat()}\0{participant_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
