"""An archive document as it is read: what is stored of its members, as their feed presents them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.models import Config, EventDisplay, FeedSpec, FeedView, Presentation, Source
from aggregator.pipeline.archive import oldest_first, presented_by
from aggregator.pipeline.frame import frame_of
from aggregator.pipeline.select import EntryReader, entries_of
from aggregator.publish.view import NO_TIME
from aggregator.store.unit import UnitOfWork


def archived_view(
    unit: UnitOfWork, feed: FeedSpec, config: Config, members: Sequence[int]
) -> tuple[FeedView, set[int]]:
    """Return an archive document ready to be rendered, of what is stored of its members now.

    With it the entries to whose pages it leads.
    """
    # What else tells of an event is news of the day, and a link to a purged story would stay.
    spec = replace(feed, events=EventDisplay.NONE)
    stories = _as_archived(unit, spec, config, members)
    reader = EntryReader(unit)
    entries = tuple(entries_of(reader, stories, spec, config))
    sources = {source.name: source for source in config.sources}
    for name in {entry.source for entry in entries} - {*sources}:
        sources[name] = Source(name=name, title=name)  # it is configured no more
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources=sources,
        updated=max((entry.updated for entry in entries), default=NO_TIME),
        frame=frame_of(config),
    )
    return view, reader.led_to(entries)


def _as_archived(
    unit: UnitOfWork, feed: FeedSpec, config: Config, pks: Sequence[int]
) -> list[Presentation]:
    """Return the members of an archive document as the feed presents them, the newest first.

    One whose story the feed has under another id by now, or not at all, stands for itself.
    """
    numbers = unit.stories.stories_of(pks).values()
    of_story = unit.stories.members(set(numbers), feed.name)
    found = {
        member.pk: Presentation(
            pinned=member, representative=member, others=(), updated=member.updated
        )
        for members in of_story.values()
        for member in members
        if not member.is_purged
    }
    for story in presented_by(of_story, feed, config).values():
        found[story.pinned.pk] = story
    return [
        found[pk] for pk in reversed(oldest_first({pk: found[pk] for pk in pks if pk in found}))
    ]
