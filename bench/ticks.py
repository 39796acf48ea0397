"""How punctual a service is with many sources, and what it takes: ``python -m bench.ticks``.

``python -m bench.ticks [SOURCES] [SECONDS]`` runs ``aggregator run`` over 2,000 sources on as many
addresses of loopback, all with ``every = "60s"``, whose server answers 304. It prints how late
polls came, whether any was dropped, and the processor's time; then the same where no source is due,
so that it shows what the polls themselves take.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Thread

from bench.feed_server import address_of

_EVERY_SECONDS = 60.0
# After the first polls, which are stored one by one, and the second, which are spread.
_SETTLED_SECONDS = 2.5 * _EVERY_SECONDS
_POLL_SECONDS = 0.5
_ENTRY = (
    "<item><guid>https://paper.example/{0}</guid><link>https://paper.example/{0}</link>"
    "<title>পদ্মা সেতুতে আজ যান চলাচল স্বাভাবিক {0}</title>"
    "<pubDate>Wed, 25 Nov 2026 06:00:00 +0600</pubDate></item>"
)


class Server:
    """Feeds that never change, on every address of loopback, and when each was asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        ready = self._loop.run_until_complete(
            asyncio.start_server(self._answer, "0.0.0.0", 0, backlog=1024)  # noqa: S104
        )
        self.port = ready.sockets[0].getsockname()[1]
        Thread(target=self._loop.run_forever, daemon=True).start()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].decode().strip("/")
                self.asked[path].append(time.monotonic())
                writer.write(_response(path, is_known=b"\r\nIf-None-Match:" in request))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has what it wanted
        finally:
            writer.close()


def _response(path: str, *, is_known: bool) -> bytes:
    if is_known:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
    body = f"<rss version='2.0'><channel>{_ENTRY.format(path)}</channel></rss>".encode()
    head = f'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: {len(body)}\r\n\r\n'
    return head.encode() + body


@contextmanager
def service(folder: Path, sources: int, port: int, every: str) -> Iterator[int]:
    """Run the service over the sources while the block lasts; yield its process's id."""
    lines = ['[site]\nlisten = "127.0.0.1:0"\nwebsub = false\n[dedupe]\nevents = false\n']
    lines += [
        f'[[source]]\nname = "s{number}"\nfeed = "http://{address_of(number)}:{port}/s{number}"\n'
        f'every = "{every}"\nallow_private = true\n'
        for number in range(sources)
    ]
    (folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "run"], cwd=folder, stdout=log, stderr=log
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the processor's time that a process took so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(pid: int, seconds: float) -> float:
    """Return how much of a core a process takes while ``seconds`` go by."""
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def _wait_for(server: Server, sources: int) -> None:
    """Wait until every source was asked."""
    while len(server.asked) < sources:
        time.sleep(_POLL_SECONDS)


def main() -> None:
    """Measure with sources that are due each minute, and with ones that are not."""
    words = (sys.argv[1:] + ["2000", "180"][len(sys.argv) - 1 :])[:2]
    sources, seconds = int(words[0]), float(words[1])
    server = Server()
    with TemporaryDirectory() as name, service(Path(name), sources, server.port, "60s") as pid:
        _wait_for(server, sources)
        time.sleep(_SETTLED_SECONDS)
        began = time.monotonic()
        busy = measured(pid, seconds)
        late = sorted(
            after - before - _EVERY_SECONDS
            for times in server.asked.values()
            for before, after in pairwise(times)
            if after >= began
        )
    with TemporaryDirectory() as name, service(Path(name), sources, server.port, "1d") as pid:
        server.asked.clear()
        _wait_for(server, sources)
        time.sleep(_EVERY_SECONDS / 2)
        idle = measured(pid, seconds)
    dropped = sum(lateness > _EVERY_SECONDS / 2 for lateness in late)
    cuts = quantiles(late, n=20)
    sys.stdout.write(
        f"{sources} sources, {len(late) / seconds:.1f} polls a second\n"
        f"late by {cuts[9]:.2f} s (median), {cuts[-1]:.2f} s (p95), {late[-1]:.2f} s at most; "
        f"{dropped} dropped\n"
        f"of a core {100 * busy:.1f} % with the polls, {100 * idle:.1f} % without any\n"
    )


if __name__ == "__main__":
    main()
