"""Select: which stories a feed shows, in which order, and what is named beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from aggregator.models import (
    Config,
    Entry,
    EventDisplay,
    FeedSpec,
    Presentation,
    Related,
    StoryMember,
)
from aggregator.store.reading import Reading
from aggregator.stories import same_text
from aggregator.stories.representative import present

# Rows of entries that are looked at together: a story has seldom more than two.
_ROWS_MORE = 100
# The nearest ones: a happening that all papers tell would fill a screen.
_MOST_EVENTS = 6
# A press release that every paper prints would fill another.
_MOST_OTHERS = 12
_NOWHERE = Related(link="", source="", is_same_text=True)
_LAST = datetime.max.replace(tzinfo=UTC)


def select(reading: Reading, feed: FeedSpec, config: Config) -> list[Presentation]:
    """Give the stories of a feed, the newest first, each as the feed shows it."""
    priorities = {source.name: source.priority for source in config.sources}
    found: dict[int, Presentation | None] = {}

    def look_at(stories_: Iterable[int]) -> None:
        new = [story for story in stories_ if story not in found]
        for story, members in reading.members(new).items():
            found[story] = present(
                members,
                feed=feed.name,
                sources=frozenset(feed.sources),
                languages=frozenset(feed.languages),
                priorities=priorities,
            )

    # A story stands where it stood when it was first published, though that entry's source be gone.
    look_at(reading.pinned_elsewhere(feed) if feed.sources else ())
    wanted = feed.limit * 2 if feed.events is EventDisplay.MERGE else feed.limit
    for page in reading.walk(feed, feed.limit + _ROWS_MORE):
        look_at(story for story, _ in page)
        last = page[-1][1] if page else _LAST
        if sum(one is not None and one.pinned.published >= last for one in found.values()) > wanted:
            break
    shown = sorted((one for one in found.values() if one is not None), key=_place)
    if feed.events is EventDisplay.MERGE:
        shown = _merged(reading, shown, feed)
    return shown[: feed.limit]


def _place(one: Presentation) -> tuple[float, int, str]:
    return -one.pinned.published.timestamp(), one.pinned.position, one.pinned.id


def _merged(reading: Reading, shown: Sequence[Presentation], feed: FeedSpec) -> list[Presentation]:
    """Leave of the stories of one happening the one that was published first, for good."""
    story_of = {member.pk: one.representative.story for one in shown for member in _all(one)}
    pairs = reading.absorbed(feed, story_of)
    absorbers = reading.stories_of(by for _, by in pairs)
    hidden = {story_of[pk] for pk, by in pairs if absorbers[by] != story_of[pk]}
    visible = [one for one in shown if one.representative.story not in hidden]
    numbers = {member.pk: place for place, one in enumerate(visible) for member in _all(one)}
    ties = [(numbers[a], numbers[b]) for a, b, _ in reading.events(sorted(numbers)) if b in numbers]
    groups: dict[int, list[Presentation]] = {}
    roots = same_text.joined(ties)
    for place, one in enumerate(visible):
        groups.setdefault(roots.get(place, place), []).append(one)
    kept = []
    for group in groups.values():
        first, *others = sorted(group, key=lambda one: _first_shown(one, feed.name))
        absorbed = tuple(member for one in others for member in _all(one))
        kept.append(replace(first, absorbed=absorbed))
    return sorted(kept, key=_place)


def _first_shown(one: Presentation, feed: str) -> tuple[float, datetime, str]:
    """Order stories by when a feed published them first; those that it never did come last."""
    pins = [pin.sequence for pin in one.pinned.pins if pin.feed == feed]
    return (min(pins) if pins else float("inf")), one.pinned.published, one.pinned.id


def _first_id(members: Sequence[StoryMember]) -> str:
    return min(one.id for one in members)


def _all(one: Presentation) -> tuple[StoryMember, ...]:
    return (one.representative, *one.others)


def entries_of(
    reading: Reading, shown: Sequence[Presentation], feed: FeedSpec, config: Config
) -> list[Entry]:
    """Give the stories of a feed as entries: the lead's words, under the published id and time."""
    told = reading.entries([one.representative.pk for one in shown])
    related = _related(reading, shown, told, feed, config)
    return [
        replace(
            told[one.representative.pk],
            id=one.pinned.id,
            published=one.pinned.published,
            updated=one.updated,
            related=tuple(beside),
        )
        for one, beside in zip(shown, related, strict=True)
        if one.representative.pk in told
    ]


def _related(
    reading: Reading,
    shown: Sequence[Presentation],
    told: Mapping[int, Entry],
    feed: FeedSpec,
    config: Config,
) -> Iterator[list[Related]]:
    """Give for each story where else it is told, then what else tells of the same happening."""
    names_events = config.dedupe.events and feed.events is not EventDisplay.NONE
    events = _events(reading, shown) if names_events else {}
    names = {source.name for source in config.sources}
    pks = {member.pk for one in shown for member in one.others[:_MOST_OTHERS]}
    pks |= {member.pk for found in events.values() for member in found}
    entries = reading.entries(pks)
    for one in shown:
        lead = told.get(one.representative.pk)
        links: dict[str, Related] = {lead.link: _NOWHERE} if lead else {}
        for member in one.others[:_MOST_OTHERS]:
            _name(links, entries.get(member.pk), names, is_same_text=True)
        told_by = {
            one.representative.source
        }  # a happening is told by others; a paper links to its own
        for member in events.get(one.representative.story, ()):
            if member.source not in told_by:
                told_by.add(member.source)
                _name(links, entries.get(member.pk), names, is_same_text=False)
        yield [found for found in links.values() if found is not _NOWHERE]


def _name(
    links: dict[str, Related], entry: Entry | None, names: set[str], *, is_same_text: bool
) -> None:
    if entry and entry.link and entry.source in names:
        found = Related(link=entry.link, source=entry.source, is_same_text=is_same_text)
        links.setdefault(entry.link, found)


def _events(reading: Reading, shown: Sequence[Presentation]) -> Mapping[int, list[StoryMember]]:
    """Give for each story the first entry of those that tell of the same happening."""
    owners = {member.pk: one.representative.story for one in shown for member in _all(one)}
    found = reading.events(sorted(owners))
    story_of = reading.stories_of({other for _, other, _ in found})
    members = reading.members(set(story_of.values()))
    near: dict[int, dict[int, float]] = {}
    for pk, other, score in found:
        scores = near.setdefault(owners[pk], {})
        story = story_of[other]
        alive = members.get(story) and not any(one.is_purged for one in members[story])
        if story != owners[pk] and alive:
            scores[story] = max(score, scores.get(story, 0.0))
    return {
        story: [
            min(members[other], key=lambda one: (one.published, one.id))
            for other in sorted(scores, key=lambda one: (-scores[one], _first_id(members[one])))
        ][:_MOST_EVENTS]
        for story, scores in near.items()
    }
