"""The words by which stories of one event are found: cut to stems, counted, packed into bytes.

A stem is five characters at most, and no character of a word needs more than twelve bits, so that a
stem is a number of sixty bits, and each number one stem. Numbers of thousands of stories are looked
through at once, where texts would be cut and looked up one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from aggregator.bengali.text import stems
from aggregator.models import EventWords
from aggregator.stories.comparable import ComparableText

# Which words ``words_of`` returns, and how they are cut: whoever changes that counts this up, so
# that words that were kept as before are made anew.
FORM = 3
# Bengali words change at their ends: their first five characters are compared.
_STEM_CHARACTERS = 5
_SHORTEST_WORD = 2
# Names and the matter stand in the first sentences; the title states it once more.
_LEAD_CHARACTERS = 600
# An apostrophe within a word hides it from filters (মি'সা'ইল), or is a letter left out (দু'জন).
_WITHIN_A_WORD = re.compile("(?<=[\u0980-\u09ff])'(?=[\u0980-\u09ff])")
# Words have characters below U+0E00 and joiners (U+200C, U+200D), whose last twelve bits no word
# has otherwise.
_CHARACTER_BITS = 12
_SHIFTS = np.arange(_STEM_CHARACTERS - 1, -1, -1, dtype=np.uint64) * np.uint64(_CHARACTER_BITS)
PACKED_STEM = np.dtype("<u8")
# A count is a byte. 600 characters have fewer stems, and a title that repeats one oftener says no
# more by it.
_MOST_COUNTED = 255


def words_of(text: ComparableText) -> EventWords:
    """Return the stems of a text's title and of its first sentences, those of the title last."""
    in_lead = Counter(stems_of_lead(text))
    in_title = {
        stem: min(count, _MOST_COUNTED) for stem, count in Counter(stems_of_title(text)).items()
    }
    distinct = [*dict.fromkeys(chain(in_lead, in_title))]
    return EventWords(
        stems=packed(distinct).tobytes(),
        in_title=bytes([in_title.get(stem, 0) for stem in distinct]),
        in_lead=bytes([in_lead.get(stem, 0) for stem in distinct]),
    )


def stems_of_title(text: ComparableText) -> list[str]:
    """Return the stems of a headline, in the order of its words."""
    return _stems(text.title)


def stems_of_lead(text: ComparableText) -> list[str]:
    """Return the stems of the first sentences of a text, in the order of its words."""
    return _stems(text.body[:_LEAD_CHARACTERS])


def _stems(text: str) -> list[str]:
    text = _WITHIN_A_WORD.sub("", text)
    return stems(text, characters=_STEM_CHARACTERS, shortest_word=_SHORTEST_WORD)


def packed(distinct: Sequence[str]) -> NDArray[np.uint64]:
    """Return stems as numbers: the first character in the highest bits, 0 where there is none."""
    padded = "".join(stem.ljust(_STEM_CHARACTERS, "\0") for stem in distinct)
    characters = np.frombuffer(padded.encode("utf-32-le"), "<u4").astype(np.uint64)
    last_bits = characters.reshape(-1, _STEM_CHARACTERS) & np.uint64((1 << _CHARACTER_BITS) - 1)
    numbers: NDArray[np.uint64] = (last_bits << _SHIFTS).sum(axis=1, dtype=np.uint64)
    return numbers.astype(PACKED_STEM)
