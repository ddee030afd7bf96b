"""Texts as numbers of 64 bits, to decide where rows go.

Two texts of one number go to the same places, so a coincidence costs a little work and never a wrong result.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.compiled import Ints, compiled

Hashes = npt.NDArray[np.uint64]

NOTHING = 0
"""The number of an empty cell."""


def hashes_of(texts: pa.Array | pa.ChunkedArray, salt: int = 0) -> Hashes:
    """A number for each text, :data:`NOTHING` for an empty cell.

    Parameters
    ----------
    texts : Arrow array of strings
    salt : int
        Keeps texts of different meaning apart.
    """
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    found = [_hashes(chunk.cast(pa.large_string()), salt) for chunk in chunks if len(chunk)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)


def _hashes(chunk: pa.Array, salt: int) -> Hashes:
    _, offsets, data = chunk.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
    letters = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    found: Hashes = _mixed(places, letters, np.uint64(salt))
    if chunk.null_count:
        found[chunk.is_null().to_numpy(zero_copy_only=False)] = NOTHING
    return found


@compiled
def _mixed(places: Ints, letters: npt.NDArray[np.uint8], salt: np.uint64) -> Hashes:
    """FNV-1a over the bytes, then the finalizer of SplitMix64."""
    found = np.empty(places.size - 1, np.uint64)
    for row in range(found.size):
        mixed = np.uint64(14695981039346656037) ^ salt
        for place in range(places[row], places[row + 1]):
            mixed = (mixed ^ np.uint64(letters[place])) * np.uint64(1099511628211)
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        found[row] = max(mixed, np.uint64(1))
    return found
