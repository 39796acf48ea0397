"""Whatever the bytes are: entries, or a SourceError, and nothing else."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.fetch import archives
from aggregator.models import Document, ParsedEntry, Source
from aggregator.normalise import draft as normalise
from aggregator.parse import records as parse_records
from aggregator.parse.feed import parse
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


@settings(max_examples=300)
@given(st.sampled_from(SEEDS), EDITS)
def test_no_bytes_break_the_reading(seed: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    """Feeds cut, spliced and spoiled anywhere are read or refused, and what is read is shown."""
    for place, gone, piece in edits:
        at = int(place * len(seed))
        seed = seed[:at] + piece + seed[at + gone :]
    try:
        found = parse(seed, DOCUMENT.url, "text/xml")
    except SourceError:
        return
    for one in found:
        if isinstance(one, ParsedEntry):
            made = normalise.draft(one, normalise.mention(one, SOURCE), SOURCE, DOCUMENT)
            repr(made).encode("utf-8")


@settings(max_examples=300)
@given(st.sampled_from(sorted(FORMS)), EDITS, st.binary(max_size=3))
def test_no_bytes_break_the_reading_of_dumps(
    form: str, edits: list[tuple[float, int, bytes]], end: bytes
) -> None:
    """Files of every form, cut, spliced and spoiled anywhere, are read or refused."""
    body = FORMS[form]
    for place, gone, piece in edits:
        at = int(place * len(body))
        body = body[:at] + piece + body[at + gone :]
    with tempfile.NamedTemporaryFile() as file:
        file.write(body + end)
        file.flush()
        try:
            with archives.naming_faults("a"), archives.opened(file.name) as raw:
                for name, stream in archives.members(raw, "a", []):
                    for record in parse_records.split(stream, name):
                        for one in parse_records.parse(record, "file:///a"):
                            if isinstance(one, ParsedEntry):
                                mention = normalise.mention(one, SOURCE)
                                made = normalise.draft(one, mention, SOURCE, DOCUMENT)
                                repr(made).encode("utf-8")
        except SourceError:
            return
