"""What searches cost those who ask for feeds: ``python -m bench.search_load [ENTRIES]``.

A store of made entries (100,000 where no number is named) is indexed, and the web server's
own process serves a feed of 200 KB beside it. Printed is how long answers to the feed take by the
clock, asked 100 times a second: while nobody searches, while 20 clients search as often as they
may, and while 20 search without end under ever new addresses. With it how searches were answered.
"""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

from aggregator import config as configuration
from aggregator import own_process
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.run import Run
from aggregator.store.store import Store
from bench.made_texts import Writer
from bench.search import fill, is_indexed, questions

_ENTRIES = 100_000
_CLIENTS = 20
_SECONDS = 10.0
_FEED_BYTES = 200_000
_PAUSE_SECONDS = 0.01
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_CONFIG = """
[[source]]
name = "a"
feed = "https://a.example/feed"
[[feed]]
name = "x"
languages = ["*"]
"""


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    """Serve a folder, and searches in its store, by a process of the web server's."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        store_url = configuration.load(folder / "config.toml").store_url
        places = (str(folder / "feeds"), str(folder / "push"), str(folder / "config.toml"))
        process = subprocess.Popen(
            own_process.command("aggregator.server", str(listener.fileno()), *places, store_url),
            env=own_process.environment(),
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


def _get(port: int, path: str, address: str = "") -> tuple[int, float]:
    """Return (status, seconds) of an answer on a connection of its own."""
    started = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"X-Forwarded-For": address} if address else {})
        with connection.getresponse() as answer:
            answer.read()
            return answer.status, time.perf_counter() - started
    finally:
        connection.close()


def _search_until(
    port: int, asked: list[str], is_patient: bool, is_over: ProcessEvent, counts: object
) -> None:
    """Search by several clients at once; put (status, seconds) of each answer on a queue."""
    found: list[tuple[int, float]] = []

    def search(client: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            other = 0 if is_patient else number
            address = f"10.{client}.{other // 250 % 250}.{other % 250 + 1}"
            question = asked[(client * 7 + number) % len(asked)]
            status, seconds = _get(port, f"/search?q={quote(question)}", address)
            found.append((status, seconds))
            if is_patient:
                time.sleep(1.0 if number > 1 else client / _CLIENTS)

    clients = [Thread(target=search, args=[number]) for number in range(_CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    counts.put(found)  # type: ignore[attr-defined]  # a queue, which typing knows by no public name


def _ask_feed(port: int) -> list[float]:
    """Return how long answers to the feed took, in milliseconds, the shortest first."""
    times, end = [], time.monotonic() + _SECONDS
    while time.monotonic() < end:
        times.append(_get(port, "/x.rss")[1] * 1_000)
        time.sleep(_PAUSE_SECONDS)
    return sorted(times)


def _at(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


def _print(what: str, times: list[float]) -> None:
    sys.stdout.write(
        f"{what}: p50 {_at(times, 0.5):.1f}, p95 {_at(times, 0.95):.1f}, "
        f"p99 {_at(times, 0.99):.1f}, most {times[-1]:.1f} ms of {len(times):,}\n"
    )


def _measure(port: int, asked: list[str], *, is_patient: bool) -> None:
    is_over, counts = multiprocessing.Event(), multiprocessing.Queue()  # type: ignore[var-annotated]
    clients = multiprocessing.Process(
        target=_search_until, args=[port, asked, is_patient, is_over, counts]
    )
    clients.start()
    time.sleep(2.0)  # until all have begun
    times = _ask_feed(port)
    is_over.set()
    found = counts.get()
    clients.join()
    _print(
        f"feed, while {_CLIENTS} search {'as they may' if is_patient else 'all the time'}", times
    )
    statuses = Counter(status for status, _ in found)
    _print("  searches", sorted(seconds * 1_000 for status, seconds in found if status == 200))
    sys.stdout.write(f"  answered {dict(sorted(statuses.items()))}\n")


def main() -> None:
    """Fill a store, index it, and ask for the feed and for searches."""
    count = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else _ENTRIES
    writer = Writer.make()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "feeds").mkdir()
        (folder / "feeds" / "x.rss").write_bytes(b"x" * _FEED_BYTES)
        (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
        config = configuration.load(folder / "config.toml")
        fill(config.store_url, count, writer)
        with Store.open(config.store_url) as store:
            run = Run.of(config, store, clock=lambda: _NOW, stop=Event())
            while not is_indexed(store):
                index_texts(run)
            with _served(folder) as port:
                asked = questions(writer, count)
                _print("feed, while nobody searches", _ask_feed(port))
                _measure(port, asked, is_patient=True)
                _measure(port, asked, is_patient=False)
                _print("feed, while nobody searches", _ask_feed(port))


if __name__ == "__main__":
    main()
