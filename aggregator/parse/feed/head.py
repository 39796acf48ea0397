"""What stands in a feed before its first entry, without reading the rest of an XML feed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from aggregator.parse import charsets

# Entries begin within the first 1,200 bytes of 14 real feeds.
HEAD_BYTES = 65_536
_PIECE_BYTES = 4_096  # so that little is parsed behind the first entry
_ENTRIES = frozenset({"item", "entry"})
_FEEDS = frozenset({"channel", "feed"})  # of RSS and of Atom: each has its own title as a child


def elements_before_entries(body: bytes, event: str) -> Iterator[Any]:
    """Yield what stands before the first entry, each at its ``start``, or read at its ``end``."""
    parser = etree.XMLPullParser(
        events=("start", "end"), recover=True, resolve_entities=False, no_network=True
    )
    head = body[:HEAD_BYTES]
    try:
        for start in range(0, len(head), _PIECE_BYTES):
            parser.feed(head[start : start + _PIECE_BYTES])
            events: Iterator[Any] = parser.read_events()
            for happened, element in events:
                if _local_name(element) in _ENTRIES:
                    return
                if happened == event:
                    yield element
    except etree.XMLSyntaxError:
        return


def title_of(body: bytes, content_type: str = "") -> str:
    """Return what a feed calls itself, as it stands there; empty where it says nothing."""
    body = charsets.as_utf8(body, content_type)
    if body.lstrip()[:1] == b"{":
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return ""
        title = said.get("title") if isinstance(said, dict) else None
        return title if isinstance(title, str) else ""
    for element in elements_before_entries(body, "end"):
        parent = element.getparent()
        is_title = _local_name(element) == "title" and parent is not None
        if is_title and _local_name(parent) in _FEEDS:
            return element.text or ""
    return ""


def _local_name(element: Any) -> str:
    """Return an element's name without its namespace.

    lxml's QName refuses the names that recovering takes from a broken feed, as ":".
    """
    name: str = element.tag.rpartition("}")[2]
    return name
