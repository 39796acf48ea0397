"""Many texts as one array of UTF-16 code units, so that NumPy's calls are made once for all.

Knows how texts are joined and how many at once; what is asked of their code units is known
elsewhere. A call of NumPy takes a microsecond, and twenty of them are half of what asking one text
of 1,700 characters costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

# Below this length a few searches cost less than NumPy's calls (measured: 150 to 250 characters).
LONG_CHARACTERS = 200
# How many characters are joined at most: their widest array of four bytes each stays below the
# 128 KiB from which the C library maps memory anew for each array. Scanning 1,700 characters took
# 9 µs with 30,000 joined, 12 µs with 8,000, and with 100,000 between 7 and 23 µs, by chance.
JOINED_CHARACTERS = 30_000


def batches(texts: Sequence[str], most_characters: int) -> Iterator[slice]:
    """Divide texts, in their order, into those that are taken together; a longer one stands alone.

    >>> list(batches(["ক" * 60, "খ" * 60, "গ"], 100))
    [slice(0, 1, None), slice(1, 3, None)]
    """
    first = characters = 0
    for place, text in enumerate(texts):
        if place > first and characters + len(text) > most_characters:
            yield slice(first, place)
            first, characters = place, 0
        characters += len(text)
    if first < len(texts):
        yield slice(first, len(texts))


def code_units(text: str) -> NDArray[np.uint16]:
    """Return a text as UTF-16 code units; a character beyond the plane is two surrogates."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
