"""Feed bytes → parsed entries: RSS and Atom, well-formed or nearly so.

Knows where each format keeps an entry's parts. Refuses to repair text or to sanitise markup.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser.exceptions import ThingsNobodyCaresAboutButMe

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
    except (ValueError, LookupError, ThingsNobodyCaresAboutButMe) as error:
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
    content = max((_markup(part) for part in entry.get("content", [])), key=len, default="")
    native_id = str(entry.get("id", "")).strip()
    link = str(entry.get("link", "")).strip()
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
            for tag in entry.get("tags", [])
            if (term := str(tag.get("label") or tag.get("term") or "").strip())
        ),
        published=str(entry.get("published", "")).strip(),
        updated=_updated(entry),
    )


def _updated(entry: Any) -> str:
    """Give ``updated`` where it is stated; feedparser's ``get`` falls back to ``published``."""
    if "updated" not in entry:
        return ""
    return str(entry["updated"]).strip()


def _markup(detail: Any) -> str:
    """Give one of feedparser's texts as HTML: plain text is escaped."""
    if not detail or not detail.get("value"):
        return ""
    value = str(detail["value"])
    if detail.get("type") == "text/plain":
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value


def _authors(entry: Any) -> tuple[str, ...]:
    names = [str(author.get("name", "")).strip() for author in entry.get("authors", [])]
    if not any(names):
        names = [str(entry.get("author", "")).strip()]
    return tuple(dict.fromkeys(name for name in names if name))


def _resolve(base: str, link: str) -> str:
    if not link:
        return ""
    try:
        return urljoin(base, link)
    except ValueError:  # a bracket that is no IPv6 address, as in http://[id]/
        return ""
