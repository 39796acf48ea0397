"""A feed's stories as it presents them, in order, before any are left out; and events merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.models import Config, FeedSpec, Presentation
from aggregator.pipeline.happenings import story_of_member
from aggregator.store.unit import UnitOfWork
from aggregator.stories.cluster import Clusters
from aggregator.stories.representative import present


class Presented:
    """The stories of one feed that were looked at in one unit of work, each once."""

    def __init__(self, unit: UnitOfWork, feed: FeedSpec, config: Config) -> None:
        self._unit, self._feed = unit, feed
        self._priorities = {source.name: source.priority for source in config.sources}
        self._stories: dict[int, Presentation | None] = {}

    def add(self, stories: Iterable[int]) -> list[Presentation]:
        """Look at stories by their numbers; return those that are new and that the feed shows."""
        feed = self._feed
        new = [story for story in stories if story not in self._stories]
        added = []
        for story, members in self._unit.stories.members(new, feed.name).items():
            presentation = self._stories[story] = present(
                members,
                feed=feed.name,
                sources=frozenset(feed.sources),
                languages=frozenset(feed.languages),
                priorities=self._priorities,
            )
            added += [presentation] if presentation else []
        return added

    @property
    def shown(self) -> list[Presentation]:
        """Return the stories that the feed shows, in any order."""
        return [story for story in self._stories.values() if story is not None]


def by_time(story: Presentation) -> tuple[float, int, str]:
    """Order stories: the newest first."""
    return -story.pinned.published.timestamp(), story.pinned.position, story.pinned.id


def _always(_story: int) -> bool:
    return True


def merge_events(
    unit: UnitOfWork,
    shown: Sequence[Presentation],
    feed: FeedSpec,
    *,
    hides_others: Callable[[int], bool] = _always,
) -> list[Presentation]:
    """Keep, of the stories of one event, the one that was published first, for good.

    ``hides_others`` tells of a story by its number whether those that it absorbed before stay
    hidden.
    """
    story_of = story_of_member(shown)
    absorbed = unit.feeds.absorbed(feed, story_of)
    absorbing = unit.stories.stories_of(by_pk for _, by_pk in absorbed)
    hidden = {
        story_of[pk]
        for pk, by_pk in absorbed
        if by_pk in absorbing
        and absorbing[by_pk] != story_of[pk]
        and hides_others(absorbing[by_pk])
    }
    visible = [story for story in shown if story.representative.story not in hidden]
    index_of = {member.pk: index for index, story in enumerate(visible) for member in story.members}
    first_of: dict[int, int] = {}
    events = Clusters()
    for pk, event in unit.event_groups.events_of(index_of).items():
        events.join(first_of.setdefault(event, index_of[pk]), index_of[pk])
    groups: dict[int, list[Presentation]] = {}
    for index, story in enumerate(visible):
        groups.setdefault(events.root(index), []).append(story)
    kept = []
    for group in groups.values():
        first, *others = sorted(group, key=lambda story: _first_published(story, feed.name))
        members = tuple(member for story in others for member in story.members)
        kept.append(replace(first, absorbed=members))
    return sorted(kept, key=by_time)


def _first_published(story: Presentation, feed: str) -> tuple[float, datetime, str]:
    """Order stories by when a feed published them first; those that it never did come last."""
    sequences = [pin.sequence for pin in story.pinned.pins if pin.feed == feed]
    return min(sequences, default=float("inf")), story.pinned.published, story.pinned.id
