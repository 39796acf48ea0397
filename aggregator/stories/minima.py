"""The minima of texts: the least hashes of their 12-grams, by which they are looked up.

Knows how they are made of one text, and of many as one array, which gives the same in half of
the time. The numbers are stored in every index and stay the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.bengali.joined import batches, code_units
from aggregator.stories.ngrams import FIRST_MULTIPLIER, FIRST_SHIFT, Hashes

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
_BEGINNING_RUNS = _BEGINNING_CHARACTERS - LOOKED_UP_CHARACTERS + 1
# Some three times as many of the least hashes are looked at, for those that differ.
_SURPLUS = 3
# The characters that are hashed together. 1,700 take 15 µs alone, 4.2 with 12,000 others, 3.9 with
# 17,000, and 23 with 29,000, where each array has more than 128 KiB and its memory is mapped anew.
_HASHED_TOGETHER = 14_000
# The characters of texts whose least are found together: a document's are mostly fewer. Their
# code units are in memory.
_JOINED_CHARACTERS = 250_000
# Of each text the same share of its hashes is looked at: that which the one with the fewest needs,
# but no more than this, which are texts of 330 characters. What is shorter is looked at by itself.
_LARGEST_SHARE = 0.15

_HASH_BITS = np.uint64(32)
# The golden ratio's multiplier of 64 bits (Knuth), and its powers, by which runs of 1, 2 and 4 are
# joined to runs of 2, 4, 8 and 12.
_POWERS = {length: np.uint64(pow(0x9E3779B97F4A7C15, length, 2**64)) for length in (1, 2, 4)}


def minima(title: str, body: str) -> tuple[int, ...]:
    """Return the least hashes of a text's 12-grams, and of its body's beginning, each once.

    A bottom-k sketch: of k hashes of 32 bits two texts share the more, the higher the Jaccard
    similarity of their n-grams is (Broder, On the resemblance and containment of documents, 1997).
    """
    hashes = _high_bits(_runs(code_units(f"{title} {body}")))
    start = len(code_units(title)) + 1
    whole = _least(hashes, _WHOLE_MINIMA)
    beginning = _least(hashes[start : start + _BEGINNING_RUNS], _BEGINNING_MINIMA)
    return tuple(dict.fromkeys((*whole, *beginning)))


def minima_of(texts: Sequence[tuple[str, str]]) -> list[tuple[int, ...]]:
    """Return the minima of each text, given by its title and its body, as ``minima`` would."""
    if len(texts) == 1:  # without a second one, joining takes longer
        return [minima(*texts[0])]
    joined = [f"{title} {body}" for title, body in texts]
    return [
        minima_of_text
        for batch in batches(joined, _JOINED_CHARACTERS)
        for minima_of_text in _minima_joined(joined[batch], texts[batch])
    ]


def _minima_joined(
    joined: Sequence[str], texts: Sequence[tuple[str, str]]
) -> Iterator[tuple[int, ...]]:
    """Yield the minima of texts whose runs are hashed as those of one text.

    ``joined`` are the texts with a space between title and body.
    """
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in joined]
    lengths = np.array([len(of_text) // 2 for of_text in encoded])
    first = lengths.cumsum() - lengths
    # Runs that begin in a text's last characters reach into the next text.
    end = first + np.maximum(lengths - LOOKED_UP_CHARACTERS + 1, 0)
    body = first + np.array([len(code_units(title)) + 1 for title, _ in texts])
    body_end = np.clip(end, body, body + _BEGINNING_RUNS)
    whole_bound = _bound(end - first, _WHOLE_MINIMA)
    body_bound = _bound(body_end - body, _BEGINNING_MINIMA)
    units = np.frombuffer(b"".join(encoded), np.uint16)
    low = _LowHashes.of(units, max(whole_bound, body_bound))
    whole = low.least(first, end, _WHOLE_MINIMA, whole_bound)
    beginnings = low.least(body, body_end, _BEGINNING_MINIMA, body_bound)
    for text, of_whole, of_beginning in zip(texts, whole, beginnings, strict=True):
        if of_whole is None or of_beginning is None:  # short, or it repeats itself
            yield minima(*text)
        else:
            yield tuple(dict.fromkeys((*of_whole, *of_beginning)))


def _bound(sizes: NDArray[np.int64], count: int) -> int:
    """Return below which hash the least of the smallest of some stretches lie, if they are few."""
    shares = _SURPLUS * count / np.maximum(sizes, 1)
    return int(shares.max(where=shares <= _LARGEST_SHARE, initial=0.0) * 2**64)


@dataclass(frozen=True, slots=True)
class _LowHashes:
    """The hashes of an array of code units that lie below a bound, with their places in order.

    Hashes are evenly spread, so that they are few, and of a long text they have its minima.
    """

    places: NDArray[np.int64]
    hashes: Hashes

    @classmethod
    def of(cls, units: NDArray[np.uint16], bound: int) -> _LowHashes:
        """Hash every run of an array and keep those below a bound."""
        places, hashes = [], []
        for start in range(0, len(units), _HASHED_TOGETHER):
            of_part = _runs(units[start : start + _HASHED_TOGETHER + LOOKED_UP_CHARACTERS - 1])
            below = np.flatnonzero(of_part < np.uint64(bound))
            places.append(below + start)
            hashes.append(of_part[below])
        return cls(np.concatenate(places), np.concatenate(hashes))

    def least(
        self, first: NDArray[np.int64], end: NDArray[np.int64], count: int, bound: int
    ) -> Iterator[list[int] | None]:
        """Yield the least of each stretch as 32 bits, each once, in order; None for too few.

        ``bound`` is one below which the least mostly lie.
        """
        start = np.searchsorted(self.places, first)
        sizes = np.searchsorted(self.places, end) - start
        owners = np.repeat(np.arange(len(first), dtype=np.uint64), sizes)
        indexes = np.arange(len(owners)) + np.repeat(start - (sizes.cumsum() - sizes), sizes)
        hashes = self.hashes[indexes]
        is_low = hashes < np.uint64(bound)
        found = owners[is_low] << _HASH_BITS | hashes[is_low] >> _HASH_BITS
        found.sort()
        is_new = np.ones(len(found), dtype=bool)
        np.not_equal(found[1:], found[:-1], out=is_new[1:])
        found = found[is_new]
        edges = np.arange(len(first) + 1, dtype=np.uint64) << _HASH_BITS
        starts = np.searchsorted(found, edges)
        table = starts[:-1, None] + np.arange(count)
        least = np.append(found, np.zeros(count, np.uint64))[table].astype(np.uint32).tolist()
        for of_one, is_enough in zip(least, (np.diff(starts) >= count).tolist(), strict=True):
            yield of_one if is_enough else None


def _runs(units: NDArray[np.uint16]) -> Hashes:
    """Hash every run of twelve code units, in their order; the high 32 bits are the good ones."""
    if len(units) < LOOKED_UP_CHARACTERS:
        return np.empty(0, dtype=np.uint64)
    ones = units.astype(np.uint64)
    twos = ones[:-1] * _POWERS[1]
    twos += ones[1:]
    fours = twos[:-2] * _POWERS[2]
    fours += twos[2:]
    eights = fours[:-4] * _POWERS[4]
    eights += fours[4:]
    twelves = eights[:-4]
    twelves *= _POWERS[4]
    twelves += fours[8:]
    # What else mixes a hash (``ngrams.mixed``) changes its low bits alone.
    twelves ^= twelves >> FIRST_SHIFT
    twelves *= FIRST_MULTIPLIER
    return twelves


def _high_bits(hashes: Hashes) -> NDArray[np.uint32]:
    return (hashes >> _HASH_BITS).astype(np.uint32)


def _least(hashes: NDArray[np.uint32], count: int) -> Sequence[int]:
    """Return the least hashes, each once, in their order."""
    few = _SURPLUS * count
    if len(hashes) <= few:
        return tuple(dict.fromkeys(np.sort(hashes).tolist()))[:count]
    least = tuple(dict.fromkeys(np.sort(np.partition(hashes, few)[:few]).tolist()))
    return (least if len(least) >= count else tuple(np.unique(hashes).tolist()))[:count]
