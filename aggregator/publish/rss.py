"""A feed as RSS 2.0, with ``content:encoded``, ``dc:creator`` and an ``atom:link`` to itself."""

from __future__ import annotations

from email.utils import format_datetime
from functools import partial
from html import escape
from typing import Any

from lxml import etree

from aggregator.models import Entry, FeedView
from aggregator.publish.feedgen import DUBLIN_CORE, add_entry, new_document
from aggregator.publish.format import Format
from aggregator.publish.inert import with_inert_texts
from aggregator.publish.view import (
    authors_of,
    categories_of,
    links_html,
    local_time,
    summary_beside_content,
)
from aggregator.urls import publishable

# How often a reader may usefully ask, in minutes: the shortest interval of the automatic polling.
_TTL_MINUTES = 10


def render(view: FeedView) -> bytes:
    """Render a feed as the bytes of an RSS 2.0 document."""
    view = with_inert_texts(view)
    feed = new_document(view, FORMAT)
    feed.ttl(_TTL_MINUTES)
    for entry in view.entries:
        added = add_entry(feed, entry, partial(_write, view, entry))
        if entry.link:
            added.link(href=entry.link)
        # The channel's text is read as HTML by every reader, so plain text is escaped.
        summary, links = summary_beside_content(entry), links_html(view, entry)
        content = (entry.content_html or escape(entry.summary, quote=False)) + links
        added.description(escape(summary, quote=False) or content or None)
        if summary:
            added.content(content)
    return bytes(feed.rss_str(pretty=True))


def _write(view: FeedView, entry: Entry, item: Any) -> None:
    published = etree.SubElement(item, "pubDate")
    published.text = format_datetime(local_time(view, entry.published))
    for name in authors_of(view, entry):
        etree.SubElement(item, f"{{{DUBLIN_CORE}}}creator").text = name
    for name in categories_of(view, entry):
        etree.SubElement(item, "category").text = name
    source = view.sources[entry.source]
    if source.feed:
        etree.SubElement(item, "source", url=publishable(source.feed)).text = source.title


FORMAT = Format(
    suffix="rss",
    media_type="application/rss+xml",
    label="RSS",
    render=render,
    is_read_everywhere=True,
)
