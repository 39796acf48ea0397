"""The feed that an HTML page announces in its head (``link rel="alternate"``, HTML §4.6.7.2)."""

from __future__ import annotations

import re
from html import unescape

from aggregator import urls

# Feeds are announced in a page's head; no head of a real page is longer.
_HEAD_BYTES = 200_000
_LINK = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})


def discover_feed(body: bytes, url: str) -> str:
    """Find the address of the first feed that a page announces; empty where it announces none.

    ``url`` is the page's own address, against which links are resolved.
    """
    for link in _LINK.findall(body[:_HEAD_BYTES].decode("utf-8", "replace")):
        attributes = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(link)
        }
        is_alternate = "alternate" in attributes.get("rel", "").lower().split()
        if is_alternate and attributes.get("type", "").lower() in _TYPES:
            address = urls.resolve(url, attributes.get("href", "").strip())
            if address:
                return address
    return ""
