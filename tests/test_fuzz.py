"""Whatever the bytes are: entries, or a SourceError, and nothing else."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.fetch import archives
from aggregator.models import Document, ParsedEntry, Source
from aggregator.normalise import draft as normalise
from aggregator.parse import records as parse_records
from aggregator.parse.feed import parse
from tests.support.examples import examples
from tests.support.seeds import SEEDS
from tests.test_dumps import FORMS

SOURCE = Source(name="a", title="a", feed="https://example.org/feed")
DOCUMENT = Document(
    source="a",
    url="https://example.org/feed",
    body=b"",
    content_type="",
    acquired=datetime(2026, 11, 24, tzinfo=UTC),
)
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"<", b">", b"&", b"]]>", b"<![CDATA[", b"&#xD800;", b"<!--", b"\xff\xfe"]),
    st.sampled_from(SEEDS),
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4)


def edited(body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Return bytes with some replaced: (share of the length, number of bytes, replacement)."""
    for share, length, piece in edits:
        start = int(share * len(body))
        body = body[:start] + piece + body[start + length :]
    return body


@settings(max_examples=examples(300))
@given(st.sampled_from(SEEDS), EDITS)
def test_no_bytes_break_the_reading(seed: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    """Feeds cut, spliced and spoiled anywhere are read or refused, and their entries written."""
    try:
        entries = parse(edited(seed, edits), DOCUMENT.url, "text/xml")
    except SourceError:
        return
    for entry in entries:
        if isinstance(entry, ParsedEntry):
            draft = normalise.draft(entry, normalise.mention(entry, SOURCE), SOURCE, DOCUMENT)
            repr(draft).encode("utf-8")


@settings(max_examples=examples(300))
@given(st.sampled_from(sorted(FORMS)), EDITS, st.binary(max_size=3))
@example(form="csv", edits=[(0, 0, b"a,b\n<rss \x80 version=")], end=b"")
def test_no_bytes_break_the_reading_of_dumps(
    form: str, edits: list[tuple[float, int, bytes]], end: bytes
) -> None:
    """Files of every form, cut, spliced and spoiled anywhere, are read or refused."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(edited(FORMS[form], edits) + end)
        file.flush()
        try:
            with archives.naming_faults("a"), archives.opened(file.name) as opened:
                for name, stream in archives.members(opened, "a", []):
                    for record in parse_records.split(stream, name):
                        for entry in parse_records.parse(record, "file:///a"):
                            if isinstance(entry, ParsedEntry):
                                mention = normalise.mention(entry, SOURCE)
                                draft = normalise.draft(entry, mention, SOURCE, DOCUMENT)
                                repr(draft).encode("utf-8")
        except SourceError:
            return
