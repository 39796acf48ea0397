"""Feed bytes → parsed entries: RSS 0.9x, 1.0, 2.0, Atom 0.3, 1.0, JSON Feed 1.0, 1.1.

Well-formed RSS and Atom take the fast path (``fast``); what that is not sure to read right goes to
feedparser (``tolerant``), in a process of its own with a bound where it could take long
(``bounded``). Which of them read a feed cannot be told from what comes back; a differential test
holds them together. Refuses to repair text or to sanitise markup.
"""

from __future__ import annotations

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import charsets
from aggregator.parse.feed import jsonfeed, lenient, sandbox, strict
from aggregator.parse.feed.autodiscovery import discover_feed

__all__ = ["discover_feed", "parse"]


def parse(body: bytes, url: str, content_type: str = "") -> list[ParsedEntry | Rejected]:
    """Read every entry of a feed, in its order; ParseError where the bytes are no feed.

    ``url`` is where the bytes came from: relative links are resolved against it. ``content_type``
    is the HTTP header, whose charset counts after a byte-order mark and before the XML declaration.
    """
    if not charsets.says_utf8(body, content_type) or (found := strict.parse(body, url)) is None:
        body = charsets.as_utf8(body, content_type)
        if jsonfeed.looks_like_one(body):
            return jsonfeed.parse(body, url)
        found = strict.parse(body, url)
    if found is None:
        read = sandbox.parse if sandbox.could_take_long(body) else lenient.parse
        found = read(body, url)
    if found is None:
        raise ParseError(f"{url}: not a feed: {_what_instead(body, url)}")
    return found


def _what_instead(body: bytes, url: str) -> str:
    start = body[:2000].lstrip().lower()
    if not start:
        return "it is empty"
    if b"<html" in start or start.startswith(b"<!doctype html"):
        feed = discover_feed(body, url)
        return f"it is an HTML page, which announces {feed}" if feed else "it is an HTML page"
    if start[:1] in (b"{", b"["):
        return "it is JSON"
    return "it has no RSS or Atom element"
