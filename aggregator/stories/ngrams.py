"""Character n-grams of a key as numbers: what texts are compared by and what they are found by.

Bengali words change at their ends (ঢাকা, ঢাকায়, ঢাকার), so character n-grams tell how alike two
texts are where whole words do not. *Five* characters compare texts: they stay alike through new
endings and single words. *Twelve* find them: five occur in everything (two unrelated articles
share 4 % of them), twelve hardly anywhere else (0.2 %), so that one shared minimum says something.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

COMPARED_CHARACTERS = 5
FOUND_CHARACTERS = 12
# Measured on 328 real articles of 700 to 6,000 characters, 120 of them edited: with 20 minima of
# the whole text and 6 of its beginning, two of them shared, all edits up to 40 % of the sentences
# or 30 % of the words were found, and 96 % of those with 40 % of the words replaced.
_WHOLE_MINIMA = 20
_LEAD_MINIMA = 6
# An excerpt is nearly always the beginning, and shares few minima with the whole of a long text.
_LEAD_CHARACTERS = 220

_UNITS_MULTIPLIER = np.uint64(0x100000001B3)  # FNV's prime for 64 bits
_HIGH_BITS = np.uint64(32)
_MASK = 2**64 - 1


class Minima(NamedTuple):
    """What a text is found by: minima of its whole and of its beginning, 32 bits each."""

    whole: tuple[int, ...]
    lead: tuple[int, ...]


def grams(text: str, length: int) -> Hashes:
    """Give the different n-grams of a text as sorted 64-bit numbers; none where it is shorter."""
    hashes = _rolled(_units(text), length)
    hashes.sort()
    is_first = np.ones(len(hashes), dtype=bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    return hashes[is_first]


def shared(a: Hashes, b: Hashes) -> int:
    """Count what two sorted sets of grams have in common."""
    if not (a.size and b.size):
        return 0
    few, many = (a, b) if a.size < b.size else (b, a)
    places = np.searchsorted(many, few)
    places[places == many.size] = 0  # larger than all: equal to none, so not to the first either
    return int(np.count_nonzero(many[places] == few))


def minima(whole: str, body: str) -> Minima:
    """Give the minima of the n-grams of a text, and of its body's beginning (MinHash).

    Two texts share each one with a probability of the Jaccard similarity of their n-grams.
    """
    return Minima(
        whole=_least(_rolled(_units(whole), FOUND_CHARACTERS), _MULTIPLIERS[:_WHOLE_MINIMA]),
        lead=_least(
            _rolled(_units(body[:_LEAD_CHARACTERS]), FOUND_CHARACTERS), _MULTIPLIERS[_WHOLE_MINIMA:]
        ),
    )


def hash_of(text: str) -> int:
    """Give a text as one 32-bit number, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _units(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)


def _rolled(units: NDArray[np.uint16], length: int) -> Hashes:
    """Hash every run of ``length`` code units, in their order."""
    count = len(units) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    wide = units.astype(np.uint64)
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(length):
        hashes *= _UNITS_MULTIPLIER
        hashes ^= wide[place : place + count]
    # The low bits of such a product are weak: mixed as in the finaliser of MurmurHash3.
    hashes ^= hashes >> np.uint64(33)
    hashes *= np.uint64(0xFF51AFD7ED558CCD)
    hashes ^= hashes >> np.uint64(33)
    return hashes


def _least(hashes: Hashes, multipliers: Hashes) -> tuple[int, ...]:
    if not len(hashes):
        return ()
    # An odd multiplier permutes the numbers; the high bits of a product are its good ones.
    least = (hashes[None, :] * multipliers[:, None]).min(axis=1)
    return tuple((least >> _HIGH_BITS).tolist())


def _odd(number: int) -> int:
    """Give the n-th number of SplitMix64, made odd: constants that depend on no library."""
    mixed = (number * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) | 1


_MULTIPLIERS: Hashes = np.array(
    [_odd(number) for number in range(1, _WHOLE_MINIMA + _LEAD_MINIMA + 1)], dtype=np.uint64
)
