"""Entries of real feeds and dumps, not kept here: ``FEED_SAMPLES`` names their folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aggregator import markup, urls
from aggregator.models import Document, ParsedEntry, Rejected, Source
from aggregator.normalise import draft as normalise
from aggregator.parse import feed as parse_feed
from aggregator.stories.comparable import ComparableText, Dated

# When the newest of the feeds was fetched: what is dated later would be a fault of its source.
_RECORDS = "samples/dumps/miraz_ittefaq.csv"
_FETCHED_AT = datetime(2026, 8, 13, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RealEntry:
    """An entry of a real feed: its text as it is compared, also with its site and time."""

    text: ComparableText
    dated: Dated


def files(folder: Path) -> list[Path]:
    """Return the files of feeds in a folder of samples, by name."""
    return sorted(folder.glob("samples/feeds/*.xml"))


def entries_of(path: Path) -> Iterator[tuple[str, RealEntry]]:
    """Read a feed's entries as a pass does; yield each with its canonical address."""
    document = Document(
        source="x", url="https://x/", body=path.read_bytes(), content_type="", acquired=_FETCHED_AT
    )
    source = Source(name="x", title="x", feed="https://x/")
    for parsed in parse_feed.parse(document.body, document.url):
        if not isinstance(parsed, ParsedEntry):
            continue
        draft = normalise.draft(parsed, normalise.mention(parsed, source), source, document)
        if not isinstance(draft, Rejected):
            text = ComparableText.of(draft.title, markup.text_of(draft.content_html))
            dated = Dated(
                text=text,
                site=draft.url_key.split("/")[2],
                published=draft.published or _FETCHED_AT,
                is_dated=draft.published is not None,
            )
            yield draft.url_key, RealEntry(text, dated)


def records(folder: Path) -> Iterator[tuple[str, RealEntry]]:
    """Read the table of one paper's articles; yield each that has a time, with its address."""
    with (folder / _RECORDS).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["Date_Time"][:1].isdigit():
                text = ComparableText.of(row["Title"], row["Body"])
                address = urls.canonical(row["URL"])
                published = datetime.fromisoformat(row["Date_Time"])
                dated = Dated(text=text, site=urlsplit(address).netloc, published=published)
                yield address, RealEntry(text, dated)
