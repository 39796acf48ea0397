"""What a page and its site offer as a source: feeds, else news sitemaps, else the page itself.

A page announces its feeds. Where it announces none, the site's robots.txt names its sitemaps
(https://www.sitemaps.org/protocol.html#submit_robots), and what recurs on the page is offered as
well. Asks through a function that it is handed, whose caller is polite, and never for more than
robots.txt and a few sitemaps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urljoin

from protego import Protego

from aggregator import urls
from aggregator.bengali.text import display
from aggregator.errors import ParseError, SourceError
from aggregator.models import Document, FoundKind, FoundSource, ParsedEntry, Rejected
from aggregator.parse import feed as parse_feed
from aggregator.parse import section as parse_section

# RFC 9309 §2.5 asks for at least 500 KiB; ``fetch.robots`` reads as much.
_MOST_ROBOTS_BYTES = 512_000
# Sites name one for news and some for pages; an index is one, and up to three of it are read.
_MOST_ASKED = 5
_NEWS_NAME = re.compile("news", re.IGNORECASE)


def announced_on(page: Document) -> list[FoundSource]:
    """Return the feeds that a page announces, what is meant first and feeds of comments last."""
    announced = parse_feed.announced_feeds(page.body, page.url)
    return [replace(one, title=" ".join(display(one.title).split())) for one in announced]


def offers_of(page: Document, fetch: Callable[[str], Document]) -> list[FoundSource]:
    """Return what beside a feed can be the source of a page that was fetched, the best first.

    ``fetch`` returns what is at an address, and raises SourceError where nothing is to be had.
    """
    return [*_sitemaps(page, fetch), *_page_itself(page)]


def _sitemaps(page: Document, fetch: Callable[[str], Document]) -> Iterator[FoundSource]:
    """Yield those of a site's sitemaps that have headlines."""
    robots_url = urljoin(page.url, "/robots.txt")
    try:
        robots = fetch(robots_url).body[:_MOST_ROBOTS_BYTES].decode("utf-8", "replace")
    except SourceError:
        return  # without rules no sitemap is named
    named = dict.fromkeys(urls.resolve(robots_url, each) for each in Protego.parse(robots).sitemaps)
    by_name = sorted(filter(urls.is_web, named), key=lambda url: not _NEWS_NAME.search(url))
    for url in by_name[:_MOST_ASKED]:
        try:
            headlines = _count_headlines(fetch(url), fetch)
        except SourceError:
            continue  # a sitemap of pages, or one that is not there, is no offer
        reason = f"robots.txt names this news sitemap, with {headlines} headlines now"
        yield FoundSource(kind=FoundKind.SITEMAP, address=url, reason=reason)


def _count_headlines(
    sitemap: Document, fetch: Callable[[str], Document], *, may_be_index: bool = True
) -> int:
    """Count the headlines of a sitemap, of an index those of the first one that has any."""
    addresses = parse_feed.sitemaps_in(sitemap.body, sitemap.url, sitemap.content_type)
    if addresses is None or not may_be_index:
        return _count(parse_feed.parse(sitemap.body, sitemap.url, sitemap.content_type))
    faults: list[SourceError] = []
    for url in addresses:
        try:
            return _count_headlines(fetch(url), fetch, may_be_index=False)
        except SourceError as fault:
            faults.append(fault)
    raise faults[0]


def _page_itself(page: Document) -> Iterator[FoundSource]:
    try:
        headlines = _count(parse_section.parse(page.body, page.url))
    except ParseError:
        return  # nothing recurs on it
    reason = f"{headlines} headlines recur on this page"
    yield FoundSource(kind=FoundKind.PAGE, address=page.url, reason=reason)


def _count(entries: list[ParsedEntry | Rejected]) -> int:
    return sum(isinstance(entry, ParsedEntry) for entry in entries)
