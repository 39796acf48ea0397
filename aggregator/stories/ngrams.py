"""Character n-grams of a key as numbers: what texts are compared by, and looked up by.

Bengali words change at their ends (ঢাকা, ঢাকায়, ঢাকার), so character n-grams tell how alike two
texts are where whole words do not. *Five* characters compare texts: they stay alike through new
endings and single words. *Twelve* look them up: five occur in everything (two unrelated articles
share 4 % of them), twelve hardly anywhere else (0.2 %), so that one shared minimum says something.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

COMPARED_CHARACTERS = 5
LOOKED_UP_CHARACTERS = 12
# Of 126 real articles of 700 to 6,000 characters and 300 made ones, edited: with 16 minima of the
# whole text and 5 of its beginning, two of them shared, all with 20 % of the words replaced are
# found and all but one with 30 %, 123 and 288 with 40 %, 108 and 268 with 50 %. With 20 and 6, 124
# and 292, 118 and 285, and twice as many pairs that are alike by chance (89 of 44,850 for 40); with
# 12 and 4, 118 and 277, 96 and 232, and two of 30 % less.
_WHOLE_MINIMA = 16
_BEGINNING_MINIMA = 5
# An excerpt is nearly always the beginning, and shares few minima with the whole of a long text.
_BEGINNING_CHARACTERS = 220
# So many times the least are looked at for those that differ; what repeats more is sorted whole.
_SURPLUS = 4

_UNITS_MULTIPLIER = np.uint64(0x100000001B3)  # FNV's prime for 64 bits
_HIGH_BITS = np.uint64(32)
# The golden ratio's multiplier of 64 bits (Knuth), and its powers, by which runs of 1, 2 and 4 are
# joined to runs of 2, 4, 8 and 12.
_POWERS = {length: np.uint64(pow(0x9E3779B97F4A7C15, length, 2**64)) for length in (1, 2, 4)}


class SetSimilarity(NamedTuple):
    """The Jaccard similarity of two sets, and the share of the smaller one that is in both."""

    jaccard: float
    containment: float


def ngrams(text: str, length: int) -> Hashes:
    """Return the distinct n-grams of a text as sorted 64-bit numbers; none where it is shorter."""
    hashes = runs(text, length)
    hashes.sort()
    is_first = np.ones(len(hashes), dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    return hashes[is_first]


def runs(text: str, length: int) -> Hashes:
    """Hash every run of ``length`` code units of a text, in their order."""
    units = _units(text)
    count = len(units) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    wide = units.astype(np.uint64)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(length):
        hashes *= _UNITS_MULTIPLIER
        hashes ^= wide[offset : offset + count]
    return _mixed(hashes)


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


def minima(title: str, body: str) -> tuple[int, ...]:
    """Return the least hashes of a text's 12-grams, and of its body's beginning, each once.

    A bottom-k sketch: of k hashes of 32 bits two texts share the more, the higher the Jaccard
    similarity of their n-grams is (Broder, On the resemblance and containment of documents, 1997).
    """
    of_whole = _looked_up(_units(f"{title} {body}"))
    start = len(_units(title)) + 1
    end = start + _BEGINNING_CHARACTERS - LOOKED_UP_CHARACTERS + 1
    whole = _least(of_whole, _WHOLE_MINIMA)
    return tuple(dict.fromkeys((*whole, *_least(of_whole[start:end], _BEGINNING_MINIMA))))


def hash_of(text: str) -> int:
    """Return a text as one 32-bit number, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _units(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)


def _looked_up(units: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """Hash every run of twelve code units to 32 bits, in their order."""
    if len(units) < LOOKED_UP_CHARACTERS:
        return np.empty(0, dtype=np.uint32)
    ones = units.astype(np.uint64)
    twos = ones[:-1] * _POWERS[1] + ones[1:]
    fours = twos[:-2] * _POWERS[2] + twos[2:]
    eights = fours[:-4] * _POWERS[4] + fours[4:]
    twelves = eights[:-4] * _POWERS[4] + fours[8:]
    return (_mixed(twelves) >> _HIGH_BITS).astype(np.uint32)


def _mixed(hashes: Hashes) -> Hashes:
    """Mix hashes in place, as in the finaliser of MurmurHash3: a product's low bits are weak."""
    hashes ^= hashes >> np.uint64(33)
    hashes *= np.uint64(0xFF51AFD7ED558CCD)
    hashes ^= hashes >> np.uint64(33)
    return hashes


def _least(hashes: NDArray[np.uint32], count: int) -> tuple[int, ...]:
    """Return the least hashes, each once, in their order."""
    few = _SURPLUS * count
    if len(hashes) <= few:
        return tuple(dict.fromkeys(np.sort(hashes).tolist()))[:count]
    least = tuple(dict.fromkeys(np.sort(np.partition(hashes, few)[:few]).tolist()))
    return (least if len(least) >= count else tuple(np.unique(hashes).tolist()))[:count]
