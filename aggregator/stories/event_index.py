"""Which stories may tell of one event, of those of some days, by how near their words are.

The score is the cosine of two stories' words, weighed by how rare they are among the stories of
their days (TF-IDF); ``event_bounds`` says how high it must be. Stories that follow one pattern
score as high as those that belong together, so the vetoes decide (``event_vetoes``).

An index is kept while days move on: what comes and what leaves is counted by itself, and what is
found depends on the stories that are in it alone, to the last bit, whatever came and left before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from aggregator.models import EventWords
from aggregator.stories.event_bounds import least_cosines
from aggregator.stories.event_words import PACKED_STEM

_TITLE_WEIGHT = 2  # 3: a recall of 0.68 in place of 0.72 at the same precision
# A word is assumed to stand in one of so many further stories that were never seen, so that a
# handful of stories does not make every word common.
_UNSEEN_STORIES = 400
# Two headlines share a word by chance, and an opinion's three words are in every other. So four
# stems must be shared, two of which stand in no more than one story of fifty. With one of a hundred
# what many papers tell is missed, as its own words are no longer rare: 53 links, 50 of them right,
# in place of 56 and 52. With one of thirty it is the same, and an opinion more is wrong.
_SHARED_STEMS, _SHARED_RARE_STEMS, _RARE_SHARE = 4, 2, 0.02
# So many stories are added one by one: 0.06 ms for one in place of 0.12. Of twenty it is the same.
_FEW = 10
# The logarithm of each count and a half, of more stories than are compared together.
_LOGARITHMS = np.log(np.arange(10_000) + 0.5)
# Sums of at most some thousand products differ by less where they are added up in another order.
_ROUNDING = 1e-9
# How much a stem counts in a story by how often it stands there, up to 255 times in either part.
_WEIGHTS = np.array([0.0, *(1 + math.log(count) for count in range(1, 256 * (1 + _TITLE_WEIGHT)))])

_Numbers = NDArray[np.intp]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]


def near(stories: Sequence[EventWords], asked: Iterable[int]) -> dict[int, Mapping[int, float]]:
    """Return which stories may tell of one event with each that is asked for: story → cosines.

    Stories are numbered by their place among those of some days.
    """
    index = EventIndex()
    index.add(dict(enumerate(stories)))
    return {story: index.near(story) for story in asked}


class EventIndex:
    """The stories of some days by their stems; stories are named by numbers of the caller's.

    Stems are numbered, and the number of one that no story has any more is given to another.
    """

    def __init__(self) -> None:
        # Of each story the numbers of its stems, how much they count in it, and which of them its
        # title has.
        self._stories: dict[int, tuple[_Numbers, _Floats, _Flags]] = {}
        self._number_of: dict[int, int] = {}
        self._unused: list[int] = []
        # Of each stem by its number: itself, which stories have it, and how many these are.
        self._stems: list[int] = []
        self._having: list[list[int] | None] = []
        self._counts = np.zeros(0, dtype=np.intp)
        # The stories that came first, by stems, and where those of each end. Lists are made of them
        # when they are asked for: a process that adds no more asks for few.
        self._first = self._ends = np.zeros(0, dtype=np.intp)
        # What is outside of the window that is looked at: it is not counted, and not found.
        self._left_out: set[int] = set()
        # How much stems count in the story that is asked for; zeros between two questions.
        self._sought = np.zeros(0)

    def __contains__(self, story: int) -> bool:
        """Tell whether a story is in it."""
        return story in self._stories

    @property
    def stems_numbered(self) -> int:
        """Return how many numbers of stems there are, those that no stem has at the time, too."""
        return len(self._stems)

    def add(self, words: Mapping[int, EventWords]) -> None:
        """Add stories, none of which is in it, by their words."""
        if len(words) <= _FEW and self._stems:
            for story, of_story in words.items():
                self._add_one(story, of_story)
            return
        if not words:
            return
        stems = np.frombuffer(b"".join(of.stems for of in words.values()), PACKED_STEM)
        in_title, in_lead = (
            np.frombuffer(b"".join(part), np.uint8).astype(np.intp)
            for part in (
                [of.in_title for of in words.values()],
                [of.in_lead for of in words.values()],
            )
        )
        lengths = [len(of.in_lead) for of in words.values()]
        numbers = self._enter(stems, np.repeat(list(words), lengths))
        weights = _WEIGHTS[in_lead + _TITLE_WEIGHT * in_title]
        start = 0
        for story, length in zip(words, lengths, strict=True):
            part = slice(start, start := start + length)
            self._stories[story] = numbers[part], weights[part], in_title[part] > 0

    def _add_one(self, story: int, words: EventWords) -> None:
        """Add a story by itself, as what prepares many to be added at once takes longer."""
        stems: list[int] = np.frombuffer(words.stems, PACKED_STEM).tolist()
        in_order = self._numbered(stems)
        having = self._having
        for number in in_order:
            (having[number] or self._stories_with(number)).append(story)
        numbers = np.array(in_order, dtype=np.intp)
        self._counts[numbers] += 1  # no stem is twice in a story
        in_title, in_lead = (
            np.frombuffer(part, np.uint8).astype(np.intp)
            for part in (words.in_title, words.in_lead)
        )
        weights = _WEIGHTS[in_lead + _TITLE_WEIGHT * in_title]
        self._stories[story] = numbers, weights, in_title > 0

    def _enter(self, stems: NDArray[np.uint64], stories: NDArray[np.intp]) -> _Numbers:
        """Note which stories have which stems, and return the numbers of these."""
        order = np.argsort(stems, kind="stable")
        in_order = stems[order]
        is_another = np.ones(len(in_order), dtype=bool)
        is_another[1:] = in_order[1:] != in_order[:-1]
        starts = np.flatnonzero(is_another)
        is_first = not self._stems
        distinct = np.array(self._numbered(in_order[starts].tolist()), dtype=np.intp)
        ends = np.append(starts[1:], len(in_order))
        if is_first:
            self._first, self._ends = stories[order], ends
            self._having = [None] * len(starts)
        else:
            having = stories[order].tolist()
            bounds = zip(starts.tolist(), ends.tolist(), strict=True)
            for number, (start, end) in zip(distinct.tolist(), bounds, strict=True):
                self._stories_with(number).extend(having[start:end])
        self._counts[distinct] += ends - starts
        numbers = np.empty(len(stems), dtype=np.intp)
        numbers[order] = np.repeat(distinct, ends - starts)
        return numbers

    def _numbered(self, stems: Sequence[int]) -> list[int]:
        """Return the numbers of different stems, which are given to those that have none."""
        new = [stem for stem in stems if stem not in self._number_of]
        used_again = min(len(new), len(self._unused))
        for stem in new[:used_again]:
            number = self._unused.pop()
            self._number_of[stem] = number
            self._stems[number] = stem
        more = new[used_again:]
        self._number_of.update(zip(more, count(len(self._stems))))
        self._stems += more
        self._having += [[] for _ in more]
        if len(self._stems) > len(self._counts):
            # Twice as many as are needed, so that this is seldom done.
            room = np.zeros(2 * len(self._stems) - len(self._counts), dtype=np.intp)
            self._counts = np.append(self._counts, room)
            self._sought = np.zeros(len(self._counts))
        return [self._number_of[stem] for stem in stems]

    def _stories_with(self, number: int) -> list[int]:
        """Return which stories have a stem, in a list that is to be changed where that does."""
        having = self._having[number]
        if having is None:
            start = self._ends[number - 1] if number else 0
            having = self._having[number] = self._first[start : self._ends[number]].tolist()
        return having

    def discard(self, story: int) -> None:
        """Forget a story that is in it."""
        self.take_in({story})
        numbers, *_ = self._stories.pop(story)
        self._counts[numbers] -= 1
        for number in numbers.tolist():
            # What leaves is mostly what came first, and so is found at once.
            having = self._stories_with(number)
            having.remove(story)
            if not having:
                del self._number_of[self._stems[number]]
                self._unused.append(number)

    def leave_out(self, stories: Set[int]) -> None:
        """Answer as if some stories that are in it were not, until they are taken in again."""
        if leaving := stories - self._left_out:
            self._counts -= self._counted(leaving)
            self._left_out |= leaving

    def take_in(self, stories: Set[int]) -> None:
        """Answer with some stories again."""
        if coming := stories & self._left_out:
            self._counts += self._counted(coming)
            self._left_out -= coming

    def _counted(self, stories: Set[int]) -> _Numbers:
        """Return how many of some stories have each stem."""
        numbers = np.concatenate([self._stories[story][0] for story in stories])
        return np.bincount(numbers, minlength=len(self._counts))

    def near(self, story: int) -> dict[int, float]:
        """Return which stories may tell of one event with one that is in it: story → cosine."""
        others = self._sharing(story)
        if not others:
            return {}
        norms: dict[int, float] = {}
        least = self._roughly_near(story, others)
        cosines = {other: self._cosine(story, other, norms) for other in least}
        return {other: cosine for other, cosine in cosines.items() if cosine >= least[other]}

    def _sharing(self, story: int) -> list[int]:
        """Return the stories that share enough rare stems with a story."""
        numbers, *_ = self._stories[story]
        counts = self._counts[numbers]
        most = _RARE_SHARE * self._among()
        rare = numbers[(counts > 1) & (counts <= most)].tolist()
        shared = Counter(chain.from_iterable(map(self._stories_with, rare)))
        del shared[story]
        return [
            other
            for other, count in shared.items()
            if count >= _SHARED_RARE_STEMS and other not in self._left_out
        ]

    def _among(self) -> int:
        return len(self._stories) - len(self._left_out) + _UNSEEN_STORIES

    def _roughly_near(self, story: int, others: Sequence[int]) -> dict[int, float]:
        """Return which of some stories share enough stems and may be near enough, all at once.

        Each comes with the cosine that it must reach.
        """
        numbers, weights, in_title = self._stories[story]
        rarity = self._rarity(numbers)
        of_others = [self._stories[other] for other in others]
        starts = np.cumsum([0, *(len(numbers) for numbers, *_ in of_others[:-1])])
        all_numbers, all_weights, in_titles = map(np.concatenate, zip(*of_others, strict=True))
        self._sought[numbers] = in_title
        is_in_own_title = self._sought[all_numbers] > 0.0
        self._sought[numbers] = weights * rarity * rarity
        sought = self._sought[all_numbers]
        self._sought[numbers] = 0.0
        is_shared = sought > 0.0

        def counted(are: _Flags) -> _Numbers:
            return np.add.reduceat(are, starts, dtype=np.intp)

        products = np.add.reduceat(sought * all_weights, starts)
        squares = np.add.reduceat((all_weights * self._rarity(all_numbers)) ** 2, starts)
        norms = np.sqrt(squares * ((weights * rarity) ** 2).sum())
        least = least_cosines(
            int(in_title.sum()),
            counted(is_in_own_title),
            counted(in_titles),
            counted(is_shared & in_titles),
        )
        is_near = counted(is_shared) >= _SHARED_STEMS
        is_near &= products >= (least - _ROUNDING) * norms
        return {others[place]: float(least[place]) for place in np.flatnonzero(is_near).tolist()}

    def _rarity(self, numbers: _Numbers) -> _Floats:
        """Return how rare stems are, but for the last bits."""
        counts = self._counts[numbers]
        is_known = len(self._stories) < len(_LOGARITHMS)
        logarithms = _LOGARITHMS[counts] if is_known else np.log(counts + 0.5)
        rarity: _Floats = math.log(self._among()) - logarithms
        return rarity

    def _cosine(self, story: int, other: int, norms: dict[int, float]) -> float:
        """Return the cosine of two stories, added up in the order of the first one's stems."""
        of_story, of_other = self._rarities_and_weights(story), self._rarities_and_weights(other)
        product = 0.0
        for number, (rarity, weight) in of_story.items():
            if number in of_other:
                product += weight * of_other[number][1] * rarity * rarity
        for each, of_each in ((story, of_story), (other, of_other)):
            if each not in norms:
                squares = ((weight * rarity) ** 2 for rarity, weight in of_each.values())
                norms[each] = math.sqrt(sum(squares))
        return product / (norms[story] * norms[other])

    def _rarities_and_weights(self, story: int) -> dict[int, tuple[float, float]]:
        among = self._among()
        numbers, weights, _ = self._stories[story]
        counts = self._counts[numbers].tolist()
        rarities = (math.log(among / (count + 0.5)) for count in counts)
        pairs = zip(rarities, weights.tolist(), strict=True)
        return dict(zip(numbers.tolist(), pairs, strict=True))
