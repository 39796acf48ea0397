"""A made site and rows of made entries, with which benches fill stores quickly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.models import Site
from aggregator.store.packed import pack

CHARACTERS = 1_100  # of a made text


def made_site(output: Path) -> Site:
    """Return a site whose feeds are put into a folder, and which nobody serves."""
    return Site(
        title="খবর",
        url="http://127.0.0.1/",
        language="bn",
        timezone="Asia/Dhaka",
        output=output,
        listen_host="127.0.0.1",
        listen_port=0,
    )


def entry_row(
    pk: int, when: datetime, source: str, *, is_clustered: bool, is_linked: bool
) -> dict[str, Any]:
    """Return a row of ``entry`` that is a story of its own."""
    seconds = int(when.timestamp())
    return {
        "pk": pk,
        "id": f"urn:x:{pk}",
        "source": source,
        "story": pk,
        "language": "bn",
        "published_unix": seconds,
        "updated_unix": seconds,
        "first_seen_unix": seconds,
        "date_how": "stated",
        "position": 0,
        "content_key": str(pk),
        "characters": CHARACTERS if is_clustered else None,
        "is_clustered": is_clustered,
        "is_linked": is_linked,
    }


def packed_text(body: str) -> bytes:
    """Return the summary and the markup of a made text as a store holds them."""
    return pack(body[:300], f"<p>{body}</p>")


def text_row(pk: int, link: str, text: tuple[str, str], packed: bytes) -> dict[str, Any]:
    """Return a row of ``entry_text`` of a title and a body; ``packed`` is that of the body."""
    title, body = text
    return {
        "pk": pk,
        "link": link,
        "title": title,
        "texts": packed,
        "markup_characters": len(body) + len("<p></p>"),
        "is_text_damaged": False,
        "authors": [],
        "categories": [],
        "repairs": [],
        "related": [],
    }
