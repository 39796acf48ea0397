"""The archive documents of a feed as they are put in place: closed ones, once.

Each is made of what is stored of its members. It is made again only where it holds what was purged,
its files are lost, or the address of the site is another. Its page is made again where its own form
is another, and once, to lead on to the next document, when that is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from aggregator.errors import PublishError, StoreError
from aggregator.models import FeedSpec, FeedView
from aggregator.pipeline.archive import documents_together
from aggregator.pipeline.archive_bounds import remove_emptied
from aggregator.pipeline.archived import archived_view
from aggregator.pipeline.entry_pages import PagePlacing
from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish import folder


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Documents:
    """The archive documents of a feed, up to the ``last``, by what is to be put in place of them.

    Of those that are ``absent`` or ``outdated``, every file; of those ``without_page``, as pages
    are now, that alone. ``is_known`` says that what is stored of them could be read. Those before
    the ``first`` were removed, as all that stood in them left.
    """

    first: int
    last: int
    absent: Set[int]
    outdated: Set[int]
    without_page: Set[int]
    is_known: bool

    def in_order(self) -> list[int]:
        """Return what is to be put in place: first what is not there, the oldest first."""
        return [*sorted(self.absent), *sorted(self.outdated), *sorted(self.without_page)]

    def reachable(self) -> int | None:
        """Return the last document before which none is absent, ``None`` where there is none."""
        last = min(self.absent) - 1 if self.absent else self.last
        return last if last >= self.first else None

    def after(self, number: int, together: Set[int]) -> int | None:
        """Return the document after one, if it is there or put in place ``together`` with it."""
        after = number + 1
        is_there = after <= self.last and (after not in self.absent or after in together)
        return after if is_there else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An archive document as it is stored: its members, and the entries to whose pages it leads."""

    view: FeedView
    members: Sequence[int]
    led_to: Set[int]


def write_archives(run: Run, feed: FeedSpec, pages: PagePlacing, *, is_in_place: bool) -> Archived:
    """Put the archive documents of a feed in place that are not.

    All that were closed just now are put there; some wait where a folder was lost or the site
    moved. Where the files of the feed are not ``is_in_place``, it is looked whether those of the
    archives are. The ``pages`` that a document leads to come before it. A document that cannot be
    written ends it; the next publishing tries again.
    """
    error = remove_emptied(run, feed.name)
    documents = _documents(run, feed)
    if not feed.archive:
        kept_out = _keep_purged_out(run, feed, documents, pages)
        return replace(kept_out, error="; ".join(filter(None, (error, kept_out.error))))
    if not documents.is_known:
        return Archived(last=documents.reachable(), has_more=bool(documents.in_order()))
    if not is_in_place:
        documents = _with_lost(run, feed, documents)
    wanted = documents.in_order()
    written, not_put = _put(run, feed, documents, wanted, pages)
    return Archived(
        last=replace(documents, absent=documents.absent - {*written}).reachable(),
        written=len(written),
        has_more=len(written) < len(wanted),
        error="; ".join(filter(None, (error, not_put))),
    )


def _keep_purged_out(
    run: Run, feed: FeedSpec, documents: _Documents, pages: PagePlacing
) -> Archived:
    """Write those documents again that are there and out of date, though their feed has none now.

    Else what was purged would stand in them for ever.
    """
    if not documents.outdated or not documents.is_known:
        return Archived()
    lost, _ = _missing(run, feed, documents)
    wanted = sorted(documents.outdated - lost)
    written, error = _put(run, feed, documents, wanted, pages)
    return Archived(written=len(written), has_more=len(written) < len(wanted), error=error)


def _documents(run: Run, feed: FeedSpec) -> _Documents:
    """Return a feed's documents as the store knows them."""
    site = run.config.site
    with run.store.read() as unit:
        first, last = unit.archives.first(feed.name), unit.archives.last(feed.name)
        to_write = unit.archives.to_write(feed.name, folder.archives_written_as(site))
        is_known = not unit.is_damaged
    absent = {number for number, written_as in to_write.items() if not written_as}
    without_page = {number for number, was in to_write.items() if folder.has_formats(site, was)}
    return _Documents(
        first=first,
        last=last,
        absent=absent,
        outdated=to_write.keys() - absent - without_page,
        without_page=without_page,
        is_known=is_known,
    )


def _with_lost(run: Run, feed: FeedSpec, documents: _Documents) -> _Documents:
    """Return a feed's documents with those that lack a file, and remember that they do."""
    lost, without_page = _missing(run, feed, documents)
    lost -= documents.absent
    without_page -= {*documents.absent, *documents.outdated, *documents.without_page}
    if lost or without_page:
        as_without = folder.archives_written_as(run.config.site, form=folder.NO_PAGE)
        with run.store.write() as unit:
            unit.archives.mark_lost(feed.name, sorted(lost))
            unit.archives.mark_written(feed.name, sorted(without_page), as_without)
    return replace(
        documents,
        absent=documents.absent | lost,
        outdated=documents.outdated - lost,
        without_page=(documents.without_page | without_page) - lost,
    )


def _missing(run: Run, feed: FeedSpec, documents: _Documents) -> tuple[set[int], set[int]]:
    """Return which of a feed's documents lack a format, and which their page alone."""
    names = published_files.names(run.config.site.output)
    lost, without_page = set(), set()
    for number in range(documents.first, documents.last + 1):
        *formats, page = folder.archive_file_names(feed.name, number)
        if not names.issuperset(formats):
            lost.add(number)
        elif page not in names:
            without_page.add(number)
    return lost, without_page


def _put(
    run: Run, feed: FeedSpec, documents: _Documents, wanted: Sequence[int], pages: PagePlacing
) -> tuple[list[int], str]:
    """Put as many of these documents in place as are written at one publishing, and remember it.

    Return which are in place, and what was wrong with the next.
    """
    members_of, error = _write(run, feed, documents, wanted[: documents_together(feed)], pages)
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
    run: Run, feed: FeedSpec, documents: _Documents, numbers: Sequence[int], pages: PagePlacing
) -> tuple[dict[int, Sequence[int]], str]:
    """Put documents in place in this order; return which are, and what was wrong with the next.

    Those that are have their members with them. It ends where some of the store cannot be read, as
    a document without that would stay so.
    """
    written: dict[int, Sequence[int]] = {}
    together = {*numbers}
    for number in numbers:
        read = _read(run, feed, documents, number, together)
        # The page before one that is new leads to it from now on; that one's formats stay.
        is_new = number in documents.absent and number > documents.first
        is_led_to = is_new and number - 1 not in together
        before = _read(run, feed, documents, number - 1, together) if is_led_to else None
        if read is None or (is_led_to and before is None):
            break
        led_to = read.led_to | (before.led_to if before else frozenset())
        if error := pages.lead_to(led_to):
            return written, error
        if number in documents.without_page:
            put = [folder.archive_page(read.view, number)]
        else:
            put = folder.archive_documents(read.view, number, run.rendered)
        put += [folder.archive_page(before.view, number - 1)] if before else []
        try:
            for document in put:
                published_files.put(run.config.site.output, document)
        except PublishError as error:
            return written, str(error)
        written[number] = read.members
    return written, ""


def _read(
    run: Run, feed: FeedSpec, documents: _Documents, number: int, together: Set[int]
) -> _Read | None:
    """Return an archive document ready to be rendered, ``None`` where it cannot be read whole.

    ``together`` are those put in place with it.
    """
    with run.store.read() as unit:
        members = unit.archives.members(feed.name, number)
        view, led_to = archived_view(unit, feed, run.config, members)
        if unit.is_damaged:
            return None
    before = number - 1 if number > documents.first else None
    after = documents.after(number, together)
    view = replace(view, prev_archive=before, next_archive=after)
    return _Read(view=view, members=members, led_to=led_to)
