"""An address that may be no source yet, asked as a poll asks: what it is, or what it leads to.

Of a page that is no feed, the first thing is read that it leads to and that can be: a feed that it
announces, else a news sitemap of its site, else the page itself. Nothing is remembered of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from aggregator.errors import FetchError, ParseError, SourceError
from aggregator.fetch.http import Fetched
from aggregator.models import (
    Document,
    FaultKind,
    FetchState,
    FoundKind,
    FoundSource,
    Selectors,
    Source,
)
from aggregator.parse import feed as parse_feed
from aggregator.parse import section as parse_section
from aggregator.pipeline.ask import ask_once, one_asking
from aggregator.pipeline.asking import Asking
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.feeds import FetchedFeed, read_feed, read_page
from aggregator.pipeline.offers import announced_on, offers_of
from aggregator.pipeline.run import Run
from aggregator.urls import publishable

# As many of the feeds that a page announces as a pass tries.
_MOST_TRIED = 3
_KINDS = list(FoundKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was had of one address: the entries of a feed or a page, or a fault.

    ``source`` is what could be configured to have the same: its ``feed`` or ``page`` is the address
    that was read. ``read`` is where it was had, after redirects, or where nothing was. ``moved_to``
    is where the address that was asked last has moved for good. A page leads to what was ``found``
    on it and its site, and ``page`` is its address; both are empty for a feed. ``title`` is what
    the feed calls itself, or the page its site. ``unread`` says of announced feeds why they could
    not be read. ``select`` finds the entries of a page that was read without.
    """

    source: Source
    read: str
    entries: DocumentEntries | None = None
    fault: SourceError | None = None
    moved_to: str = ""
    title: str = ""
    page: str = ""
    found: tuple[FoundSource, ...] = ()
    unread: Mapping[str, SourceError] = field(default_factory=dict)
    select: Selectors | None = None


def ask_address(run: Run, source: Source, *, is_known: bool) -> Asked:
    """Ask the address of a source.

    Where ``is_known`` it is polled as what the source says that it is: a feed, whatever robots.txt
    says, as feeds are made to be polled, or a page. Otherwise robots.txt is asked first, and a page
    that comes is followed. A fault is part of what is returned.
    """
    if is_known:
        return _of_poll(ask_once(run, source))
    asking = one_asking(run, replace(source, full_text=False))
    try:
        asking.check_robots(source.address)
        fetched = _fetched(asking, source.address)
    except SourceError as fault:
        return Asked(source=source, read=publishable(source.address), fault=fault)
    try:
        return _of_poll(read_feed(asking, fetched, FetchState()))
    except SourceError as fault:
        asked = Asked(
            source=source, read=fetched.document.url, fault=fault, moved_to=fetched.moved_to
        )
        return _followed(asking, fetched, asked) if isinstance(fault, ParseError) else asked


def _followed(asking: Asking, page: Fetched, asked: Asked) -> Asked:
    """Read the first of what a page leads to that can be read, if there is any."""
    had: dict[str, Fetched] = {page.document.url: page}

    def fetch(url: str) -> Fetched:
        if url not in had:
            had[url] = _fetched(asking, url)
        return had[url]

    unread: dict[str, SourceError] = {}
    found = announced_on(page.document)
    feeds = (one for one in found if one.kind is FoundKind.FEED)
    read = _first_read(asking, islice(feeds, _MOST_TRIED), fetch, unread)
    if read is None:
        beside = offers_of(page.document, lambda url: fetch(url).document)
        found = sorted([*found, *beside], key=lambda one: _KINDS.index(one.kind))
        read = _first_read(asking, beside, fetch, unread)
    title = parse_section.site_name_of(page.document.body, page.document.url)
    if read is None:
        said = f"{asked.fault}; nor has its site a news sitemap, or the page headlines that recur"
        read = replace(asked, fault=ParseError(said))
    return replace(
        read,
        title=read.title or title,
        page=page.document.url,
        found=tuple(found),
        unread=unread,
    )


def _first_read(
    asking: Asking,
    found: Iterable[FoundSource],
    fetch: Callable[[str], Fetched],
    unread: dict[str, SourceError],
) -> Asked | None:
    """Read the first that can be; of the others it is noted in ``unread`` why they cannot."""
    source = asking.source
    for one in found:
        try:
            if one.kind is FoundKind.PAGE:
                as_page = replace(source, feed=None, page=source.address)
                return _of_poll(read_page(replace(asking, source=as_page), fetch(one.address)))
            # By the source as it is: its credentials are for the host of the page alone.
            read = _of_poll(read_feed(asking, fetch(one.address), FetchState()))
            return replace(read, source=replace(source, feed=one.address))
        except SourceError as fault:
            unread[one.address] = fault
    return None


def _fetched(asking: Asking, url: str) -> Fetched:
    fetched = asking.fetch(url, FetchState())
    if not isinstance(fetched, Fetched):
        raise FetchError("the server sent no document", kind=FaultKind.ANSWER)
    return fetched


def _of_poll(polled: FetchedFeed) -> Asked:
    """Return what a poll had."""
    source, result = polled.source, polled.result
    if isinstance(result, SourceError):
        return Asked(source=source, read=publishable(source.address), fault=result)
    if not isinstance(result, Fetched):  # never without validators
        fault = FetchError("the server sent no document", kind=FaultKind.ANSWER)
        return Asked(source=source, read=publishable(source.address), fault=fault)
    document = result.document
    asked = Asked(
        source=source, read=document.url, entries=polled.entries, moved_to=result.moved_to
    )
    if not source.page:
        return replace(asked, title=parse_feed.title_of(document.body, document.content_type))
    return replace(
        asked,
        title=parse_section.site_name_of(document.body, document.url),
        select=source.selectors or _proposed_select(document),
    )


def _proposed_select(page: Document) -> Selectors | None:
    return parse_section.proposed_select(page.body, page.url)
