"""What joining costs as the store grows: ``python -m bench.stories [ENTRIES …]``.

For each number (10,000, 100,000 and 1,000,000 where none is named) a store of made entries
of 1,100 characters is filled, a thousand a day, and 2,000 further ones are joined in a process of
its own, each twentieth of them an edit of a stored one. Printed are the CPU time of an entry by
what it is for, the most memory, the size of the index, how many of the edits were found, and what
was found beside them. ``datasketch`` (``pip install datasketch``) is shown the same texts where it
is installed, up to 100,000. Stores are kept in ``$BENCH_STORES``, where that is named.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import sqlalchemy as sa

from aggregator.models import Config
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.run import Run
from aggregator.pipeline.texts import Texts
from aggregator.store import schema
from aggregator.store.index import Index
from aggregator.store.store import Store
from aggregator.store.stories import Stories
from aggregator.stories import same_text, signature
from aggregator.stories.candidates import signed_texts
from aggregator.stories.comparable import ComparableText
from aggregator.stories.ngrams import ngrams
from aggregator.stories.signature import Signature
from aggregator.stories.similarity import compare
from aggregator.stories.sought_together import SoughtTogether
from bench.made_rows import entry_row, made_site, packed_text, text_row
from bench.made_texts import (
    A_DAY,
    EDIT_EVERY,
    NEW,
    Writer,
    edited_of,
    new_texts,
    share_replaced,
)

_SIZES = (10_000, 100_000, 1_000_000)
_DATASKETCH_UP_TO = 100_000
_START = datetime(2023, 1, 1, tzinfo=UTC)
_ROWS = 5_000


def _published(number: int) -> datetime:
    return _START + timedelta(seconds=number * 86400 // A_DAY)


def fill(url: str, count: int) -> None:
    """Fill a store with entries that are joined, and with the new ones that are not."""
    Store.open(url).close()
    writer = Writer.make()
    engine = sa.create_engine(url)
    sources = [f"s{number}" for number in range(50)]
    rows: list[tuple[int, int]] = []
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        for start in range(0, count, _ROWS):
            numbers = range(start, min(start + _ROWS, count))
            texts = {number: writer.text(number) for number in numbers}
            connection.execute(
                sa.insert(schema.entry),
                [
                    entry_row(
                        n + 1, _published(n), sources[n % 50], is_clustered=True, is_linked=True
                    )
                    for n in numbers
                ],
            )
            connection.execute(
                sa.insert(schema.entry_text),
                [
                    text_row(n + 1, f"https://example.org/{n + 1}", text, packed_text(text[1]))
                    for n, text in texts.items()
                ],
            )
            for n, (title, body) in texts.items():
                address = f"https://example.org/{n + 1}"
                signature_of = Signature.of(ComparableText.of(title, body), address)
                rows += [(key, n + 1) for key in signature_of.index_keys(_published(n))]
        rows.sort()
        for start in range(0, len(rows), 100_000):
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO lookup_key VALUES (?, ?)", rows[start : start + 100_000]
            )
        new = dict(new_texts(writer, count))
        last = _published(count)
        connection.execute(
            sa.insert(schema.entry),
            [
                entry_row(pk, last, sources[pk % 50], is_clustered=False, is_linked=True)
                for pk in new
            ],
        )
        connection.execute(
            sa.insert(schema.entry_text),
            [
                text_row(pk, f"https://copy.example/{pk}", text, packed_text(text[1]))
                for pk, text in new.items()
            ],
        )
    engine.dispose()


# --- Measuring -----------------------------------------------------------------------------------


class _Clock:
    """CPU time by what it is for, of functions that are looked up at each call."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that does the same and is timed."""

        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.process_time()
            try:
                return call(*arguments, **options)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - start

        return timed


def join(url: str, count: int) -> None:
    """Join the new entries of a store and print what it cost."""
    clock = _Clock()
    for name, repository, method in (
        ("look-up", Index, "sharing"),
        ("writing", Index, "add"),
        ("writing", Index, "sign"),
        ("writing", Stories, "add_ties"),
        ("writing", Stories, "mark_clustered"),
        ("writing", Stories, "merge"),
        ("reading", Stories, "to_cluster"),
        ("texts", Texts, "read"),
    ):
        setattr(repository, method, clock.timed(name, getattr(repository, method)))
    timed_same_text: Any = same_text
    timed_same_text.judge = clock.timed("verification", timed_same_text.judge)
    for name, method in (("keys", "lookups"), ("keys", "index_rows"), ("overlaps", "overlaps")):
        setattr(SoughtTogether, method, clock.timed(name, getattr(SoughtTogether, method)))
    now = _published(count) + timedelta(hours=1)
    keys = {  # every draft has them, whether stories are told or not
        pk: (ComparableText.of(*text), f"https://copy.example/{pk}")
        for pk, text in new_texts(Writer.make(), count)
    }
    with Store.open(url) as store:
        run = Run.of(_config(url), store, clock=lambda: now, stop=Event())
        gc.collect()
        gc.freeze()  # as the program does before it begins
        start = time.process_time()
        with store.write() as unit:
            signed = clock.timed("signature", signed_texts)(list(keys.values()))
            unit.index.sign(dict(zip(keys, signed, strict=True)))
        joined = cluster_entries(run)
        total = time.process_time() - start
    clock.spent["commit and the rest"] = total - sum(clock.spent.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    parts = ", ".join(f"{name} {1e6 * s / joined:.0f}" for name, s in clock.spent.items())
    _print(f"{count:,}", f"{1e6 * total / joined:.0f} µs an entry ({parts}), peak {peak:.0f} MiB")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        _quality(connection, count)
        size = connection.exec_driver_sql(
            "SELECT sum(pgsize) FROM dbstat WHERE name = 'lookup_key'"
        ).scalar_one()
        whole = connection.exec_driver_sql("SELECT sum(pgsize) FROM dbstat").scalar_one()
    _print("", f"index {size / 1e6:.0f} MB of {whole / 1e6:.0f} MB")


def _config(url: str) -> Config:
    site = made_site(Path("feeds"))
    return Config(path=Path("config.toml"), site=site, store_url=url, sources=(), feeds=())


def _quality(connection: sa.Connection, count: int) -> None:
    ties = {(row[0], row[1]) for row in connection.exec_driver_sql("SELECT a, b FROM tie")}
    edits = {
        (edited_of(number, count) + 1, count + number + 1): share_replaced(number)
        for number in range(0, NEW, EDIT_EVERY)
    }
    found = {share: [0, 0] for share in (0.1, 0.2, 0.3, 0.4)}
    for pair, share in edits.items():
        found[share][0] += pair in ties
        found[share][1] += 1
    shares = ", ".join(f"{100 * s:.0f} %: {hit}/{all_}" for s, (hit, all_) in found.items())
    _print("", f"edits found: {shares}; beside them {len(ties - set(edits))} pairs")


def exact(count: int) -> None:
    """Compare some new entries with every stored one, and say what the index finds of that."""
    writer = Writer.make()
    texts = [ComparableText.of(*writer.text(number)) for number in range(count)]
    found_by = [set(Signature.of(one).text) for one in texts]
    right = wanted = found = 0
    for number in range(0, NEW, EDIT_EVERY):
        edit = ComparableText.of(*writer.edited(edited_of(number, count), share_replaced(number)))
        own = set(Signature.of(edit).text)
        for text, others in zip(texts, found_by, strict=True):
            is_alike = compare(edit, text).is_same
            is_found = is_alike and signature.is_worth_comparing(len(own & others), has_rare=True)
            wanted, right = wanted + is_alike, right + is_found
            found += is_found
    _print(f"{count:,}", f"exact Jaccard: {wanted} pairs alike, of which the index finds {right}")


def datasketch(count: int) -> None:
    """Show datasketch the same texts: an index in memory, 128 permutations, 5-grams, J >= 0.3."""
    library: Any = importlib.import_module("datasketch")
    writer = Writer.make()
    index = library.MinHashLSH(threshold=0.3, num_perm=128)

    def signature(title: str, body: str) -> Any:
        made = library.MinHash(num_perm=128, hashfunc=int)
        hashes = ngrams(f"{title} {body}", 5) & np.uint64(0xFFFFFFFF)
        made.update_batch(hashes.tolist())
        return made

    for number in range(count):
        index.insert(number, signature(*writer.text(number)))
    start, found, candidates = time.process_time(), 0, 0
    for number in range(0, NEW, EDIT_EVERY):
        near = index.query(
            signature(*writer.edited(edited_of(number, count), share_replaced(number)))
        )
        found, candidates = found + (edited_of(number, count) in near), candidates + len(near)
    edits = NEW // EDIT_EVERY
    cost = 1e6 * (time.process_time() - start) / edits
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _print(
        f"{count:,}",
        f"datasketch: {cost:.0f} µs to sign and look up, {found}/{edits} edits found, "
        f"{candidates / edits:.1f} candidates each, none verified or stored, peak {peak:.0f} MiB",
    )


def _print(name: str, value: str) -> None:
    sys.stdout.write(f"{name:>10} {value}\n")
    sys.stdout.flush()


def _apart(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "bench.stories", *arguments], check=True)


def main() -> None:
    """Fill stores, and measure each in a process of its own."""
    match sys.argv[1:]:
        case ["fill", url, count]:
            fill(url, int(count))
        case ["join", url, count]:
            join(url, int(count))
        case ["exact", count]:
            exact(int(count))
        case ["datasketch", count]:
            datasketch(int(count))
        case sizes:
            _measure([int(size.replace(",", "")) for size in sizes] or list(_SIZES))


def _measure(sizes: Sequence[int]) -> None:
    _print("entries", f"(numpy {np.__version__}, SQLAlchemy {version('sqlalchemy')})")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(os.environ.get("BENCH_STORES", made))
        for size in sizes:
            url = f"sqlite:///{folder}/{size}.db"
            if not (folder / f"{size}.db").exists():
                _apart("fill", url, str(size))
            _apart("join", url, str(size))
            if size <= _DATASKETCH_UP_TO and importlib.util.find_spec("datasketch"):
                _apart("datasketch", str(size))
        _apart("exact", str(min(sizes)))


if __name__ == "__main__":
    main()
