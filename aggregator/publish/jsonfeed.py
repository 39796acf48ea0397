"""A feed as JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from aggregator.models import EntryView, FeedView
from aggregator.publish import archive
from aggregator.publish.format import Format
from aggregator.publish.view import (
    address_of,
    authors_of,
    categories_of,
    local_time,
    summary_beside_content,
)

_Value = str | Sequence["_Value"] | Mapping[str, "_Value"]
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_NO_ITEMS = b"[]\n}\n"


def _render_entry(view: EntryView) -> bytes:
    """Render an inert entry as the lines of its object."""
    return _indented(_item(view), 2).encode()


def _join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """Return a JSON Feed document of these entries."""
    feed: dict[str, _Value] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": view.spec.title,
        "description": view.spec.description,
        "home_page_url": address_of(view, "html"),
        "feed_url": address_of(view, FORMAT.suffix),
        "language": view.site.language,
        "authors": [{"name": view.site.title}],
        "items": [],
    }
    if view.prev_archive is not None:
        # The next older items (JSON Feed 1.1, ``next_url``). ``feed_url`` stays the feed's, as it
        # is the feed's identifier.
        feed["next_url"] = archive.address(view, view.prev_archive, FORMAT.suffix)
        feed["items"] = feed.pop("items")
    document = f"{_indented(feed, 0)}\n".encode()
    if not entries:
        return document
    items = b",\n  ".join(entries)
    return b"".join((document.removesuffix(_NO_ITEMS), b"[\n  ", items, b"\n ]\n}\n"))


def _indented(value: _Value, depth: int) -> str:
    """Write a value as ``json.dumps`` with ``indent=1`` does at a depth, in a third of its time."""
    if isinstance(value, str):
        return _ENCODER.encode(value)
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, Mapping):
        lines = [
            f"{_ENCODER.encode(name)}: {_indented(part, depth + 1)}" for name, part in value.items()
        ]
        opening, closing = "{", "}"
    else:
        lines = [_indented(part, depth + 1) for part in value]
        opening, closing = "[", "]"
    if not lines:
        return opening + closing
    return f"{opening}{inner}{f',{inner}'.join(lines)}{inner[:-1]}{closing}"


def _item(view: EntryView) -> dict[str, _Value]:
    entry = view.entry
    item: dict[str, _Value] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": summary_beside_content(entry),
        "date_published": local_time(view.timezone, entry.published).isoformat(),
        "date_modified": local_time(view.timezone, entry.updated).isoformat(),
        "authors": [{"name": name} for name in authors_of(view)],
        "tags": categories_of(view),
        "language": entry.language,
    }
    # An item has content_html or content_text (JSON Feed 1.1); a bare headline stands for itself.
    if entry.content_html:
        item["content_html"] = entry.content_html
    else:
        item["content_text"] = entry.summary or entry.title
    # An extension's name begins with an underscore (JSON Feed 1.1, "Extensions").
    item["_related"] = [
        {
            "url": related.link,
            "title": title,
            "relation": "same text" if related.is_same_text else "same event",
        }
        for related, title in view.related
    ]
    return {name: value for name, value in item.items() if value}


FORMAT = Format(
    suffix="json",
    media_type="application/feed+json",
    label="JSON Feed",
    render_entry=_render_entry,
    join=_join,
)
