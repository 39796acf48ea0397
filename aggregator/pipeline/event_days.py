"""The stories of some days, as events are looked for among them: each by its entry of most text.

They outlive a pass where passes follow each other: what is read of the store is then what changed,
and how rare a stem is, is counted of that alone. What is found is what is found among days that are
read anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from operator import itemgetter

from aggregator.bengali.text import keys_of_shown
from aggregator.models import EventWords, NearEntry, Opening
from aggregator.store.unit import UnitOfWork
from aggregator.stories import event_index, event_words
from aggregator.stories.comparable import ComparableText

# The most that one window compares; the fifty sites of the shipped configuration bring some 3,000
# entries in three days.
_MOST_ENTRIES = 5_000
# So long before the end of the newest window, which is 36 hours after the newest story, entries are
# kept: a story that comes two days late finds those of its days here.
_KEPT = timedelta(days=5)
# The openings that are read at once where their words are not kept: what folds them takes many as
# quickly as all, and as many texts are in memory.
_OPENINGS_TOGETHER = 500


class EventDays:
    """The entries of some days, and an index of the words of those that stand for their stories.

    It shows a window of these days: what was published in it.
    """

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, last
        self._entries: dict[int, NearEntry] = {}
        self._of_story: dict[int, set[int]] = {}
        self._by_time: list[tuple[datetime, int]] = []
        self._index = event_index.EventIndex()
        # Which entry stands for a story, by its number, whether its words are in the index or, as
        # they cannot be read, not.
        self._standing: dict[int, NearEntry] = {}
        self._wordless: set[int] = set()
        # The stories of which it is decided anew which entry stands for them.
        self._unsettled: set[int] = set()
        self._outside: set[int] = set()
        self._new: dict[int, NearEntry] = {}

    @classmethod
    def read(cls, unit: UnitOfWork, first: datetime, last: datetime) -> EventDays:
        """Read what was published between two times; of too much, the newest."""
        days = cls(first, last)
        days._put(unit.events.published_between(first, last, _MOST_ENTRIES))
        return days

    @property
    def is_full(self) -> bool:
        """Tell whether there may be more entries than are here."""
        return len(self._entries) >= _MOST_ENTRIES

    # --- As the store and the clock go on ---------------------------------------------------------

    def refresh(self, unit: UnitOfWork, changed: Set[int]) -> None:
        """Read entries anew that changed, came or went."""
        self._forget(changed & self._entries.keys())
        self._put(
            entry
            for entry in unit.events.near_entries(changed)
            if self.first <= entry.published <= self.last
        )

    def reaches(self, first: datetime, last: datetime) -> bool:
        """Tell whether a window lies in these days, or in those that follow them."""
        return max(self.last, last) - _KEPT <= first <= self.last

    def extend(self, unit: UnitOfWork, first: datetime, last: datetime) -> None:
        """Read what a window that they reach has beyond them, and forget what is long before it."""
        if last > self.last:
            self._put(unit.events.published_between(self.last, last, _MOST_ENTRIES))
            self.last = last
        if first < self.first:
            self._put(unit.events.published_between(first, self.first, _MOST_ENTRIES))
            self.first = first
        self._forget_before(min(first, self.last - _KEPT))
        if self.is_full:
            self._forget_before(first)

    def _put(self, entries: Iterable[NearEntry]) -> None:
        for entry in entries:
            if entry.pk not in self._entries:
                self._entries[entry.pk] = entry
                self._of_story.setdefault(entry.story, set()).add(entry.pk)
                insort(self._by_time, (entry.published, entry.pk))
                self._unsettled.add(entry.story)

    def _forget_before(self, first: datetime) -> None:
        if first > self.first:
            end = bisect_left(self._by_time, first, key=itemgetter(0))
            self._forget({pk for _, pk in self._by_time[:end]})
            self.first = first

    def _forget(self, pks: Set[int]) -> None:
        for pk in pks:
            entry = self._entries.pop(pk)
            of_story = self._of_story[entry.story]
            of_story.remove(pk)
            if not of_story:
                del self._of_story[entry.story]
            standing = self._standing.get(entry.story)
            if standing and standing.pk == pk:
                self._step_down(entry.story)
            self._unsettled.add(entry.story)
            del self._by_time[bisect_left(self._by_time, (entry.published, pk))]
        self._outside -= pks

    # --- A window ---------------------------------------------------------------------------------

    def show(
        self, unit: UnitOfWork, first: datetime, last: datetime, new: Mapping[int, NearEntry]
    ) -> dict[NearEntry, EventWords]:
        """Show a window, in which ``new`` stand for their stories, whatever else these have.

        Return the words that had to be made of their texts.
        """
        self._new = {entry.pk: entry for entry in new.values()}
        crossing = self._move(first, last)
        unsettled = self._unsettled | new.keys()
        unsettled |= {
            story for pk in crossing if len(self._of_story[story := self._entries[pk].story]) > 1
        }
        self._settle({story: new.get(story) or self._fullest(story) for story in unsettled})
        # What stood for a story as it was new does so no longer when it is known.
        self._unsettled = {*new}
        words, made = self._words(unit)
        self._index.add(words)
        self._wordless -= words.keys()
        there = [pk for pk in (*crossing, *words) if pk in self._index]
        self._index.leave_out({pk for pk in there if pk in self._outside})
        self._index.take_in({pk for pk in there if pk not in self._outside})
        return {self._entry(pk): of_entry for pk, of_entry in made.items()}

    def _entry(self, pk: int) -> NearEntry:
        """Return an entry that stands for its story."""
        return self._new.get(pk) or self._entries[pk]

    def _move(self, first: datetime, last: datetime) -> set[int]:
        """Note what lies outside of a window, and return what did not or does no longer."""
        start = bisect_left(self._by_time, first, key=itemgetter(0))
        end = bisect_right(self._by_time, last, key=itemgetter(0))
        before = self._outside
        self._outside = {pk for _, pk in (*self._by_time[:start], *self._by_time[end:])}
        return before ^ self._outside

    def _fullest(self, story: int) -> NearEntry | None:
        """Return the entry with the fullest text of a story in the window, else of all its entries.

        One stands for what lies outside, too, as the window may come back to it.
        """
        entries = [self._entries[pk] for pk in self._of_story.get(story, ())]
        return min(entries, key=self._rank, default=None)

    def _settle(self, wanted: Mapping[int, NearEntry | None]) -> None:
        """Let entries stand for their stories, whose words are then missing from the index."""
        # First all step down: an entry may have come from one story to another meanwhile.
        for story, entry in wanted.items():
            standing = self._standing.get(story)
            if standing and (standing != entry or standing.pk not in self._entries):
                self._step_down(story)
        for story, entry in wanted.items():
            if entry and story not in self._standing:
                self._standing[story] = entry
                self._wordless.add(entry.pk)

    def _rank(self, entry: NearEntry) -> tuple[bool, int, datetime, str]:
        return entry.pk in self._outside, -entry.characters, entry.published, entry.id

    def _step_down(self, story: int) -> None:
        pk = self._standing.pop(story).pk
        if pk in self._index:
            self._index.discard(pk)
        self._wordless.discard(pk)

    def _words(self, unit: UnitOfWork) -> tuple[dict[int, EventWords], dict[int, EventWords]]:
        """Return the words that the index lacks, and those of them that were not kept."""
        kept = unit.events.words(self._wordless, event_words.FORM) if self._wordless else {}
        made = _made(unit, sorted(self._wordless - kept.keys()))
        return kept | made, made

    # --- What is in it ----------------------------------------------------------------------------

    def near(self, new: NearEntry) -> list[tuple[NearEntry, float]]:
        """Return the entries of the window that are near one that stands for its story."""
        if new.pk not in self._index:
            return []
        near = self._index.near(new.pk)
        return [(self._entry(pk), near[pk]) for pk in sorted(near)]


def _made(unit: UnitOfWork, pks: Sequence[int]) -> dict[int, EventWords]:
    """Return the words of entries, made of their texts; none of what is purged or unreadable."""
    return {
        pk: event_words.words_of(text)
        for start in range(0, len(pks), _OPENINGS_TOGETHER)
        for pk, text in texts_of(unit.events.openings(pks[start : start + _OPENINGS_TOGETHER]))
    }


def texts_of(openings: Mapping[int, Opening]) -> Iterator[tuple[int, ComparableText]]:
    """Yield the part of each entry's text that is compared, by the entry's number."""
    keys = keys_of_shown(
        [text for opening in openings.values() for text in (opening.title, opening.summary)]
    )
    for pk, title, summary in zip(openings, keys[::2], keys[1::2], strict=True):
        yield pk, ComparableText(title, summary)
