"""What texts were looked up by in earlier versions: only purged texts are still found so.

A store keeps of a purged text no words to make other minima of, so those that it has stay. Knows
numbers that never change; a store without such texts never asks for them.
"""

from __future__ import annotations

import numpy as np

from aggregator.stories.minima import LOOKED_UP_CHARACTERS
from aggregator.stories.ngrams import Hashes, runs

_WHOLE_MINIMA = 20
_BEGINNING_MINIMA = 6
_BEGINNING_CHARACTERS = 220
_HIGH_BITS = np.uint64(32)
_MASK = 2**64 - 1


def earlier_minima(title: str, body: str) -> tuple[int, ...]:
    """Return the minima (MinHash) of a text and of its body's beginning, 32 bits each, each once.

    ``title`` and ``body`` are keys. A short text has some, too: whoever asks knows which is long.
    """
    whole = runs(f"{title} {body}", LOOKED_UP_CHARACTERS)
    beginning = runs(body[:_BEGINNING_CHARACTERS], LOOKED_UP_CHARACTERS)
    return tuple(
        dict.fromkeys(
            (
                *_least(whole, _MULTIPLIERS[:_WHOLE_MINIMA]),
                *_least(beginning, _MULTIPLIERS[_WHOLE_MINIMA:]),
            )
        )
    )


def _least(hashes: Hashes, multipliers: Hashes) -> tuple[int, ...]:
    if not len(hashes):
        return ()
    # An odd multiplier permutes the numbers; the high bits of a product are its good ones.
    least = (hashes[None, :] * multipliers[:, None]).min(axis=1)
    return tuple((least >> _HIGH_BITS).tolist())


def _odd(number: int) -> int:
    """Return the n-th number of SplitMix64, made odd: constants that depend on no library."""
    mixed = (number * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) | 1


_MULTIPLIERS: Hashes = np.array(
    [_odd(number) for number in range(1, _WHOLE_MINIMA + _BEGINNING_MINIMA + 1)], dtype=np.uint64
)
