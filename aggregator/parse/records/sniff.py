"""A stream of bytes → its records, one at a time, whatever the format.

The format is recognised by the first bytes, not by a name: one with a sign of its own is a line in
``_SIGNED``, others are told by what their text looks like. Holds one record in memory and no more,
so a collection of any size can be read. Splitting is cheap and parsing is not: where a file is read
on, the records that were read before are split again and left unparsed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aggregator.errors import ParseError
from aggregator.parse import charsets
from aggregator.parse.page import boundary_of
from aggregator.parse.records.jsonrecords import split_json
from aggregator.parse.records.record import Form, Record, text_lines
from aggregator.parse.records.tables import delimiter_of, split_parquet, split_table
from aggregator.parse.records.warc import split_warc

# Formats are recognised by so much of a stream: real pages have long comments before their root.
_HEAD_BYTES = 65_536
_MAX_DOCUMENT_BYTES = 100_000_000
# A larger text is read page by page where it holds several; no one page is larger than the second.
_MANY_PAGES_BYTES, _MAX_PAGE_BYTES = 1_000_000, 8_000_000
# Formats that say what they are by their first bytes.
_SIGNED: dict[bytes, Callable[[io.BufferedReader, str], Iterator[Record]]] = {
    b"WARC/": split_warc,
    b"PAR1": split_parquet,
}
_HTML = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.I)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.I)
_JSON = re.compile(rb'(?:\[\s*[\[{"\]]|\{\s*["}])')
_BEFORE_THE_ROOT = ((b"<!--", b"-->"), (b"<?", b"?>"))


def split(stream: io.BufferedReader, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    """Split a stream into its records; ParseError where it cannot be read on."""
    head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    for sign, split_signed in _SIGNED.items():
        if head.startswith(sign):
            yield from split_signed(stream, name)
            return
    encoding = charsets.encoding_of(head)
    start = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n").encode("utf-8")
    root = _from_root(start)
    if _FEED.match(root):
        yield Record(form=Form.FEED, place=name, body=_whole(stream, name))
    elif _HTML.match(root):
        yield Record(form=Form.HTML, place=name, body=_whole(stream, name), is_only_entry=True)
    elif _JSON.match(start):
        yield from split_json(stream, name, encoding, fields)
    elif delimiter := delimiter_of(start.decode("utf-8", "ignore"), fields):
        yield from split_table(stream, name, encoding, delimiter)
    else:
        yield from _pages(stream, name, encoding)


def _from_root(start: bytes) -> bytes:
    """Return markup from its first element on, without declarations and comments before it."""
    position = 0
    while signs := next(
        (signs for signs in _BEFORE_THE_ROOT if start.startswith(signs[0], position)), None
    ):
        end = start.find(signs[1], position)
        if end < 0:
            break
        position = end + len(signs[1])
        following = start[position : position + 1000]
        position += len(following) - len(following.lstrip())
    return start[position:]


def _pages(stream: io.BufferedReader, name: str, encoding: str) -> Iterator[Record]:
    """Yield a text as one record, or page by page where it is large and holds several pages."""
    beginning = stream.read(_MANY_PAGES_BYTES)
    is_boundary = None
    if len(beginning) == _MANY_PAGES_BYTES:
        is_boundary = boundary_of(beginning.decode(encoding, "ignore"))
    if is_boundary is not None:
        rest = io.BufferedReader(_Chained(beginning, stream), _HEAD_BYTES)
        yield from _parted(rest, name, encoding, is_boundary)
        return
    body = beginning + stream.read(_MAX_PAGE_BYTES)
    if len(body) > _MAX_PAGE_BYTES:
        raise ParseError(f"{name}: is larger than {_MAX_PAGE_BYTES:,} bytes, and one page")
    if charsets.is_binary(body):
        yield Record(form=Form.BROKEN, place=name, body="a file that holds no text")
        return
    text = charsets.text_of(body, name)
    yield Record(form=Form.PAGE, place=name, body=text, is_only_entry=True)


def _parted(
    stream: io.BufferedReader[Any], name: str, encoding: str, is_boundary: Callable[[str], bool]
) -> Iterator[Record]:
    """Yield the pages of a text, each from a boundary line to the next."""
    with text_lines(stream, encoding, "\n") as lines:
        page, first_line, size = list[str](), 1, 0
        for number, line in enumerate(lines, start=1):
            if is_boundary(line.rstrip("\r\n")) or size > _MAX_PAGE_BYTES:
                if any(map(str.strip, page)):
                    yield Record(form=Form.PAGE, place=f"{name}:{first_line}", body="".join(page))
                page, first_line, size = [], number, 0
            page.append(line)
            size += len(line)
        if any(map(str.strip, page)):
            yield Record(form=Form.PAGE, place=f"{name}:{first_line}", body="".join(page))


class _Chained(io.RawIOBase):
    """Bytes that were read already, and the stream behind them."""

    def __init__(self, beginning: bytes, stream: io.BufferedReader) -> None:
        self._beginning = memoryview(beginning)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        if self._beginning:
            count = min(len(buffer), len(self._beginning))
            buffer[:count] = self._beginning[:count]
            self._beginning = self._beginning[count:]
            return count
        return self._stream.readinto(buffer)


def _whole(stream: io.BufferedReader, name: str) -> bytes:
    body = stream.read(_MAX_DOCUMENT_BYTES + 1)
    if len(body) > _MAX_DOCUMENT_BYTES:
        raise ParseError(f"{name}: is larger than {_MAX_DOCUMENT_BYTES:,} bytes")
    return body
