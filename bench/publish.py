"""What publishing costs: ``python -m bench.publish [ENTRIES]``.

A store of made entries (300,000 where no number is named) of fifty sources is filled by
rows, and ten feeds of 200 are published of it: once feeds of every source, so that an entry is news
to all ten, and once feeds of five sources each, so that it is news to one. Printed is the CPU time
of publishing for the first time, with nothing new, and with one new entry: in one process, as a
service publishes, and in a process of its own each time, as ``aggregator once`` does; of that the
least of several, and beside it what the whole process takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from aggregator.models import Config, FeedSpec, Source
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.run import Run
from aggregator.store import schema
from aggregator.store.store import Store
from bench.made_rows import entry_row, made_site, packed_text, text_row
from bench.made_texts import Writer

_ENTRIES = 300_000
_SOURCES, _FEEDS, _LIMIT = 50, 10, 200
_A_DAY = 1_000
_TEXTS = 1_000  # these are written; the others say the same, as nothing here compares texts
_ROWS = 5_000
_TIMES = 5
_START = datetime(2026, 1, 1, tzinfo=UTC)
_NOW = datetime(2027, 1, 1, tzinfo=UTC)


def fill(url: str, count: int) -> None:
    """Fill a store with entries whose stories are decided, a thousand a day."""
    Store.open(url).close()
    writer = Writer.make()
    texts = [writer.text(number) for number in range(_TEXTS)]
    packed = [packed_text(body) for _, body in texts]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        for start in range(1, count + 1, _ROWS):
            numbers = range(start, min(start + _ROWS, count + 1))
            connection.execute(sa.insert(schema.entry), [_row(number) for number in numbers])
            connection.execute(
                sa.insert(schema.entry_text),
                [
                    _text_row(number, texts[number % _TEXTS], packed[number % _TEXTS])
                    for number in numbers
                ],
            )
    engine.dispose()


def _row(number: int, *, is_clustered: bool = True) -> dict[str, object]:
    when = _START + timedelta(days=number / _A_DAY)
    source = f"s{number % _SOURCES}"
    return entry_row(number, when, source, is_clustered=is_clustered, is_linked=False)


def _text_row(number: int, text: tuple[str, str], packed: bytes) -> dict[str, object]:
    return text_row(number, f"https://s{number % _SOURCES}.example/{number}", text, packed)


def config_of(url: str, sources_a_feed: int) -> Config:
    """Return the configuration of ten feeds of ``sources_a_feed`` sources each."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    names = [f"s{number}" for number in range(_SOURCES)]
    site = made_site(folder / "feeds")
    feeds = tuple(
        FeedSpec(
            name=f"f{number}",
            title=f"খবর {number}",
            description="বেঞ্চ",
            sources=tuple(
                names[(number * sources_a_feed + place) % _SOURCES]
                for place in range(sources_a_feed)
            ),
            limit=_LIMIT,
            languages=("bn",),
            archive=False,  # ``bench.archives`` measures them
        )
        for number in range(_FEEDS)
    )
    sources = tuple(
        Source(name=name, title=f"কাগজ {name}", feed=f"https://{name}.example/rss") for name in names
    )
    return Config(
        path=folder / "config.toml", site=site, store_url=url, sources=sources, feeds=feeds
    )


# --- Measuring -----------------------------------------------------------------------------------


def _published_in(run: Run) -> float:
    """Publish every feed; return the CPU seconds that it took."""
    start = time.process_time()
    publish_all(run)
    return time.process_time() - start


def bring_one(run: Run, url: str) -> None:
    """Bring one new entry, the newest of all, and decide its story."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        last = sa.select(sa.func.max(schema.entry.c.pk))
        number = int(connection.execute(last).scalar_one()) + 1
        body = f"নতুন খবর {number} " * 60
        connection.execute(sa.insert(schema.entry), [_row(number, is_clustered=False)])
        row = _text_row(number, (f"নতুন খবর {number}", body), packed_text(body))
        connection.execute(sa.insert(schema.entry_text), [row])
    engine.dispose()
    cluster_entries(run)


def run_of(store: Store, config: Config) -> Run:
    """Return what publishing is handed over an open store."""
    return Run.of(config, store, clock=lambda: _NOW, stop=Event())


def service(url: str, sources_a_feed: int) -> None:
    """Publish as a service does, and print what each publishing takes."""
    config = config_of(url, sources_a_feed)
    with Store.open(url) as store:
        run = run_of(store, config)
        first = _published_in(run)
        _published_in(run)
        nothing, one = [], []
        for _ in range(_TIMES):
            nothing.append(_published_in(run))
            bring_one(run, url)
            one.append(_published_in(run))
    _print("running", first, min(nothing), min(one))


def once(url: str, sources_a_feed: int) -> None:
    """Publish in this process, and print what publishing and the whole process take."""
    config = config_of(url, sources_a_feed)
    with Store.open(url) as store:
        seconds = _published_in(run_of(store, config))
    sys.stdout.write(f"{seconds} {time.process_time()}\n")


def _fresh(url: str, sources_a_feed: int) -> None:
    """Print what publishing takes in processes of their own."""
    config = config_of(url, sources_a_feed)

    def published() -> tuple[float, float]:
        arguments = ["-m", "bench.publish", "once", url, str(sources_a_feed)]
        done = subprocess.run(
            [sys.executable, *arguments], check=True, capture_output=True, text=True
        )
        publishing, whole = done.stdout.split()
        return float(publishing), float(whole)

    first = published()
    published()
    nothing, one = [], []
    for _ in range(_TIMES):
        nothing.append(published())
        with Store.open(url) as store:
            bring_one(run_of(store, config), url)
        one.append(published())
    _print("fresh", first[0], min(nothing)[0], min(one)[0])
    whole = [min(process for _, process in measured) for measured in ([first], nothing, one)]
    _print("fresh, whole", *whole)


def _print(process: str, first: float, nothing: float, one: float) -> None:
    costs = f"first {first:.3f} s, nothing new {nothing:.3f} s, one new entry {one:.3f} s"
    sys.stdout.write(f"{process:>13} {costs}\n")
    sys.stdout.flush()


def main() -> None:
    """Fill a store, and measure each way of publishing over a copy of it."""
    match sys.argv[1:]:
        case ["fill", url, count]:
            fill(url, int(count))
        case ["service", url, sources_a_feed]:
            service(url, int(sources_a_feed))
        case ["once", url, sources_a_feed]:
            once(url, int(sources_a_feed))
        case arguments:
            _measure(*[int(argument.replace(",", "")) for argument in arguments])


def _measure(count: int = _ENTRIES) -> None:
    with tempfile.TemporaryDirectory() as made:
        filled = Path(made) / "filled.db"
        fill(f"sqlite:///{filled}", count)
        for sources_a_feed in (_SOURCES, _SOURCES // _FEEDS):
            sys.stdout.write(f"ten feeds of {sources_a_feed} sources, {count:,} entries\n")
            for way in ("service", "fresh"):
                folder = Path(made) / f"{way}-{sources_a_feed}"
                folder.mkdir()
                shutil.copyfile(filled, folder / "store.db")
                url = f"sqlite:///{folder / 'store.db'}"
                if way == "fresh":
                    _fresh(url, sources_a_feed)
                else:
                    command = ["-m", "bench.publish", "service", url, str(sources_a_feed)]
                    subprocess.run([sys.executable, *command], check=True)
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
