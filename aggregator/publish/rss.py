"""A feed as RSS 2.0, with ``content:encoded``, ``dc:creator`` and an ``atom:link`` to itself."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from html import escape
from typing import Any

from lxml import etree

from aggregator.models import EntryView, FeedView
from aggregator.publish.feedgen import (
    DUBLIN_CORE,
    Surroundings,
    joined,
    new_document,
    new_entry,
)
from aggregator.publish.format import Format
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
# As the root declares those that entries use, an entry's own lines declare none.
_NAMESPACES = {"dc": DUBLIN_CORE, "content": "http://purl.org/rss/1.0/modules/content/"}
_SURROUNDINGS = Surroundings(etree.Element("rss", nsmap=_NAMESPACES), "channel")


def _render_entry(view: EntryView) -> bytes:
    """Render an inert entry as the lines of its element."""
    entry = view.entry
    new = new_entry(entry)
    if entry.link:
        new.link(href=entry.link)
    # The channel's text is read as HTML by every reader, so plain text is escaped.
    summary, links = summary_beside_content(entry), links_html(view)
    content = (entry.content_html or escape(entry.summary, quote=False)) + links
    new.description(escape(summary, quote=False) or content or None)
    if summary:
        new.content(content)
    element = new.rss_entry()
    _add(view, element)
    return _SURROUNDINGS.written(element)


def _join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """Return an RSS 2.0 document of these entries."""
    feed = new_document(view, FORMAT)
    feed.ttl(_TTL_MINUTES)
    return joined(feed.rss_str(pretty=True), b"  </channel>\n</rss>\n", entries)


def _add(view: EntryView, item: Any) -> None:
    """Add what feedgen lacks to an entry's element."""
    published = etree.SubElement(item, "pubDate")
    published.text = format_datetime(local_time(view.timezone, view.entry.published))
    for name in authors_of(view):
        etree.SubElement(item, f"{{{DUBLIN_CORE}}}creator").text = name
    for name in categories_of(view):
        etree.SubElement(item, "category").text = name
    if view.source_feed:
        source = etree.SubElement(item, "source", url=publishable(view.source_feed))
        source.text = view.source_title


FORMAT = Format(
    suffix="rss",
    media_type="application/rss+xml",
    label="RSS",
    render_entry=_render_entry,
    join=_join,
    is_read_everywhere=True,
)
