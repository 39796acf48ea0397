"""A poll whose job is delivered five times does its work once: what is counted shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import sqlalchemy as sa

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.pipeline.due import due_among
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store import schema
from aggregator.store.activity_schema import activity
from aggregator.store.databases import database_of
from aggregator.store.host_turns import HostTurns
from aggregator.store.store import Store
from aggregator.worker.asking import Asking
from aggregator.worker.jobs import Jobs
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.texts import item, rss
from tests.support.workers import content_of, written

_DELIVERIES, _ITEMS = 5, 12
_COUNTED = (schema.source_state, schema.quarantine, activity)
# What is counted, what is stored, and how many requests there were.
Polled = tuple[list[list[dict[str, object]]], dict[str, Sequence[tuple[Any, ...]]], int]
_WAITED = "milliseconds"  # of waiting for servers, which is another time each time


def pages() -> list[Page]:
    """Return what a source answers, poll by poll.

    News, the same again, a fault, twice a mass change, which is held back, and news beside it.
    """
    sound = rss([item(number) for number in range(_ITEMS)])
    broken = rss([{**item(number), "title": "ত্রুটি"} for number in range(_ITEMS)])
    fault = Page(b"", status=503)
    return [
        Page(sound),
        Page(sound),
        fault,
        Page(broken),
        Page(broken),
        Page(rss([item(number) for number in range(_ITEMS + 1)])),
    ]


def polled(config: Config, web: Loopback, ask: Callable[[datetime], None]) -> list[Polled]:
    """Ask for each page a day after the one before; return what is counted after each."""
    found: list[Polled] = []
    for number, page in enumerate(pages()):
        web.pages["/"] = page
        ask(NOW + timedelta(days=number))
        found.append((counted(config), content_of(config), len(web.asked)))
    web.asked.clear()
    return found


def counted(config: Config) -> list[list[dict[str, object]]]:
    """Return the rows that polls count in."""
    engine = database_of(config.store_url).engine()
    try:
        with engine.connect() as connection:
            return [
                [
                    {name: value for name, value in row.items() if name != _WAITED}
                    for row in connection.execute(
                        sa.select(table).order_by(*table.primary_key)
                    ).mappings()
                ]
                for table in _COUNTED
            ]
    finally:
        engine.dispose()


def test_what_is_counted_of_five_deliveries_is_that_of_one(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """Quarantine, failures, schedules, validators and the polls of a day are as of one process."""
    text = f'[[source]]\nname = "a"\nfeed = "{web.url}/"\n{LOCAL}every = "1h"\n'
    alone = configuration.load(written(tmp_path / "alone", "sqlite:///aggregator.db", text))
    with Store.open(alone.store_url) as store:

        def ask_once(now: datetime) -> None:
            run = Run.of(alone, store, clock=lambda: now, stop=Event())
            ingest(run, due_among(run, alone.sources))

        expected = polled(alone, web, ask_once)
    config = configuration.load(written(tmp_path / "cluster", postgresql_url, text))
    Store.open(config.store_url).close()
    with Store.beside(config.store_url) as store:
        turns = [HostTurns(config.store_url) for _ in range(2)]

        def deliver(now: datetime) -> None:
            run = Run.of(config, store, clock=lambda: now, stop=Event())
            workers = [Asking(lambda: run, each, Jobs(run.clock)) for each in turns]
            with store.write() as unit:
                assert unit.claims.take(["127.0.0.1"])
            jobs = [Thread(target=workers[number % 2].ask) for number in range(_DELIVERIES)]
            for job in jobs:
                job.start()
            for job in jobs:
                job.join(HUNG_SECONDS)

        found = polled(config, web, deliver)
        for each in turns:
            each.close()
    assert len(expected) == len(found) == len(pages())
    for number, (theirs, ours) in enumerate(zip(found, expected, strict=True)):
        assert theirs == ours, f"poll {number}"
    quarantined = [len(rows[1]) for rows, _, _ in expected]
    assert quarantined == [0, 0, 0, 1, 1, 0]
