"""feedparser, for every feed that ``strict`` gives up: not well-formed, Atom 0.3, xhtml, CDF.

Takes from it what an entry needs and trusts nothing else: an unknown element that is named like one
of feedparser's fields stands in that field as a text.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from typing import Any

import feedparser

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.feed.entry import absolute, usable
from aggregator.parse.plain import escape, whole

_REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,9});")


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected] | None:
    """Read every entry of a feed in UTF-8; ``None`` where the bytes are no feed.

    ``url`` is where the bytes came from. ParseError where feedparser fails on them.
    """
    body = _REFERENCE.sub(_readable, body)
    # Always a BytesIO: feedparser opens a local file where the bytes happen to be a path.
    # Markup is left as it came: sanitising has its own stage, with a library made for it.
    try:
        feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:  # the limit that ``sandbox`` sets, which says so itself
        raise
    # Its handlers of rare elements raise whatever broken input makes of them: a TypeError for a
    # chapter without a start, an AttributeError for an unknown element named like a field.
    except Exception as error:
        raise ParseError(f"{url}: not a feed that can be read ({error})") from error
    if not feed.get("version") and not feed.entries:
        return None
    return [_entry(entry, url) for entry in feed.entries]


def _readable(reference: re.Match[bytes]) -> bytes:
    """Replace a reference that names no character by U+FFFD: feedparser would raise."""
    digits = reference.group(1)
    code = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    is_character = 0 < code < 0xD800 or 0xDFFF < code <= sys.maxunicode
    return reference.group() if is_character else b"&#xFFFD;"


def _entry(entry: Any, url: str) -> ParsedEntry | Rejected:
    summary = _markup(entry.get("summary_detail"))
    content = max((_markup(detail) for detail in _list(entry, "content")), key=len, default="")
    return usable(
        ParsedEntry(
            native_id=_text(entry, "id"),
            link=absolute(url, _text(entry, "feedburner_origlink") or _text(entry, "link")),
            title_html=_markup(entry.get("title_detail")),
            summary_html=summary,
            content_html=content if content != summary else "",
            authors=_authors(entry),
            categories=tuple(
                _text(tag, "label") or _text(tag, "term") for tag in _list(entry, "tags")
            ),
            published=_text(entry, "published"),
            # feedparser's get falls back to ``published``, which is not the date of a change.
            updated=_text(entry, "updated") if "updated" in entry else "",
        )
    )


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return whole(value.strip()) if isinstance(value, str) else ""


def _list(entry: Any, name: str) -> list[Any]:
    """Return a list of feedparser's, without what an unknown element of its name left there."""
    value = entry.get(name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _markup(detail: Any) -> str:
    """Return one of feedparser's texts as HTML: plain text is escaped."""
    if not isinstance(detail, dict) or not detail.get("value"):
        return ""
    value = whole(str(detail["value"]))
    return escape(value) if detail.get("type") == "text/plain" else value


def _authors(entry: Any) -> tuple[str, ...]:
    names = [_text(author, "name") for author in _list(entry, "authors")]
    if not any(names):
        names = [_text(entry, "author")]
    return tuple(names)
