"""A weighted index in the manner of FMCSA's Safety Measurement System."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from models.baselines.columns import (
    BUSINESS_TYPE,
    LAST_YEAR,
    SEVERITY_LAST_YEAR,
    SEVERITY_THREE_YEARS,
    SHIPMENTS,
    THREE_YEARS,
    WATCHED,
    read_column,
    read_where_sent,
    typical_size,
)
from models.spec import Array, TrainingSlice

EVERYONE = "all"
NOT_RATED = -1.0
LEAST_EXPOSURE, MOST_EXPOSURE = 0.1, 10.0


@dataclass(frozen=True)
class PeerMeasures:
    """The measures of one peer group at one date: how many participants, and those above 0, rising."""

    participants: int
    above_zero: tuple[float, ...]

    def percentile(self, measure: Array) -> Array:
        """Share of the group below each measure, same shape: 0 for a measure of 0, and always below 1.

        Equal measures take the middle of their places; between two known measures the share rises in a line, and
        beyond the highest it nears 1, so that a higher measure always has the higher share.
        """
        if not self.above_zero:
            return np.asarray(np.where(measure > 0, 1.0 - 0.5 / (1.0 + measure), 0.0), dtype=np.float64)
        values, counts = np.unique(np.array(self.above_zero), return_counts=True)
        quiet = self.participants - len(self.above_zero)
        shares = (quiet + np.cumsum(counts) - 0.5 * counts) / self.participants
        inside = np.interp(measure, np.append(0.0, values), np.append(quiet / self.participants, shares))
        beyond = 1.0 - (1.0 - shares[-1]) * values[-1] / np.maximum(measure, values[-1])
        share = np.where(measure > values[-1], beyond, inside)
        return np.asarray(np.where(measure > 0, share, 0.0), dtype=np.float64)


@dataclass(frozen=True)
class WeightedIndex:
    """Time weight times severity weight per exposure, as a percentile within the peer group.

    The Safety Measurement System (FMCSA, Carrier Safety Measurement System Methodology, 2016) weights a
    violation by its severity (1 to 10) and its age (3 up to 6 months, 2 up to 12, 1 up to 24, then 0), divides the
    sum by exposure, and ranks a carrier by its percentile within a group of its like; too few inspections are not
    rated. The catalog has sums of severity over one and over three years, so the age weights are the means over
    these: 2.5 in the last year, 0.5 in the two before. An incident has one point where severity is not sent.

    Exposure is shipments over the program's typical, held between 0.1 and 10; 1 where it is unknown. Peers are
    participants of the same business type, as they stood at the last training date; types of fewer than
    ``least_peers`` are compared with everyone. A participant with less than ``least_days`` of record is not rated and
    ranks below everybody.
    """

    name: str = "weighted_index"
    last_year_weight: float = 2.5
    older_weight: float = 0.5
    least_days: float = 180.0
    least_peers: int = 100
    typical_shipments: float = 1.0
    peers: Mapping[str, PeerMeasures] = field(default_factory=lambda: {EVERYONE: PeerMeasures(0, ())}, repr=False)

    def reads(self, sent: Collection[str]) -> tuple[str, ...]:
        """Severity of one and of three years, or counts where it is not sent; exposure, type, days on record."""
        points = (
            (SEVERITY_LAST_YEAR, SEVERITY_THREE_YEARS) if SEVERITY_THREE_YEARS in sent else (LAST_YEAR, THREE_YEARS)
        )
        return tuple(name for name in (*points, SHIPMENTS, BUSINESS_TYPE, WATCHED) if name in sent)

    def fit(self, train: TrainingSlice) -> "WeightedIndex":
        """The typical exposure, and the peers' measures at the last date."""
        sized = replace(self, typical_shipments=typical_size(read_where_sent(train.matrix, SHIPMENTS)))
        last = train.matrix[train.as_of == train.as_of.max()]
        last = last[sized._rated(last)]
        measure = sum(sized._parts(last).values(), start=np.zeros(len(last)))
        codes = read_where_sent(last, BUSINESS_TYPE)
        peers = {EVERYONE: _measures(measure)}
        for code in np.unique(codes[~np.isnan(codes)]):
            of_type = measure[codes == code]
            if len(of_type) >= self.least_peers:
                peers[_key(code)] = _measures(of_type)
        return replace(sized, peers=peers)

    def rank_value(self, matrix: pd.DataFrame) -> Array:
        """The percentile as a share, shape (n,); -1 for those that are not rated."""
        return self.margin(matrix)

    def margin(self, matrix: pd.DataFrame) -> Array:
        """The rank value itself."""
        measure = sum(self._parts(matrix).values(), start=np.zeros(len(matrix)))
        return np.where(self._rated(matrix), self._percentile(matrix, measure), NOT_RATED)

    def contributions(self, matrix: pd.DataFrame) -> tuple[float, pd.DataFrame]:
        """The percentile shared out by each period's part of the measure; the thin record's -1 stands by itself.

        The base is 0, the percentile of nothing.
        """
        parts = self._parts(matrix)
        measure = sum(parts.values(), start=np.zeros(len(matrix)))
        rated = self._rated(matrix)
        percentile = np.where(rated, self._percentile(matrix, measure), 0.0)
        whole = np.where(measure > 0, measure, 1.0)
        shared = {name: percentile * part / whole for name, part in parts.items()}
        return 0.0, pd.DataFrame(shared | {WATCHED: np.where(rated, 0.0, NOT_RATED)}, index=matrix.index)

    def _parts(self, matrix: pd.DataFrame) -> dict[str, Array]:
        """Weighted points per exposure of the last year and of the two before."""
        with_severity = SEVERITY_THREE_YEARS in matrix.columns
        names = (SEVERITY_LAST_YEAR, SEVERITY_THREE_YEARS) if with_severity else (LAST_YEAR, THREE_YEARS)
        year, three = (np.nan_to_num(read_column(matrix, name)) for name in names)
        relative = (1.0 + read_where_sent(matrix, SHIPMENTS)) / self.typical_shipments
        exposure = np.where(np.isnan(relative), 1.0, np.clip(relative, LEAST_EXPOSURE, MOST_EXPOSURE))
        older = np.maximum(three - year, 0.0)
        return {names[0]: self.last_year_weight * year / exposure, names[1]: self.older_weight * older / exposure}

    def _percentile(self, matrix: pd.DataFrame, measure: Array) -> Array:
        percentile = self.peers[EVERYONE].percentile(measure)
        codes = read_where_sent(matrix, BUSINESS_TYPE)
        for code in np.unique(codes[~np.isnan(codes)]):
            if _key(code) in self.peers:
                of_type = codes == code
                percentile[of_type] = self.peers[_key(code)].percentile(measure[of_type])
        return percentile

    def _rated(self, matrix: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        days = read_where_sent(matrix, WATCHED)
        return np.asarray(np.isnan(days) | (days >= self.least_days), dtype=bool)


def _measures(measure: Array) -> PeerMeasures:
    return PeerMeasures(len(measure), tuple(float(value) for value in np.sort(measure[measure > 0])))


def _key(code: float) -> str:
    return str(int(code))
