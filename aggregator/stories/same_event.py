"""Which stories tell of the same event in other words: a score, and what speaks against it.

The score is the cosine of two stories' words, weighed by how rare they are among the stories of
their days (TF-IDF). Stories that follow one pattern score as high as those that belong together, so
the vetoes decide.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property

from aggregator.bengali.text import key, stems
from aggregator.stories import vetoes
from aggregator.stories.comparable import ComparableText
from aggregator.stories.similarity import likeness
from aggregator.stories.vetoes import Veto

# Bengali words change at their ends: their first five characters are compared.
_STEM_CHARACTERS = 5
_SHORTEST_WORD = 2
# Names and the matter stand in the first sentences; the title states it once more.
_LEAD_CHARACTERS = 600
_TITLE_WEIGHT = 2  # 3: a recall of 0.68 in place of 0.72 at the same precision
# A word is assumed to stand in one of so many further stories that were never seen, so that a
# handful of stories does not make every word common.
_UNSEEN_STORIES = 400
# How alike two stories of one event are: of 190 pairs with more than a headline that real feeds of
# one day held, those above were nearly all of one event, those below half of them.
SAME_EVENT = 0.30
# Two headlines share a word by chance, and an opinion's three words are in every other. So four
# stems must be shared, two of which stand in no more than one story of a hundred.
_SHARED_STEMS, _SHARED_RARE_STEMS, _RARE_SHARE = 4, 2, 0.01
# Where so much of two headlines is the same in the same order, with something else between, one is
# the other's pattern filled anew.
_PATTERN_SHARE = 0.5
_BEGINNING_CHARACTERS = 3
# Texts that are so alike and whose headlines name other things are two adverts, not two reports,
# which are less than 0.48 alike.
_TEMPLATE_JACCARD = 0.6
# The beginnings of two desks' reports of one event are less alike than the whole: 0.28 where the
# reports are 0.33. Over the pairs of events 0.20 and 0.30 make no difference.
_REPORTS_JACCARD = 0.25
# What ends an affair: only one of two reports on one step says so.
_ENDS = tuple(key(word) for word in ("প্রত্যাহার", "স্থগিত"))


def term_weights(text: ComparableText) -> Mapping[str, float]:
    """Return the stems of a text's title and first sentences, with how much each counts in it."""
    counts = Counter(_stems(text.body[:_LEAD_CHARACTERS]))
    for stem in _stems(text.title):
        counts[stem] += _TITLE_WEIGHT
    # Thousands of stories are weighed at once, and their stems and weights are the same few: kept
    # once, a story of 49 stems takes 3.8 KB of memory where it took 6.8.
    return {sys.intern(stem): _weight(count) for stem, count in counts.items()}


@cache
def _weight(count: int) -> float:
    return 1 + math.log(count)


def _stems(text: str) -> list[str]:
    return stems(text, characters=_STEM_CHARACTERS, shortest_word=_SHORTEST_WORD)


@dataclass(frozen=True)
class Window:
    """The term weights of the stories of some days; a story's number is its index."""

    stories: Sequence[Mapping[str, float]]

    @cached_property
    def _stories_with(self) -> Mapping[str, Sequence[int]]:
        stories_with: dict[str, list[int]] = {}
        for index, weights in enumerate(self.stories):
            for stem in weights:
                stories_with.setdefault(stem, []).append(index)
        return stories_with

    @cached_property
    def _rarity(self) -> Mapping[str, float]:
        """Return the inverse document frequency of each stem."""
        among = len(self.stories) + _UNSEEN_STORIES
        return {
            stem: math.log(among / (len(stories) + 0.5))
            for stem, stories in self._stories_with.items()
        }

    @cached_property
    def _norms(self) -> Sequence[float]:
        rarity = self._rarity
        squares = (
            sum((weight * rarity[stem]) ** 2 for stem, weight in weights.items())
            for weights in self.stories
        )
        return [math.sqrt(square) or 1.0 for square in squares]

    def near(self, story: int) -> dict[int, float]:
        """Return the stories that may tell of the same event as a story: number → cosine.

        The rare stems are looked at first, as they leave few stories of which more is asked.
        """
        weights = self.stories[story]
        rare_below = _RARE_SHARE * (len(self.stories) + _UNSEEN_STORIES)
        shared_rare = Counter(
            other
            for stem in weights
            if 1 < len(stories := self._stories_with[stem]) <= rare_below
            for other in stories
        )
        del shared_rare[story]
        cosines = {
            other: self._cosine(story, other)
            for other, count in shared_rare.items()
            if count >= _SHARED_RARE_STEMS
            and len(weights.keys() & self.stories[other].keys()) >= _SHARED_STEMS
        }
        return {other: cosine for other, cosine in cosines.items() if cosine >= SAME_EVENT}

    def _cosine(self, story: int, other: int) -> float:
        weights, other_weights, rarity = self.stories[story], self.stories[other], self._rarity
        product = 0.0
        for stem, weight in weights.items():
            if stem in other_weights:
                product += weight * other_weights[stem] * rarity[stem] * rarity[stem]
        return product / (self._norms[story] * self._norms[other])


def event_vetoes(a: ComparableText, b: ComparableText) -> tuple[Veto, ...]:
    """Return what keeps two stories from being of one event, however alike they are."""
    against = list(vetoes.of_one_event(a, b))
    if _are_other_steps(a, b):
        against.append(Veto.STEPS)
    if a.is_standing or b.is_standing or _are_one_template(a, b):
        against.append(Veto.TEMPLATE)
    return tuple(against)


def _are_one_template(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two texts are one template filled in twice, by their headlines.

    The headlines of two desks' reports of one event may follow one pattern, too, but their texts
    are as alike as reports of one event are, and the headlines name the same.
    """
    jaccard = likeness(a, b).jaccard if a.is_long and b.is_long else 0.0
    is_pattern = _are_one_pattern(_stems(a.title), _stems(b.title))
    if vetoes.have_other_subjects(a, b):
        return is_pattern or jaccard >= _TEMPLATE_JACCARD
    return is_pattern and jaccard < _REPORTS_JACCARD


def _are_other_steps(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines name different steps of an affair, or only one of them its end."""
    a_steps, b_steps = a.facts_in_title.steps, b.facts_in_title.steps
    a_ends, b_ends = (any(end in text.title for end in _ENDS) for text in (a, b))
    return bool(a_steps and b_steps and not a_steps & b_steps) or a_ends != b_ends


def _are_one_pattern(a: Sequence[str], b: Sequence[str]) -> bool:
    """Tell whether two headlines are much the same and state something else in one place."""
    same, is_filled_anew = 0, False
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            same += a2 - a1
        elif kind == "replace":
            beginnings = {stem[:_BEGINNING_CHARACTERS] for stem in a[a1:a2]}
            is_filled_anew |= not beginnings & {stem[:_BEGINNING_CHARACTERS] for stem in b[b1:b2]}
    return is_filled_anew and same >= _PATTERN_SHARE * max(len(a), len(b))
