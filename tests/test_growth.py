"""What a source sends for years fills no disk: names, digests and log lines have a bound."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest

from aggregator.models import Config, Outcome, Rejected, SourceReport
from aggregator.service import Service
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW

POLLS = 80
MOST_DIGESTS = 32


def count(config: Config, table: str) -> list[int]:
    """Return how many rows of a table each entry has."""
    with closing(sqlite3.connect(config.path.parent / "aggregator.db")) as connection:
        query = f"SELECT count(*) FROM {table} WHERE pk IS NOT NULL GROUP BY pk ORDER BY pk"  # noqa: S608 - a name of ours
        return [row[0] for row in connection.execute(query)]


def test_an_id_that_changes_at_every_poll_is_remembered_a_bounded_number_of_times(
    make_config: Make,
) -> None:
    """The entry is the same all the while, and what it was first known by names it still."""
    arrivals = Arrivals(make_config(sources("a")))
    steady = [sent(ARTICLES[1], 1), sent(ARTICLES[2], 2)]
    for poll in range(POLLS):
        arrivals.arrive(("a", [sent(ARTICLES[0], 0, guid=f"session-{poll}"), *steady]))
    assert sum(report.new for report in arrivals.reports) == 3
    names = count(arrivals.config, "alias")
    assert names[0] == 64 and max(names[1:]) <= 3
    with Store.beside(arrivals.config.store_url) as store, store.read() as unit:
        (entry,) = unit.entries.published([1]).values()
        assert unit.lookup.by_native_id("session-0") == [1]
    assert entry.id == next(one.id for one in arrivals.shown() if one.title == ARTICLES[0].title)
    arrivals.arrive(("a", [sent(ARTICLES[0], 0, guid="session-0")]))
    assert arrivals.reports[-1].new == 0


def test_a_copy_under_rotating_names_leaves_a_bounded_number_of_digests(make_config: Make) -> None:
    """A document that has an entry twice, once at another address at every poll; nothing moves."""
    arrivals = Arrivals(make_config(sources("a")))
    for poll in range(POLLS):
        copy = sent(ARTICLES[0], 0, link=f"https://a.example/{poll}/x")
        arrivals.arrive(("a", [sent(ARTICLES[0], 0), copy]))
        assert count(arrivals.config, "digest")[0] <= MOST_DIGESTS
    assert sum(report.new for report in arrivals.reports) == 1
    assert sum(report.revised for report in arrivals.reports) == 0


def test_a_service_says_once_what_a_source_does_at_every_poll(
    make_config: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Why entries are rejected is a line when it begins, and a line when something else is."""
    config = make_config(sources("a"))
    with Store.open(config.store_url) as store, caplog.at_level(logging.INFO):
        service = Service(config, store, clock=lambda: NOW, stop=Event())
        tell = service._current.run.progress.on_source  # noqa: SLF001 - what its passes report to
        for poll in range(5):
            tell(rejecting("no title", f"{poll}"), 1, 1)
        tell(rejecting("no text", "6"), 1, 1)
        tell(replace(rejecting("no text", "7"), note="its times are odd"), 1, 1)
    lines = [record.getMessage() for record in caplog.records]
    assert sum("rejected: 2 × no title" in line for line in lines) == 1
    assert sum("rejected: 2 × no text" in line for line in lines) == 2
    assert sum("2 rejected" in line for line in lines) == 7
    assert lines[-1].endswith("; its times are odd") and len(lines) == 7


def rejecting(reason: str, excerpt: str) -> SourceReport:
    """Return the report of a source that sent two entries that cannot be used."""
    rejected = tuple(Rejected(reason=reason, excerpt=f"{excerpt} {n}") for n in range(2))
    return SourceReport(source="a", outcome=Outcome.OK, rejected=rejected)
