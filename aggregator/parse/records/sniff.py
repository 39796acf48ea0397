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
from aggregator.parse.page import Cut, boundary_of
from aggregator.parse.records.jsonrecords import split_json
from aggregator.parse.records.record import Form, Record, text_lines
from aggregator.parse.records.tables import delimiter_of, split_parquet, split_table
from aggregator.parse.records.warc import split_warc

# The beginning by which formats are recognised: real pages have long comments before their root.
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
# A namespace's prefix may stand before the name: <atom:feed, <ns0:feed.
_FEED = re.compile(rb"<(?:[a-z][a-z0-9]{0,9}:)?(?:rss|feed|rdf)\b(?!-)", re.I)
# A feed below what a program or a browser wrote above it: a warning, "This XML file does not …".
_FEED_BELOW = re.compile(
    rb"<\?xml\b[^<>]{0,200}\?>\s*<(?:rss|feed|rdf:RDF)\b"
    rb"|<rss\s[^<>]{0,400}version\s*=|<feed\s[^<>]{0,400}xmlns"
)
_BELOW_BYTES = 2_000
# XML that is neither a feed nor a page, by the name of its root.
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,60})[\s/>]")
_KNOWN_ROOTS = {
    "opml": "it is an OPML list of feeds; each of them can be a [[source]] with feed = its address",
    "urlset": "it is a sitemap, a list of addresses without their pages",
    "sitemapindex": "it is a list of sitemaps, without their pages",
}
_JSON = re.compile(rb'(?:\[\s*[\[{"\]]|\{\s*["}])')
_BEFORE_THE_ROOT = ((b"<!--", b"-->"), (b"<?", b"?>"))
# Of RSS 0.91, of OPML: the root's name follows, so nothing is lost with it.
_DOCTYPE = re.compile(rb"<!doctype\s+(?!html)[^<>\[]{0,500}(?:\[[^\]]{0,5000}\]\s*)?>\s*", re.I)


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
    elif below := _feed_below(head, start, encoding):
        whole = _whole(stream, name)
        yield Record(form=Form.FEED, place=name, body=whole[whole.index(below) :])
    elif reason := _other_xml(start, root):
        yield Record(form=Form.BROKEN, place=name, body=reason)
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
    doctype = _DOCTYPE.match(start, position)
    return start[doctype.end() if doctype else position :]


def _feed_below(head: bytes, start: bytes, encoding: str) -> bytes:
    """Return the beginning of a feed that stands below a few lines of something else.

    It is looked for among the bytes as they are, as ``start`` lacks those that are no UTF-8.
    """
    is_utf8 = encoding.startswith("utf-8")
    match = (
        None if start.startswith(b"<") or not is_utf8 else _FEED_BELOW.search(head[:_BELOW_BYTES])
    )
    return match[0] if match else b""


def _other_xml(start: bytes, root: bytes) -> str:
    """Return what XML is that holds no articles that can be read; empty where it is none."""
    match = _ROOT.match(root)
    name = match[1].decode("ascii").lower() if match else ""
    if name in _KNOWN_ROOTS:
        return _KNOWN_ROOTS[name]
    is_xml = start.startswith(b"<?xml") and name and not _HTML.match(root)
    return f"it is XML of a kind that is not read (its root is <{name}>)" if is_xml else ""


def _pages(stream: io.BufferedReader, name: str, encoding: str) -> Iterator[Record]:
    """Yield a text as one record, or page by page where it is large and holds several pages."""
    beginning = stream.read(_MANY_PAGES_BYTES)
    cut = None
    if len(beginning) == _MANY_PAGES_BYTES:
        cut = boundary_of(beginning.decode(encoding, "ignore"))
    if cut is not None:
        rest = io.BufferedReader(_Chained(beginning, stream), _HEAD_BYTES)
        yield from _parted(rest, name, encoding, cut)
        return
    body = beginning + stream.read(_MAX_PAGE_BYTES)
    if len(body) > _MAX_PAGE_BYTES:
        raise ParseError(f"{name}: is larger than {_MAX_PAGE_BYTES:,} bytes, and one page")
    if charsets.is_binary(body):
        yield Record(form=Form.BROKEN, place=name, body="a file that holds no text")
        return
    text = charsets.text_of(body, name)
    yield Record(form=Form.PAGE, place=name, body=text, is_only_entry=True)


def _parted(stream: io.BufferedReader[Any], name: str, encoding: str, cut: Cut) -> Iterator[Record]:
    """Yield the pages of a text, each from where one begins to where the next does."""
    with text_lines(stream, encoding, "\n") as lines:
        page, first_line, size = list[str](), 1, 0
        for line in lines:
            page.append(line)
            size += len(line)
            begin = cut(page) or (len(page) - 1 if size > _MAX_PAGE_BYTES else 0)
            if begin:
                if any(map(str.strip, page[:begin])):
                    yield _page_at(name, first_line, page[:begin])
                page, first_line = page[begin:], first_line + begin
                size = sum(map(len, page))
        if any(map(str.strip, page)):
            yield _page_at(name, first_line, page)


def _page_at(name: str, line: int, page: list[str]) -> Record:
    return Record(form=Form.PAGE, place=f"{name}:{line}", body="".join(page))


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
