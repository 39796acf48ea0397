"""Feed bytes → parsed entries: RSS 0.9x, 1.0, 2.0, Atom 0.3, 1.0, JSON Feed 1.0, 1.1.

``strict`` reads well-formed RSS and Atom and gives up whatever it is not sure to read right. A
document that is not well-formed is made so by ``mend``, before any reader guesses what it means.
What ``strict`` gives up is read by feedparser (``lenient``), or where it could take long by
feedparser in a process of its own with limits (``sandbox``). Which of them read a feed does not
show in the entries; a differential test holds them together. Refuses to repair text or to sanitise
markup.
"""

from __future__ import annotations

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import charsets
from aggregator.parse.feed import jsonfeed, lenient, mend, sandbox, strict
from aggregator.parse.feed.autodiscovery import discover_feeds
from aggregator.urls import publishable

__all__ = ["discover_feeds", "parse"]


def parse(body: bytes, url: str, content_type: str = "") -> list[ParsedEntry | Rejected]:
    """Read every entry of a feed, in its order; ParseError where the bytes are no feed.

    ``url`` is where the bytes came from: relative links are resolved against it. ``content_type``
    is the HTTP header, whose charset counts after a byte-order mark and before the XML declaration.
    """
    entries = strict.parse(body, url) if charsets.says_utf8(body, content_type) else None
    if entries is None:
        body = charsets.as_utf8(body, content_type)
        if jsonfeed.is_json_feed(body):
            return jsonfeed.parse(body, url)
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
