"""WARC and WET, the records of web archives (ISO 28500): pages as they were served, or as text.

Requests, metadata and pictures are left out without a word; a page that was served as a redirect or
a failure, or that was cut off, is a ``Rejected``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader, ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import html as parse_html
from aggregator.parse import page as parse_page
from aggregator.parse.html_headline import Recurs, never
from aggregator.parse.records.record import Form, Record

_MAX_PAGE_BYTES = 15_000_000
_OK = "200"
_PAGES = frozenset({"response", "resource", "conversion"})
# The line that begins a chunk (RFC 9112 §7.1): its size, and perhaps extensions.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """One page of an archive: its address, when it was fetched, and its bytes."""

    url: str
    acquired: str
    status: str
    content_type: str
    is_text: bool
    body: bytes


def split_warc(stream: io.BufferedReader, name: str) -> Iterator[Record]:
    """Split an archive into its pages; ParseError where it cannot be read on."""
    number = 0
    try:
        for record in ArchiveIterator(stream):
            number += 1
            if record.rec_type not in _PAGES:
                continue
            place = f"{name}[{number}]"
            try:
                page = _page(record)
            # warcio finds damage only where it is read: an AttributeError for a missing
            # status line, what a decompressor raises for a payload.
            except Exception as error:  # noqa: BLE001 - it becomes a record that says so
                reason = f"not a page that can be read ({error})"
                yield Record(form=Form.BROKEN, place=place, body=reason)
                continue
            if page is None:
                yield Record(form=Form.BROKEN, place=place, body="the page was cut off")
            elif page.is_text or "html" in page.content_type.lower():
                yield Record(form=Form.WARC, place=place, body=page)
    # An AttributeError is warcio's for a served page whose record names no address.
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError) as error:
        raise ParseError(f"{name}[{number + 1}]: not WARC that can be read ({error})") from error


def _page(record: Any) -> ArchivedPage | None:
    """Read a record's page; ``None`` where it is shorter than the record says."""
    headers, http = record.rec_headers, record.http_headers
    body = record.content_stream().read(_MAX_PAGE_BYTES)
    if http and _is_chunked(body):
        body = _without_chunks(body, (http.get_header("Content-Encoding") or "").lower())
    if len(body) < _MAX_PAGE_BYTES and getattr(record.raw_stream, "limit", 0) > 0:
        return None
    return ArchivedPage(
        url=headers.get_header("WARC-Target-URI") or "",
        acquired=headers.get_header("WARC-Date") or "",
        status=http.get_statuscode() if http else _OK,
        content_type=(http or headers).get_header("Content-Type") or "",
        is_text=record.rec_type == "conversion",
        body=body,
    )


def _is_chunked(body: bytes) -> bool:
    """Tell whether a body begins with a whole chunk.

    Then its archive kept the chunks as they came and lost the header that says so, or the header
    says it in a form that warcio does not know (``Chunked``).
    """
    size = _CHUNK_SIZE.match(body)
    end = size.end() + int(size[1], 16) if size else len(body)
    return body[end : end + 2] == b"\r\n"


def _without_chunks(body: bytes, encoding: str) -> bytes:
    is_known = encoding in BufferedReader.get_supported_decompressors()
    reader = ChunkedDataReader(io.BytesIO(body), decomp_type=encoding if is_known else None)
    return bytes(reader.read(_MAX_PAGE_BYTES))


def parse(page: ArchivedPage, recurs: Recurs = never) -> list[ParsedEntry | Rejected]:
    """Return the entries of one archived page, or why it holds none.

    ``recurs`` tells which texts stand where the headline belongs on other pages of its source.
    """
    if page.status != _OK:
        return [Rejected.quoting(f"the page was served with {page.status}", page.url)]
    if page.is_text:
        entries = parse_page.parse(page.body.decode("utf-8", "replace"))
    else:
        entries = [parse_html.parse(page.body, page.url, recurs)]
    return [_of_page(entry, page) for entry in entries]


def _of_page(entry: ParsedEntry | Rejected, page: ArchivedPage) -> ParsedEntry | Rejected:
    """Add to an entry what the archive knows of its page."""
    if isinstance(entry, ParsedEntry):
        return replace(entry, link=entry.link or page.url, acquired=page.acquired)
    return entry if entry.excerpt else Rejected.quoting(entry.reason, page.url)
