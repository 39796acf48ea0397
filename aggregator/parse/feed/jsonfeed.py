"""JSON Feed 1.0 and 1.1 → parsed entries (https://www.jsonfeed.org/version/1.1/).

A part of another type than the specification's counts as missing.
"""

from __future__ import annotations

import json
from typing import Any

from aggregator import urls
from aggregator.errors import ParseError
from aggregator.models import Media, ParsedEntry, Rejected
from aggregator.parse.feed.entry import FeedParts, base_of_links, usable
from aggregator.parse.media import found, media_of, pictures
from aggregator.parse.plain import escape, whole

_VERSION = b"jsonfeed.org/version/"


def is_json_feed(body: bytes) -> bool:
    """Tell whether bytes are meant to be a JSON feed."""
    start = body[:2000]
    return start.lstrip()[:1] == b"{" and (_VERSION in start or _VERSION in body)


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected]:
    """Read every item; ParseError where the JSON is not one."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{url}: not JSON that can be read ({error})") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ParseError(f"{url}: a JSON feed without items")
    base = base_of_links(url, _text(feed, "home_page_url"))
    parts = FeedParts(url=url, base=base, authors=_authors(feed))
    return [_entry(item, parts) for item in items]


def _entry(item: Any, feed: FeedParts) -> ParsedEntry | Rejected:
    if not isinstance(item, dict):
        return Rejected.quoting("not an item", whole(str(item)))
    content = _text(item, "content_html") or escape(_text(item, "content_text"))
    summary = escape(_text(item, "summary"))
    return usable(
        ParsedEntry(
            native_id=_text(item, "id"),
            link=urls.resolve(feed.base, _text(item, "url") or _text(item, "external_url")),
            title_html=escape(_text(item, "title")),
            summary_html=summary,
            content_html=content if content != summary else "",
            authors=_authors(item),
            categories=tuple(
                whole(tag.strip()) for tag in _list(item, "tags") if isinstance(tag, str)
            ),
            published=_text(item, "date_published"),
            updated=_text(item, "date_modified"),
            media=_media(item, feed),
        ),
        feed.authors,
    )


def _media(item: dict[str, Any], feed: FeedParts) -> tuple[Media, ...]:
    media = list(pictures(_text(item, name) for name in ("image", "banner_image")))
    attachments = _list(item, "attachments")
    media += (media_of(said) for said in attachments if isinstance(said, dict))
    return found(media, feed.base)


def _text(item: Any, name: str) -> str:
    """Return a text of an item; an id may be a number (JSON Feed 1.1, id)."""
    value = item.get(name) if isinstance(item, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return whole(value.strip()) if isinstance(value, str) else ""


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _authors(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the authors of version 1.1, or of the one author of version 1.0.

    Either is written as a list, an object or a bare name, and a list holds objects or names.
    """
    for part in ("authors", "author"):
        value = item.get(part)
        authors = value if isinstance(value, list) else [value]
        names = tuple(map(_name, authors))
        if any(names):
            return names
    return ()


def _name(author: Any) -> str:
    return _text({"name": author} if isinstance(author, str) else author, "name")
