"""Which stories tell of the same happening, in other words: a score, and what speaks against it.

The score is the cosine of two stories' words, weighed by how rare they are among the stories of
their days (TF-IDF). Stories that follow one pattern score as high as those that belong together, so
the decision is the vetoes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from aggregator.bengali.text import key, words
from aggregator.stories.facts import Veto
from aggregator.stories.similarity import ComparableText, contradictions

# Bengali words change at their ends: their first five characters are compared.
_STEM_CHARACTERS = 5
_SHORTEST_WORD = 2
# Names and the matter stand in the first sentences; the title says it once more.
_LEAD_CHARACTERS = 600
_TITLE_WEIGHT = 2  # 3: a recall of 0.68 in place of 0.72 at the same precision
# A word is taken to stand in one of so many further stories that were never seen, so that a handful
# of stories does not make every word common.
_UNSEEN_STORIES = 400
# How alike two stories are that tell of one happening: of 190 pairs with more than a headline that
# real feeds of one day held, those above were nearly all, those below half of them.
SAME_EVENT = 0.30
# Two headlines share a word by chance, and an opinion's three words are in every other. So many
# stems are shared, some of which stand in no more than one story of a hundred.
_SHARED_STEMS, _SHARED_RARE_STEMS, _RARE = 4, 2, 0.01
# Of headlines so much the same in the same order, with something else between, one is the other's
# pattern filled anew.
_SAME_PATTERN = 0.5
_SAME_BEGINNING = 3
# What ends an affair: only one of two reports on one step says so.
_ENDS = tuple(key(word) for word in ("প্রত্যাহার", "স্থগিত"))


def gist(text: ComparableText) -> Mapping[str, float]:
    """Give the stems of a text's title and beginning, with how much each counts in it."""
    counts = Counter(_stems(text.body[:_LEAD_CHARACTERS]))
    for stem in _stems(text.title):
        counts[stem] += _TITLE_WEIGHT
    return {stem: 1 + math.log(count) for stem, count in counts.items()}


def _stems(text: str) -> list[str]:
    return [word[:_STEM_CHARACTERS] for word in words(text) if len(word) >= _SHORTEST_WORD]


@dataclass(frozen=True)
class Window:
    """The gists of the stories of some days, numbered by their places."""

    gists: Sequence[Mapping[str, float]]

    @cached_property
    def _stories_with(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for place, one in enumerate(self.gists):
            for stem, weight in one.items():
                found.setdefault(stem, []).append((place, weight))
        return found

    def _rarity(self, stem: str) -> float:
        stories = len(self._stories_with.get(stem, ()))
        return math.log((len(self.gists) + _UNSEEN_STORIES) / (stories + 0.5))

    @cached_property
    def _lengths(self) -> Sequence[float]:
        return [self._length(one) for one in self.gists]

    def _length(self, one: Mapping[str, float]) -> float:
        return math.sqrt(sum((weight * self._rarity(s)) ** 2 for s, weight in one.items())) or 1.0

    def near(self, one: Mapping[str, float]) -> dict[int, float]:
        """Give the stories that may tell of the same happening as a gist: place → cosine."""
        scores: dict[int, float] = defaultdict(float)
        shared: Counter[int] = Counter()
        rare: Counter[int] = Counter()
        most = _RARE * (len(self.gists) + _UNSEEN_STORIES)
        for stem, weight in one.items():
            stories, rarity = self._stories_with.get(stem, ()), self._rarity(stem)
            for place, other in stories:
                scores[place] += weight * other * rarity * rarity
                shared[place] += 1
                rare[place] += len(stories) <= most
        length = self._length(one)
        return {
            place: cosine
            for place, score in scores.items()
            if shared[place] >= _SHARED_STEMS
            and rare[place] >= _SHARED_RARE_STEMS
            and (cosine := score / (length * self._lengths[place])) >= SAME_EVENT
        }


def event_vetoes(a: ComparableText, b: ComparableText) -> tuple[Veto, ...]:
    """Give what keeps two stories from being of one happening, however alike they are."""
    found = list(contradictions(a, b))
    if _are_other_steps(a, b):
        found.append(Veto.STEPS)
    if a.is_standing or b.is_standing or _are_one_pattern(_stems(a.title), _stems(b.title)):
        found.append(Veto.TEMPLATE)
    return tuple(found)


def _are_other_steps(a: ComparableText, b: ComparableText) -> bool:
    steps_a, steps_b = a.facts_in_title.steps, b.facts_in_title.steps
    ends_a, ends_b = (any(end in one.title for end in _ENDS) for one in (a, b))
    return bool(steps_a and steps_b and not steps_a & steps_b) or ends_a != ends_b


def _are_one_pattern(a: Sequence[str], b: Sequence[str]) -> bool:
    """Tell whether of two headlines much is the same and in one place something else is said."""
    same, is_filled_anew = 0, False
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            same += a2 - a1
        elif kind == "replace":
            beginnings = {one[:_SAME_BEGINNING] for one in a[a1:a2]}
            is_filled_anew |= not beginnings & {one[:_SAME_BEGINNING] for one in b[b1:b2]}
    return is_filled_anew and same >= _SAME_PATTERN * max(len(a), len(b))
