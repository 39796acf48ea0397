"""feedparser, for every feed that the fast path gives up: not well-formed, Atom 0.3, xhtml, CDF.

Takes from it what an entry needs and trusts nothing else: an unknown element that is named like one
of its fields stands in its place as a text.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.feed.entry import escape, is_address, made, sound

_REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,9});")


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected] | None:
    """Read every entry; ``None`` where the bytes are no feed, ParseError where they break it."""
    body = _REFERENCE.sub(_to_a_character, body)
    # Always a BytesIO: feedparser opens a local file where the bytes happen to be a path.
    # Markup is left as it came: sanitising has its own stage, with a library made for it.
    try:
        parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:  # the bound's: it says so itself
        raise
    # Its handlers of rare elements raise whatever broken input makes of them: a TypeError for a
    # chapter without a start, an AttributeError for an unknown element named like a field.
    except Exception as error:
        raise ParseError(f"{url}: not a feed that can be read ({error})") from error
    if not parsed.get("version") and not parsed.entries:
        return None
    return [_entry(entry, url) for entry in parsed.entries]


def _to_a_character(reference: re.Match[bytes]) -> bytes:
    """Put the mark of a lost character where a reference names what is none: feedparser raises."""
    digits = reference.group(1)
    code = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    is_one = 0 < code < 0xD800 or 0xDFFF < code <= sys.maxunicode
    return reference.group() if is_one else b"&#xFFFD;"


def _entry(entry: Any, url: str) -> ParsedEntry | Rejected:
    summary = _markup(entry.get("summary_detail"))
    content = max((_markup(part) for part in _list(entry, "content")), key=len, default="")
    return made(
        native_id=_text(entry, "id"),
        link=_resolve(url, _text(entry, "feedburner_origlink") or _text(entry, "link")),
        title_html=_markup(entry.get("title_detail")),
        summary_html=summary,
        content_html=content if content != summary else "",
        authors=_authors(entry),
        categories=tuple(_text(tag, "label") or _text(tag, "term") for tag in _list(entry, "tags")),
        published=_text(entry, "published"),
        # feedparser's get falls back to ``published``, which is not what was asked for.
        updated=_text(entry, "updated") if "updated" in entry else "",
    )


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return sound(value.strip()) if isinstance(value, str) else ""


def _list(entry: Any, name: str) -> list[Any]:
    """Give a list of feedparser's; an unknown element of the same name stands there as text."""
    value = entry.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _markup(detail: Any) -> str:
    """Give one of feedparser's texts as HTML: plain text is escaped."""
    if not isinstance(detail, dict) or not detail.get("value"):
        return ""
    value = sound(str(detail["value"]))
    if detail.get("type") == "text/plain":
        return escape(value)
    return value


def _authors(entry: Any) -> tuple[str, ...]:
    names = [_text(author, "name") for author in _list(entry, "authors")]
    if not any(names):
        names = [_text(entry, "author")]
    return tuple(names)


def _resolve(base: str, link: str) -> str:
    if not link or not is_address(link):
        return ""
    try:
        return urljoin(base, link)
    except ValueError:  # a bracket that is no IPv6 address, as in http://[id]/
        return ""
