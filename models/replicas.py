"""Participant-clustered bootstrap replicas: how far the margin moves when other participants had been seen."""

import numpy as np
from numpy.typing import NDArray

from models.spec import Array, ModelSpec
from models.trees import TreeData, Trees, TreeShape, grow_trees


def grow_replicas(data: TreeData, member: NDArray[np.intp], positive: NDArray[np.bool_], *, seed: int) -> list[Trees]:
    """Grow ``data.spec.replicas`` boosters, each on a Poisson bootstrap of whole participants.

    Parameters
    ----------
    data : TreeData
        The binned rows.
    member : array of int, shape (n,)
        Number of each row's participant, from 0.
    positive : array of bool, shape (n,)
        Labels.
    seed : int
        Replica b depends on ``seed`` and b only.
    """
    spec = data.spec
    shape = TreeShape(spec.replica_rounds, spec.replica_leaves, spec.replica_learning_rate)
    replicas = []
    for number in range(spec.replicas):
        factor = _draw(member, positive, spec, np.random.default_rng([seed, 1, number]))
        rows = np.flatnonzero(factor)
        replicas.append(grow_trees(data, shape, seed=seed + 1000 + number, rows=rows, factor=factor[rows]))
    return replicas


def _draw(member: NDArray[np.intp], positive: NDArray[np.bool_], spec: ModelSpec, random: np.random.Generator) -> Array:
    """How often each row is drawn. The participants that were never positive are thinned and weighted up.

    They are some 95 % of the rows and carry little of the error of a log-odds (about one over the
    number of positives plus one over the number of negatives), so thinning them costs little width and most
    of the time.
    """
    ever = np.bincount(member, weights=positive) > 0
    share = np.where(ever, 1.0, spec.replica_negative_share)
    while True:
        drawn: Array = (random.poisson(share) / share)[member]
        if drawn[positive].any() and drawn[~positive].any():
            return drawn
