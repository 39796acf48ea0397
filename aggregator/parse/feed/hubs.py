"""Which hub a feed announces, and as which topic (WebSub §4): in headers, else in the body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from urllib.parse import urljoin, urlsplit

from aggregator.link_header import links_of
from aggregator.models import Announcement
from aggregator.parse.feed.head import HEAD_BYTES, elements_before_entries

_ATOM_LINKS = frozenset({"{http://www.w3.org/2005/Atom}link", "{http://purl.org/atom/ns#}link"})
_MOST_CHARACTERS = 2_000

_Links = Iterator[tuple[str, frozenset[str]]]


def announcement(body: bytes, links: str, url: str) -> Announcement | None:
    """Return what a feed from ``url`` announces, ``None`` for no hub.

    ``links`` are its ``Link`` headers: where they name a hub, no other counts. Without a link to
    itself the topic is its address. Of several hubs the first counts.
    """
    hub = topic = ""
    for named in (links_of(links), _in_body(body)):
        for address, relations in named:
            resolved = _resolved(url, address)
            hub = hub or (resolved if "hub" in relations else "")
            topic = topic or (resolved if "self" in relations else "")
        if hub and topic:
            break
    return Announcement(hub=hub, topic=topic or url) if hub else None


def _resolved(base: str, address: str) -> str:
    """Return an address in full, empty where it is no web address."""
    try:
        url = urljoin(base, address.strip())
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url if is_web and len(url) <= _MOST_CHARACTERS and url.isprintable() else ""


def _in_body(body: bytes) -> _Links:
    if body[:HEAD_BYTES].lstrip()[:1] == b"{":
        return _in_json(body) if b'"hubs"' in body else iter(())
    head = body[:HEAD_BYTES]
    return _in_xml(head) if b"hub" in head else iter(())


def _in_xml(head: bytes) -> _Links:
    """Yield the links of a feed itself, which stand before its first entry, of Atom's namespace."""
    for element in elements_before_entries(head, "start"):
        if element.tag in _ATOM_LINKS:
            yield element.get("href", ""), frozenset(element.get("rel", "").lower().split())


def _in_json(body: bytes) -> _Links:
    """Return the hubs and the address of a JSON Feed 1.1."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        return iter(())
    if not isinstance(feed, dict):
        return iter(())
    hubs = feed.get("hubs")
    addresses = (
        [hub.get("url") for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    )
    itself = feed.get("feed_url")
    found = chain(((url, "hub") for url in addresses), [(itself, "self")])
    return ((url, frozenset({relation})) for url, relation in found if isinstance(url, str))
