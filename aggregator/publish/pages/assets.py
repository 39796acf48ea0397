"""The files that pages are shown with, as they are published: style sheets, and the site's sign."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MEDIA_TYPES = {"css": "text/css", "svg": "image/svg+xml"}
_FOLDER = Path(__file__).parent / "static"
_NAMES = ("style.css", "feed.css", "favicon.svg")


@cache
def files() -> dict[str, bytes]:
    """Return the files by the names they are published under; they change with the program."""
    return {name: (_FOLDER / name).read_bytes() for name in _NAMES}
