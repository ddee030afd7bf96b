"""Who was known to trade with whom at each moment: partners of a participant, and firms that hang together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, compiled
from features.versions import Versions

MOMENTS_KEPT = 4
"""How many moments' component sizes are kept, of eight bytes a participant each."""


@dataclass(frozen=True)
class Network:
    """Periods in which the record has two participants as partners, from both sides.

    Attributes
    ----------
    edges : Versions
        Grouped by owner; one row for each period in which a pair are partners.
    partner : int64 array of shape (edges,)
        The other side of each row of ``edges``.
    """

    edges: Versions
    partner: Ints

    def partners(self, owner: Ints, as_of: Ints) -> tuple[Ints, Ints]:
        """The partners of each owner at each moment, ascending by number of the edge.

        Parameters
        ----------
        owner, as_of : int64 arrays of shape (rows,)
            A negative owner has none.

        Returns
        -------
        pointer : int64 array of shape (rows + 1,)
        partner : int64 array of shape (pointer[-1],)
        """
        edges = self.edges
        arrays = (edges.pointer, edges.known_from, edges.known_until, self.partner)
        pointer = np.concatenate([np.zeros(1, np.int64), np.cumsum(_count(owner, as_of, *arrays))])
        partner = np.empty(int(pointer[-1]), dtype=np.int64)
        _fill(owner, as_of, *arrays, pointer, partner)
        return pointer, partner

    def component_sizes(self, owner: Ints, as_of: Ints) -> Ints:
        """How many participants hang together with each owner at each moment, itself included; 1 when it is alone.

        Linear in the edges for each distinct moment; the last :data:`MOMENTS_KEPT` moments cost nothing when asked
        again, which makes one participant after another at one date fast.
        """
        dates, moments = pd.factorize(as_of)
        sizes = np.zeros(owner.size, dtype=np.int64)
        order = np.argsort(dates, kind="stable")
        first = np.searchsorted(dates[order], np.arange(moments.size + 1))
        for place, moment in enumerate(moments):
            rows = order[first[place] : first[place + 1]]
            sizes[rows] = self._sizes_at(int(moment))[owner[rows]]
        return np.where(owner < 0, 0, sizes)

    def _sizes_at(self, moment: int) -> Ints:
        """The size of every participant's component at a moment."""
        found = self._kept.get(moment)
        if found is None:
            one, other, known_from, known_until = self._once
            valid = np.flatnonzero((known_from < moment) & (moment <= known_until))
            found = _component_sizes(one[valid], other[valid], self.edges.pointer.size - 1)
            # Two threads may both work it out and keep it; whoever looks finds one or the other, and they are equal.
            for earlier in list(self._kept)[: max(len(self._kept) - MOMENTS_KEPT + 1, 0)]:
                self._kept.pop(earlier, None)
            self._kept[moment] = found
        return found

    @cached_property
    def _kept(self) -> dict[int, Ints]:
        return {}

    @cached_property
    def _once(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Each pair of partners from one side only, and while when."""
        edges = self.edges
        owner = np.repeat(np.arange(edges.pointer.size - 1), np.diff(edges.pointer))
        kept = np.flatnonzero(owner < self.partner)
        return owner[kept], self.partner[kept], edges.known_from[kept], edges.known_until[kept]


@compiled
def _count(owner: Ints, as_of: Ints, pointer: Ints, entry: Ints, until: Ints, partner: Ints) -> Ints:  # noqa: ARG001
    found = np.zeros(owner.size, np.int64)
    for row in range(owner.size):
        if owner[row] >= 0:
            for place in range(pointer[owner[row]], pointer[owner[row] + 1]):
                if entry[place] >= as_of[row]:
                    break
                found[row] += until[place] >= as_of[row]
    return found


@compiled
def _fill(
    owner: Ints, as_of: Ints, pointer: Ints, entry: Ints, until: Ints, partner: Ints, first: Ints, found: Ints
) -> None:
    for row in range(owner.size):
        hole = first[row]
        if owner[row] >= 0:
            for place in range(pointer[owner[row]], pointer[owner[row] + 1]):
                if entry[place] >= as_of[row]:
                    break
                if until[place] >= as_of[row]:
                    found[hole] = partner[place]
                    hole += 1


@compiled
def _component_sizes(one: Ints, other: Ints, nodes: int) -> Ints:
    """The size of every node's component, by union of the smaller into the greater."""
    parent, size = np.arange(nodes), np.ones(nodes, np.int64)
    for edge in range(one.size):
        left, right = one[edge], other[edge]
        while parent[left] != left:
            parent[left] = parent[parent[left]]
            left = parent[left]
        while parent[right] != right:
            parent[right] = parent[parent[right]]
            right = parent[right]
        if left != right:
            if size[left] < size[right]:
                left, right = right, left
            parent[right] = left
            size[left] += size[right]
    found = np.empty(nodes, np.int64)
    for start in range(nodes):
        node = start
        while parent[node] != node:
            node = parent[node]
        found[start] = size[node]
    return found
