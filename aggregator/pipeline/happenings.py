"""Happenings: which stories are of one event with a story, and which events led to its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import FeedSpec, Presentation, StoryMember
from aggregator.store.unit import UnitOfWork

# What led to an event, the newest first: three lines are read at a glance, and the oldest of them
# leads to what came before it in turn.
_MOST_EARLIER = 3

_Members = Mapping[int, Sequence[StoryMember]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is told beside a story, each story by its first entry.

    ``events`` are the other stories of its event, the nearest first. ``earlier`` has a story of
    each event that began before and is another step of the same affair, the newest first.
    """

    events: tuple[StoryMember, ...] = ()
    earlier: tuple[StoryMember, ...] = ()


class Events:
    """The events of some stories; ``owner_of`` tells the story of each of their entries."""

    def __init__(self, unit: UnitOfWork, owner_of: Mapping[int, int]) -> None:
        event_of = unit.event_groups.events_of(owner_of)
        self._members = unit.event_groups.members(event_of.values())
        self._events: dict[int, set[int]] = {}
        for pk, event in event_of.items():
            self._events.setdefault(owner_of[pk], set()).add(event)
        told = {pk for members in self._members.values() for pk in members}
        self._story_of = dict(owner_of) | unit.stories.stories_of(told - owner_of.keys())

    def numbers(self, story: int) -> Set[int]:
        """Return the events that a story is of: one, or none where it is told alone.

        It has more where two stories became one that were each of an event.
        """
        return self._events.get(story, set())

    def entries(self, story: int) -> set[int]:
        """Return the entries that stand for the stories of a story's event, itself among them."""
        return {pk for event in self.numbers(story) for pk in self._members.get(event, ())}

    def stories(self, story: int) -> set[int]:
        """Return the stories of one event with a story, and the story itself."""
        return {story} | {self._story_of[pk] for pk in self.entries(story) if pk in self._story_of}


def told_beside(
    unit: UnitOfWork, shown: Sequence[Presentation], feed: FeedSpec, most_events: int
) -> dict[int, Beside]:
    """Return what is told beside the stories that a feed shows, by the numbers of these.

    A story of which nothing is known beside it is missing.
    """
    return _Beside.of(unit, shown, feed).each(most_events)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What is read for it: pairs of entries, their events, and the entries of all stories."""

    own: Mapping[int, Set[int]]
    events: Events
    links: Mapping[int, Mapping[int, float]]
    steps: Mapping[int, Mapping[int, float]]
    others: Events
    story_of: Mapping[int, int]
    members: _Members

    @classmethod
    def of(cls, unit: UnitOfWork, shown: Sequence[Presentation], feed: FeedSpec) -> _Beside:
        owner_of = story_of_member(shown)
        events = Events(unit, owner_of)
        own: dict[int, set[int]] = {}
        for pk, story in owner_of.items():
            own.setdefault(story, set()).add(pk)
        every = {*owner_of} | {pk for story in own for pk in events.entries(story)}
        links, steps = (
            _by_entry(unit.event_groups.links(every)),
            _by_entry(unit.event_groups.steps(every)),
        )
        ends = {pk for pairs in (links, steps) for near in pairs.values() for pk in near}
        story_of = unit.stories.stories_of(ends)
        others = Events(unit, story_of)
        beside = {story for each in own for story in events.stories(each)}
        beside |= {story for each in {*story_of.values()} for story in others.stories(each)}
        members: dict[int, Sequence[StoryMember]] = {
            story.representative.story: story.members for story in shown
        }
        members |= {
            story: of_story
            for story, of_story in unit.stories.members(beside - own.keys(), feed.name).items()
            if not any(member.is_purged for member in of_story)
        }
        return cls(
            own=own,
            events=events,
            links=links,
            steps=steps,
            others=others,
            story_of=story_of,
            members=members,
        )

    def each(self, most_events: int) -> dict[int, Beside]:
        return {
            story: Beside(
                events=tuple(self._of_event(story)[:most_events]),
                earlier=tuple(self._earlier(story)[:_MOST_EARLIER]),
            )
            for story, pks in self.own.items()
            if self.events.numbers(story) or any(pk in self.links or pk in self.steps for pk in pks)
        }

    def _of_event(self, story: int) -> list[StoryMember]:
        scores = self._near(self.own[story], (self.links,))
        told = self.events.stories(story) - {story}
        others = [other for other in told if other in self.members]
        return [self._first(other) for other in sorted(others, key=self._by_nearness(scores))]

    def _by_nearness(self, scores: Mapping[int, float]) -> Callable[[int], tuple[float, str]]:
        def key(story: int) -> tuple[float, str]:
            return -scores.get(story, 0.0), min(member.id for member in self.members[story])

        return key

    def _earlier(self, story: int) -> list[StoryMember]:
        stories = self.events.stories(story)
        began = self._began(stories)
        entries = self.own[story] | self.events.entries(story)
        scores = self._near(entries, (self.links, self.steps))
        surest: dict[int, int] = {}  # the first story of an event → the one of it that is nearest
        others = [other for other in scores if other in self.members]
        for other in sorted(others, key=self._by_nearness(scores)):
            of_event = self.others.stories(other)
            if stories.isdisjoint(of_event):
                surest.setdefault(min(of_event), other)
        earlier = {
            self._began(self.others.stories(other)): self._first(other) for other in surest.values()
        }
        return [earlier[first] for first in sorted(earlier, reverse=True) if first < began]

    def _near(
        self, entries: Iterable[int], pairs: Collection[Mapping[int, Mapping[int, float]]]
    ) -> dict[int, float]:
        """Return how near the stories are that are in a pair with one of these entries."""
        near: dict[int, float] = {}
        for pk in entries:
            for each in pairs:
                for other, score in each.get(pk, {}).items():
                    if (story := self.story_of.get(other)) is not None:  # its row can be read
                        near[story] = max(score, near.get(story, 0.0))
        return near

    def _first(self, story: int) -> StoryMember:
        return min(self.members[story], key=lambda member: (member.published, member.id))

    def _began(self, stories: Iterable[int]) -> tuple[datetime, str]:
        """Return when the first of stories was told, of which one at least can be read."""
        first = (self._first(story) for story in stories if story in self.members)
        return min((member.published, member.id) for member in first)


def _by_entry(pairs: Iterable[tuple[int, int, float]]) -> dict[int, dict[int, float]]:
    near: dict[int, dict[int, float]] = {}
    for pk, other, score in pairs:
        near.setdefault(pk, {})[other] = score
    return near


def story_of_member(shown: Sequence[Presentation]) -> dict[int, int]:
    """Return the story of every entry of what is shown: number of the entry → of the story."""
    return {member.pk: story.representative.story for story in shown for member in story.members}
