"""What benches are measured with: feeds shaped as real ones, and stores that are compared."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, median

import pytest

from aggregator.models import ParsedEntry
from aggregator.parse.feed import parse
from aggregator.store.store import Store
from bench.corpora import CORPORA
from bench.dumps import digest_of_store

REAL = CORPORA["real"]
# One kind of feed, in each of the ten ways in which a feed goes on.
TEN_WAYS = range(0, 200, 20)


def entries(body: bytes | None) -> list[ParsedEntry]:
    """Parse a document, of which nothing may be rejected."""
    parsed = parse(body or b"", "https://example.org/")
    found = [entry for entry in parsed if isinstance(entry, ParsedEntry)]
    assert len(found) == len(parsed)
    return found


def test_texts_are_as_long_and_as_marked_as_real_ones() -> None:
    """Half of the texts have under 300 bytes, the mean is near 1,000, 30 of 100 have markup."""
    sent = [entry for number in range(20) for entry in entries(REAL.first(number))]
    texts = [entry.content_html or entry.summary_html for entry in sent]
    sizes = [len(text.encode()) for text in texts]
    assert 250 <= median(sizes) <= 320
    assert 900 <= mean(sizes) <= 1_100
    assert max(sizes) > 15_000
    assert 0.27 <= mean("<" in text for text in texts) <= 0.33
    assert any(not entry.published and not entry.updated for entry in sent)
    assert 0.3 <= mean(bool(entry.native_id) for entry in sent) <= 0.7


def test_four_of_ten_entries_of_the_next_documents_are_known() -> None:
    """Some feeds are known whole, and some entries by nothing but their headline."""
    known, by_headline = [], []
    for number in TEN_WAYS:
        before, after = entries(REAL.first(number)), entries(REAL.next(number))
        links = {entry.link for entry in before}
        headlines = {entry.title_html for entry in before}
        known.append(mean(entry.link in links for entry in after))
        by_headline.append(
            mean(entry.link not in links and entry.title_html in headlines for entry in after)
        )
    assert mean(known) + mean(by_headline) == pytest.approx(0.4, abs=0.01)
    assert known.count(1) == 1
    assert by_headline.count(0.5) == 2


def test_a_corpus_is_the_same_each_time() -> None:
    """Two programs, and two days, are measured with the same bytes."""
    assert REAL.first(3) == REAL.first(3)
    assert REAL.next(3) != REAL.first(3)


def test_two_stores_are_compared_by_columns_that_they_have(tmp_path: Path) -> None:
    """Stores of today can be compared after a killed run and an undisturbed one."""
    path = tmp_path / "aggregator.db"
    Store.open(f"sqlite:///{path}").close()
    assert digest_of_store(path) == digest_of_store(path)
