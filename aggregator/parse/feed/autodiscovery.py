"""The feed that an HTML page announces in its head (``link rel="alternate"``)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

# Feeds are announced in a page's head; no head of a real page is longer.
_HEAD_BYTES = 200_000
_LINK = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})


def discover_feed(body: bytes, url: str) -> str:
    """Give the address of the first feed that a page announces, or the empty text."""
    for link in _LINK.findall(body[:_HEAD_BYTES].decode("utf-8", "replace")):
        attributes = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(link)
        }
        is_alternate = "alternate" in attributes.get("rel", "").lower().split()
        if is_alternate and attributes.get("type", "").lower() in _TYPES and attributes.get("href"):
            try:
                return urljoin(url, attributes["href"].strip())
            except ValueError:  # not an address at all
                continue
    return ""
