"""Character n-grams of a key as numbers: what texts are compared by, and looked up by (``minima``).

Bengali words change at their ends (ঢাকা, ঢাকায়, ঢাকার), so character n-grams tell how alike two
texts are where whole words do not. *Five* characters compare texts: they stay alike through new
endings and single words. *Twelve* look them up: five occur in everything (two unrelated articles
share 4 % of them), twelve hardly anywhere else (0.2 %), so that one shared minimum says something.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aggregator.bengali.joined import batches, code_units

Hashes = NDArray[np.uint64]

COMPARED_CHARACTERS = 5

# How many characters are joined, so that each array of them has less than 128 KiB (``minima``).
_JOINED_CHARACTERS = 14_000

_UNITS_MULTIPLIER = np.uint64(0x100000001B3)  # FNV's prime for 64 bits
# The finaliser of MurmurHash3: it mixes hashes, as a product's low bits are weak.
FIRST_SHIFT, FIRST_MULTIPLIER = np.uint64(33), np.uint64(0xFF51AFD7ED558CCD)


class SetSimilarity(NamedTuple):
    """The Jaccard similarity of two sets, and the share of the smaller one that is in both."""

    jaccard: float
    containment: float


def ngrams(text: str, length: int) -> Hashes:
    """Return the distinct n-grams of a text as sorted 64-bit numbers; none where it is shorter."""
    return _distinct(runs(text, length))


def ngrams_of(texts: Sequence[str], length: int) -> list[Hashes]:
    """Return the n-grams of each text as ``ngrams`` would; the runs of many are hashed as one."""
    found = []
    for batch in batches(texts, _JOINED_CHARACTERS):
        encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts[batch]]
        hashes = _runs(np.frombuffer(b"".join(encoded), np.uint16), length)
        start = 0
        for of_text in encoded:
            units = len(of_text) // 2
            # Runs that begin in a text's last characters reach into the next text.
            found.append(_distinct(hashes[start : start + max(units - length + 1, 0)].copy()))
            start += units
    return found


def runs(text: str, length: int) -> Hashes:
    """Hash every run of ``length`` code units of a text, in their order."""
    return _runs(code_units(text), length)


def _runs(units: NDArray[np.uint16], length: int) -> Hashes:
    count = len(units) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    wide = units.astype(np.uint64)
    hashes = wide[:count].copy()
    for offset in range(1, length):
        hashes *= _UNITS_MULTIPLIER
        hashes ^= wide[offset : offset + count]
    return _mixed(hashes)


def _distinct(hashes: Hashes) -> Hashes:
    """Sort hashes in place and return each once."""
    hashes.sort()
    is_first = np.ones(len(hashes), dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    return hashes[is_first]


def shared(a: Hashes, b: Hashes) -> int:
    """Count the n-grams that two sorted sets have in common."""
    if not (a.size and b.size):
        return 0
    few, many = (a, b) if a.size < b.size else (b, a)
    indexes = np.searchsorted(many, few)
    indexes[indexes == many.size] = 0  # larger than all: equal to none, nor to the first
    return int(np.count_nonzero(many[indexes] == few))


def set_similarity(a: Hashes, b: Hashes) -> SetSimilarity:
    """Return how much two sorted sets of n-grams have in common; nothing where both are empty."""
    both = shared(a, b)
    smaller, either = min(a.size, b.size), a.size + b.size - both
    return SetSimilarity(both / either if either else 0.0, both / smaller if smaller else 0.0)


def hash_of(text: str) -> int:
    """Return a text as one 32-bit number, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _mixed(hashes: Hashes) -> Hashes:
    """Mix hashes in place."""
    hashes ^= hashes >> FIRST_SHIFT
    hashes *= FIRST_MULTIPLIER
    hashes ^= hashes >> FIRST_SHIFT
    return hashes
