"""The parts of a record that the program reads, and that a source can name in its ``fields``."""

from __future__ import annotations

from typing import Literal, get_args

RecordPart = Literal[
    "id", "title", "content", "summary", "link", "published", "updated", "author", "category",
    "acquired", "image", "image_alt", "sound", "rights",
]  # fmt: skip

RECORD_PARTS: tuple[RecordPart, ...] = get_args(RecordPart)
