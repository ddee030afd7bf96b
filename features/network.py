"""Who was known to trade with whom at each moment: partners of a participant, and firms that hang together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.compiled import Ints, compiled
from features.versions import Versions


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

        Linear in the edges for each distinct moment.
        """
        dates, moments = pd.factorize(as_of)
        sizes, (one, other, known_from, known_until) = np.zeros(owner.size, dtype=np.int64), self._once
        order = np.argsort(dates, kind="stable")
        first = np.searchsorted(dates[order], np.arange(moments.size + 1))
        for place, moment in enumerate(moments):
            rows = order[first[place] : first[place + 1]]
            valid = np.flatnonzero((known_from < moment) & (moment <= known_until))
            sizes[rows] = _component_sizes(one[valid], other[valid], self.edges.pointer.size - 1, owner[rows])
        return sizes

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
def _component_sizes(one: Ints, other: Ints, nodes: int, asked: Ints) -> Ints:
    """Sizes of the components of the asked nodes, by union of the smaller into the greater."""
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
    found = np.zeros(asked.size, np.int64)
    for row in range(asked.size):
        node = asked[row]
        if node >= 0:
            while parent[node] != node:
                node = parent[node]
            found[row] = size[node]
    return found
