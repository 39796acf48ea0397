"""What it costs to select feeds that choose: ``python -m bench.choices [ENTRIES]``.

A store of made entries (300,000 where no number is named) of fifty sources is filled by
rows, a thousand a day; every tenth is of a topic. Printed is, for each choice, the CPU time of
selecting a feed of 100 by it, the least of several.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.select import select
from aggregator.store.store import Store
from bench.publish import fill

_ENTRIES, _SOURCES = 300_000, 50
_TIMES = 5
# What each feed says beside its name, by what it is printed as.
_CHOICES = {
    "nothing": "",
    "a topic that a tenth has": 'topics = "খেলা"',
    "a topic that none has": 'topics = "ধর্ম"',
    "a word that no title has": 'include = "হযবরল"',
    "a word that no text has": 'include = "হযবরল"\nmatch_in = "all"',
    "three papers, which none has": "min_sources = 3",
    "by papers": 'order = "top"',
}
_SPLIT = '[[feed]]\nname = "split"\nsplit_by = "topic"\n'


def _config(folder: Path, feeds: str) -> Config:
    sources = "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "https://s{number}.example/"\n'
        for number in range(_SOURCES)
    )
    path = folder / "config.toml"
    path.write_text(f'[store]\nurl = "sqlite:///store.db"\n{feeds}{sources}', encoding="utf-8")
    return configuration.load(path)


def _selected_in(store: Store, config: Config) -> float:
    """Select every feed of a configuration as a publishing does; return the CPU seconds."""
    with store.read() as unit:
        start = time.process_time()
        refusals = Refusals(unit, config)
        for feed in config.feeds:
            select(unit, feed, config, refusals)
        return time.process_time() - start


def main() -> None:
    """Fill a store, and measure each choice over it."""
    count = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else _ENTRIES
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        fill(f"sqlite:///{folder / 'store.db'}", count)
        database = sqlite3.connect(folder / "store.db")
        with database:
            categories = ('["খেলা"]',)
            database.execute("UPDATE entry_text SET categories = ? WHERE pk % 10 = 0", categories)
        database.close()
        feeds = {name: f'[[feed]]\nname = "x"\n{lines}\n' for name, lines in _CHOICES.items()} | {
            "18 parts by topic": _SPLIT
        }
        for name, lines in feeds.items():
            config = _config(folder, lines)
            with Store.open(config.store_url) as store:
                least = min(_selected_in(store, config) for _ in range(_TIMES))
            sys.stdout.write(f"{name:>30} {least * 1000:7.1f} ms\n")


if __name__ == "__main__":
    main()
