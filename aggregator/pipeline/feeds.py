"""Feeds: fetched over HTTP and parsed, many at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from threading import Lock

from aggregator.errors import FetchError, SourceError
from aggregator.fetch import http
from aggregator.fetch.room import Place
from aggregator.models import (
    NO_HINTS,
    Announcement,
    FeedHints,
    FetchState,
    Source,
    SourceReport,
)
from aggregator.parse import feed as parse_feed
from aggregator.parse import section as parse_section
from aggregator.parse.feed.hints import hints_of
from aggregator.parse.feed.hubs import announcement
from aggregator.pipeline.answered import has_moved
from aggregator.pipeline.asking import Asking, KnownOf
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.full_texts import with_full_texts
from aggregator.pipeline.known_items import read_entries
from aggregator.pipeline.normalised_feed import NormalisedFeed
from aggregator.pipeline.run import Run
from aggregator.pipeline.sitemaps import read_sitemaps
from aggregator.urls import publishable

_NO_HUB = Announcement(hub="", topic="")
# Of the feeds that a page announces: its own, and two where that fails.
_MOST_TRIED = 3
# Request Timeout, Too Early, Too Many Requests: they ask to try again.
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFeed:
    """What was had of a source before it is stored: entries, nothing new, or a fault.

    ``hints`` are what a document says of when to ask again, ``announced`` is what it announces of
    hubs, ``None`` where none was looked for. For ``seconds`` its server was waited for.
    ``normalised`` is what was made of the entries, once it was.
    """

    source: Source
    result: http.Fetched | http.NotModified | SourceError
    entries: DocumentEntries | None = None
    hints: FeedHints = NO_HINTS
    announced: Announcement | None = None
    normalised: NormalisedFeed | None = None
    duration_seconds: float = 0.0
    request_seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        """Tell whether the source could not be fetched or parsed."""
        return isinstance(self.result, SourceError)

    def told(self, report: SourceReport) -> SourceReport:
        """Return a report of this with what was asked, what the server answered, in what time."""
        answer, status = self.result, None
        if isinstance(answer, http.Fetched | http.NotModified | FetchError):
            status = answer.status
        return replace(
            report,
            url=publishable(self.source.address),
            status=status,
            duration_seconds=round(self.duration_seconds, 3),
        )


def fetch_and_parse(
    run: Run, source: Source, state: FetchState, place: Place, parsing: Lock, known: KnownOf
) -> FetchedFeed:
    """Fetch and parse one feed, in whatever thread; what it sends waits in ``place``.

    Large documents are parsed one at a time, under ``parsing``: each takes many times its size.
    ``known`` returns which items of a source need not be read, as its last document had them.
    """
    asking = Asking(run=run, source=source, place=place, parsing=parsing, known=known)
    started = time.monotonic()
    url = state.moved_to if has_moved(state) else source.address
    try:
        if source.page:
            delay_seconds = asking.check_robots(url)
            fetched = read_page(asking, asking.fetch(url, state, delay_seconds=delay_seconds))
        elif source.access.discover:
            fetched = _discover_and_read(asking, state)
        else:
            fetched = read_feed(asking, asking.fetch(url, state), state)
    except SourceError as error:
        place.give_back()
        fetched = FetchedFeed(source=source, result=error)
    took_seconds = time.monotonic() - started
    return replace(fetched, duration_seconds=took_seconds, request_seconds=sum(asking.seconds))


def read_page(asking: Asking, result: http.Fetched | http.NotModified) -> FetchedFeed:
    """Read the entries of a section page; ParseError where it has none."""
    source = asking.source
    if isinstance(result, http.NotModified):
        return FetchedFeed(source=source, result=result)
    document = result.document
    with asking.turn_to_parse(document.body):
        found = parse_section.parse(document.body, document.url, source.selectors)
    return _with_pages(asking, result, DocumentEntries.of(document, source, found))


def read_feed(
    asking: Asking, result: http.Fetched | http.NotModified, state: FetchState
) -> FetchedFeed:
    """Parse what was fetched; ParseError where it is no feed.

    ``state`` is the source's own: of an index of sitemaps it tells whether anything is new.
    """
    source = asking.source
    if isinstance(result, http.NotModified):
        return FetchedFeed(source=source, result=result)
    document, known = result.document, asking.known(source)
    with asking.turn_to_parse(document.body):
        sitemaps = parse_feed.sitemaps_in(document.body, document.url, document.content_type)
        if sitemaps is None:
            entries = read_entries(document, source, known)
    if sitemaps is not None:
        whole, entries_of_all = read_sitemaps(asking, result, sitemaps, state)
        return _with_pages(asking, whole, entries_of_all)
    announced = None
    if source.push:
        announced = announcement(document.body, result.links, document.url) or _NO_HUB
        asking.run.announced.note(source.name, announced)
    hints = hints_of(document.body) if source.is_automatic else NO_HINTS
    return replace(_with_pages(asking, result, entries), hints=hints, announced=announced)


def _with_pages(
    asking: Asking, result: http.Fetched | http.NotModified, entries: DocumentEntries | None
) -> FetchedFeed:
    """Return what was had of a source, with the whole texts of its entries where it wants them."""
    if asking.source.full_text and entries is not None and isinstance(result, http.Fetched):
        # Its pages may take a minute, in which the body would keep others waiting for room.
        asking.place.give_back()
        result = replace(result, document=entries.document)
        entries = with_full_texts(asking.run, entries, asking.parsing)
    return FetchedFeed(source=asking.source, result=result, entries=entries)


def _discover_and_read(asking: Asking, state: FetchState) -> FetchedFeed:
    """Read the feed that a page announces; a page that announces none is taken for the feed."""
    page_url = asking.source.address
    without_validators = replace(state, etag=None, last_modified=None)
    delay_seconds = asking.check_robots(page_url)
    page = asking.fetch(page_url, FetchState(), delay_seconds=delay_seconds)
    announced: list[str] = []
    if isinstance(page, http.Fetched):
        announced = parse_feed.discover_feeds(page.document.body, page.document.url)
    if not announced:
        return read_feed(asking, replace(page, moved_to=""), state)
    faults: list[SourceError] = []
    for url in announced[:_MOST_TRIED]:
        is_known = url == state.moved_to
        try:
            result = asking.fetch(url, state if is_known else without_validators)
            return read_feed(asking, replace(result, moved_to=url), state)
        except SourceError as fault:
            faults.append(fault)
            if is_known and not _is_lasting(fault):
                raise
    raise faults[0]


def _is_lasting(fault: SourceError) -> bool:
    """Tell whether a feed is not there any more, rather than its server in trouble for now."""
    if not isinstance(fault, FetchError):
        return True
    status = fault.status or 0
    return 400 <= status < 500 and status not in _PASSING
