"""A stream of bytes → its records, one at a time, whatever the format; told by content, not name.

Holds one record in memory and no more, so a collection of any size can be read. Cutting a record is
cheap and reading it is not: what was read before is cut again and left unread.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aggregator.bengali.legacy import looks_legacy
from aggregator.errors import ParseError
from aggregator.parse.page import boundary_of
from aggregator.parse.records.columns import is_heading


class Form(Enum):
    """What a record is."""

    PAGE = auto()
    HTML = auto()
    FEED = auto()
    RECORD = auto()
    WARC = auto()
    BROKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One record as it was cut: where it stands, and its text, bytes or values."""

    form: Form
    place: str
    body: Any


# What formats are told by, and the most that a line or a record may have.
HEAD_BYTES = 65_536
_MAX_RECORD_BYTES = 64_000_000
_CHUNK_BYTES = 1_000_000
_MAX_PAGE_BYTES = 100_000_000
_MAX_TEXT_BYTES = 8_000_000  # of a text that is held whole
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S)
_FEED = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF)\b", re.I | re.S
)
_JSON = re.compile(rb'\s*(?:\[\s*[\[{"\]]|\{\s*["}])')
_DELIMITERS = (",", "\t", ";", "|")
# Of a text that is UTF-8 but for a few bytes the rest is kept; more say that it is something else.
_MOST_BROKEN_SHARE = 0.01


def is_warc(stream: io.BufferedReader) -> bool:
    """Tell whether a stream is a web archive."""
    return stream.peek(5).startswith(b"WARC/")


def cut(stream: io.BufferedReader, name: str) -> Iterator[Raw]:
    """Cut a stream into its records; ParseError where it cannot be read on."""
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    if head.startswith(b"PAR1"):
        yield from _parquet(stream, name)
        return
    encoding = _encoding(head)
    start = head.decode(encoding, "ignore").lstrip("\ufeff").encode("utf-8")
    if _FEED.match(start):
        yield Raw(form=Form.FEED, place=name, body=_whole(stream, name))
    elif _HTML.match(start):
        yield Raw(form=Form.HTML, place=name, body=_whole(stream, name))
    elif _JSON.match(start):
        yield from _json(stream, name, encoding, start)
    elif delimiter := _delimiter(start.decode("utf-8", "ignore")):
        yield from _table(stream, name, encoding, delimiter)
    else:
        yield from _pages(stream, name, encoding)


def _encoding(head: bytes) -> str:
    """Give the encoding that a mark or the pattern of zero bytes tells, else UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be"
    return "utf-8-sig"


def _pages(stream: io.BufferedReader, name: str, encoding: str) -> Iterator[Raw]:
    """Give a text whole, or where it is large its pages one at a time."""
    beginning = stream.read(_MAX_TEXT_BYTES)
    if len(beginning) < _MAX_TEXT_BYTES:
        yield Raw(form=Form.PAGE, place=name, body=_text(beginning, name))
        return
    is_boundary = boundary_of(beginning.decode(encoding, "ignore"))
    if is_boundary is None:
        raise ParseError(f"{name}: is larger than {_MAX_TEXT_BYTES:,} bytes, and not several pages")
    rest = io.BufferedReader(_Chained(beginning, stream), HEAD_BYTES)
    with _lines_of(rest, encoding, "\n") as lines:
        held, begun, size = list[str](), 1, 0
        for number, line in enumerate(lines, start=1):
            if is_boundary(line.rstrip("\r\n")) or size > _MAX_TEXT_BYTES:
                if any(one.strip() for one in held):
                    yield Raw(form=Form.PAGE, place=f"{name}:{begun}", body="".join(held))
                held, begun, size = [], number, 0
            held.append(line)
            size += len(line)
        if any(one.strip() for one in held):
            yield Raw(form=Form.PAGE, place=f"{name}:{begun}", body="".join(held))


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
    body = stream.read(_MAX_PAGE_BYTES + 1)
    if len(body) > _MAX_PAGE_BYTES:
        raise ParseError(f"{name}: is larger than {_MAX_PAGE_BYTES:,} bytes, and is no collection")
    return body


def _text(body: bytes, name: str) -> str:
    """Decode a page: UTF-8 or UTF-16, or Windows-1252 where that gives text of the legacy font."""
    encoding = _encoding(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        mended = body.decode(encoding, "replace")
        if mended.count("\ufffd") <= _MOST_BROKEN_SHARE * len(mended):
            return mended
        legacy = body.decode("cp1252", "replace")
        if looks_legacy(legacy):
            return legacy
        line = body[: error.start].count(b"\n") + 1
        raise ParseError(f"{name}:{line}: is not UTF-8 text") from error


# --- JSON ----------------------------------------------------------------------------------------


def _json(stream: io.BufferedReader, name: str, encoding: str, start: bytes) -> Iterator[Raw]:
    with _lines_of(stream, encoding, "\n") as lines:
        if start.lstrip()[:1] == b"[":
            yield from _array(lines, name)
            return
        first = lines.readline(_MAX_RECORD_BYTES)
        try:
            record = json.loads(first)
        except ValueError:
            yield from _one_object(first + lines.read(_MAX_RECORD_BYTES), name)
            return
        rest = lines.readline(_MAX_RECORD_BYTES)
        if rest.strip():
            yield Raw(form=Form.RECORD, place=f"{name}:1", body=record)
        else:
            yield from _within(record, name)
        yield from _json_lines(rest, lines, name)


@contextmanager
def _lines_of(
    stream: io.BufferedReader[Any], encoding: str, newline: str
) -> Iterator[io.TextIOWrapper]:
    """Give a stream as text for a while; it is not closed with it."""
    lines = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=newline)
    try:
        yield lines
    finally:
        lines.detach()


def _json_lines(line: str, lines: io.TextIOWrapper, name: str) -> Iterator[Raw]:
    number = 1
    while line:
        number += 1
        if line.strip():
            yield _json_record(line, f"{name}:{number}")
        line = lines.readline(_MAX_RECORD_BYTES)


def _json_record(line: str, place: str) -> Raw:
    try:
        return Raw(form=Form.RECORD, place=place, body=json.loads(line))
    except (ValueError, RecursionError) as error:
        return Raw(form=Form.BROKEN, place=place, body=f"not JSON that can be read ({error})")


def _one_object(text: str, name: str) -> Iterator[Raw]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{name}: not JSON that can be read ({error})") from error
    yield from _within(record, name)


def _within(record: Any, name: str) -> Iterator[Raw]:
    """Give the records that one object holds in a list, or itself where it holds none."""
    lists = [value for value in record.values() if _is_list_of_records(value)]
    if "jsonfeed.org/version" in str(record.get("version", "")):
        yield Raw(form=Form.FEED, place=name, body=json.dumps(record).encode())
        return
    found = max(lists, key=len, default=None)
    for number, one in enumerate([record] if found is None else found, start=1):
        yield Raw(form=Form.RECORD, place=f"{name}[{number}]", body=one)


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _array(stream: io.TextIOWrapper, name: str) -> Iterator[Raw]:
    """Read an array one member at a time, holding no more than that of it."""
    decoder = json.JSONDecoder()
    held, number = stream.read(_CHUNK_BYTES).lstrip("\ufeff \r\n\t")[1:], 0
    while True:
        held = held.lstrip(" \r\n\t,")
        if held.startswith("]"):
            return
        try:
            member, end = decoder.raw_decode(held)
        except (ValueError, RecursionError) as error:
            more = stream.read(max(_CHUNK_BYTES, len(held)))
            if more and len(held) < _MAX_RECORD_BYTES:
                held += more
                continue
            raise ParseError(
                f"{name}[{number + 1}]: not JSON that can be read ({error})"
            ) from error
        if end == len(held) and (more := stream.read(_CHUNK_BYTES)):
            held += more  # a number could go on
            continue
        number += 1
        yield Raw(form=Form.RECORD, place=f"{name}[{number}]", body=member)
        held = held[end:]


# --- Tables --------------------------------------------------------------------------------------


def _delimiter(start: str) -> str:
    """Give what parts the cells of a table's heading, or nothing where this is no table."""
    first = start.split("\n", 1)[0]
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        if len(cells) > 1 and is_heading(cells):
            return delimiter
    return ""


def _table(stream: io.BufferedReader, name: str, encoding: str, delimiter: str) -> Iterator[Raw]:
    csv.field_size_limit(min(_MAX_RECORD_BYTES, sys.maxsize))
    with _lines_of(stream, encoding, "") as lines:
        rows = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
        try:
            heading = next(rows)
            for row in rows:
                if any(row):
                    values = dict(zip(heading, row, strict=False))
                    yield Raw(form=Form.RECORD, place=f"{name}:{rows.line_num}", body=values)
        except csv.Error as error:
            raise ParseError(f"{name}:{rows.line_num}: {error}") from error


def _parquet(stream: io.BufferedReader, name: str) -> Iterator[Raw]:
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError as error:
        raise ParseError(
            f"{name}: is Parquet, which needs pyarrow (pip install "
            '"bengali-feed-aggregator[archive]")'
        ) from error
    if not stream.seekable():
        raise ParseError(f"{name}: is Parquet within an archive, which cannot be read: unpack it")
    try:
        number = 0
        for batch in parquet.ParquetFile(stream).iter_batches(batch_size=256):
            for record in batch.to_pylist():
                number += 1
                yield Raw(form=Form.RECORD, place=f"{name}[{number}]", body=record)
    except (ArrowException, OSError) as error:
        raise ParseError(f"{name}: not Parquet that can be read ({error})") from error
