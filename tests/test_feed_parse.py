"""Feeds are read completely, in their order, whatever their format."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import feed
from tests.support.texts import item, rss

URL = "https://example.org/feed.xml"

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>পরীক্ষা</title>
<id>urn:x-test:feed</id><updated>2026-11-16T04:00:00Z</updated>
<entry><title type="html">নদী &amp;amp; নৌকা</title><id>tag:example.org,2026:1</id>
<link rel="enclosure" href="https://example.org/a.mp3"/><link href="/news/1"/>
<author><name>রহিমা</name></author><author><name>করিম</name></author>
<category term="nodi" label="নদী"/>
<published>2026-11-15T10:00:00+06:00</published><updated>2026-11-16T10:00:00+06:00</updated>
<summary>সংক্ষেপ</summary><content type="html">&lt;p&gt;পুরো লেখা।&lt;/p&gt;</content></entry></feed>
"""


def parsed(body: bytes) -> list[ParsedEntry]:
    """Parse a feed all of whose entries can be used."""
    entries = feed.parse(body, URL)
    assert all(isinstance(entry, ParsedEntry) for entry in entries)
    return [entry for entry in entries if isinstance(entry, ParsedEntry)]


def test_rss_is_read_in_its_order() -> None:
    """Every part of an RSS item lands in its field, as found."""
    entries = parsed(rss([item(2), item(1)]))
    assert [entry.native_id for entry in entries] == [
        "https://example.org/news/2",
        "https://example.org/news/1",
    ]
    assert entries[0].title_html == "জেলার 2 নম্বর ইউনিয়নে নতুন পাঠাগার চালু"
    assert entries[0].published == "Mon, 16 Nov 2026 10:02:00 +0600"
    assert entries[0].summary_html.startswith("<p>পাঠাগারটিতে 200 বই আছে।")


def test_atom_is_read_with_all_its_parts() -> None:
    """Relative links are resolved, every author is read, labels go before terms."""
    (entry,) = parsed(ATOM.encode())
    assert entry.link == "https://example.org/news/1"
    assert entry.authors == ("রহিমা", "করিম")
    assert entry.categories == ("নদী",)
    assert entry.title_html == "নদী &amp; নৌকা"
    assert (entry.summary_html, entry.content_html) == ("সংক্ষেপ", "<p>পুরো লেখা।</p>")
    assert entry.updated == "2026-11-16T10:00:00+06:00"


def test_an_entry_without_title_and_text_is_rejected_with_its_reason() -> None:
    """Nothing that was sent disappears without a reason."""
    entries = feed.parse(rss([item(1), {"guid": "x-1"}]), URL)
    assert entries[1] == Rejected(reason="neither title nor text", excerpt="x-1")


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>nothing</body></html>", "it is an HTML page"),
        (b'{"error": 1}', "it is JSON"),
        (b"/etc/passwd", "it has no RSS or Atom element"),
    ],
)
def test_a_document_that_is_no_feed_is_named(body: bytes, description: str) -> None:
    """A page, an error or a path in place of a feed is a fault that says so."""
    with pytest.raises(ParseError, match=description):
        feed.parse(body, URL)


def test_a_character_that_no_xml_can_carry_harms_no_entry() -> None:
    """A lone surrogate in a title is a fault of the document or none, never a crash."""
    body = rss([item(1)]).replace("জেলার".encode(), b"&#xD800;")
    try:
        assert len(feed.parse(body, URL)) == 1
    except ParseError as error:
        assert URL in str(error)


def test_real_feeds_are_read_completely(samples: Path) -> None:
    """Every entry of every sample feed is read, each with its title."""
    for path in sorted((samples / "samples" / "feeds").iterdir()):
        body = path.read_bytes()
        expected = body.count(b"</item>") + body.count(b"</entry>")
        entries = feed.parse(body, URL)
        assert len(entries) == expected, path.name
