"""What archives cost: ``python -m bench.archives [ENTRIES]``.

A store of made entries (100,000 where no number is named) of fifty sources is filled by
rows, and one feed of 100 is published of it, first without archives. Then the history is archived,
in as many publishings as that takes. Printed is the CPU time of a publishing with nothing new, with
one new entry, and with one that closes a document; of a step of the history; and what archives take
on the disk and in the store. Events are not looked for, which costs more than all of this.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from aggregator.models import Config, DedupeRules, FeedReport
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.run import Run
from aggregator.store.store import Store
from bench.publish import bring_one, config_of, fill, run_of

_ENTRIES = 100_000
_SOURCES, _LIMIT = 50, 100
_NEWS = 250  # entries that close at least two documents
_TABLES = ("archive", "archive_entry", "archive_entry_by_number", "pin", "pin_by_entry")


def _published(run: Run) -> tuple[FeedReport, float]:
    """Publish the feed; return its report and the CPU seconds that it took."""
    start = time.process_time()
    report = publish_all(run)[0]
    return report, time.process_time() - start


def _with_news(run: Run) -> Iterator[tuple[bool, float]]:
    """Bring one entry after the other; yield whether a document was closed, and the seconds."""
    for _ in range(_NEWS):
        bring_one(run, run.config.store_url)
        report, seconds = _published(run)
        yield report.archives_written > 0, seconds


def _history(run: Run) -> Iterator[float]:
    """Archive what the store holds; yield the seconds of each publishing."""
    while True:
        report, seconds = _published(run)
        if report.archives_written:
            yield seconds
        if not report.has_more:
            return


def _sizes(path: Path) -> dict[str, int]:
    """Return the bytes of the tables and indexes that archives write to."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
        return {name: size for name, size in rows if name in _TABLES}


def _print(what: str, value: str) -> None:
    sys.stdout.write(f"{what:>34} {value}\n")
    sys.stdout.flush()


def _measure(config: Config, count: int) -> None:
    """Measure over a store that is filled."""
    path = Path(config.store_url.removeprefix("sqlite:///"))
    archived = replace(config, feeds=(replace(config.feeds[0], archive=True),))
    for name, each in (("without archives", config), ("with archives", archived)):
        before = _sizes(path)
        with Store.open(each.store_url) as store:
            run = run_of(store, each)
            if each is archived:
                steps = list(_history(run))
                _print("history", f"{sum(steps):.1f} s in {len(steps)} steps of {max(steps):.2f} s")
            _published(run)
            nothing = min(_published(run)[1] for _ in range(5))
            news = list(_with_news(run))
        plain = min(seconds for is_closing, seconds in news if not is_closing)
        _print(f"{name}, nothing new", f"{nothing * 1e3:.1f} ms")
        _print("one new entry", f"{plain * 1e3:.1f} ms")
        if closed := [seconds for is_closing, seconds in news if is_closing]:
            _print("one that closes a document", f"{min(closed) * 1e3:.1f} ms")
    for table, size in _sizes(path).items():
        _print(table, f"{(size - before.get(table, 0)) / count:.1f} bytes an entry")
    files = [file.stat().st_size for file in config.site.output.glob("*-archive-*")]
    _print("files", f"{len(files)}, {sum(files) / count:,.0f} bytes an entry")


def main() -> None:
    """Fill a store, and measure."""
    count = int(sys.argv[1].replace(",", "")) if sys.argv[1:] else _ENTRIES
    with tempfile.TemporaryDirectory() as made:
        url = f"sqlite:///{Path(made) / 'store.db'}"
        fill(url, count)
        config = config_of(url, _SOURCES)
        feed = replace(config.feeds[0], limit=_LIMIT)
        _measure(replace(config, feeds=(feed,), dedupe=DedupeRules(events=False)), count)


if __name__ == "__main__":
    main()
