"""Feed bytes → parsed entries: RSS 0.9x, 1.0, 2.0, Atom 0.3, 1.0, JSON Feed 1.0, 1.1, sitemaps.

``strict`` reads well-formed RSS and Atom and gives up whatever it is not sure to read right. A
document that is not well-formed is made so by ``mend``, before any reader guesses what it means.
What ``strict`` gives up is read by feedparser (``lenient``), or where it could take long by
feedparser in a process of its own with limits (``sandbox``). Which of them read a feed does not
show in the entries; a differential test holds them together. JSON Feed and news sitemaps have a
reader of their own. Refuses to repair text or to sanitise
markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aggregator.errors import ParseError
from aggregator.models import NOTHING_KNOWN, KnownItem, KnownItems, ParsedEntry, Rejected
from aggregator.parse import charsets
from aggregator.parse.feed import jsonfeed, lenient, mend, sandbox, sitemap, strict
from aggregator.parse.feed.autodiscovery import announced_feeds, discover_feeds
from aggregator.parse.feed.head import title_of
from aggregator.parse.feed.items import Items
from aggregator.urls import publishable

__all__ = [
    "Reading",
    "announced_feeds",
    "discover_feeds",
    "parse",
    "read",
    "sitemaps_in",
    "title_of",
]

# Formats that are not RSS or Atom: how one is told from its bytes in UTF-8, and what reads it.
_OTHER_FORMATS: tuple[
    tuple[Callable[[bytes], bool], Callable[[bytes, str], list[ParsedEntry | Rejected]]], ...
] = (
    (jsonfeed.is_json_feed, jsonfeed.parse),
    (sitemap.is_sitemap, sitemap.parse),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a feed: its entries in its order, of known items what was known of them.

    ``hashes`` are those of their items in ``context``; there is none where an item may mean what
    its bytes do not say.
    """

    entries: Sequence[ParsedEntry | Rejected | KnownItem]
    context: str = ""
    hashes: Sequence[bytes] = ()


def read(
    body: bytes, url: str, content_type: str = "", known: KnownItems = NOTHING_KNOWN
) -> Reading:
    """Read a feed as ``parse`` does, but for the items that are known by their bytes."""
    items = Items.of(body) if charsets.says_utf8(body, content_type) else None
    if items is None:
        return Reading(entries=parse(body, url, content_type))
    found = strict.parse_items(items, url, known.items.keys())
    if found is not None and known.items and found[0] != known.context:
        known = NOTHING_KNOWN
        found = strict.parse_items(items, url, known.items.keys())
    if found is None:
        return Reading(entries=parse(body, url, content_type))
    context, entries = found
    whole = [
        known.items[item] if entry is None else entry
        for item, entry in zip(items.hashes, entries, strict=True)
    ]
    return Reading(entries=whole, context=context, hashes=items.hashes)


def parse(body: bytes, url: str, content_type: str = "") -> list[ParsedEntry | Rejected]:
    """Read every entry of a feed, in its order; ParseError where the bytes are no feed.

    ``url`` is where the bytes came from: relative links are resolved against it. ``content_type``
    is the HTTP header, whose charset counts after a byte-order mark and before the XML declaration.
    """
    entries = strict.parse(body, url) if charsets.says_utf8(body, content_type) else None
    if entries is None:
        body = charsets.as_utf8(body, content_type)
        for is_of_format, read_format in _OTHER_FORMATS:
            if is_of_format(body):
                return read_format(body, url)
        entries = strict.parse(body, url)
    if entries is None:
        whole = mend.mended(body)
        entries = strict.parse(whole, url) if whole != body else None
        if entries is None:
            reader = sandbox if sandbox.could_take_long(whole) else lenient
            entries = reader.parse(whole, url)
    if entries is None:
        raise ParseError(f"{url}: not a feed: {_described(body, url)}")
    return entries


def sitemaps_in(body: bytes, url: str, content_type: str = "") -> list[str] | None:
    """Return the sitemaps that an index names and that are to be read; ``None`` for no index."""
    if b"sitemapindex" not in body[: sitemap.HEAD_BYTES]:
        return None  # at once, as every feed is asked
    return sitemap.sitemaps_of(charsets.as_utf8(body, content_type), url)


def _described(body: bytes, url: str) -> str:
    """Say what came instead of a feed."""
    start = body[:2000].lstrip().lower()
    if not start:
        return "it is empty"
    if b"<html" in start or start.startswith(b"<!doctype html"):
        feeds = discover_feeds(body, url)
        announced = f", which announces {publishable(feeds[0])}" if feeds else ""
        return f"it is an HTML page{announced}"
    if start[:1] in (b"{", b"["):
        return "it is JSON"
    return "it has no RSS or Atom element"
