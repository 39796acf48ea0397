"""Checks that a document is JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.valid_values import (
    IRI,
    LANGUAGE,
    MEDIA_TYPE,
    URL,
    check_markup,
    rfc_3339,
)

_FEED: Mapping[str, type] = {
    "version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str,
    "next_url": str, "icon": str, "favicon": str, "authors": list, "language": str,
    "hubs": list, "items": list,
}  # fmt: skip
_ITEM: Mapping[str, type] = {
    "id": str, "url": str, "title": str, "content_html": str, "content_text": str,
    "summary": str, "image": str, "date_published": str, "date_modified": str, "authors": list,
    "tags": list, "language": str, "attachments": list,
}  # fmt: skip
_AUTHOR: Mapping[str, type] = {"name": str, "url": str, "avatar": str}
_HUB: Mapping[str, type] = {"type": str, "url": str}
_ATTACHMENT: Mapping[str, type] = {
    "url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int,
}  # fmt: skip
_ADDRESSES = ("url", "home_page_url", "feed_url", "next_url", "image", "avatar")


def check_json(body: bytes) -> list[str]:
    """Check a JSON feed; return its items' ids in order."""
    feed = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    _check_members(feed, _FEED, ("version", "title", "items"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed.get("next_url") not in (feed["feed_url"], feed["home_page_url"])
    for hub in feed.get("hubs", ()):
        _check_members(hub, _HUB, ("type", "url"))
    _check_authors(feed)
    for item in feed["items"]:
        _check_item(item)
    ids = [item["id"] for item in feed["items"]]
    assert len({*ids}) == len(ids)
    return ids


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, which has each member once and says something in each."""
    found = dict(members)
    assert len(found) == len(members)
    blank = [name for name, value in members if value in (None, "", {})]
    assert not blank, blank
    return found


def _check_members(found: Any, known: Mapping[str, type], required: tuple[str, ...]) -> None:
    """Check that an object has what it must have, and of each known member the right type."""
    assert type(found) is dict and {*required} <= {*found}, found
    for name, value in found.items():
        assert name.startswith("_") or type(value) is known.get(name), (name, value)
        assert name not in _ADDRESSES or URL.fullmatch(value), (name, value)
        assert name != "language" or LANGUAGE.fullmatch(value), value


def _check_authors(found: dict[str, Any]) -> None:
    assert found["authors"]
    for author in found["authors"]:
        _check_members(author, _AUTHOR, ())
        assert author


def _check_item(item: dict[str, Any]) -> None:
    _check_members(item, _ITEM, ("id", "date_published"))
    assert IRI.fullmatch(item["id"])
    assert ("content_html" in item) != ("content_text" in item)
    check_markup(item.get("content_html", "."))
    for name in ("date_published", "date_modified"):
        rfc_3339(item[name])
    _check_authors(item)
    for name in ("tags", "attachments"):
        assert item.get(name) != []
    tags = item.get("tags", [])
    assert all(type(tag) is str and tag for tag in tags) and len({*tags}) == len(tags)
    for attachment in item.get("attachments", ()):
        _check_members(attachment, _ATTACHMENT, ("url", "mime_type"))
        assert MEDIA_TYPE.fullmatch(attachment["mime_type"])
