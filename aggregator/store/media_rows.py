"""The files beside an entry's text ↔ what stands of them in their column.

Each is an object of JSON with what is known of it, as most is not: 120 bytes for the one picture
that most entries have.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aggregator.models import Media, MediaRole
from aggregator.store.columns import text


def media_values(media: tuple[Media, ...]) -> list[dict[str, Any]]:
    """Write files as a list that can be JSON."""
    return [{name: value for name, value in asdict(each).items() if value} for each in media]


def media_from_values(values: object) -> tuple[Media, ...]:
    """Read files from a list that was JSON; TypeError or ValueError where it is no such list."""
    if not isinstance(values, list):
        raise TypeError(type(values).__name__)
    return tuple(map(_media, values))


def _media(values: object) -> Media:
    if not isinstance(values, dict):
        raise TypeError(type(values).__name__)
    return Media(
        url=text(values.get("url")),
        role=MediaRole(text(values.get("role"))),
        type=text(values.get("type", "")),
        length_bytes=_number(values.get("length_bytes")),
        width=_number(values.get("width")),
        height=_number(values.get("height")),
        duration_seconds=_number(values.get("duration_seconds")),
        alt=text(values.get("alt", "")),
        credit=text(values.get("credit", "")),
    )


def _number(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        raise TypeError(type(value).__name__)
    return value
