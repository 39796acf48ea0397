"""A feed as JSON Feed 1.1."""

from __future__ import annotations

import json
from typing import Any

from aggregator.models import Entry, FeedView
from aggregator.publish.format import Format
from aggregator.publish.inert import with_inert_texts
from aggregator.publish.view import (
    address_of,
    authors_of,
    categories_of,
    local_time,
    summary_beside_content,
)


def render(view: FeedView) -> bytes:
    """Render a feed as the bytes of a JSON Feed document."""
    view = with_inert_texts(view)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": view.spec.title,
        "description": view.spec.description,
        "home_page_url": address_of(view, "html"),
        "feed_url": address_of(view, FORMAT.suffix),
        "language": view.site.language,
        "authors": [{"name": view.site.title}],
        "items": [_item(view, entry) for entry in view.entries],
    }
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def _item(view: FeedView, entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": summary_beside_content(entry),
        "date_published": local_time(view, entry.published).isoformat(),
        "date_modified": local_time(view, entry.updated).isoformat(),
        "authors": [{"name": name} for name in authors_of(view, entry)],
        "tags": categories_of(view, entry),
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
            "title": view.sources[related.source].title,
            "relation": "same text" if related.is_same_text else "same event",
        }
        for related in entry.related
    ]
    return {name: value for name, value in item.items() if value}


FORMAT = Format(suffix="json", media_type="application/feed+json", label="JSON Feed", render=render)
