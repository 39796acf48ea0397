"""What events are looked for among is kept from pass to pass, and is what the store says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest

from aggregator.models import Config, EventWords, ParsedEntry
from aggregator.pipeline.known_days import KnownDays
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge
from aggregator.store.events import Events
from aggregator.store.store import Store
from evaluation.material import Article
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.test_stories import REPORTS

_WORDS = sorted({word for article in ARTICLES for word in " ".join(article.paragraphs).split()})
_SITES = "abc"


def _configured(make_config: Make, name: str) -> Arrivals:
    text = (
        f'[store]\nurl = "sqlite:///{name}.db"\n[site]\noutput = "{name}"\n'
        '[[feed]]\nname = "x"\nper_source = 1.0\n'
    )
    return Arrivals(make_config(text + sources(*_SITES)))


def _rows(config: Config) -> list[list[tuple[object, ...]]]:
    """Return what is remembered of events."""
    with closing(sqlite3.connect(config.store_url.removeprefix("sqlite:///"))) as database:
        return [
            database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 - of names here
            for table in ("event_link", "event_step", "event_member")
        ]


def _report(random: Random, number: int, events: list[list[str]]) -> tuple[str, ParsedEntry]:
    """Make a report of one of some events, hours or days old; some are copies of each other."""
    of_event = random.choice(events)
    told = Random(random.choice([number, 1])).choices(of_event, k=40)
    # What represents a copied text is not always the longest of it.
    more = random.sample(_WORDS, random.randrange(4))
    article = Article(" ".join(told[:5]), (" ".join([*told, *more]),))
    site = random.choice(_SITES)
    return site, sent(article, number, site=site, hours=random.choice([1, 5, 9, 30, 50, 90]))


def _passes(random: Random) -> Iterator[tuple[list[tuple[str, ParsedEntry]], str]]:
    """Make what comes before each of some passes, and an address that is then purged, or none."""
    events = [random.sample(_WORDS, 30) for _ in range(4)]
    for start in range(0, 60, 10):
        # A number that was there before is another text of its entry, where it is one site's.
        numbers = [max(0, start + random.randint(-5, 9)) for _ in range(random.randint(1, 8))]
        purged = f"https://a.example/news/{random.randint(0, start)}"
        yield (
            [_report(random, number, events) for number in numbers],
            purged if random.random() < 0.3 else "",
        )


def _publish(arrivals: Arrivals, known: KnownDays) -> None:
    """Publish as the process does that knows these days."""
    with Store.open(arrivals.config.store_url) as store:
        publish_all(replace(arrivals.run(store), known_days=known))


def _arrive(arrivals: Arrivals, reports: Iterable[tuple[str, ParsedEntry]], purged: str) -> None:
    for site, report in reports:
        arrivals.arrive((site, [report]))
    if purged:
        with Store.open(arrivals.config.store_url) as store:
            purge(store, purged, arrivals.config.dedupe, lambda: NOW)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.more) for seed in range(2, 6))]
)
def test_days_that_are_kept_are_those_that_are_read(make_config: Make, seed: int) -> None:
    """As texts come, change, become one story and are purged, of days before and after."""
    kept, anew = _configured(make_config, "kept"), _configured(make_config, "anew")
    known = KnownDays()
    for reports, purged in _passes(Random(seed)):
        for arrivals in (kept, anew):
            _arrive(arrivals, reports, purged)
        _publish(kept, known)
        anew.publish()
        assert _rows(kept.config) == _rows(anew.config)
    assert any(_rows(kept.config))


def test_of_a_known_story_its_fullest_text_is_compared(make_config: Make) -> None:
    """Of a new one it is what represents it, which here is the first of two copies."""
    report = REPORTS[0]
    longer = Article(report.a.title, (*report.a.paragraphs, "আরও খবর আসছে।"))
    known, arrivals = KnownDays(), _configured(make_config, "x")
    copies = [
        (site, [sent(article, 1, site=site, hours=hours)])
        for site, article, hours in (("a", report.a, 5), ("b", longer, 4))
    ]
    arrivals.arrive(*copies)
    _publish(arrivals, known)
    arrivals.arrive(("c", [sent(report.b, 1, site="c", hours=1)]))
    _publish(arrivals, known)
    links, _, _ = _rows(arrivals.config)
    assert [link[:2] for link in links] == [(2, 3)]


@pytest.fixture
def words_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return of how many entries the kept words were read, and of how many texts, each time."""
    read: list[int] = []

    def noting(name: str) -> None:
        reading: Callable[..., dict[int, EventWords]] = getattr(Events, name)

        def noted(events: Events, pks: Iterable[int], *more: int) -> dict[int, EventWords]:
            read.append(len([*pks]))
            return reading(events, pks, *more)

        monkeypatch.setattr(Events, name, noted)

    noting("words")
    noting("openings")
    return read


def _bring(arrivals: Arrivals, numbers: Iterable[int]) -> None:
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in numbers]))


def test_a_process_reads_what_is_new(make_config: Make, words_read: list[int]) -> None:
    """Of 20 stories that it knows, nothing; another one reads the words of all."""
    arrivals = _configured(make_config, "x")
    known = KnownDays()
    _bring(arrivals, range(20))
    _publish(arrivals, known)
    _bring(arrivals, [20])
    words_read.clear()
    _publish(arrivals, known)
    assert max(words_read) == 1
    _bring(arrivals, [21])
    words_read.clear()
    arrivals.publish()
    assert max(words_read) == 22


def test_days_are_read_anew_where_somebody_else_took_changes(
    make_config: Make, words_read: list[int]
) -> None:
    """Another process that published in between was told of what this one was not."""
    arrivals = _configured(make_config, "x")
    known = KnownDays()
    _bring(arrivals, range(20))
    _publish(arrivals, known)
    _bring(arrivals, [20])
    arrivals.publish()
    _bring(arrivals, [21])
    words_read.clear()
    _publish(arrivals, known)
    assert max(words_read) == 22


def test_days_are_read_anew_where_changes_are_not_noted(
    make_config: Make, words_read: list[int]
) -> None:
    """A table that a person made anew has no triggers."""
    arrivals = _configured(make_config, "x")
    known = KnownDays()
    _bring(arrivals, range(20))
    _publish(arrivals, known)
    path = arrivals.config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TRIGGER entry_text_deleted")
    _bring(arrivals, [20])
    words_read.clear()
    _publish(arrivals, known)
    assert max(words_read) == 21


def test_a_store_that_stays_open_learns_that_changes_are_noted_no_more(make_config: Make) -> None:
    """Triggers are read once for each state of the schema, which a person may change meanwhile."""
    arrivals = _configured(make_config, "x")
    _bring(arrivals, [0])
    path = arrivals.config.store_url.removeprefix("sqlite:///")
    with Store.open(arrivals.config.store_url) as store:
        with store.read() as unit:
            assert unit.standings.changes()
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TRIGGER entry_text_deleted")
        with store.read() as unit:
            assert unit.standings.changes() is None
