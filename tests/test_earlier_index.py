"""A store of an earlier version, whose texts were looked up by other hashes, is taken over."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event

import pytest
import sqlalchemy as sa

from aggregator.models import ParsedEntry
from aggregator.pipeline import cluster, texts
from aggregator.pipeline.purge import purge
from aggregator.pipeline.run import Run
from aggregator.store.packed import pack
from aggregator.store.store import Store
from aggregator.stories.comparable import ComparableText
from aggregator.stories.earlier_minima import earlier_minima
from evaluation.material import Article, Editor
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.migrated import upgrade

KEPT, PURGED, UNLIKE = ARTICLES[0], ARTICLES[1], ARTICLES[2]
ERA_SECONDS = 32 * 86400
BEFORE = "0010"  # the last revision that looked texts up by other hashes


class StopAfterOne(Event):
    """Is set from the second time on that anybody asks: after one commit."""

    asked = 0

    def is_set(self) -> bool:
        """Tell whether it was asked before."""
        self.asked += 1
        return self.asked > 1


@pytest.fixture
def arrivals(make_config: Make) -> Arrivals:
    """Return a store of two texts, one of them purged, as an earlier version left it."""
    built = Arrivals(make_config('[[feed]]\nname = "all"\n' + sources("a", "b")))
    built.arrive(("a", [sent(KEPT, 1), sent(PURGED, 2)]))
    purged = next(entry for entry in built.shown() if entry.title == PURGED.title)
    with Store.beside(built.config.store_url) as store:
        purge(store, purged.id, built.config.dedupe, lambda: built.now)
    _make_earlier(path_of(built))
    return built


def path_of(arrivals: Arrivals) -> Path:
    """Return the file of the store."""
    return Path(arrivals.config.store_url.removeprefix("sqlite:///"))


def _make_earlier(path: Path) -> None:
    """Put a store into the form that the version before the migration gave it."""
    new = path.with_suffix(".new")
    path.rename(new)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, BEFORE)
    engine.dispose()
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("ATTACH ? AS new", (str(new),))
        tables = store.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            if table != "alembic_version":
                rows = store.execute(f"PRAGMA main.table_info({table})")
                names = ", ".join(row[1] for row in rows)
                copy = f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}"  # noqa: S608
                store.execute(copy)
        store.execute("DELETE FROM lookup_key WHERE key >> 56 IN (4, 5)")
        rows = store.execute("SELECT pk, published_unix, purged_unix FROM entry ORDER BY pk")
        for (pk, published, is_purged), article in zip(
            rows.fetchall(), (KEPT, PURGED), strict=True
        ):
            text = ComparableText.of(article.title, "\n\n".join(article.paragraphs))
            high = 3 << 56 if is_purged else (published // ERA_SECONDS) << 32
            store.executemany(
                "INSERT INTO lookup_key (key, pk) VALUES (?, ?)",
                [(high | minimum, pk) for minimum in earlier_minima(text.title, text.body)],
            )


def edits(articles: Sequence[Article], site: str = "b") -> list[ParsedEntry]:
    """Return each article with a fifth of its words replaced, as another site sends it."""
    return [
        sent(
            Editor([other for other in ARTICLES if other is not one], Random(7)).words(one, 0.2),
            number,
            site=site,
        )
        for number, one in enumerate(articles, start=10)
    ]


def test_texts_are_found_by_what_this_version_makes_of_them(arrivals: Arrivals) -> None:
    """An edited copy joins the story of an entry that an earlier version stored."""
    arrivals.arrive(("b", edits([KEPT, UNLIKE])))
    with closing(sqlite3.connect(path_of(arrivals))) as store:
        stories = store.execute("SELECT story FROM entry WHERE source = 'b' ORDER BY pk").fetchall()
        kinds = {row[0] for row in store.execute("SELECT DISTINCT key >> 56 FROM lookup_key")}
        assert store.execute("SELECT count(*) FROM sign_anew").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM signed").fetchone() == (0,)
    assert [story for (story,) in stories] == [1, 4]
    assert kinds == {1, 2, 3, 4}


def test_an_address_of_several_entries_names_none_of_them_afterwards(arrivals: Arrivals) -> None:
    """What an earlier version looked no entry up by, as its source gave it to several, stays so."""
    live = "https://a.example/live"
    arrivals.arrive(
        ("a", [sent(one, 0, link=live, guid=f"{n}") for n, one in enumerate(ARTICLES[3:5])])
    )
    with closing(sqlite3.connect(path_of(arrivals))) as store, store:
        before = store.execute("SELECT key, pk FROM lookup_key ORDER BY key, pk").fetchall()
        store.execute("INSERT INTO sign_anew SELECT pk FROM entry WHERE purged_unix IS NULL")
    arrivals.arrive()
    with closing(sqlite3.connect(path_of(arrivals))) as store:
        after = store.execute("SELECT key, pk FROM lookup_key ORDER BY key, pk").fetchall()
    assert after == before


def test_a_text_that_an_earlier_version_purged_stays_away(arrivals: Arrivals) -> None:
    """Its tombstone is found by what the earlier version looked it up by."""
    arrivals.arrive(("b", edits([PURGED, UNLIKE])))
    assert {entry.source for entry in arrivals.shown()} == {"a", "b"}
    assert PURGED.title not in {entry.title for entry in arrivals.shown()}


def test_an_end_half_way_is_gone_on_from(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops between two commits finds the rest still to be done, and nothing clustered."""
    arrivals.arrive(("a", [sent(article, 20 + n) for n, article in enumerate(ARTICLES[3:6])]))
    with closing(sqlite3.connect(path_of(arrivals))) as store, store:
        store.execute("INSERT INTO sign_anew SELECT pk FROM entry WHERE purged_unix IS NULL")
        store.execute("UPDATE entry SET is_clustered = 0 WHERE pk = 5")
    monkeypatch.setattr(cluster, "_ENTRIES_TOGETHER", 1)
    left = []
    for _ in range(4):
        with Store.open(arrivals.config.store_url) as opened:
            run = Run.of(arrivals.config, opened, clock=lambda: arrivals.now, stop=StopAfterOne())
            assert cluster.cluster_entries(run) == 0
        with closing(sqlite3.connect(path_of(arrivals))) as store:
            left.append(store.execute("SELECT count(*) FROM sign_anew").fetchone()[0])
    assert left == [3, 2, 1, 0]
    arrivals.arrive()
    with closing(sqlite3.connect(path_of(arrivals))) as store:
        assert store.execute("SELECT count(*) FROM entry WHERE is_clustered = 0").fetchone() == (0,)


@pytest.mark.parametrize(
    "is_of_earlier_version", [pytest.param(False, marks=pytest.mark.more), True]
)
def test_markup_without_words_is_not_held_in_memory(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch, is_of_earlier_version: bool
) -> None:
    """Of 32 texts of 600,000 characters of markup, each a candidate of all, 8 are held."""
    editor = Editor(ARTICLES[3:], Random(7))
    many = [sent(editor.words(UNLIKE, 0.05), 100 + number) for number in range(32)]
    with monkeypatch.context() as killed_before_clustering:
        killed_before_clustering.setattr("tests.support.arrivals.cluster_entries", lambda _run: 0)
        arrivals.arrive(("a", many))
    text = pack("", many[0].content_html + "<br>" * 150_000)
    with closing(sqlite3.connect(path_of(arrivals))) as store, store:
        store.execute("UPDATE entry_text SET texts = ? WHERE pk > 2", (text,))
        if is_of_earlier_version:
            store.execute("UPDATE entry SET is_clustered = 1 WHERE pk > 2")
            store.execute("INSERT INTO sign_anew SELECT pk FROM entry WHERE pk > 2")
    monkeypatch.setattr(texts, "_TEXTS_TOGETHER", 8)
    tracemalloc.start()
    try:
        arrivals.arrive()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 25_000_000
