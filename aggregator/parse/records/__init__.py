"""A file of a dump → its entries, one record at a time: pages, HTML, JSON, tables, WARC, feeds.

``split`` finds where a record begins and ends without parsing it, ``parse`` what entries it holds.
A record that cannot be used becomes a ``Rejected`` that names its place; a file that cannot be read
to its end is a ParseError that names the file. Knows nothing of archives and compression: a stream
is handed in as it is after unpacking.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Set
from typing import Any, BinaryIO, cast

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.models.fetched import EXCERPT_CHARACTERS
from aggregator.parse import feed as parse_feed
from aggregator.parse import html as parse_html
from aggregator.parse import page as parse_page
from aggregator.parse.html_headline import Recurs, never
from aggregator.parse.records import fields as record_fields
from aggregator.parse.records import sniff, warc
from aggregator.parse.records.record import Form, Record

__all__ = ["Form", "Record", "parse", "split"]


def split(stream: BinaryIO, name: str, fields: Mapping[str, str] | None = None) -> Iterator[Record]:
    """Split a stream into its records; ParseError where it cannot be read on.

    The place of each record begins with ``name``. ``fields`` are a source's own names of the parts
    of a record, by which a table is recognised, too: part → name.
    """
    if isinstance(stream, io.BufferedReader):
        buffered = stream
    else:
        buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    yield from sniff.split(buffered, name, fields or {})


def parse(
    record: Record,
    url: str,
    *,
    fields: Mapping[str, str] | None = None,
    boilerplate: Set[str] = frozenset(),
    recurs: Recurs = never,
) -> list[ParsedEntry | Rejected]:
    """Return the entries of one record; ``url`` is where its file is.

    ``fields`` are a source's own names of the parts of a record: part → name. ``boilerplate`` are
    the lines that recur on the pages of its source, and ``recurs`` tells which texts stand where
    the headline belongs on several of its HTML pages.
    """
    try:
        entries = _parsed(record, url, fields or {}, boilerplate, recurs)
    except ParseError as error:
        entries = [Rejected(reason=str(error), excerpt="")]
    return [_placed(entry, record.place) for entry in entries]


def _parsed(
    record: Record, url: str, fields: Mapping[str, str], boilerplate: Set[str], recurs: Recurs
) -> list[ParsedEntry | Rejected]:
    body: Any = record.body
    if record.form is Form.PAGE:
        return parse_page.parse(body, boilerplate, is_file=True)
    if record.form is Form.HTML:
        return [parse_html.parse(body, "", recurs)]
    if record.form is Form.FEED:
        return parse_feed.parse(body, url)
    if record.form is Form.WARC:
        return warc.parse(body, recurs)
    if record.form is Form.BROKEN:
        return [Rejected(reason=str(body)[:EXCERPT_CHARACTERS], excerpt="")]
    if not isinstance(body, Mapping):
        return [Rejected.quoting("not a record", str(body))]
    return record_fields.parse(body, fields)


def _placed(entry: ParsedEntry | Rejected, place: str) -> ParsedEntry | Rejected:
    """Name the place in a rejection that quotes nothing: its end, which tells records apart."""
    if isinstance(entry, ParsedEntry) or entry.excerpt:
        return entry
    return Rejected(reason=entry.reason, excerpt=place[-EXCERPT_CHARACTERS:])
