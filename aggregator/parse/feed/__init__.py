"""Feed bytes → parsed entries: RSS and Atom, well-formed or nearly so.

Knows where each format keeps an entry's parts. Refuses to repair text or to sanitise markup.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected

_EXCERPT_CHARACTERS = 200


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected]:
    """Read every entry of a feed, in its order; ParseError where the bytes are no feed.

    ``url`` is where the bytes came from: relative links are resolved against it.
    """
    # Always a BytesIO: feedparser opens a local file where the bytes happen to be a path.
    # Markup is left as it came: sanitising has its own stage, with a library made for it.
    try:
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    # Its handlers of rare elements raise whatever broken input makes of them: a TypeError for a
    # chapter without a start, an AttributeError for an unknown element named like a field.
    except Exception as error:
        raise ParseError(f"{url}: not a feed that can be read ({error})") from error
    if not parsed.get("version") and not parsed.entries:
        raise ParseError(f"{url}: not a feed: {_what_instead(body)}")
    return [_entry(entry, url) for entry in parsed.entries]


def _what_instead(body: bytes) -> str:
    start = body[:2000].lstrip().lower()
    if not start:
        return "it is empty"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "it is an HTML page"
    if start[:1] in b"{[":
        return "it is JSON"
    return "it has no RSS or Atom element"


def _entry(entry: Any, url: str) -> ParsedEntry | Rejected:
    title = _markup(entry.get("title_detail"))
    summary = _markup(entry.get("summary_detail"))
    content = max((_markup(part) for part in _list(entry, "content")), key=len, default="")
    native_id = _text(entry, "id")
    link = _text(entry, "link")
    if not title.strip() and not summary.strip() and not content.strip():
        what = native_id or link or "an entry without anything"
        return Rejected(reason="neither title nor text", excerpt=what[:_EXCERPT_CHARACTERS])
    return ParsedEntry(
        native_id=native_id,
        link=_resolve(url, link),
        title_html=title,
        summary_html=summary,
        content_html=content if content != summary else "",
        authors=_authors(entry),
        categories=tuple(
            term
            for tag in _list(entry, "tags")
            if (term := _text(tag, "label") or _text(tag, "term"))
        ),
        published=_text(entry, "published"),
        # feedparser's get falls back to ``published``, which is not what was asked for.
        updated=_text(entry, "updated") if "updated" in entry else "",
    )


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""


def _list(entry: Any, name: str) -> list[Any]:
    """Give a list of feedparser's; an unknown element of the same name stands there as text."""
    value = entry.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _markup(detail: Any) -> str:
    """Give one of feedparser's texts as HTML: plain text is escaped."""
    if not isinstance(detail, dict) or not detail.get("value"):
        return ""
    value = str(detail["value"])
    if detail.get("type") == "text/plain":
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value


def _authors(entry: Any) -> tuple[str, ...]:
    names = [_text(author, "name") for author in _list(entry, "authors")]
    if not any(names):
        names = [_text(entry, "author")]
    return tuple(dict.fromkeys(name for name in names if name))


def _resolve(base: str, link: str) -> str:
    if not link or (":" not in link and "/" not in link and "." not in link and "?" not in link):
        return ""  # a bare number or word is an id that was taken for a link
    try:
        return urljoin(base, link)
    except ValueError:  # a bracket that is no IPv6 address, as in http://[id]/
        return ""
