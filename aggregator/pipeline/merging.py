"""Merge: stories that ties connect become one, but for what only bridges two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.models import Tie, TieKind
from aggregator.store.joining import Joining
from aggregator.stories import same_text
from aggregator.stories.candidates import Candidate
from aggregator.stories.similarity import ComparableText

# Of a story so many of the fullest texts say what it is about.
_TEXTS_OF_A_STORY = 6


def merge(transaction: Joining, ties: Sequence[Tie], asking: Mapping[int, Candidate]) -> None:
    """Make stories one that ties connect, the surest first, and remember the ties that did.

    Identical texts of any time are tied already, when they are stored.
    """
    exact = transaction.ties_of(list(asking))
    merging = _Merging(transaction, asking, [*exact, *ties])
    kept = [tie for tie in (*exact, *ties) if merging.joins(tie)]
    transaction.add_ties(kept)
    merged = merging.merged
    transaction.merge({one: merged[one] for one in sorted(merged, reverse=True)})


class _Merging:
    """What stories have become so far: ``merged`` gives what each was made a part of."""

    def __init__(
        self, transaction: Joining, asking: Mapping[int, Candidate], ties: Sequence[Tie]
    ) -> None:
        self._transaction = transaction
        self._asking = asking
        entries = transaction.stored({pk for tie in ties for pk in (tie.a, tie.b)})
        self._story_of = {one.pk: one.story for one in entries if not one.is_purged}
        self._fresh: dict[int, list[ComparableText]] = {}
        for one in asking.values():
            self._fresh.setdefault(one.entry.story, []).append(one.text)
        self._texts: dict[int, list[ComparableText]] = {}
        self.merged: dict[int, int] = {}

    def joins(self, tie: Tie) -> bool:
        """Tell whether a tie makes its entries one story, which they then are."""
        if tie.a not in self._story_of or tie.b not in self._story_of:
            return False
        low, high = sorted((self._becomes(tie.a), self._becomes(tie.b)))
        if low == high:
            return True
        both = self._texts_of(low), self._texts_of(high)
        if tie.kind is not TieKind.TEXT and same_text.are_a_bridge(*both):
            return False
        self.merged[high] = low
        self._texts[low] = [*both[0], *both[1]][:_TEXTS_OF_A_STORY]
        return True

    def _becomes(self, pk: int) -> int:
        story = self._story_of[pk]
        while story in self.merged:
            story = self.merged[story]
        return story

    def _texts_of(self, story: int) -> list[ComparableText]:
        if story not in self._texts:
            stored = self._transaction.of_story(story, _TEXTS_OF_A_STORY)
            known = [Candidate.of(one).text for one in stored if one.pk not in self._asking]
            texts = [*self._fresh.get(story, ()), *known]
            self._texts[story] = texts[:_TEXTS_OF_A_STORY]
        return self._texts[story]
