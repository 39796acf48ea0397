"""A feed as Atom 1.0 (RFC 4287), every entry with the ``source`` it came from."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

from lxml import etree

from aggregator.models import Entry, FeedView
from aggregator.publish.feedgen import add_entry, new_document
from aggregator.publish.format import Format
from aggregator.publish.inert import WORD_JOINER, with_inert_texts
from aggregator.publish.view import (
    authors_of,
    categories_of,
    local_time,
    summary_beside_content,
)
from aggregator.urls import publishable

_MICROSECONDS = 1_000_000


def render(view: FeedView) -> bytes:
    """Render a feed as the bytes of an Atom document."""
    view = with_inert_texts(view)
    feed = new_document(view, FORMAT)
    newest = max((_updated(entry) for entry in view.entries), default=view.updated)
    feed.updated(local_time(view, newest))
    for entry in view.entries:
        added = add_entry(feed, entry, partial(_write, view, entry))
        added.updated(local_time(view, _updated(entry)))
        if entry.link:
            added.link(href=entry.link)
        if entry.content_html or not entry.link:  # RFC 4287 §4.1.2 wants one of the two
            added.content(entry.content_html or escape(entry.title, quote=False), type="html")
    return bytes(feed.atom_str(pretty=True))


def _updated(entry: Entry) -> datetime:
    """Return ``updated`` with microseconds that are made of the id.

    Sources stamp whole batches with one second. Equal times in one feed leave readers without an
    order, and the W3C's validator warns of them.
    """
    spread = crc32(entry.id.encode()) % _MICROSECONDS
    return entry.updated.replace(microsecond=0) + timedelta(microseconds=spread)


def _write(view: FeedView, entry: Entry, element: Any) -> None:
    if WORD_JOINER in entry.title:  # it speaks of markup, and as HTML all readers show it so
        title = element.find("title")
        title.set("type", "html")
        title.text = escape(entry.title, quote=False)
    etree.SubElement(element, "published").text = local_time(view, entry.published).isoformat()
    if summary := summary_beside_content(entry):
        etree.SubElement(element, "summary", type="text").text = summary
    for related in entry.related:
        title = view.sources[related.source].title
        etree.SubElement(element, "link", rel="related", href=related.link, title=title)
    for name in authors_of(view, entry):
        author = etree.SubElement(element, "author")
        etree.SubElement(author, "name").text = name
    for name in categories_of(view, entry):
        etree.SubElement(element, "category", term=name)
    _write_source(view, entry, element)


def _write_source(view: FeedView, entry: Entry, element: Any) -> None:
    """Name the source (RFC 4287 §4.2.11): its id, its title, and when it changed this entry."""
    source = view.sources[entry.source]
    wrapper = etree.SubElement(element, "source")
    etree.SubElement(wrapper, "id").text = uuid5(NAMESPACE_URL, f"source:{source.name}").urn
    etree.SubElement(wrapper, "title").text = source.title
    etree.SubElement(wrapper, "updated").text = local_time(view, entry.updated).isoformat()
    if source.feed:
        etree.SubElement(wrapper, "link", rel="self", href=publishable(source.feed))


FORMAT = Format(
    suffix="atom",
    media_type="application/atom+xml",
    label="Atom",
    render=render,
    is_read_everywhere=True,
)
