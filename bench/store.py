"""What a year of entries takes on the disk: ``python -m bench.store [ENTRIES] [FEED FILES …]``.

Fills a store with made entries (200,000 where no number is named) of 4.5 KB, by the steps
of a pass: 50 sources, documents of 40 entries, spread over a year. Printed are the bytes an entry
by table and index, the CPU time of ``once`` with nothing new, and what ``purge --older-than``
leaves, beside which a service runs. Of the files that are named the texts are compressed as the
store does, to tell whether the made texts are as repetitive as real ones. The store is kept in
``$BENCH_STORES`` where that is named.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from aggregator.models import Config, Document, Draft, ParsedEntry, Source
from aggregator.normalise import draft as normalise
from aggregator.parse.feed import parse
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.normalised import Basis, Normalised
from aggregator.pipeline.run import Run
from aggregator.pipeline.store_document import store_document
from aggregator.store.packed import pack
from aggregator.store.store import Store
from bench.made_rows import made_site
from bench.made_texts import Writer

_ENTRIES = 200_000
_SOURCES, _IN_A_DOCUMENT = 50, 40
_CLUSTERED_TOGETHER = 4_000
_YEAR = timedelta(days=365)
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_CHARACTERS = 1_600  # 4.5 KB with its markup
_WORDS_OF_A_PARAGRAPH = 45
_SUMMARY_CHARACTERS = 300
_START_SECONDS = 5
_LEAST_BYTES = 5


def main() -> None:
    """Fill a store, and print what it takes."""
    arguments = sys.argv[1:]
    count = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else _ENTRIES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.environ.get("BENCH_STORES") or name)
        path = folder / f"year-{count}.db"
        if not path.exists():
            start = time.process_time()
            fill(path, count)
            spent = (time.process_time() - start) / count
            sys.stdout.write(f"filled with {spent * 1e6:.0f} µs of CPU an entry\n")
        sys.stdout.write(f"made texts take 1/{_ratio(_made_texts()):.2f} of their bytes\n")
        for file in arguments:
            texts = list(_texts_of(Path(file)))
            if texts:
                sys.stdout.write(f"{len(texts)} of {file}: 1/{_ratio(texts):.2f}\n")
        _print_sizes(path, count)
        with tempfile.TemporaryDirectory() as used:
            _use(path, Path(used))


# --- A store of made entries ---------------------------------------------------------------------


def fill(path: Path, count: int) -> None:
    """Store entries as passes over feeds do, and join them to stories."""
    sources = [Source(name=f"s{number}", title=f"s{number}") for number in range(_SOURCES)]
    site = made_site(path.parent)
    url = f"sqlite:///{path}"
    config = Config(
        path=path.parent / "config.toml", site=site, store_url=url, sources=tuple(sources), feeds=()
    )
    writer = Writer.make()
    with Store.open(url) as store:
        run = Run.of(config, store, clock=lambda: _NOW, stop=Event())
        waiting = 0
        for first in range(0, count, _IN_A_DOCUMENT):
            source = sources[first // _IN_A_DOCUMENT % _SOURCES]
            numbers = range(first, min(first + _IN_A_DOCUMENT, count))
            _store(store, source, [_entry(writer, number, count) for number in numbers])
            waiting += len(numbers)
            if waiting >= _CLUSTERED_TOGETHER:
                cluster_entries(run)
                waiting = 0
        cluster_entries(run)


def _store(store: Store, source: Source, entries: Sequence[ParsedEntry]) -> None:
    document = Document(
        source=source.name,
        url=f"https://{source.name}.example.org/feed",
        body=b"",
        content_type="",
        acquired=_NOW,
    )
    with store.write() as unit:
        basis = Basis.of(unit, DocumentEntries.of(document, source, entries))
        store_document(unit, Normalised.of(basis), _NOW)


def _entry(writer: Writer, number: int, count: int) -> ParsedEntry:
    """Make an entry of a source; the numbers are spread evenly over a year."""
    published = _NOW - _YEAR + number * _YEAR / count
    title, content_html = made_text(writer, number)
    address = f"https://s{number // _IN_A_DOCUMENT % _SOURCES}.example.org/news/{number}"
    return ParsedEntry(
        title_html=title,
        native_id=address,
        link=address,
        content_html=content_html,
        published=published.isoformat(timespec="seconds"),
    )


def made_text(writer: Writer, number: int) -> tuple[str, str]:
    """Make a title and the markup of a text."""
    title, begin = writer.text(2 * number)
    _, end = writer.text(2 * number + 1)
    words = f"{begin} {end}"[:_CHARACTERS].split(" ")
    paragraphs = (
        " ".join(words[start : start + _WORDS_OF_A_PARAGRAPH])
        for start in range(0, len(words), _WORDS_OF_A_PARAGRAPH)
    )
    return title, "".join(f"<p>{paragraph}।</p>" for paragraph in paragraphs)


# --- How repetitive texts are --------------------------------------------------------------------


def _ratio(texts: Sequence[str]) -> float:
    """Return how many times smaller the store holds texts, each with its beginning as summary."""
    packed = sum(len(pack(text[:_SUMMARY_CHARACTERS], text)) for text in texts)
    return sum(len((text[:_SUMMARY_CHARACTERS] + text).encode()) for text in texts) / packed


def _made_texts() -> list[str]:
    writer = Writer.make()
    return [made_text(writer, number)[1] for number in range(500)]


def _texts_of(file: Path) -> Iterator[str]:
    """Yield the markup of a feed's entries as the program keeps it."""
    source = Source(name="x", title="x", feed="https://example.org/feed")
    document = Document(
        source="x", url=source.feed or "", body=file.read_bytes(), content_type="", acquired=_NOW
    )
    for entry in parse(document.body, document.url):
        if isinstance(entry, ParsedEntry):
            draft = normalise.draft(entry, normalise.mention(entry, source), source, document)
            if isinstance(draft, Draft) and draft.content_html:
                yield draft.content_html


# --- What it takes -------------------------------------------------------------------------------


def _print_sizes(path: Path, count: int) -> None:
    """Print the bytes an entry of every table and index that takes five bytes or more."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes = connection.execute(
            "SELECT name, sum(pgsize), sum(payload) FROM dbstat GROUP BY name ORDER BY 2 DESC"
        ).fetchall()
    sys.stdout.write("| table or index | bytes an entry | of these content |\n|---|---|---|\n")
    for name, size, payload in sizes:
        if size >= _LEAST_BYTES * count:
            sys.stdout.write(f"| `{name}` | {size / count:.0f} | {payload / count:.0f} |\n")
    whole = path.stat().st_size
    sys.stdout.write(f"| the file | {whole / count:.0f} | {whole / 1e6:.0f} MB in all |\n")


# --- What is done with it ------------------------------------------------------------------------


def _use(filled: Path, folder: Path) -> None:
    """Publish from a copy of the store, and purge half of it beside a service that runs."""
    store = folder / "aggregator.db"
    shutil.copyfile(filled, store)
    sources = "".join(
        f'[[source]]\nname = "s{number}"\ndump = "none/{number}"\n' for number in range(_SOURCES)
    )
    config = f'[site]\nlisten = "127.0.0.1:0"\n{sources}[[feed]]\nname = "x"\nlanguages = "*"\n'
    (folder / "config.toml").write_text(config, encoding="utf-8")
    for occasion in ("first", "nothing new", "nothing new"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _aggregator(folder, "once").wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sys.stdout.write(f"once, {occasion}: {spent:.2f} s of CPU\n")
    size = store.stat().st_size
    service = _aggregator(folder, "run")
    time.sleep(_START_SECONDS)
    start = time.monotonic()
    _aggregator(folder, "purge", "--older-than", "182d").wait()
    taken = time.monotonic() - start
    beside = store.stat().st_size
    service.terminate()
    service.wait()
    sys.stdout.write(
        f"purge of the older half beside a service: {taken:.0f} s, {size / 1e6:.0f} MB -> "
        f"{beside / 1e6:.0f} MB, {store.stat().st_size / 1e6:.0f} MB when the service has ended\n"
    )


def _aggregator(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
