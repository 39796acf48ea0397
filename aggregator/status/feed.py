"""What began to be wrong and what is over, as an Atom feed (RFC 4287) for the operator alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from aggregator.models import Notice, Status
from aggregator.status.words import NOTICES, OVER

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MOST_ENTRIES = 100  # a screen or two of a reader


def feed_bytes(status: Status, address: str) -> bytes:
    """Return the feed of failures that is served at ``address``, in both languages."""
    ElementTree.register_namespace("", _ATOM)
    events = sorted(_events(status), key=lambda event: event[0], reverse=True)[:_MOST_ENTRIES]
    updated = events[0][0] if events else datetime.fromtimestamp(0, status.made.tzinfo)
    root = ElementTree.Element(f"{{{_ATOM}}}feed", {_LANGUAGE: "bn"})
    _text(root, "id", _urn(f"{address} notices"))
    _text(root, "title", f"{status.site}: অবস্থা · status")
    _text(root, "updated", _time(updated))
    author = ElementTree.SubElement(root, f"{{{_ATOM}}}author")
    _text(author, "name", "aggregator")
    ElementTree.SubElement(root, f"{{{_ATOM}}}link", {"rel": "self", "href": address})
    for when, title, notice, is_over in events:
        entry = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        key = f"{address} {notice.kind} {notice.subject} {_time(notice.began)} {is_over}"
        _text(entry, "id", _urn(key))
        _text(entry, "title", title)
        _text(entry, "updated", _time(when))
        _text(entry, "content", notice.detail or title)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _events(status: Status) -> Iterator[tuple[datetime, str, Notice, bool]]:
    titles = {source.name: source.title for source in status.sources}
    titles |= {feed.name: feed.title for feed in status.feeds}
    for notice in status.notices:
        words = NOTICES[notice.kind]
        name = titles.get(notice.subject, notice.subject)
        title = f"{words.bn} · {words.en}".replace("{title}", name)
        yield notice.began, title, notice, False
        if notice.ended is not None:
            over = f"{OVER.bn} · {OVER.en}".replace("{title}", name or title)
            yield notice.ended, over, notice, True


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    printable = "".join(each for each in text if each.isprintable() or each in "\u200c\u200d")
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = printable


def _urn(key: str) -> str:
    return uuid5(NAMESPACE_URL, key).urn


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
