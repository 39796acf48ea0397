"""A file of a dump → its entries, one record at a time: pages, HTML, JSON, tables, WARC, feeds.

``cut`` gives records without reading them, ``read`` what one of them holds. A record that cannot be
used is a ``Rejected`` with its place; a file that cannot be read on is a ParseError that names it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Set
from typing import Any, BinaryIO, cast

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import feed as parse_feed
from aggregator.parse import html as parse_html
from aggregator.parse import page as parse_page
from aggregator.parse.records import sniff, warc
from aggregator.parse.records.fields import read as read_fields
from aggregator.parse.records.record import Form, Record

__all__ = ["Form", "Record", "parse", "split"]

_EXCERPT_CHARACTERS = 200


def split(stream: BinaryIO, name: str, fields: Mapping[str, str] | None = None) -> Iterator[Record]:
    """Cut a stream into its records; ``name`` is what its places are told by.

    ``fields`` are a source's own names of columns, by which a table is known, too.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_raw(stream))
    yield from sniff.cut(buffered, name, fields or {})


def _raw(stream: BinaryIO) -> io.RawIOBase:
    return cast("io.RawIOBase", stream)


def parse(
    raw: Record,
    url: str,
    *,
    fields: Mapping[str, str] | None = None,
    boilerplate: Set[str] = frozenset(),
) -> list[ParsedEntry | Rejected]:
    """Read one record; ``url`` is where its file is, ``fields`` a source's own names of columns."""
    try:
        found = _read(raw, url, fields or {}, boilerplate)
    except ParseError as error:
        found = [Rejected(reason=str(error), excerpt="")]
    return [_placed(one, raw.place) for one in found]


def _read(
    raw: Record, url: str, fields: Mapping[str, str], boilerplate: Set[str]
) -> list[ParsedEntry | Rejected]:
    body: Any = raw.body
    if raw.form is Form.PAGE:
        return parse_page.parse(body, boilerplate)
    if raw.form is Form.HTML:
        return [parse_html.parse(body, "")]
    if raw.form is Form.FEED:
        return parse_feed.parse(body, url)
    if raw.form is Form.WARC:
        return warc.read(body)
    if raw.form is Form.BROKEN:
        return [Rejected(reason=str(body)[:_EXCERPT_CHARACTERS], excerpt="")]
    if not isinstance(body, Mapping):
        return [Rejected(reason="not a record", excerpt=str(body)[:_EXCERPT_CHARACTERS])]
    return read_fields(body, fields)


def _placed(one: ParsedEntry | Rejected, place: str) -> ParsedEntry | Rejected:
    """Name the place in a rejection that nothing else names."""
    if isinstance(one, ParsedEntry) or one.excerpt:
        return one
    return Rejected(reason=one.reason, excerpt=place[-_EXCERPT_CHARACTERS:])
