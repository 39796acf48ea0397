"""One record of a file: where it stands, and its content before it is parsed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# No line and no record is longer: a file that is all one line must not fill the memory.
MAX_RECORD_BYTES = 64_000_000


class Form(Enum):
    """The form of a record's body.

    ``PAGE`` is a page's text, ``HTML`` and ``FEED`` are bytes, ``RECORD`` a value of JSON or a row
    of a table, ``WARC`` an archived page, and ``BROKEN`` the reason why the record cannot be read.
    """

    PAGE = auto()
    HTML = auto()
    FEED = auto()
    RECORD = auto()
    WARC = auto()
    BROKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record; ``place`` names its file and line or number, ``form`` says what ``body`` is.

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
    """Decode a stream while the context lasts; the stream stays open after it."""
    lines = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=newline)
    try:
        yield lines
    finally:
        lines.detach()
