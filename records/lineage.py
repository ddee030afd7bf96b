"""Who stands for whom, and while when: chains of links that begin, end and are undone.

A link says that one thing (an account, an incident) is continued by another. At each moment the links in force
lead every thing to its *root*, through chains of any length. Links that form a circle are not in force: no
thing of a circle would be left to stand for the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.known import version_intervals
from records.periods import ALWAYS, FOREVER, Ints, Slots, cut, spread
from records.tables import TABLES

ONE_MICROSECOND = 1
"""Periods are open at the start: in force *on* a day's first moment means from just before it."""


@dataclass(frozen=True)
class Links:
    """Links in force in periods: ``child`` is continued by ``parent``, both positions in ``names``."""

    names: pd.Index
    child: Ints
    parent: Ints
    start: Ints
    end: Ints

    @classmethod
    def of(cls, child: pd.Series, parent: pd.Series, start: Ints, end: Ints) -> "Links":
        """The links whose period is not empty."""
        kept = start < end
        codes, names = pd.factorize(pd.concat([child[kept], parent[kept]], ignore_index=True))
        left, right = np.split(codes.astype(np.int64), 2)
        return cls(pd.Index(names), left, right, start[kept], end[kept])


@dataclass(frozen=True)
class Lineage:
    """The root of every linked thing in each period: positions in ``names``, sorted by node and start.

    The periods of a node follow each other without a gap, from :data:`records.periods.ALWAYS` on.
    """

    names: pd.Index
    node: Ints
    root: Ints
    start: Ints
    end: Ints

    def split(self, names: pd.Series, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Cut each named thing's period wherever its root changes.

        Returns
        -------
        row, root, start, end : int64 arrays
            ``row`` is the position in the input; ``root`` is -1 where the thing is not linked at any time.
        """
        code = self.names.get_indexer(pd.Index(names)).astype(np.int64)
        pointer = np.searchsorted(self.node, np.arange(len(self.names) + 1))
        pointer = np.append(pointer, pointer[-1])
        count = np.where(code < 0, 1, pointer[code + 1] - pointer[code])
        row, place = spread(np.where(code < 0, 0, pointer[code]), np.where(code < 0, 0, pointer[code]) + count)
        linked = code[row] >= 0
        begins = np.where(linked, np.maximum(start[row], self.start[place]), start[row])
        ends = np.where(linked, np.minimum(end[row], self.end[place]), end[row])
        kept = begins < ends
        root = np.where(linked, self.root[place], -1)
        return row[kept], root[kept], begins[kept], ends[kept]


@dataclass(frozen=True)
class _Cells:
    """One cell for each slot of a component and each node in it; ``follows`` is the cell that a link leads to."""

    slots: Slots
    slot: Ints
    node: Ints
    follows: Ints


def trace(links: Links) -> Lineage:
    """Follow the links to the root of each thing, in every period in which they stay the same."""
    cells = _cells(links)
    far = _followed(cells.follows)
    circle = _in_circles(cells.follows, far)
    follows = cells.follows.copy()
    follows[circle] = circle
    root = cells.node[_followed(follows)]
    start = cells.slots.start[cells.slot]
    order = np.lexsort((start, cells.node))
    node, root, start = cells.node[order], root[order], start[order]
    begins = np.ones(node.size, dtype=bool)
    begins[1:] = (node[1:] != node[:-1]) | (root[1:] != root[:-1])
    ends = np.full(int(begins.sum()), FOREVER, dtype=np.int64)
    node, root, start = node[begins], root[begins], start[begins]
    goes_on = node[1:] == node[:-1]
    ends[:-1][goes_on] = start[1:][goes_on]
    return Lineage(links.names, node, root, start, ends)


def merge_links(merges: pd.DataFrame) -> Links:
    """The merges in force: from the moment known or the first effective day, whichever is later, until superseded."""
    timed = version_intervals(merges, TABLES["merges"].key)
    timed = timed[~timed["retracted"]]
    effective = _microseconds(timed["effective_on"]) - ONE_MICROSECOND
    start = np.maximum(_microseconds(timed["known_from"]), effective)
    return Links.of(timed["participant_id"], timed["into_participant_id"], start, _microseconds(timed["known_until"]))


def duplicate_links(duplicates: pd.DataFrame, incidents: pd.DataFrame) -> Links:
    """The duplicate links in force: while the link and both of its entries are known and not retracted."""
    links = _standing(duplicates, "duplicates")
    links = links.assign(start=links["known_from"], end=links["known_until"])[
        ["incident_id", "duplicate_of", "start", "end"]
    ]
    named = pd.concat([links["incident_id"], links["duplicate_of"]]).unique()
    entries = _standing(incidents[incidents["incident_id"].isin(named)], "incidents")
    for side in ("incident_id", "duplicate_of"):
        valid = entries[["incident_id", "known_from", "known_until"]].rename(columns={"incident_id": side})
        links = links.merge(valid, on=side)
        links = links.assign(
            start=links[["start", "known_from"]].max(axis=1), end=links[["end", "known_until"]].min(axis=1)
        )
        links = links.drop(columns=["known_from", "known_until"])
    start, end = _microseconds(links["start"]), _microseconds(links["end"])
    return Links.of(links["incident_id"], links["duplicate_of"], start, end)


def merge_cycles(merges: pd.DataFrame) -> list[tuple[str, ...]]:
    """The circles that merges form at any moment, each in the order of its links from its least account on.

    Parameters
    ----------
    merges : DataFrame
        Row versions in the stored columns.

    Returns
    -------
    list of tuples of participant ids
        Sorted, each circle once. An account merged into itself is a circle of one.
    """
    links = merge_links(merges)
    cells = _cells(links)
    circle = _in_circles(cells.follows, _followed(cells.follows))
    found: set[tuple[str, ...]] = {(str(links.names[each]),) for each in links.child[links.child == links.parent]}
    for cell in circle.tolist():
        ring = [cell]
        while cells.follows[ring[-1]] != cell:
            ring.append(int(cells.follows[ring[-1]]))
        names = [str(links.names[cells.node[each]]) for each in ring]
        least = names.index(min(names))
        found.add(tuple(names[least:] + names[:least]))
    return sorted(found)


def _standing(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    timed = version_intervals(frame, TABLES[table].key)
    return timed[~timed["retracted"] & (timed["known_from"] < timed["known_until"])]


def _cells(links: Links) -> _Cells:
    component = _components(len(links.names), links.child, links.parent)
    own = component[links.child]
    every = np.unique(component)
    slots = cut(
        np.concatenate([own, every]),
        np.concatenate([links.start, np.full(every.size, ALWAYS)]),
        np.concatenate([links.end, np.full(every.size, FOREVER)]),
    )
    nodes = np.argsort(component, kind="stable")
    pointer = np.searchsorted(component[nodes], np.arange(len(links.names) + 1))
    local = np.empty(nodes.size, dtype=np.int64)
    local[nodes] = np.arange(nodes.size) - pointer[component[nodes]]
    slot, place = spread(pointer[slots.group], pointer[slots.group + 1])
    first = np.searchsorted(slot, np.arange(slots.group.size))
    follows = np.arange(slot.size)
    edge, inside = slots.covered(own, links.start, links.end)
    follows[first[inside] + local[links.child[edge]]] = first[inside] + local[links.parent[edge]]
    return _Cells(slots, slot, nodes[place], follows)


def _components(count: int, one: Ints, other: Ints) -> Ints:
    """The least node that each node is connected with."""
    label = np.arange(count)
    while True:
        lower = label.copy()
        least = np.minimum(label[one], label[other])
        np.minimum.at(lower, one, least)
        np.minimum.at(lower, other, least)
        lower = lower[lower]
        if np.array_equal(lower, label):
            return label
        label = lower


def _followed(follows: Ints) -> Ints:
    """Where following each cell ends: at a root, or, after more steps than there are cells, inside a circle."""
    far = follows
    for _ in range(int(follows.size).bit_length()):
        far = far[far]
    return far


def _in_circles(follows: Ints, far: Ints) -> Ints:
    """The cells of circles. Following turns each circle into itself, so all of its cells are reached."""
    reached: Ints = np.unique(far[follows[far] != far])
    return reached


def _microseconds(moments: pd.Series) -> Ints:
    return moments.to_numpy(dtype="datetime64[us]").astype(np.int64)
