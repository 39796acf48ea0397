"""One record as it was cut, before it is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# The most that a line or a record may have.
MAX_RECORD_BYTES = 64_000_000


class Form(Enum):
    """What a record is."""

    PAGE = auto()
    HTML = auto()
    FEED = auto()
    RECORD = auto()
    WARC = auto()
    BROKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record as it was cut: where it stands, and its text, bytes or values.

    ``is_only_entry`` says that its file or member holds this record and no other.
    """

    form: Form
    place: str
    body: Any
    is_only_entry: bool = False


@contextmanager
def text_lines(
    stream: io.BufferedReader[Any], encoding: str, newline: str
) -> Iterator[io.TextIOWrapper]:
    """Give a stream as text for a while; it is not closed with it."""
    lines = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=newline)
    try:
        yield lines
    finally:
        lines.detach()
