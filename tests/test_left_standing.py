"""Feeds that are left as they stand are what publishing every feed anew would make of them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

import pytest
import sqlalchemy as sa

from aggregator.models import (
    Config,
    ContentShown,
    DedupeRules,
    EventDisplay,
    FeedOrder,
    FeedReport,
    MatchIn,
    ParsedEntry,
)
from aggregator.pipeline import place
from aggregator.pipeline import publish as publishing
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge, purge_older
from aggregator.pipeline.run import Run
from aggregator.publish import folder
from aggregator.store import feed_schema, schema
from aggregator.store.store import Store
from evaluation.material import Pair
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.by_hand import by_hand
from tests.support.configurations import Make
from tests.test_stories import REPORTS

pytestmark = pytest.mark.databases

PAPERS = ("a", "b", "c", "d")
# What publishing is free to remember as it likes.
_OWN_TABLES = {"standing", "changed", "changes_taken", "event_words"}


class World:
    """A store and its feeds, to which everything happens that can change a feed."""

    def __init__(self, random: Random, make_config: Make) -> None:
        self.random = random
        self.arrivals = Arrivals(make_config(_feeds(random) + sources(*PAPERS, extra=_BACKLOG)))
        self.all_feeds = self.arrivals.config.feeds
        with Store.open(self.arrivals.config.store_url):
            pass  # it is there from now on
        self.sent: list[tuple[str, int, float]] = []  # the paper, the article, the hours

    @property
    def config(self) -> Config:
        """Return the configuration as it is now."""
        return self.arrivals.config

    @config.setter
    def config(self, config: Config) -> None:
        self.arrivals.config = config

    @property
    def store(self) -> Path:
        """Return the file of the store."""
        return Path(self.config.store_url.removeprefix("sqlite:///"))

    def happen(self) -> str:
        """Let one thing happen, and return what."""
        what = self.random.choice(HAPPENINGS)
        what(self)
        return what.__name__

    def _send(self, paper: str, article: int, hours: float, *, revised: bool = False) -> None:
        entry = sent(ARTICLES[article], article, site=paper, hours=hours)
        entry = replace(entry, categories=self.random.choice(_CATEGORIES))
        if revised:
            more = f"<p>সংশোধন {self.random.randrange(1000)}: আরও জানা গেছে।</p>"
            entry = replace(entry, content_html=entry.content_html + more)
        documents: list[tuple[str, list[ParsedEntry]]] = [(paper, [entry])]
        self.arrivals.arrive(*documents)

    def nothing(self) -> None:
        """Let nothing be new."""

    def arrival(self) -> None:
        """Send an article, maybe one that another paper has, maybe dated in the future."""
        news = (
            self.random.choice(PAPERS),
            self.random.randrange(16),
            self.random.uniform(-3, 90),
        )
        self.sent.append(news)
        self._send(*news)

    def revision(self) -> None:
        """Revise an article."""
        if self.sent:
            self._send(*self.random.choice(self.sent), revised=True)

    def purge_by_person(self) -> None:
        """Purge a story, as a person does beside the process that runs."""
        if self.sent:
            paper, article, _ = self.random.choice(self.sent)
            address = f"https://{paper}.example/news/{article}"
            with Store.beside(self.config.store_url) as store:
                purge(store, address, self.config.dedupe, lambda: self.arrivals.now)

    def purge_of_old(self) -> None:
        """Purge what is old."""
        age = timedelta(hours=self.random.uniform(60, 120))
        with Store.beside(self.config.store_url) as store:
            purge_older(store, age, lambda: self.arrivals.now)

    def write_by_hand(self) -> None:
        """Write into the store as another process does, whatever it likes."""
        statements = (
            "UPDATE entry SET is_backlog = 1 - is_backlog WHERE pk = ?",
            "UPDATE entry SET published_unix = published_unix - 90000 WHERE pk = ?",
            "UPDATE entry_text SET title = title || ' আবার' WHERE pk = ?",
            "UPDATE entry SET language = 'as' WHERE pk = ?",
            "DELETE FROM entry_text WHERE pk = ?",
            "UPDATE entry SET story = (SELECT min(story) FROM entry) WHERE story = ?",
        )
        database = sqlite3.connect(self.store)
        with database:
            pks = [row[0] for row in database.execute("SELECT pk FROM entry")]
            if pks:
                database.execute(self.random.choice(statements), (self.random.choice(pks),))
        database.close()

    def edit_of_feed(self) -> None:
        """Edit a feed of the configuration."""
        feeds = list(self.config.feeds)
        index = self.random.randrange(len(feeds))
        edits: tuple[dict[str, object], ...] = (
            {"title": f"শিরোনাম {self.random.randrange(9)}"},
            {"limit": self.random.randint(1, 6)},
            {"sources": tuple(self.random.sample(PAPERS, self.random.randint(1, 4)))},
            {"languages": self.random.choice((("bn",), ("*",)))},
            {"events": self.random.choice(tuple(EventDisplay))},
            {"per_source": self.random.choice((0.5, 1.0))},
            {"topics": self.random.choice(((), ("খেলা",), ("জাতীয়", "অর্থনীতি")))},
            {"include": self.random.choice(((), _WORDS[:3]))},
            {"exclude": self.random.choice(((), _WORDS[3:]))},
            {"match_in": self.random.choice(tuple(MatchIn))},
            {"min_sources": self.random.randint(1, 3)},
            {"order": self.random.choice(tuple(FeedOrder))},
            {"content": self.random.choice(tuple(ContentShown))},
        )
        feeds[index] = replace(feeds[index], **self.random.choice(edits))  # type: ignore[arg-type]  # any one of the fields
        self.config = replace(self.config, feeds=tuple(feeds))

    def edit_of_site_or_source(self) -> None:
        """Edit the site, a source or the rules for stories."""
        config, number = self.config, self.random.randrange(9)
        first, *rest = config.sources
        self.config = self.random.choice(
            (
                replace(config, site=replace(config.site, title=f"সাইট {number}")),
                replace(config, sources=(replace(first, title=f"কাগজ {number}"), *rest)),
                replace(config, sources=(replace(first, priority=number), *rest)),
                replace(config, dedupe=DedupeRules(events=number % 2 == 0)),
                replace(config, topics=config.topics[number:]),
            )
        )

    def feed_goes_or_comes(self) -> None:
        """Take a feed out of the configuration, or put one back."""
        known = {feed.name: feed for feed in self.config.feeds}
        feed = self.random.choice(self.all_feeds)
        if feed.name not in known:
            self.config = replace(self.config, feeds=(*self.config.feeds, feed))
        elif len(known) > 1:
            kept = tuple(other for other in self.config.feeds if other.name != feed.name)
            self.config = replace(self.config, feeds=kept)

    def file_is_touched(self) -> None:
        """Delete, cut or edit a published file."""
        if files := sorted(self.config.site.output.glob("[!.]*")):
            file = self.random.choice(files)
            body = file.read_bytes()
            touched = self.random.choice((None, body[: len(body) // 2], b"#" + body[1:]))
            if touched is None:
                file.unlink()
            else:
                file.write_bytes(touched)

    def time_passes(self) -> None:
        """Let hours or days go by."""
        self.arrivals.now += timedelta(hours=self.random.uniform(0.1, 50))

    def restart(self) -> None:
        """Kill a pass before it remembers how feeds stand."""
        with pytest.MonkeyPatch.context() as patch:

            def killed(*_: object, **_more: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(publishing, "remember_standings", killed)
            with pytest.raises(KeyboardInterrupt):
                self.arrivals.publish()


_BACKLOG = "backlog = 1000\n"
_CATEGORIES = ((), ("ক্রিকেট",), ("বাংলাদেশ", "Business"), ("সংসদ",))
_WORDS = ("সরকার", "নদী", "ঢাকা", "শিক্ষক", "টাকা")
HAPPENINGS: tuple[Callable[[World], None], ...] = (
    *(World.arrival,) * 4,
    *(World.nothing,) * 2,
    World.revision,
    World.purge_by_person,
    World.purge_of_old,
    World.write_by_hand,
    World.edit_of_feed,
    World.edit_of_site_or_source,
    World.feed_goes_or_comes,
    World.file_is_touched,
    World.time_passes,
    World.restart,
)


# What feeds choose, each in one of the feeds of a world.
_CHOICES = (
    'topics = ["খেলা", "অর্থনীতি"]\nlimit = 3\n',
    'include = ["সরকার", "নদী", "ঢাকা"]\nmatch_in = "all"\nlimit = 4\n',
    'exclude = ["শিক্ষক", "টাকা"]\nper_source = 1.0\nlimit = 3\n',
    "min_sources = 2\nlimit = 3\n",
    'order = "top"\nlimit = 3\n',
    'order = "top"\nmin_sources = 2\nevents = "merge"\nlimit = 4\n',
    'content = "summary"\nlimit = 3\n',
    'split_by = "source"\nlimit = 3\n',
    'split_by = "topic"\ntopics = ["খেলা", "জাতীয়"]\nlimit = 3\nevents = "merge"\n',
)


def _feeds(random: Random) -> str:
    """Return ``[[feed]]`` tables of small pages: of some of the papers, and some that choose."""
    tables = []
    for number in range(4):
        papers = ", ".join(f'"{paper}"' for paper in random.sample(PAPERS, random.randint(1, 3)))
        tables.append(
            f'[[feed]]\nname = "f{number}"\nsources = [{papers}]\nlimit = {random.randint(2, 6)}\n'
            f"per_source = {random.choice(('0.5', '1.0'))}\n"
            f'events = "{random.choice(("link", "merge", "none"))}"\n'
        )
    chosen = random.sample(_CHOICES, 3)
    tables += [f'[[feed]]\nname = "c{number}"\n{lines}' for number, lines in enumerate(chosen)]
    return "".join(tables)


def _publish(config: Config, now: datetime) -> tuple[dict[str, bytes], list[FeedReport]]:
    """Publish in a process that knows nothing but the store; return our files and the reports."""
    with Store.open(config.store_url) as store:
        reports = publish_all(Run.of(config, store, clock=lambda: now, stop=Event()))
    names = sorted(folder.file_names(config.feeds))
    files = {name: (config.site.output / name).read_bytes() for name in names}
    return files, [replace(report, files_written=(), archives_written=0) for report in reports]


def _rows(path: Path) -> dict[str, list[str]]:
    database = sqlite3.connect(path)
    rows = {
        name: sorted(map(repr, database.execute(str(sa.select(table)))))
        for name, table in schema.metadata.tables.items()
        if name not in _OWN_TABLES
    }
    database.close()
    return rows


def _with_nothing_known(config: Config, store: Path, to: Path) -> Config:
    """Copy a store that forgets all that it may, with a folder of its own for its feeds."""
    to.mkdir()
    copy = to / "store.db"
    before, database = sqlite3.connect(store), sqlite3.connect(copy)
    before.backup(database)
    before.close()
    with database:
        database.execute("DELETE FROM standing")
        database.execute("DELETE FROM event_words")
    database.close()
    site = replace(config.site, output=to / "feeds")
    return replace(config, store_url=f"sqlite:///{copy}", site=site)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        (0, 4),
        *(pytest.param(seed, 20, marks=pytest.mark.more) for seed in range(2)),
        *(pytest.param(seed, 20, marks=pytest.mark.attack) for seed in range(2, 60)),
    ],
)
def test_what_is_left_standing_is_what_would_be_published(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, steps: int
) -> None:
    """Whatever happens between two publishings: files, reports and store are those of all anew.

    But that these small feeds lose everything, which is held back where something stood before.
    """
    monkeypatch.setattr(place, "loses_nearly_all", lambda before, now: False)
    world = World(Random(seed), make_config)
    happened = []
    for step in range(steps):
        happened.append([world.happen() for _ in range(world.random.randint(1, 2))])
        anew = _with_nothing_known(world.config, world.store, tmp_path / f"anew{step}")
        published = _publish(world.config, world.arrivals.now)
        assert published == _publish(anew, world.arrivals.now), happened
        assert _rows(world.store) == _rows(tmp_path / f"anew{step}" / "store.db"), happened
        shutil.rmtree(tmp_path / f"anew{step}")


@pytest.mark.parametrize("pair", REPORTS[:3], ids=lambda pair: pair.a.title[:20])
def test_a_report_of_another_paper_is_named_beside_what_stands(
    make_config: Make, pair: Pair
) -> None:
    """A feed that has nothing of the other paper names its report of the event all the same."""
    feeds = '[[feed]]\nname = "x"\nsources = ["a"]\n[[feed]]\nname = "y"\nsources = ["b"]\n'
    arrivals = Arrivals(make_config(feeds + sources("a", "b")))
    arrivals.arrive(("a", [sent(pair.a, 1, hours=3)]))
    assert b"https://b.example/news/1" not in arrivals.publish()["x.atom"]
    arrivals.arrive(("b", [sent(pair.b, 1, site="b", hours=2)]))
    assert b"https://b.example/news/1" in arrivals.publish()["x.atom"]


def test_what_moves_up_in_a_feed_that_merges_events_is_looked_at_again(make_config: Make) -> None:
    """The story that takes the place of a merged one is linked at the next publishing."""
    feed = '[[feed]]\nname = "m"\nevents = "merge"\nlimit = 2\n'
    arrivals = Arrivals(make_config(feed + sources("a", "b")))
    first, second = REPORTS[:2]
    arrivals.arrive(
        ("a", [sent(first.a, 1, hours=2), sent(second.a, 2, hours=5)]),
        ("b", [sent(first.b, 1, site="b", hours=3), sent(second.b, 2, site="b", hours=6)]),
    )
    arrivals.publish()
    is_current = "SELECT is_current FROM standing WHERE feed = 'm'"
    with by_hand(arrivals.config) as standing:
        assert not standing.exec_driver_sql(is_current).scalar_one()
    published = arrivals.publish()
    assert b"https://a.example/news/2" in published["m.atom"]
    assert b"https://b.example/news/2" in published["m.atom"]
    assert arrivals.publish() == published
    with by_hand(arrivals.config) as standing:
        assert standing.exec_driver_sql(is_current).scalar_one()
    standing.close()


@pytest.mark.sqlite
def test_an_entry_that_is_deleted_by_hand_is_shown_no_longer(make_config: Make) -> None:
    """Nobody can say any more which feeds could show it, so each is looked at."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1), sent(ARTICLES[1], 2)]))
    assert b"https://a.example/news/1" in arrivals.publish()["bangla.atom"]
    database = sqlite3.connect(arrivals.config.store_url.removeprefix("sqlite:///"))
    with database:
        database.execute("DELETE FROM entry WHERE pk = 1")
    database.close()
    assert b"https://a.example/news/1" not in arrivals.publish()["bangla.atom"]


@pytest.mark.sqlite
def test_where_a_trigger_is_missing_no_feed_is_left_as_it_stands(make_config: Make) -> None:
    """A table that a tool made anew has none, and its changes are seen all the same."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    arrivals.publish()
    database = sqlite3.connect(arrivals.config.store_url.removeprefix("sqlite:///"))
    statements = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    for trigger, statement in statements.fetchall():
        if trigger not in feed_schema.CHANGE_TRIGGERS:
            continue
        with database:
            database.execute(f"DROP TRIGGER {trigger}")
            database.execute("UPDATE entry_text SET title = ?", (f"শিরোনাম {trigger}",))
            database.execute("DELETE FROM changed")
        assert f"শিরোনাম {trigger}".encode() in arrivals.publish()["bangla.atom"]
        database.execute(statement)
    database.close()


# What no feed shows of an entry: that is why the database does not note its change.
_UNSEEN = {"pk", "first_seen_unix", "is_clustered", "is_linked", "alias_count"}


def test_every_change_of_what_can_be_shown_is_noted(make_config: Make) -> None:
    """Each column of an entry and of its text, whoever writes it; a new column has to be named."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    noted = set()
    columns = [*schema.entry.columns, *schema.entry_text.columns]
    for column in columns:
        with by_hand(arrivals.config) as database:
            database.exec_driver_sql("DELETE FROM changed")
            database.execute(sa.update(column.table).values({column: column}))
            if database.execute(sa.select(feed_schema.changed)).all() == [(1,)]:
                noted.add(column)
    assert {column.name for column in columns if column not in noted} == _UNSEEN
