"""A stream of bytes → its records, one at a time, whatever the format; told by content, not name.

Holds one record in memory and no more, so a collection of any size can be read. Cutting a record is
cheap and reading it is not: what was read before is cut again and left unread.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from aggregator.errors import ParseError
from aggregator.parse import charsets
from aggregator.parse.page import boundary_of
from aggregator.parse.records.jsonrecords import cut as cut_json
from aggregator.parse.records.record import Form, Record, text_lines
from aggregator.parse.records.tables import cut as cut_table
from aggregator.parse.records.tables import cut_parquet, delimiter_of
from aggregator.parse.records.warc import cut as cut_warc

# What formats are told by.
_HEAD_BYTES = 65_536
_MAX_DOCUMENT_BYTES = 100_000_000
# A text of more is read page by page where it is several, and one page has no more than that.
_MANY_PAGES_BYTES, _MAX_PAGE_BYTES = 1_000_000, 8_000_000
_HTML = re.compile(rb"<(?:!doctype html|html|head|body)\b", re.I)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.I)
_JSON = re.compile(rb'(?:\[\s*[\[{"\]]|\{\s*["}])')
_BEFORE_THE_ROOT = ((b"<!--", b"-->"), (b"<?", b"?>"))


def cut(stream: io.BufferedReader, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    """Cut a stream into its records; ParseError where it cannot be read on."""
    head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    if head.startswith(b"WARC/"):
        yield from cut_warc(stream, name)
        return
    if head.startswith(b"PAR1"):
        yield from cut_parquet(stream, name)
        return
    encoding = charsets.encoding_of(head)
    start = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n").encode("utf-8")
    root = _root(start)
    if _FEED.match(root):
        yield Record(form=Form.FEED, place=name, body=_whole(stream, name))
    elif _HTML.match(root):
        yield Record(form=Form.HTML, place=name, body=_whole(stream, name), is_only_entry=True)
    elif _JSON.match(start):
        yield from cut_json(stream, name, encoding, fields)
    elif delimiter := delimiter_of(start.decode("utf-8", "ignore"), fields):
        yield from cut_table(stream, name, encoding, delimiter)
    else:
        yield from _pages(stream, name, encoding)


def _root(start: bytes) -> bytes:
    """Go behind declarations and comments, to the first element."""
    at = 0
    while opened := next((one for one in _BEFORE_THE_ROOT if start.startswith(one[0], at)), None):
        end = start.find(opened[1], at)
        if end < 0:
            break
        at = end + len(opened[1])
        at += len(start[at : at + 1000]) - len(start[at : at + 1000].lstrip())
    return start[at:]


def _pages(stream: io.BufferedReader, name: str, encoding: str) -> Iterator[Record]:
    """Give a text whole, or where it is large and several pages, those one at a time."""
    beginning = stream.read(_MANY_PAGES_BYTES)
    is_boundary = None
    if len(beginning) == _MANY_PAGES_BYTES:
        is_boundary = boundary_of(beginning.decode(encoding, "ignore"))
    if is_boundary is None:
        body = beginning + stream.read(_MAX_PAGE_BYTES)
        if len(body) > _MAX_PAGE_BYTES:
            raise ParseError(f"{name}: is larger than {_MAX_PAGE_BYTES:,} bytes, and one page")
        if charsets.is_binary(body):
            yield Record(form=Form.BROKEN, place=name, body="a file that holds no text")
            return
        text = charsets.text_of(body, name)
        yield Record(form=Form.PAGE, place=name, body=text, is_only_entry=True)
        return
    rest = io.BufferedReader(_Chained(beginning, stream), _HEAD_BYTES)
    with text_lines(rest, encoding, "\n") as lines:
        held, begun, size = list[str](), 1, 0
        for number, line in enumerate(lines, start=1):
            if is_boundary(line.rstrip("\r\n")) or size > _MAX_PAGE_BYTES:
                if any(one.strip() for one in held):
                    yield Record(form=Form.PAGE, place=f"{name}:{begun}", body="".join(held))
                held, begun, size = [], number, 0
            held.append(line)
            size += len(line)
        if any(one.strip() for one in held):
            yield Record(form=Form.PAGE, place=f"{name}:{begun}", body="".join(held))


class _Chained(io.RawIOBase):
    """What was read already, and the stream behind it."""

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
