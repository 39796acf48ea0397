"""Ticks of a service that take long, or wait long for others, are not taken to hang."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from aggregator.console.faults import Faults
from aggregator.models import Config, FeedReport
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.run import Progress, Run
from aggregator.pipeline.upkeep import DailyUpkeep
from aggregator.service.current import Current
from aggregator.service.passes import Passes
from aggregator.service.publisher import Publisher
from aggregator.store import space
from aggregator.store.place import path_of
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW


def run_of(config: Config, store: Store, on_step: Callable[[], None], *, days: int = 0) -> Run:
    """Return a context that calls ``on_step``, some days after the tests' present."""
    now = NOW.replace(hour=21) + timedelta(days=days)  # three o'clock in Dhaka
    progress = Progress(on_step=on_step)
    return Run.of(config, store, clock=lambda: now, stop=Event(), progress=progress)


def test_a_tick_that_waits_for_another_pass_shows_that_it_lives(make_config: Make) -> None:
    """A pass over an archive that somebody asked for keeps the tick of dumps waiting for hours."""
    config = make_config(sources("a"))
    waits = Event()
    with Store.open(config.store_url) as store:
        current = Current(run_of(config, store, waits.set), on_change=lambda: None)
        publisher = Publisher(current, Event(), Faults())
        passes = Passes(current, publisher, path_of(config.store_url))
        kind = passes.kinds[0]
        tick = Thread(target=passes.make, args=(kind,), daemon=True)
        with kind.passing:
            tick.start()
            assert waits.wait(HUNG_SECONDS)
        tick.join(HUNG_SECONDS)
        assert not tick.is_alive()


def test_a_tick_that_waits_to_publish_shows_that_it_lives(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stories of a large archive are decided for minutes, in whichever tick comes first."""
    config = make_config(sources("a"))
    begun, waits = Event(), Event()

    def publish_for_long(_run: Run) -> list[FeedReport]:
        begun.set()
        waits.wait(HUNG_SECONDS)
        return []

    monkeypatch.setattr("aggregator.service.publisher.publish_stored", publish_for_long)
    with Store.open(config.store_url) as store:
        current = Current(run_of(config, store, waits.set), on_change=lambda: None)
        publisher = Publisher(current, Event(), Faults())
        ticks = [
            Thread(target=publisher.publish, kwargs={"is_news": True}, daemon=True)
            for _ in range(2)
        ]
        ticks[0].start()
        assert begun.wait(HUNG_SECONDS)
        ticks[1].start()
        assert waits.wait(HUNG_SECONDS)
        for tick in ticks:
            tick.join(HUNG_SECONDS)
            assert not tick.is_alive()


@pytest.mark.parametrize("text", ["", '[store]\nkeep = "60d"\nbackups = 0\n'])
def test_upkeep_shows_that_it_lives(make_config: Make, text: str) -> None:
    """The backup of a large store takes minutes, and what leaves an old one the night."""
    arrivals = Arrivals(make_config(text + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    steps: list[None] = []
    with Store.open(arrivals.config.store_url) as store:
        run = run_of(arrivals.config, store, lambda: steps.append(None), days=100 if text else 0)
        DailyUpkeep().keep_up(run)
    assert steps


def test_indexing_shows_that_it_lives(make_config: Make) -> None:
    """A large store is indexed, and its index written anew, for minutes."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 0)]))
    steps: list[None] = []
    with Store.open(arrivals.config.store_url) as store:
        with store.write() as unit:
            unit.search.mark_rewrite(is_needed=True)
        index_texts(run_of(arrivals.config, store, lambda: steps.append(None)))
    assert steps


@pytest.mark.parametrize("is_incremental", [True, False])
def test_a_store_that_shrinks_shows_that_it_lives(tmp_path: Path, *, is_incremental: bool) -> None:
    """A store of gigabytes gives back what left it for minutes; one made long ago as a whole."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA auto_vacuum = {'INCREMENTAL' if is_incremental else 'NONE'}")
        database.execute("CREATE TABLE entry (pk INTEGER PRIMARY KEY, id TEXT)")
        database.execute("BEGIN")
        rows = ((f"urn:{number}",) for number in range(60_000))
        database.executemany("INSERT INTO entry (id) VALUES (?)", rows)
        database.execute("DELETE FROM entry WHERE pk % 10 = 0 OR pk < 30000")
        database.execute("COMMIT")
    steps: list[None] = []
    engine, before = sa.create_engine(f"sqlite:///{path}"), path.stat().st_size
    space.give_back(engine, path, lambda: steps.append(None))
    engine.dispose()
    assert steps and path.stat().st_size < before
