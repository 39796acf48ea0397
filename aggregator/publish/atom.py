"""A feed as Atom 1.0 (RFC 4287), every entry with the ``source`` it came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

from lxml import etree

from aggregator.models import Entry, EntryView, FeedView, Media
from aggregator.publish.feedgen import Surroundings, joined, new_document, new_entry
from aggregator.publish.format import Format
from aggregator.publish.in_browser import ways_of
from aggregator.publish.inert import WORD_JOINER
from aggregator.publish.media import shown_media
from aggregator.publish.view import (
    authors_of,
    categories_of,
    feed_of,
    home_page_of,
    local_time,
    other_language,
    summary_beside_content,
)

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MICROSECONDS = 1_000_000
_SURROUNDINGS = Surroundings(etree.Element("feed"))
_SOURCES = 1_000  # more than are configured, of which each has many entries


def _render_entry(view: EntryView) -> bytes:
    """Render an inert entry as the lines of its element."""
    entry = view.entry
    new = new_entry(entry)
    new.updated(local_time(view.timezone, _updated(entry)))
    if view.address:
        new.link(href=view.address)
    if entry.content_html or not entry.link:  # RFC 4287 §4.1.2 wants one of the two
        new.content(entry.content_html or escape(entry.title, quote=False), type="html")
    element = new.atom_entry()
    if language := other_language(view):
        element.set(_LANGUAGE, language)
    _add(view, element)
    return _SURROUNDINGS.written(element)


def _join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """Return an Atom document of these entries."""
    feed = new_document(view, FORMAT)
    newest = max((_updated(entry) for entry in view.entries), default=view.updated)
    feed.updated(local_time(view.site.timezone, newest))
    ways = _SURROUNDINGS.written(ways_of(view.spec.name))
    return joined(feed.atom_str(pretty=True), b"</feed>\n", (ways, *entries))


def _updated(entry: Entry) -> datetime:
    """Return ``updated`` with microseconds that are made of the id.

    Sources stamp whole batches with one second. Equal times in one feed leave readers without an
    order, and the W3C's validator warns of them.
    """
    return entry.updated.replace(microsecond=crc32(entry.id.encode()) % _MICROSECONDS)


def _add(view: EntryView, element: Any) -> None:
    """Add what feedgen lacks to an entry's element."""
    entry = view.entry
    if WORD_JOINER in entry.title:  # it speaks of markup, and as HTML all readers show it so
        title = element.find("title")
        title.set("type", "html")
        title.text = escape(entry.title, quote=False)
    published = local_time(view.timezone, entry.published).isoformat()
    etree.SubElement(element, "published").text = published
    if summary := _summary(entry):
        etree.SubElement(element, "summary", type="text").text = summary
    shown = shown_media(view)
    # Readers that know one file take the first: the one that RSS has, too.
    for media in sorted(shown.files, key=lambda each: each is not shown.enclosure):
        _add_enclosure(media, element)
    for related, title in view.related:
        etree.SubElement(element, "link", rel="related", href=related.link, title=title)
    for name in authors_of(view):
        author = etree.SubElement(element, "author")
        etree.SubElement(author, "name").text = name
    for name in categories_of(view):
        etree.SubElement(element, "category", term=name)
    if entry.rights:
        etree.SubElement(element, "rights", type="text").text = entry.rights
    _add_source(view, element)


def _summary(entry: Entry) -> str:
    """Return what an entry says beside its content, or in place of one.

    One without content is not left without words (RFC 4287 §4.1.1.1): a bare headline says itself
    again, where a link stands for its content.
    """
    if entry.content_html or not entry.link:
        return summary_beside_content(entry)
    return entry.summary or entry.title


def _add_enclosure(media: Media, element: Any) -> None:
    """Add a link to a file (RFC 4287 §4.2.7): its type, its length, and what it shows."""
    said = {"type": media.type, "length": str(media.length_bytes or ""), "title": media.alt}
    known = {name: value for name, value in said.items() if value}
    etree.SubElement(element, "link", {"rel": "enclosure", "href": media.url, **known})


def _add_source(view: EntryView, element: Any) -> None:
    """Name the source (RFC 4287 §4.2.11): its id, its title, and when it changed this entry."""
    wrapper = etree.SubElement(element, "source")
    etree.SubElement(wrapper, "id").text = _source_id(view.source)
    etree.SubElement(wrapper, "title").text = view.source_title
    updated = local_time(view.timezone, view.entry.updated).isoformat()
    etree.SubElement(wrapper, "updated").text = updated
    if home_page := home_page_of(view):
        etree.SubElement(wrapper, "link", rel="alternate", href=home_page)
    if feed := feed_of(view):
        etree.SubElement(wrapper, "link", rel="self", href=feed)


@lru_cache(maxsize=_SOURCES)
def _source_id(name: str) -> str:
    return uuid5(NAMESPACE_URL, f"source:{name}").urn


FORMAT = Format(
    suffix="atom",
    media_type="application/atom+xml",
    label="Atom",
    render_entry=_render_entry,
    join=_join,
    is_read_everywhere=True,
)
