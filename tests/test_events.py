"""The words that stories of one event are found by are kept as long as their texts say the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.models import Config, EventWords, Opening
from aggregator.pipeline.purge import purge
from aggregator.store.events import Events
from aggregator.store.store import Store
from aggregator.stories import event_words
from aggregator.stories.comparable import ComparableText
from evaluation.material import Pair
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.test_stories import REPORTS

# --- What is kept ---------------------------------------------------------------------------------


def _database(config: Config) -> sqlite3.Connection:
    return sqlite3.connect(config.store_url.removeprefix("sqlite:///"))


def _kept(config: Config) -> list[int]:
    """Return the numbers of the entries whose words are kept."""
    with closing(_database(config)) as database:
        return [row[0] for row in database.execute("SELECT pk FROM event_words ORDER BY pk")]


def _links(config: Config) -> list[tuple[int, int, float]]:
    with closing(_database(config)) as database:
        return database.execute("SELECT a, b, score FROM event_link ORDER BY a, b").fetchall()


def _change(config: Config, *statements: str) -> None:
    with closing(_database(config)) as database, database:
        for statement in statements:
            database.execute(statement)


def _tell(arrivals: Arrivals, pair: Pair, hours: float = 3) -> None:
    """Publish the report of one paper, and let that of another arrive."""
    arrivals.arrive(("a", [sent(pair.a, 1, hours=hours)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(pair.b, 1, site="b", hours=hours - 1)]))


def test_the_text_of_a_story_is_read_once(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its words are kept: for one new story that no other is near, one text is read."""
    read: list[list[int]] = []
    openings = Events.openings

    def noted(events: Events, pks: Iterable[int]) -> dict[int, Opening]:
        read.append(sorted(pks))
        return openings(events, read[-1])

    monkeypatch.setattr(Events, "openings", noted)
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(6)]))
    arrivals.publish()
    assert [1, 2, 3, 4, 5, 6] in read
    read.clear()
    arrivals.arrive(("a", [sent(ARTICLES[6], 6)]))
    arrivals.publish()
    assert [pks for pks in read if pks] == [[7]]


def test_two_feeds_of_one_paper_do_not_tell_of_one_event(make_config: Make) -> None:
    """A paper is the host of its addresses: what it sends again is another step."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    for number, (source, article) in enumerate((("a", REPORTS[0].a), ("b", REPORTS[0].b))):
        arrivals.arrive((source, [sent(article, number, site="one", hours=3 - number)]))
        arrivals.publish()
    assert _links(arrivals.config) == []


@pytest.mark.parametrize("pair", REPORTS, ids=lambda pair: pair.a.title[:20])
def test_links_are_those_of_texts_that_are_read_anew(make_config: Make, pair: Pair) -> None:
    """With the words of the first report kept or made anew, the second has one score with it."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    _tell(arrivals, pair)
    assert _kept(arrivals.config) == [1]
    store = Path(arrivals.config.store_url.removeprefix("sqlite:///"))
    before = store.read_bytes()
    arrivals.publish()
    links = _links(arrivals.config)
    store.write_bytes(before)
    _change(arrivals.config, "DELETE FROM event_words")
    arrivals.publish()
    assert _links(arrivals.config) == links
    assert len(links) == 1


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE entry_text SET title = 'অন্য কথা' WHERE pk = 1"],
        ["DROP TRIGGER event_words_outdated", "UPDATE entry_text SET title = 'অন্য' WHERE pk = 1"],
        ["UPDATE event_words SET form = 0, stems = '', in_title = '' WHERE pk = 1"],
        ["UPDATE event_words SET stems = 'অন্য' WHERE pk = 1"],
        ["UPDATE event_words SET stems = x'ff' WHERE pk = 1"],
        ["DELETE FROM event_words"],
    ],
    ids=["text", "no trigger", "form", "no bytes", "damage", "none"],
)
def test_words_that_may_be_others_are_made_anew(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    """Where the text changed, or may have, where they were made otherwise, or are damaged."""
    made: list[str] = []
    words_of = event_words.words_of

    def noted(text: ComparableText) -> EventWords:
        made.append(text.title)
        return words_of(text)

    monkeypatch.setattr(event_words, "words_of", noted)
    arrivals = Arrivals(make_config(sources("a", "b")))
    _tell(arrivals, REPORTS[0])
    _change(arrivals.config, *statements)
    made.clear()
    arrivals.publish()
    assert len(made) == 2


def test_words_of_a_text_that_changes_meanwhile_are_not_kept(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading a text and keeping its words another process may change or purge it."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(2)]))
    words_of = event_words.words_of

    def meanwhile(text: ComparableText) -> EventWords:
        _change(arrivals.config, "UPDATE entry_text SET title = 'অন্য কথা' WHERE pk = 1")
        return words_of(text)

    monkeypatch.setattr(event_words, "words_of", meanwhile)
    arrivals.publish()
    assert _kept(arrivals.config) == [2]


def test_a_purged_text_leaves_no_words(make_config: Make) -> None:
    """What was purged is not in the store, in no form: triggers or none."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(2)]))
    arrivals.publish()
    assert _kept(arrivals.config) == [1, 2]
    _change(arrivals.config, "DROP TRIGGER event_words_deleted")
    with Store.open(arrivals.config.store_url) as store:
        purge(store, "https://a.example/news/0", arrivals.config.dedupe, lambda: NOW)
    assert _kept(arrivals.config) == [2]


def test_words_are_kept_while_their_days_last(make_config: Make) -> None:
    """Of a story of last week none are: no new story will be compared with it."""
    arrivals = Arrivals(make_config(sources("a")))
    documents = [sent(ARTICLES[number], number, hours=24 * number) for number in range(8)]
    arrivals.arrive(("a", documents[5:]))
    arrivals.publish()
    assert len(_kept(arrivals.config)) == 3
    arrivals.arrive(("a", documents[:2]))
    arrivals.publish()
    assert len(_kept(arrivals.config)) == 3  # of 0, 1 and 5 days ago
