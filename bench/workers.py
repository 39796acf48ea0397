"""How much sooner two workers are through with slow sources than one, and how they treat hosts.

``python -m bench.workers [SOURCES [HOSTS [SECONDS]]]`` starts a PostgreSQL of its own and a server
of feeds that waits so many seconds before it answers, and prints how long one and two workers take
from the first request until all is stored. The server's own log says how many connections a host
had at once, and how far its requests were apart. On a busy machine more seconds show what fewer do
on a quiet one: the share of waiting is what matters.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock, Thread

import click

from bench.feed_server import address_of
from tests.support import postgresql
from tests.support.texts import item, rss
from tests.support.workers import Cluster, url_in, written

_LATENCY_SECONDS = 0.5
_CONCURRENCY = 8
_SPACING_SECONDS = 1
_ITEMS = 3
_LOOK_SECONDS = 0.2


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


class _Log:
    """When requests began and ended, by host."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.spans: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def add(self, host: str, began: float, ended: float) -> None:
        """Add one request."""
        with self._lock:
            self.spans[host].append((began, ended))

    def most_at_once(self) -> int:
        """Return the most requests that one host had at once."""
        return max(
            sum(began <= at < ended for began, ended in spans)
            for spans in self.spans.values()
            for at, _ in spans
        )

    def shortest_gap_seconds(self) -> float:
        """Return how far the beginnings of two requests to one host are apart at least."""
        begun = (sorted(began for began, _ in spans) for spans in self.spans.values())
        gaps = [later - sooner for times in begun for sooner, later in pairwise(times)]
        return min(gaps, default=float("inf"))

    def count(self) -> int:
        """Count the requests."""
        return sum(map(len, self.spans.values()))

    def first(self) -> float:
        """Return when the first request began."""
        return min(began for spans in self.spans.values() for began, _ in spans)


def _handler(log: _Log, latency_seconds: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            began = time.monotonic()
            number = int(self.path.strip("/"))
            body = rss([item(number * _ITEMS + each) for each in range(_ITEMS)])
            time.sleep(latency_seconds)
            log.add(self.headers["Host"], began, time.monotonic())
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _measure(folder: Path, url: str, text: str, workers: int, log: _Log) -> float:
    """Return in how many seconds workers are through, from the first request on."""
    written(folder, url, text)
    cluster = Cluster(url=url, folder=folder)
    command = [sys.executable, "-m", "aggregator", "worker", "--log-level", "warning"]
    running = [subprocess.Popen(command, cwd=folder) for _ in range(workers)]
    try:
        while not cluster.is_asked():
            time.sleep(_LOOK_SECONDS)
        return time.monotonic() - log.first()
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait()


def main() -> None:
    """Measure one worker and two, and print what came."""
    arguments = iter(sys.argv[1:])
    sources = int(next(arguments, "300"))
    hosts = int(next(arguments, sources))
    latency_seconds = float(next(arguments, _LATENCY_SECONDS))
    place = Path(mkdtemp(prefix="workers-"))
    spacing = _SPACING_SECONDS if hosts < sources else 0
    with ExitStack() as ended:
        server = postgresql.server_in(place)
        ended.callback(postgresql.stop_in, place)
        for workers in (1, 2):
            log = _Log()
            web = _Server(("0.0.0.0", 0), _handler(log, latency_seconds))  # noqa: S104 - each host is an address
            Thread(target=web.serve_forever, daemon=True).start()
            text = f"[cluster]\nconcurrency = {_CONCURRENCY}\n" + "".join(
                f'[[source]]\nname = "s{number}"\n'
                f'feed = "http://{address_of(number % hosts)}:{web.server_port}/{number}"\n'
                f'allow_private = true\nspacing = "{spacing:g}s"\n'
                for number in range(sources)
            )
            folder = place / f"{workers}-{time.monotonic_ns()}"
            folder.mkdir()
            before = os.times()
            seconds = _measure(folder, url_in(server, folder), text, workers, log)
            after = os.times()
            cpu = after.children_user + after.children_system
            cpu -= before.children_user + before.children_system
            click.echo(
                f"{workers} workers: {seconds:.1f} s for {log.count()} requests, {cpu:.1f} s of "
                f"CPU; at most {log.most_at_once()} at once to a host, "
                f"{log.shortest_gap_seconds():.3f} s apart at least"
            )
            web.shutdown()


if __name__ == "__main__":
    main()
