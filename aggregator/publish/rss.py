"""A feed as RSS 2.0, with ``content:encoded``, ``dc:creator``, Media RSS and a link to itself."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from html import escape
from typing import Any

from lxml import etree

from aggregator.models import EntryView, FeedView, Media, MediaRole
from aggregator.publish.feedgen import (
    DUBLIN_CORE,
    MEDIA_RSS,
    MediaAdditions,
    Surroundings,
    joined,
    new_document,
    new_entry,
)
from aggregator.publish.format import Format
from aggregator.publish.in_browser import ways_of
from aggregator.publish.media import ShownMedia, shown_media
from aggregator.publish.view import (
    authors_of,
    categories_of,
    feed_of,
    home_page_of,
    links_html,
    local_time,
    summary_beside_content,
)

# How often a reader may usefully ask, in minutes: the shortest interval of the automatic polling.
_TTL_MINUTES = 10
# As the root declares those that entries use, an entry's own lines declare none.
_NAMESPACES = {
    "dc": DUBLIN_CORE,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": MEDIA_RSS,
}
_MEDIA = f"{{{MEDIA_RSS}}}"
# What Media RSS calls a file (``medium``); of another kind it has no word.
_MEDIUM = {MediaRole.PICTURE: "image", MediaRole.SOUND: "audio", MediaRole.VIDEO: "video"}
_SURROUNDINGS = Surroundings(etree.Element("rss", nsmap=_NAMESPACES), "channel")


def _render_entry(view: EntryView) -> bytes:
    """Render an inert entry as the lines of its element."""
    entry = view.entry
    new = new_entry(entry)
    if view.address:
        new.link(href=view.address)
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
    feed = new_document(view, FORMAT, MediaAdditions)
    feed.ttl(_TTL_MINUTES)
    ways = _SURROUNDINGS.written(ways_of(view.spec.name))
    return joined(feed.rss_str(pretty=True), b"  </channel>\n</rss>\n", (ways, *entries))


def _add(view: EntryView, item: Any) -> None:
    """Add what feedgen lacks to an entry's element."""
    published = etree.SubElement(item, "pubDate")
    published.text = format_datetime(local_time(view.timezone, view.entry.published))
    for name in authors_of(view):
        etree.SubElement(item, f"{{{DUBLIN_CORE}}}creator").text = name
    for name in categories_of(view):
        etree.SubElement(item, "category").text = name
    if view.entry.rights:
        etree.SubElement(item, f"{{{DUBLIN_CORE}}}rights").text = view.entry.rights
    # RSS wants an address here: a paper that has no feed is named by its front page.
    if address := feed_of(view) or home_page_of(view):
        source = etree.SubElement(item, "source", url=address)
        source.text = view.source_title
    _add_media(shown_media(view), item)


def _add_media(media: ShownMedia, item: Any) -> None:
    """Add the files of an entry: all as Media RSS, and one as what every reader knows.

    What the text shows is named as a thumbnail alone, which no reader shows beside it.
    """
    if enclosure := media.enclosure:
        # A length that is not known is 0 (RSS Advisory Board's profile, enclosure).
        length = str(enclosure.length_bytes or 0)
        etree.SubElement(item, "enclosure", url=enclosure.url, length=length, type=enclosure.type)
    for each in media.files:
        credit = media.credit if each is media.picture else each.credit
        _add_file(each, credit, item)
    if media.picture is not None and media.is_picture_in_text:
        etree.SubElement(item, f"{_MEDIA}thumbnail", _sizes(media.picture), url=media.picture.url)


def _add_file(media: Media, credit: str, item: Any) -> None:
    if media.role is MediaRole.THUMBNAIL:
        etree.SubElement(item, f"{_MEDIA}thumbnail", _sizes(media), url=media.url)
        return
    said = {
        "type": media.type,
        "medium": _MEDIUM.get(media.role, ""),
        "fileSize": str(media.length_bytes or ""),
        "duration": str(media.duration_seconds or ""),
    }
    known = {name: value for name, value in said.items() if value}
    element = etree.SubElement(
        item, f"{_MEDIA}content", {"url": media.url, **known, **_sizes(media)}
    )
    if media.alt:
        etree.SubElement(element, f"{_MEDIA}title", type="plain").text = media.alt
    if credit:
        etree.SubElement(element, f"{_MEDIA}credit").text = credit


def _sizes(media: Media) -> dict[str, str]:
    sizes = {"width": media.width, "height": media.height}
    return {name: str(size) for name, size in sizes.items() if size}


FORMAT = Format(
    suffix="rss",
    media_type="application/rss+xml",
    label="RSS",
    render_entry=_render_entry,
    join=_join,
    is_read_everywhere=True,
)
