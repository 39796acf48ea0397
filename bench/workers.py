"""How much sooner two workers are through with slow sources than one, and how they treat hosts.

``python -m bench.workers [SOURCES [HOSTS [SECONDS [RUNS]]]]`` starts a PostgreSQL of its own and a
server of feeds that waits SECONDS before it answers, and prints how long one and two
workers take from the first request until all is stored, RUNS times in turn, and then the least.
The store is made before, and no host is claimed until each worker has begun. The server's own log
says how many connections a host had at once, and how far its requests were apart. What the workers
and PostgreSQL took of the processors meanwhile is printed beside what others took: on a busy
machine more seconds show what fewer do on a quiet one. Linux.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock, Thread

import click
import sqlalchemy as sa

from aggregator.store.store import Store
from bench.feed_server import address_of
from bench.made_texts import Writer
from tests.support import postgresql
from tests.support.texts import item, rss
from tests.support.workers import Cluster, url_in, written

_LATENCY_SECONDS = 0.5
_CONCURRENCY = 8
_SPACING_SECONDS = 1
_ITEMS = 3
_LOOK_SECONDS = 0.1
# Until all that a worker begins with is done, after it joined the others.
_READY_SECONDS = 1.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Each worker shares the lock of passes as it begins (``store.postgresql``).
_BEGUN = sa.text(
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
    " AND objid = CAST(CAST(hashtext(current_schema()) AS bigint) & 4294967295 AS oid)"
    " HAVING count(*) = :workers"
)


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


def _bodies(sources: int) -> list[bytes]:
    """Write a feed for each source, of texts that are as alike as those of real papers are."""
    writer = Writer.make()
    bodies = []
    for source in range(sources):
        items = []
        for number in range(source * _ITEMS, (source + 1) * _ITEMS):
            title, body = writer.text(number)
            items.append(item(number, title=title, description=f"<p>{body}</p>"))
        bodies.append(rss(items))
    return bodies


def _handler(
    log: _Log, bodies: list[bytes], latency_seconds: float
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            began = time.monotonic()
            body = bodies[int(self.path.strip("/"))]
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


@dataclass(frozen=True)
class _Taken:
    """Seconds of the processors until a moment: of workers, PostgreSQL, this process, and all."""

    workers: float
    postgresql: float
    bench: float
    machine: float
    idle: float

    @classmethod
    def until_now(cls, workers: list[subprocess.Popen[bytes]], postmaster: int) -> _Taken:
        """Measure what was taken until now."""
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
        seconds = [int(field) / _TICKS_A_SECOND for field in fields]
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return cls(
            workers=sum(_cpu_seconds(worker.pid) for worker in workers),
            postgresql=sum(map(_cpu_seconds, map(int, children)))
            + _cpu_seconds(postmaster, with_ended=True),
            bench=time.process_time(),
            machine=sum(seconds),
            idle=seconds[3] + seconds[4],
        )

    def since(self, before: _Taken) -> str:
        """Tell what was taken since, and which share of the processors others took."""
        workers, server = self.workers - before.workers, self.postgresql - before.postgresql
        bench, machine = self.bench - before.bench, self.machine - before.machine
        others = machine - (self.idle - before.idle) - workers - server - bench
        return (
            f"CPU: workers {workers:.1f} s, PostgreSQL {server:.1f} s, server of feeds "
            f"{bench:.1f} s, others {others / machine:.0%} of the machine"
        )


def _cpu_seconds(pid: int, *, with_ended: bool = False) -> float:
    """Return what a process took, with its children that ended where that is asked."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # it has just ended, and is counted with its parent
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / _TICKS_A_SECOND


def _measure(folder: Path, url: str, text: str, workers: int, log: _Log) -> tuple[float, str]:
    """Return in how many seconds workers are through, and what that took, from the first request.

    No host is claimed before each worker has begun, as the turn to write is held until then.
    """
    written(folder, url, text)
    cluster = Cluster(url=url, folder=folder)
    Store.open(cluster.config.store_url).close()
    command = [sys.executable, "-m", "aggregator", "worker", "--log-level", "warning"]
    running = [subprocess.Popen(command, cwd=folder) for _ in range(workers)]
    pids = Path(postgresql.socket_in(folder.parent).parent, "data", "postmaster.pid")
    postmaster = int(pids.read_text().splitlines()[0])
    try:
        with Store.beside(cluster.config.store_url) as store, store.write() as unit:
            while not unit.has_row(_BEGUN, {"workers": workers}):
                time.sleep(_LOOK_SECONDS)
            time.sleep(_READY_SECONDS)
        before = _Taken.until_now(running, postmaster)
        with cluster.connected():
            while not cluster.is_asked():
                time.sleep(_LOOK_SECONDS)
        took = time.monotonic() - log.first()
        return took, _Taken.until_now(running, postmaster).since(before)
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
    runs = int(next(arguments, "1"))
    place = Path(mkdtemp(prefix="workers-"))
    spacing = _SPACING_SECONDS if hosts < sources else 0
    bodies = _bodies(sources)
    least: dict[int, float] = {}
    with ExitStack() as ended:
        server = postgresql.server_in(place)
        ended.callback(postgresql.stop_in, place)
        for workers in (1, 2) * runs:
            log = _Log()
            handler = _handler(log, bodies, latency_seconds)
            web = _Server(("0.0.0.0", 0), handler)  # noqa: S104 - each host is an address
            Thread(target=web.serve_forever, daemon=True).start()
            text = f"[cluster]\nconcurrency = {_CONCURRENCY}\n" + "".join(
                f'[[source]]\nname = "s{number}"\n'
                f'feed = "http://{address_of(number % hosts)}:{web.server_port}/{number}"\n'
                f'allow_private = true\nspacing = "{spacing:g}s"\n'
                for number in range(sources)
            )
            folder = place / f"{workers}-{time.monotonic_ns()}"
            folder.mkdir()
            seconds, taken = _measure(folder, url_in(server, folder), text, workers, log)
            least[workers] = min(seconds, least.get(workers, seconds))
            click.echo(
                f"{workers} workers: {seconds:.1f} s for {log.count()} requests; {taken}; at most "
                f"{log.most_at_once()} at once to a host, {log.shortest_gap_seconds():.3f} s apart "
                "at least"
            )
            web.shutdown()
    click.echo(f"two workers are {least[1] / least[2]:.2f} times as fast as one, at the least")


if __name__ == "__main__":
    main()
