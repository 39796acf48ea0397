"""How much two headlines have in common: pure, and the same whichever of the two comes first."""

from __future__ import annotations

from aggregator.bengali.text import stems
from aggregator.stories.comparable import Comparable

_STEM_CHARACTERS = 4
# Two headlines of one text share that much of the words of the shorter one.
_SHARED_WORDS = 0.34
# A desk that edits a text keeps its headline, or changes one word of ten. In the samples two
# reports of one event share up to 0.75 of the words of both headlines, and are 0.35 alike. Over the
# pairs of the gate 0.5 finds one edit more, 0.7 and 1.0 make no difference.
_KIN_WORDS = 0.8


def share_words(a: Comparable, b: Comparable) -> bool:
    """Tell whether two headlines share words, as those of one text mostly do."""
    a_stems, b_stems = _stems(a), _stems(b)
    fewer = max(min(len(a_stems), len(b_stems)), 1)
    return len(a_stems & b_stems) >= _SHARED_WORDS * fewer


def are_kin(a: Comparable, b: Comparable) -> bool:
    """Tell whether one headline is the other with hardly a word changed."""
    a_stems, b_stems = _stems(a), _stems(b)
    return len(a_stems & b_stems) >= _KIN_WORDS * max(len(a_stems | b_stems), 1)


def _stems(text: Comparable) -> set[str]:
    return set(stems(text.headline, characters=_STEM_CHARACTERS))
