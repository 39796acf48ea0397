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
from difflib import SequenceMatcher

from aggregator.bengali.text import key, stems
from aggregator.models import EventWords
from aggregator.stories import vetoes
from aggregator.stories.comparable import ComparableText
from aggregator.stories.similarity import likeness
from aggregator.stories.vetoes import Veto

# Which words ``words_of`` returns, and how they are cut: whoever changes that counts this up, so
# that words that were kept as before are made anew.
FORM = 1
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


def words_of(text: ComparableText) -> EventWords:
    """Return the stems of a text's title and of its first sentences."""
    return EventWords(
        title=" ".join(_stems(text.title)), lead=" ".join(_stems(text.body[:_LEAD_CHARACTERS]))
    )


def _stems(text: str) -> list[str]:
    return stems(text, characters=_STEM_CHARACTERS, shortest_word=_SHORTEST_WORD)


def near(stories: Sequence[EventWords], asked: Sequence[int]) -> dict[int, Mapping[int, float]]:
    """Return which stories may tell of one event with each that is asked for: story → cosines.

    Stories are numbered by their place among those of some days. The rare stems are looked at
    first, so that only stories are weighed that share some with one that is asked for.
    """
    among = len(stories) + _UNSEEN_STORIES
    weights = _Weights(stories)
    stories_with = _stories_with(stories, {stem for story in asked for stem in weights[story]})
    rare = {
        stem: having
        for stem, having in stories_with.items()
        if 1 < len(having) <= _RARE_SHARE * among
    }
    sharing = {story: _sharing(story, weights, rare) for story in asked}
    weighed = {story for story, others in sharing.items() if others}.union(*sharing.values())
    others_stems = {stem for story in weighed for stem in weights[story]} - stories_with.keys()
    stories_with |= _stories_with(stories, others_stems)
    rarity = {stem: math.log(among / (len(having) + 0.5)) for stem, having in stories_with.items()}
    norms = {story: _norm(weights[story], rarity) for story in weighed}
    cosines = {
        story: {
            other: _product(weights[story], weights[other], rarity) / (norms[story] * norms[other])
            for other in others
        }
        for story, others in sharing.items()
    }
    return {
        story: {other: cosine for other, cosine in of_story.items() if cosine >= SAME_EVENT}
        for story, of_story in cosines.items()
    }


class _Weights(dict[int, Mapping[str, float]]):
    """How much each stem of a story counts in it: story → stems, for stories that are looked at."""

    def __init__(self, stories: Sequence[EventWords]) -> None:
        super().__init__()
        self._stories = stories

    def __missing__(self, story: int) -> Mapping[str, float]:
        words = self._stories[story]
        counts = Counter(words.lead.split())
        for stem in words.title.split():
            counts[stem] += _TITLE_WEIGHT
        # Thousands of stories may be weighed at once, and their stems are the same few: kept once,
        # a story of 49 stems takes half of its memory.
        weights = {sys.intern(stem): 1 + math.log(count) for stem, count in counts.items()}
        return self.setdefault(story, weights)


def _stories_with(stories: Sequence[EventWords], wanted: set[str]) -> dict[str, list[int]]:
    """Return in which stories each of these stems stands."""
    stories_with: dict[str, list[int]] = {stem: [] for stem in wanted}
    for story, words in enumerate(stories if wanted else ()):
        for stem in wanted.intersection(f"{words.title} {words.lead}".split()):
            stories_with[stem].append(story)
    return stories_with


def _sharing(story: int, weights: _Weights, rare: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the stories that share enough stems, and enough rare ones, with a story."""
    shared_rare = Counter(other for stem in weights[story] for other in rare.get(stem, ()))
    del shared_rare[story]
    return [
        other
        for other, count in shared_rare.items()
        if count >= _SHARED_RARE_STEMS
        and len(weights[story].keys() & weights[other].keys()) >= _SHARED_STEMS
    ]


def _norm(weights: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    squares = ((weight * rarity[stem]) ** 2 for stem, weight in weights.items())
    return math.sqrt(sum(squares)) or 1.0


def _product(
    weights: Mapping[str, float], other_weights: Mapping[str, float], rarity: Mapping[str, float]
) -> float:
    product = 0.0
    for stem, weight in weights.items():
        if stem in other_weights:
            product += weight * other_weights[stem] * rarity[stem] * rarity[stem]
    return product


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
