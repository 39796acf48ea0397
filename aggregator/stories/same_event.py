"""Which stories may tell of the same event in other words: how near their words are.

The score is the cosine of two stories' words, weighed by how rare they are among the stories of
their days (TF-IDF). Stories that follow one pattern score as high as those that belong together, so
the vetoes decide (``event_vetoes``).
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.bengali.text import stems
from aggregator.models import EventWords, Relation
from aggregator.stories import event_vetoes
from aggregator.stories.comparable import ComparableText
from aggregator.stories.vetoes import Veto

# Which words ``words_of`` returns, and how they are cut: whoever changes that counts this up, so
# that words that were kept as before are made anew.
FORM = 2
# Bengali words change at their ends: their first five characters are compared.
_STEM_CHARACTERS = 5
_SHORTEST_WORD = 2
# Names and the matter stand in the first sentences; the title states it once more.
_LEAD_CHARACTERS = 600
_TITLE_WEIGHT = 2  # 3: a recall of 0.68 in place of 0.72 at the same precision
# A word is assumed to stand in one of so many further stories that were never seen, so that a
# handful of stories does not make every word common.
_UNSEEN_STORIES = 400
# An apostrophe within a word hides it from filters (মি'সা'ইল), or is a letter left out (দু'জন).
_WITHIN_A_WORD = re.compile("(?<=[\u0980-\u09ff])'(?=[\u0980-\u09ff])")
# How alike two stories of one event are. With 0.34, pairs drawn of real days are judged with a
# precision of 0.93 and a recall of 0.56, and 49 of the days' 53 links are right; with 0.30 it is
# 0.79 and 0.61, and 53 of 67; with 0.38, 0.98 and 0.48, and 42 of 43.
SAME_EVENT = 0.34
# Two headlines share a word by chance, and an opinion's three words are in every other. So four
# stems must be shared, two of which stand in no more than one story of fifty. With one of a hundred
# what many papers tell is missed, as its own words are no longer rare: 50 links, 47 of them right,
# in place of 53 and 49. With one of thirty it is the same, and an opinion more is wrong.
_SHARED_STEMS, _SHARED_RARE_STEMS, _RARE_SHARE = 4, 2, 0.02


# What keeps two steps of one affair apart, where nothing else does.
_VETOES_OF_STEPS = frozenset({Veto.STEPS, Veto.DAYS, Veto.NUMBERS})
# Reports of one affair name its people or its place in their headlines: of ten real pairs that only
# these vetoes keep apart and whose headlines share two stems, nine are of one affair.
_SHARED_IN_HEADLINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it is judged: its text, and the site that tells it, as ``candidates`` name it."""

    text: ComparableText
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What two stories have to do with each other, by how near they are and what keeps them apart.

    ``score`` is between 0 and 1, the surer the higher; ``relation`` is ``None`` where they have
    nothing to do with each other.
    """

    relation: Relation | None
    score: float
    vetoes: tuple[Veto, ...]


def judge(a: Told, b: Told, cosine: float) -> Verdict:
    """Decide what two stories have to do with each other that ``near`` found so near.

    A paper tells an event once. What it tells again is what came of it, or who said what of it.
    """
    vetoes = event_vetoes.between_stories(a.text, b.text)
    relation = None
    if not vetoes:
        relation = Relation.STEP if a.site == b.site else Relation.SAME
    elif _VETOES_OF_STEPS.issuperset(vetoes) and _share_a_subject(a.text, b.text):
        relation = Relation.STEP
    return Verdict(relation=relation, score=round(cosine, 3), vetoes=vetoes)


def _share_a_subject(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines have stems in common: the people or the place of an affair."""
    return len(set(_stems(a.title)) & set(_stems(b.title))) >= _SHARED_IN_HEADLINES


def words_of(text: ComparableText) -> EventWords:
    """Return the stems of a text's title and of its first sentences."""
    return EventWords(
        title=" ".join(_stems(text.title)), lead=" ".join(_stems(text.body[:_LEAD_CHARACTERS]))
    )


def _stems(text: str) -> list[str]:
    text = _WITHIN_A_WORD.sub("", text)
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
