"""The archive documents of a feed as they are put in place: closed ones, once.

Each is made of what is stored of its members. It is made again only where it holds what was purged,
its files are lost, or the address of the site is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from aggregator.errors import PublishError, StoreError
from aggregator.models import (
    Config,
    EventDisplay,
    FeedSpec,
    FeedView,
    Presentation,
    Source,
)
from aggregator.pipeline.archive import documents_together, oldest_first, presented_by
from aggregator.pipeline.entry_pages import PagePlacing
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import EntryReader, entries_of
from aggregator.publish import files as published_files
from aggregator.publish import folder
from aggregator.publish.view import NO_TIME
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """How a feed's archives stand on the disk.

    ``last`` is the document from which every older one can be reached, ``None`` where there is
    none. ``has_more`` says that some are still to be made.
    """

    last: int | None = None
    written: int = 0
    has_more: bool = False
    error: str = ""


def write_archives(run: Run, feed: FeedSpec, pages: PagePlacing, *, is_in_place: bool) -> Archived:
    """Put the archive documents of a feed in place that are not.

    All that were closed just now are put there; some wait where a folder was lost or the site
    moved. Where the files of the feed are not ``is_in_place``, it is looked whether those of the
    archives are. The ``pages`` that a document leads to come before it. A document that cannot be
    written ends it; the next publishing tries again.
    """
    if not feed.archive:
        return _keep_purged_out(run, feed, pages)
    as_now = folder.archives_written_as(run.config.site)
    with run.store.read() as unit:
        last = unit.archives.last(feed.name)
        to_write = unit.archives.to_write(feed.name, as_now)
        is_damaged = unit.is_damaged
    absent = {number for number, is_absent in to_write.items() if is_absent}
    if is_damaged:
        return Archived(last=_reachable(absent, last), has_more=bool(to_write))
    if not is_in_place and (lost := _missing(run, feed, last) - absent):
        with run.store.write() as unit:
            unit.archives.mark_lost(feed.name, sorted(lost))
        absent |= lost
    wanted = [*sorted(absent), *sorted(to_write.keys() - absent)]
    written, error = _put(run, feed, wanted, pages)
    return Archived(
        last=_reachable(absent - {*written}, last),
        written=len(written),
        has_more=len(written) < len(wanted),
        error=error,
    )


def _keep_purged_out(run: Run, feed: FeedSpec, pages: PagePlacing) -> Archived:
    """Write those documents again that are there and out of date, though their feed has none now.

    Else what was purged would stand in them for ever.
    """
    as_now = folder.archives_written_as(run.config.site)
    with run.store.read() as unit:
        last = unit.archives.last(feed.name)
        to_write = unit.archives.to_write(feed.name, as_now)
        if unit.is_damaged:
            return Archived()
    stale = {number for number, is_absent in to_write.items() if not is_absent}
    if not stale:
        return Archived()
    wanted = sorted(stale - _missing(run, feed, last))
    written, error = _put(run, feed, wanted, pages)
    return Archived(written=len(written), has_more=len(written) < len(wanted), error=error)


def _reachable(absent: Set[int], last: int) -> int | None:
    """Return the last document before which none is absent, ``None`` where there is none."""
    return (min(absent) - 1 if absent else last) or None


def _missing(run: Run, feed: FeedSpec, last: int) -> set[int]:
    """Return which of a feed's documents lack a file."""
    names = published_files.names(run.config.site.output)
    return {
        number
        for number in range(1, last + 1)
        if not names.issuperset(folder.archive_file_names(feed.name, number))
    }


def _put(
    run: Run, feed: FeedSpec, wanted: Sequence[int], pages: PagePlacing
) -> tuple[list[int], str]:
    """Put as many of these documents in place as are written at one publishing, and remember it.

    Return which are in place, and what was wrong with the next.
    """
    members_of, error = _write(run, feed, wanted[: documents_together(feed)], pages)
    as_now = folder.archives_written_as(run.config.site)
    try:
        return _mark_written(run, feed, members_of, as_now) if members_of else [], error
    except StoreError as fault:
        if not fault.is_damage:
            raise
        return [], str(fault)  # they are in place, and written again by the next publishing


def _mark_written(
    run: Run, feed: FeedSpec, members_of: Mapping[int, Sequence[int]], as_now: str
) -> list[int]:
    """Remember that documents are in place, and return which.

    One of whose members a person purged since they were read has to be written again.
    """
    with run.store.write() as unit:
        written = [
            number
            for number, members in members_of.items()
            if {*unit.archives.members(feed.name, number)} == {*members}
        ]
        unit.archives.mark_written(feed.name, written, as_now)
    return written


def _write(
    run: Run, feed: FeedSpec, numbers: Sequence[int], pages: PagePlacing
) -> tuple[dict[int, Sequence[int]], str]:
    """Put documents in place in this order; return which are, and what was wrong with the next.

    Those that are have their members with them. It ends where some of the store cannot be read, as
    a document without that would stay so.
    """
    written: dict[int, Sequence[int]] = {}
    for number in numbers:
        with run.store.read() as unit:
            members = unit.archives.members(feed.name, number)
            view, led_to = _view(unit, feed, run.config, members)
            if unit.is_damaged:
                break
        if error := pages.lead_to(led_to):
            return written, error
        try:
            for document in folder.archive_documents(view, number, run.rendered):
                published_files.put(run.config.site.output, document)
        except PublishError as error:
            return written, str(error)
        written[number] = members
    return written, ""


def _view(
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
