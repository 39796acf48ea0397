"""The frame of all pages for people: which feeds, topics and sources they lead to. Pure.

Knows the configuration alone, so that a frame is made before anything is selected and changes only
where the configuration does. Refuses to know how pages show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

from aggregator.local_days import local_day
from aggregator.models import (
    Config,
    Entry,
    FeedLink,
    FeedSpec,
    Frame,
    Source,
    SourceLink,
    SplitBy,
)
from aggregator.pipeline.run import Run
from aggregator.public_addresses import names_public_host

# A host of such a name serves feeds and no pages: feeds.bbci.co.uk answers its front page with 404.
_SERVERS_OF_FEEDS = ("feed.", "feeds.", "rss.")


def frame_of(config: Config) -> Frame:
    """Return what every page of a configuration shows besides its own."""
    topics = topic_links(config.feeds)
    of_topics = {link.feed for link in topics}
    site = config.site
    return Frame(
        title=site.title,
        language=site.language,
        timezone=site.timezone,
        front=config.feeds[0].name if config.feeds else "",
        feeds=tuple(
            FeedLink(title=feed.title, feed=feed.name)
            for feed in config.feeds
            if feed.name not in of_topics
        ),
        topics=topics,
        sources=tuple(_sources(config)),
        has_search=site.search,
    )


def today(run: Run) -> date:
    """Return the day that it is in the site's time zone."""
    return local_day(run.clock(), run.config.site.timezone)


def named_day(entries: Iterable[Entry], day: date, timezone: str) -> date | None:
    """Return the site's day, where a page of these entries calls days today or yesterday.

    ``None`` where its newest entry is older than yesterday, so that the page stays as it is from
    then on, however many days begin.
    """
    newest = max((entry.published for entry in entries), default=None)
    if newest is None or day - local_day(newest, timezone) > timedelta(days=1):
        return None
    return day


def topic_links(feeds: Iterable[FeedSpec]) -> tuple[FeedLink, ...]:
    """Return the feeds of one topic or category in order, of several of one topic the first."""
    links: dict[str, FeedLink] = {}
    for feed in feeds:
        if label := _topic_of(feed):
            links.setdefault(label, FeedLink(title=label, feed=feed.name))
    return tuple(links.values())


def _topic_of(feed: FeedSpec) -> str:
    if feed.part is None:
        return feed.topics[0] if len(feed.topics) == 1 else ""
    return feed.part.label if feed.part.by is not SplitBy.SOURCE else ""


def _sources(config: Config) -> Iterator[SourceLink]:
    """Yield the sources in order, those of one title once: they are one to whoever reads it."""
    home_page: dict[str, str] = {}
    feed_of: dict[str, str] = {}
    for source in config.sources:
        page = _home_page(source)
        home_page[source.title] = home_page.get(source.title) or page
    for feed in config.feeds:
        if feed.part is not None and feed.part.by is SplitBy.SOURCE:
            feed_of.setdefault(feed.part.label, feed.name)
    for title, page in home_page.items():
        yield SourceLink(title=title, home_page=page, feed=feed_of.get(title, ""))


def _home_page(source: Source) -> str:
    """Return the front page of the site that serves a source, where anybody may ask it."""
    parts = urlsplit(source.address)
    host = parts.hostname or ""
    if not host or host.startswith(_SERVERS_OF_FEEDS):
        return ""
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    return address if names_public_host(address) else ""
