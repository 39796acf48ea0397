"""What stands in the published folder: feeds in every format, their pages, and lists of the feeds.

Knows what each file is called and served as; ``files`` puts it in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator.models import EntryView, FeedDocument, FeedSpec, FeedView, Frame, Site
from aggregator.publish import formats, opml
from aggregator.publish.archive_names import document_name
from aggregator.publish.compressed import with_neighbours
from aggregator.publish.entries import RenderedEntries, outputs
from aggregator.publish.pages import assets, feed_page, lists
from aggregator.publish.pages.front import render_front
from aggregator.publish.rendered import entries_by_digest

_FRONT_PAGE, _OUTLINE = "index.html", "feeds.opml"
# Counts the forms of older pages: of every archive document the page is put in place anew in the
# next one, and its formats stay. Without a page, documents are of none.
NO_PAGE, _PAGE_FORM = 0, 2


def feed_documents(
    view: FeedView, view_of: Mapping[str, EntryView], rendered: RenderedEntries
) -> list[FeedDocument]:
    """Return the files of one feed: one in each format, and its page.

    ``view_of`` has its entries by their digests.
    """
    entries = rendered.bodies(view_of)
    return [
        FeedDocument(
            name=name,
            body=output.render_of(view, [bodies[index] for bodies in entries]),
            modified=page_time(view) if output is feed_page.PAGE else view.updated,
        )
        for index, (name, output) in enumerate(
            zip(file_names_of(view.spec), outputs(), strict=True)
        )
    ]


def archive_documents(view: FeedView, number: int, rendered: RenderedEntries) -> list[FeedDocument]:
    """Return the files of the archive document of a number: in each format, then its page."""
    view = _as_archive(view, number)
    entries = rendered.bodies(entries_by_digest(view))
    return [
        FeedDocument(
            name=name,
            body=output.render_of(view, [bodies[index] for bodies in entries]),
            modified=view.updated,
        )
        for index, (name, output) in enumerate(
            zip(archive_file_names(view.spec.name, number), outputs(), strict=True)
        )
    ]


def archive_page(view: FeedView, number: int) -> FeedDocument:
    """Return the page of the archive document of a number alone."""
    view = _as_archive(view, number)
    name = document_name(view.spec.name, number, feed_page.PAGE.suffix)
    return FeedDocument(name=name, body=feed_page.PAGE.render(view), modified=view.updated)


def _as_archive(view: FeedView, number: int) -> FeedView:
    return replace(view, archive=number)


def archive_file_names(feed: str, number: int) -> list[str]:
    """Return the names of an archive document's files, in each format, then its page's."""
    return [document_name(feed, number, output.suffix) for output in outputs()]


def archives_written_as(site: Site, *, form: int = _PAGE_FORM) -> str:
    """Return what tells archive documents of today's address and formats from those of others.

    Documents name each other by their addresses, so those under another address lead nowhere.
    Whatever else changes, a document stays as it was written; ``form`` is that of its page.
    """
    suffixes = [output.suffix for output in formats.FORMATS]
    made_of = (site.url, suffixes, form) if form else (site.url, suffixes)
    return blake2b(repr(made_of).encode(), digest_size=16).hexdigest()


def has_formats(site: Site, written_as: str) -> bool:
    """Tell whether an archive document stands in each format as it is to, whatever its page is."""
    forms = range(NO_PAGE, _PAGE_FORM + 1)
    return written_as in {archives_written_as(site, form=form) for form in forms}


def file_names_of(feed: FeedSpec) -> list[str]:
    """Return the names of a feed's files, without neighbours: each format's, then its page."""
    return [f"{feed.name}.{output.suffix}" for output in outputs()]


def list_documents(
    frame: Frame, site: Site, feeds: Sequence[FeedSpec], modified: datetime
) -> list[FeedDocument]:
    """Return the files that list the feeds: how to subscribe, and OPML for readers to import.

    With them come the page that stands in for a search, where the site has any, and the files that
    pages are shown with.
    """
    bodies = {
        _OUTLINE: opml.render(site, feeds),
        lists.SUBSCRIBE: lists.render_subscribe(frame, site, feeds),
        **assets.files(),
    }
    if frame.has_search:
        bodies[lists.SEARCH] = lists.render_search(frame, url=site.url)
    return [FeedDocument(name=name, body=body, modified=modified) for name, body in bodies.items()]


def unlisted(frame: Frame) -> list[str]:
    """Return the names of files that a site may have had before, and has not any more."""
    return [] if frame.has_search else [lists.SEARCH]


def sources_document(
    frame: Frame, site: Site, silent: Mapping[str, date], modified: datetime
) -> FeedDocument:
    """Return the page that lists the sources; ``silent`` has since when some are, by title."""
    body = lists.render_sources(frame, silent, url=site.url)
    return FeedDocument(name=lists.SOURCES, body=body, modified=modified)


def front_document(
    view: FeedView,
    top: Sequence[EntryView],
    view_of: Mapping[str, EntryView],
    rendered: RenderedEntries,
) -> FeedDocument:
    """Return the front page: the entries of a feed, below the top stories.

    ``view_of`` has the entries by their digests.
    """
    index = outputs().index(feed_page.PAGE)
    articles = [bodies[index] for bodies in rendered.bodies(view_of)]
    return FeedDocument(
        name=_FRONT_PAGE,
        body=render_front(view, top, articles),
        modified=max((page_time(view), *(each.entry.updated for each in top))),
    )


def page_time(view: FeedView) -> datetime:
    """Return when a page last changed: with its entries, or as a day began that it calls today."""
    if view.today is None:
        return view.updated
    begun = datetime.combine(view.today, time.min, ZoneInfo(view.site.timezone))
    return max(view.updated, begun)


def file_names(feeds: Sequence[FeedSpec]) -> frozenset[str]:
    """Return the names of all files that are published of these feeds, with their neighbours."""
    of_all = {_FRONT_PAGE, _OUTLINE, *lists.NAMES, *assets.files()}
    return frozenset(with_neighbours(of_all.union(*map(file_names_of, feeds))))


def is_published(folder: Path) -> bool:
    """Tell whether a folder holds what was published once: then it has a list of the feeds."""
    return (folder / _OUTLINE).is_file()


def media_types() -> dict[str, str]:
    """Return the media type of every suffix that is published; each file is UTF-8."""
    types = {output.suffix: output.media_type for output in outputs()}
    return types | {"opml": opml.MEDIA_TYPE} | assets.MEDIA_TYPES
