"""What a feed's format is called, for people: by its first element, or its JSON."""

from __future__ import annotations

import re

from aggregator.parse import charsets
from aggregator.parse.feed.jsonfeed import is_json_feed

_ROOT = re.compile(
    rb"<(?:[A-Za-z0-9]+:)?(rss|rdf|feed|urlset|sitemapindex)\b([^>]{0,2000})", re.IGNORECASE
)
_VERSION = re.compile(rb"""\bversion\s*=\s*["']([0-9.]{1,8})["']""")
_JSON_VERSION = re.compile(rb"jsonfeed\.org(?:/|\\/)version(?:/|\\/)([0-9.]{1,8})")
# Where the first element stands: behind comments and style sheets, of 2 KB in the samples.
_BEGIN_BYTES = 20_000


def format_name(body: bytes, content_type: str = "") -> str:
    """Return ``RSS 2.0``, ``Atom`` and the like; ``a feed`` where the bytes do not say.

    >>> format_name(b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>')
    'RSS 2.0'
    """
    begin = charsets.as_utf8(body, content_type)[:_BEGIN_BYTES]
    if is_json_feed(begin):
        version = _JSON_VERSION.search(begin)
        return f"JSON Feed {version[1].decode()}" if version else "JSON Feed"
    root = _ROOT.search(begin)
    if root is None:
        return "a feed"
    kind, version = root[1].lower(), _VERSION.search(root[2])
    if kind in (b"urlset", b"sitemapindex"):
        return "News sitemap"
    if kind == b"rdf":
        return "RSS 1.0"
    if kind == b"feed":
        return "Atom 0.3" if b"purl.org/atom" in root[2] else "Atom"
    return f"RSS {version[1].decode()}" if version else "RSS"
