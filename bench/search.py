"""What searching costs: ``python -m bench.search [ENTRIES]``.

A store of made entries (100,000 where no number is named) of 1,100 characters is filled by
rows, a thousand a day, and indexed as passes do; as many of its words have an ending as of real
ones. Printed are, in CPU time, what indexing takes an entry, what of the store's file the index
takes, 200 questions of one to three words in both orders, drawn as the words of texts are, as many
phrases of two words, and what a purge takes to write the index anew.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from aggregator.bengali.inflections import forms
from aggregator.models import Config, DedupeRules, SearchOrder, Source
from aggregator.pipeline.index_texts import index_texts, rewrite_index
from aggregator.pipeline.run import Run
from aggregator.pipeline.search import search
from aggregator.store import schema
from aggregator.store.store import Store
from bench.made_rows import entry_row, made_site, packed_text, text_row
from bench.made_texts import A_DAY, Writer

_ENTRIES, _ROWS = 100_000, 5_000
_QUESTIONS, _TIMES = 200, 3
_WORD_BYTES = 5  # that SQLite keeps with each word, and a fifth of a page is free
# Of 177,595 words of the samples 26 % have an ending whose word stands there without it, too. A few
# endings are common, so that of a form's place among all forms the mean is this.
_INFLECTED, _MEAN_PLACE, _PLACES = 0.26, 4, 16
_START = datetime(2026, 1, 1, tzinfo=UTC)


def text_of(writer: Writer, number: int) -> tuple[str, str]:
    """Write the title and the body of an entry, with endings."""
    random_ = random.Random(number)

    def said(word: str) -> str:
        if random_.random() > _INFLECTED or len(word) < 3:
            return word
        some = _first_forms(word)
        return some[min(int(random_.expovariate(1 / _MEAN_PLACE)), len(some) - 1)]

    title, body = (" ".join(map(said, text.split())) for text in writer.text(number))
    return title, body


@cache
def _first_forms(word: str) -> tuple[str, ...]:
    return forms(word)[1 : _PLACES + 1] or (word,)


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
                text = text_of(writer, pk)
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
        words = [word for word in _some_text(random_, writer, count) if len(word) > 2]
        drawn.append(" ".join(random_.sample(words, random_.randint(1, 3))))
    return drawn


def phrases(writer: Writer, count: int) -> list[str]:
    """Draw two words that stand together in some text, in quotes."""
    random_ = random.Random(8)
    drawn = []
    for _ in range(_QUESTIONS):
        words = _some_text(random_, writer, count)
        place = random_.randrange(len(words) - 1)
        drawn.append(f'"{words[place]} {words[place + 1]}"')
    return drawn


def _some_text(random_: random.Random, writer: Writer, count: int) -> list[str]:
    return text_of(writer, random_.randint(1, count))[1].split()


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


def size(database: Path) -> int:
    """Return how many bytes the index takes in the store's file, with its table of words."""
    with sqlite3.connect(database) as connection:
        blocks = connection.execute("SELECT sum(length(block)) FROM search_1_data").fetchone()[0]
        words = connection.execute(
            "SELECT count(*), sum(length(CAST(word AS BLOB))) FROM search_1_words"
        )
        count, length = words.fetchone()
        return int(blocks + length + count * _WORD_BYTES)


def config_of(folder: Path) -> Config:
    """Return a configuration of the source of all entries, over a store in a folder."""
    return Config(
        path=folder / "config.toml",
        site=made_site(folder / "feeds"),
        dedupe=DedupeRules(window=timedelta(days=30)),
        sources=(Source(name="a", title="কাগজ", feed="https://a.example/rss"),),
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
            share = size(folder / "store.db") / count
            print(f"indexing {taken:.0f} µs and {share:.0f} bytes an entry")  # noqa: T201
            for order in SearchOrder:
                report(order, ask(store, config, questions(writer, count), order))
            report("phrases", ask(store, config, phrases(writer, count), SearchOrder.NEWEST))
            with store.write() as unit:
                unit.search.mark_rewrite(is_needed=True)
            start = time.process_time()
            rewrite_index(store)
            print(f"written anew in {time.process_time() - start:.2f} s")  # noqa: T201


def report(name: str, times: Sequence[float]) -> None:
    """Print the CPU milliseconds of questions, which are sorted."""
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"{name}: p50 {p50:.1f}, p95 {p95:.1f}, most {times[-1]:.1f} ms")  # noqa: T201


def is_indexed(store: Store) -> bool:
    """Tell whether nothing waits to be indexed."""
    with store.read() as unit:
        return not unit.search.is_any_waiting()


if __name__ == "__main__":
    main()
