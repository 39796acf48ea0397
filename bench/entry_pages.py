"""What pages of entries cost: ``python -m bench.entry_pages [ENTRIES]``.

A store of made entries (20,000 where no number is named), none of which has an address, is
filled by rows, and one feed of 100 with its archives is published of it, in as many publishings as
that takes. Printed is the CPU time of a publishing with nothing new and with one new entry, of a
page, and of a publishing that writes pages of another look; and what a page takes on the disk, and
would take with compressed neighbours. Events are not looked for.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from aggregator.models import Config, DedupeRules
from aggregator.pipeline.entry_pages import PagePlacing
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.run_pass import publish_stored
from aggregator.publish.compressed import ENCODINGS
from aggregator.publish.entry_names import FOLDER
from aggregator.store.store import Store
from bench.publish import bring_one, config_of, fill, run_of

_ENTRIES = 20_000
_SOURCES, _LIMIT = 50, 100
_BLOCK_BYTES = 4_096  # as ext4 has them
_REPETITIONS = 5


def _print(what: str, value: str) -> None:
    sys.stdout.write(f"{what:>34} {value}\n")
    sys.stdout.flush()


def _without_addresses(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE entry_text SET link = '' WHERE link != ''")
        database.commit()


def _measure(config: Config) -> None:
    """Measure over a store that is filled."""
    with Store.open(config.store_url) as store:
        run = run_of(store, config)
        steps: list[float] = []
        has_more = True
        while has_more:
            start = time.process_time()
            reports = publish_all(run)
            steps.append(time.process_time() - start)
            has_more = any(report.has_more for report in reports)
        _print("history", f"{sum(steps):.1f} s in {len(steps)} steps of {max(steps):.2f} s")
        nothing, one = [], []
        for _ in range(_REPETITIONS):
            start = time.process_time()
            publish_stored(run)
            nothing.append(time.process_time() - start)
            bring_one(run, config.store_url)
            _without_addresses(config.store_url)
            start = time.process_time()
            publish_all(run)
            one.append(time.process_time() - start)
            publish_all(run)
        _print("nothing new", f"{min(nothing) * 1e3:.1f} ms")
        _print("one new entry", f"{min(one) * 1e3:.1f} ms")
        _measure_pages(replace(config, site=replace(config.site, title="অন্য নাম")), store)


def _measure_pages(config: Config, store: Store) -> None:
    """Measure pages alone, which all have another look by now."""
    steps = []
    for _ in range(_REPETITIONS):
        pages = PagePlacing.begin(run_of(store, config), None)
        start = time.process_time()
        pages.catch_up()
        steps.append((time.process_time() - start, pages.written))
    seconds, written = min(steps)
    _print(
        "pages of another look", f"{written} in {seconds:.2f} s, {seconds / written * 1e6:.0f} µs"
    )


def _sizes(folder: Path, store: Path) -> None:
    """Print what pages take, and would take with neighbours."""
    files = list(folder.glob("*.html"))
    bodies = [file.read_bytes() for file in files[:1_000]]
    _print("pages", f"{len(files)} of {sum(map(len, bodies)) / len(bodies):,.0f} bytes")
    on_disk = sum(file.stat().st_blocks * 512 for file in files)
    _print("on the disk", f"{on_disk / len(files):,.0f} bytes a page")
    for encoding in ENCODINGS:
        start = time.process_time()
        encoded = [encoding.encode(body) for body in bodies]
        seconds = (time.process_time() - start) / len(bodies)
        blocks = sum(-(-len(body) // _BLOCK_BYTES) for body in encoded) * _BLOCK_BYTES
        size = sum(map(len, encoded)) / len(encoded)
        said = (
            f"{size:,.0f} bytes, {blocks / len(encoded):,.0f} on the disk, {seconds * 1e6:.0f} µs"
        )
        _print(f"its neighbour {encoding.suffix} would be", said)
    with closing(sqlite3.connect(store)) as database:
        (size,) = database.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN ('entry_page', 'entry_page_by_state')"
        ).fetchone()
    _print("in the store", f"{size / len(files):.0f} bytes a page")


def main() -> None:
    """Fill a store, and measure."""
    count = int(sys.argv[1].replace(",", "")) if sys.argv[1:] else _ENTRIES
    with tempfile.TemporaryDirectory() as made:
        store = Path(made) / "store.db"
        url = f"sqlite:///{store}"
        fill(url, count)
        _without_addresses(url)
        config = config_of(url, _SOURCES)
        feed = replace(config.feeds[0], limit=_LIMIT, archive=True)
        config = replace(config, feeds=(feed,), dedupe=DedupeRules(events=False))
        _measure(config)
        _sizes(config.site.output / FOLDER, store)


if __name__ == "__main__":
    main()
