"""What searching costs: ``python -m bench.search [ENTRIES]``.

A store of so many made entries (100,000 where no number is named) of 1,100 characters is filled by
rows, a thousand a day, and indexed as passes do. Printed are, in CPU time, what indexing takes an
entry, what of the store's file the index takes, 200 questions of one to three words in both orders,
drawn as the words of texts are, and what a purge takes to write the index anew.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from aggregator.models import Config, DedupeRules, SearchOrder
from aggregator.pipeline.index_texts import index_texts, rewrite_index
from aggregator.pipeline.run import Run
from aggregator.pipeline.search import search
from aggregator.store import schema
from aggregator.store.store import Store
from bench.made_rows import entry_row, made_site, packed_text, text_row
from bench.made_texts import A_DAY, Writer

_ENTRIES, _ROWS = 100_000, 5_000
_QUESTIONS, _TIMES = 200, 3
_START = datetime(2026, 1, 1, tzinfo=UTC)


def fill(url: str, count: int, writer: Writer) -> None:
    """Fill a store with entries whose stories are decided, each with a text of its own."""
    Store.open(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        for first in range(1, count + 1, _ROWS):
            entries, texts = [], []
            for pk in range(first, min(first + _ROWS, count + 1)):
                when = _START + timedelta(days=pk / A_DAY)
                text = writer.text(pk)
                entries.append(entry_row(pk, when, "a", is_clustered=True, is_linked=True))
                texts.append(text_row(pk, f"https://a.example/{pk}", text, packed_text(text[1])))
            connection.execute(sa.insert(schema.entry), entries)
            connection.execute(sa.insert(schema.entry_text), texts)
    engine.dispose()


def questions(writer: Writer, count: int) -> list[str]:
    """Draw questions of one to three words that stand in some text, leaving out the shortest."""
    random_ = random.Random(7)
    drawn = []
    for _ in range(_QUESTIONS):
        title, body = writer.text(random_.randint(1, count))
        words = [word for word in f"{title} {body}".split() if len(word) > 2]
        drawn.append(" ".join(random_.sample(words, random_.randint(1, 3))))
    return drawn


def ask(store: Store, config: Config, asked: Sequence[str], order: SearchOrder) -> list[float]:
    """Return the CPU milliseconds of each question, the least of some repetitions."""
    least = []
    for question in asked:
        times = []
        for _ in range(_TIMES):
            start = time.thread_time()
            results = search(store, config, question, order=order)
            times.append((time.thread_time() - start) * 1_000)
            if not results.hits:
                raise SystemExit(f"nothing is found of {question}")
        least.append(min(times))
    return sorted(least)


def pages(database: Path) -> int:
    """Return how many bytes the index takes in the store's file."""
    with sqlite3.connect(database) as connection:
        name = "SELECT name FROM sqlite_master WHERE name GLOB 'search_*_data'"
        (table,) = connection.execute(name).fetchone()
        blocks = f"SELECT sum(length(block)) FROM {table}"  # noqa: S608 - a name of ours
        return int(connection.execute(blocks).fetchone()[0])


def config_of(folder: Path) -> Config:
    """Return a configuration without sources, over a store in a folder."""
    return Config(
        path=folder / "config.toml",
        site=made_site(folder / "feeds"),
        dedupe=DedupeRules(window=timedelta(days=30)),
        sources=(),
        feeds=(),
        store_url=f"sqlite:///{folder / 'store.db'}",
    )


def main() -> None:
    """Fill a store, index it, and ask it."""
    count = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else _ENTRIES
    writer = Writer.make()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        config = config_of(folder)
        fill(config.store_url, count, writer)
        with Store.open(config.store_url) as store:
            run = Run.of(config, store, clock=lambda: _START, stop=Event())
            start = time.process_time()
            while not is_indexed(store):
                index_texts(run)
            taken = (time.process_time() - start) / count * 1e6
            share = pages(folder / "store.db") / count
            print(f"indexing {taken:.0f} µs and {share:.0f} bytes an entry")  # noqa: T201
            for order in SearchOrder:
                times = ask(store, config, questions(writer, count), order)
                p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
                print(f"{order}: p50 {p50:.1f}, p95 {p95:.1f}, most {times[-1]:.1f} ms")  # noqa: T201
            with store.write() as unit:
                unit.search.mark_rewrite(is_needed=True)
            start = time.process_time()
            rewrite_index(store)
            print(f"written anew in {time.process_time() - start:.2f} s")  # noqa: T201


def is_indexed(store: Store) -> bool:
    """Tell whether nothing waits to be indexed."""
    with store.read() as unit:
        return not unit.search.is_any_waiting()


if __name__ == "__main__":
    main()
