"""Peers: firms of the same business type, country and size, and where a participant stands among them."""

from dataclasses import dataclass

import numpy as np

from features.compiled import Floats, Singles
from features.groups import Groups
from features.history import History
from features.spine import Spine
from features.surroundings import Surroundings
from features.windows import window_sums

PRIOR_PEERS = 20.0
"""A peer group's rate leans on the wider group as if it held this many further firms of average record."""

FEWEST_PEERS = 5
"""Below this many others a place among them says nothing."""


@dataclass(frozen=True)
class Peers:
    """Incidents of a participant's peers, its own left out."""

    groups: Groups
    history: History
    surroundings: Surroundings

    def columns(self, spine: Spine) -> dict[str, Singles]:
        """Every feature of the peer group."""
        own = window_sums(self.history.versions, spine, [("incidents", 365), ("incidents", 1095)], exact=True)
        of_type, _ = self._others(spine, own, "type")
        of_country, neighbors = self._others(spine, own, "type_country")
        of_size, peers = self._others(spine, own[:1], "type_country_size")
        country = _leaning(of_country, neighbors, of_type)
        size = _leaning(of_size, peers, country[:1])
        percentile, score = self._place(spine, own[1])
        return {
            "peer_participants": neighbors.astype(np.float32),
            "business_type_incidents_per_100_prior_365d": (100 * of_type[0]).astype(np.float32),
            "peer_incidents_per_100_prior_365d": (100 * country[0]).astype(np.float32),
            "same_size_peer_incidents_per_100_prior_365d": (100 * size[0]).astype(np.float32),
            "incidents_minus_peer_mean_prior_1095d": (own[1] - country[1]).astype(np.float32),
            "peer_percentile_of_incidents_prior_1095d": percentile,
            "peer_z_of_incidents_prior_1095d": score,
        }

    def _others(self, spine: Spine, own: Floats, grouping: str) -> tuple[Floats, Floats]:
        """Incidents for each other member of the group by window, and how many others there are."""
        group = self.groups.in_force(spine, grouping)
        incidents = self.surroundings.totals(f"incidents by {grouping}", group, spine.as_of_row) - own
        others = self.surroundings.totals(f"members by {grouping}", group, spine.as_of_row)[0] - 1
        return np.where(others > 0, incidents / np.where(others > 0, others, 1), np.nan), others

    def _place(self, spine: Spine, own: Floats) -> tuple[Singles, Singles]:
        """The share of peers with fewer incidents, half of those with as many added; and the distance in deviations.

        Not applicable with fewer than :data:`FEWEST_PEERS` of the same type, country and size; the distance neither
        when all of them have the same number of incidents.
        """
        group = self.groups.in_force(spine, "type_country_size")
        fewer, equal, members, total, squares = self.surroundings.ranks(
            "type_country_size", group, spine.as_of_row, spine.group_of_row
        )
        others = np.where(members - 1 >= FEWEST_PEERS, members - 1, np.nan)
        share = (fewer + (equal - 1) / 2) / others
        mean = (total - own) / others
        spread = np.sqrt(np.maximum((squares - own * own) / others - mean * mean, 0))
        score = (own - mean) / np.where(spread > 0, spread, np.nan)
        return share.astype(np.float32), score.astype(np.float32)


def _leaning(rates: Floats, members: Floats, wider: Floats) -> Floats:
    """Rates that lean on those of a wider group, more so the fewer members there are."""
    return (np.nan_to_num(rates) * members + PRIOR_PEERS * wider) / (members + PRIOR_PEERS)
