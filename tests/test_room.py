"""Bodies that wait are bounded in bytes, and no two of them wait for each other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from aggregator.errors import NotAskedError
from aggregator.fetch.room import Room
from aggregator.pipeline import ingest
from tests.support.configurations import LOCAL, Make, Write, source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.published import read
from tests.support.texts import item, rss

_POLL_SECONDS = 0.05


def large(number: int, size: int) -> bytes:
    """Return a feed of one entry that is nearly all a comment."""
    return rss([item(number)], extra=f"<!--{'x' * size}-->")


def test_bodies_that_came_halfway_do_not_wait_for_each_other() -> None:
    """Each of many takes small pieces of one room; all end, at most one of them beyond it."""
    pieces, most = 10, 12
    room, lock, used = Room(most, Event()), Lock(), []

    def hold(rank: int) -> None:
        place = room.place(rank)
        for _ in range(pieces):
            if not place.try_to_take(1):
                place.take(1)
            with lock:
                used.append(room.used_bytes)
        place.give_back()

    threads = [Thread(target=hold, args=[rank], daemon=True) for rank in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HUNG_SECONDS)
        assert not thread.is_alive()
    assert room.used_bytes == 0
    assert max(used) <= most + pieces


def test_a_body_larger_than_the_room_goes_alone_beyond_it() -> None:
    """It waits for nobody if it is the first; the next one waits until its place is given back."""
    room = Room(10, Event())
    first, second = room.place(0), room.place(1)
    first.take(25)
    assert not second.try_to_take(1)
    waiting = Thread(target=second.take, args=[5], daemon=True)
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    first.give_back()
    waiting.join(HUNG_SECONDS)
    assert room.used_bytes == 5


@pytest.mark.parametrize("is_stopped", [True, False])
def test_nobody_waits_for_room_after_the_end(*, is_stopped: bool) -> None:
    """A pass that is told to stop, or that a fault ends, leaves no thread behind."""
    stop = Event()
    room = Room(10, stop)
    room.place(0).take(25)
    ended: list[NotAskedError] = []

    def wait() -> None:
        try:
            room.place(1).take(5)
        except NotAskedError as error:
            ended.append(error)

    waiting = Thread(target=wait, daemon=True)
    waiting.start()
    if is_stopped:
        stop.set()
    else:
        room.close()
    waiting.join(HUNG_SECONDS)
    assert len(ended) == 1
    assert room.used_bytes == 25


def ten_megabytes(number: int) -> Page:
    """Return such a feed that is made while it is sent.

    A process is charged with the memory of the one that starts it, which therefore stays small.
    """
    before, after = large(number, 0).split(b"-->")

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(before) + 10_000_003 + len(after)))
        request.end_headers()
        request.wfile.write(before)
        for _ in range(100):
            request.wfile.write(b"x" * 100_000)
        request.wfile.write(b"-->" + after)

    return Page(handle=send)


@contextmanager
def servers(count: int) -> Iterator[list[Loopback]]:
    """Serve at ``count`` addresses, each a host of its own."""
    with ExitStack() as stack:
        opened = [Loopback(f"127.0.0.{number}") for number in range(2, count + 2)]
        for server in opened:
            stack.callback(server.close)
        yield opened


def test_sources_that_find_no_room_are_read_when_there_is_some(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six bodies, each larger than the room, all come; waiting counts for no deadline."""
    monkeypatch.setattr(ingest, "_WAITING_BYTES", 100_000)
    with servers(6) as hosts:
        for number, host in enumerate(hosts):
            host.pages["/"] = Page(large(number, 600_000))
        names = [f"s{number}" for number in range(len(hosts))]
        pairs = zip(names, hosts, strict=True)
        config = make_config("".join(source(name, f"{host.url}/") for name, host in pairs))
        report = one_pass(config)
    assert {one.source: one.new for one in report.sources} == dict.fromkeys(names, 1)
    assert len(read(config, "bangla.rss")) == 6


def peak_kibibytes(pid: int) -> int:
    """Return the most memory that a process had; 0 once it has ended.

    What the system accounts for an ended child begins with the memory of who forked it.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    values = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(values[0]) if values else 0


@pytest.mark.attack
def test_sixty_sources_of_ten_megabytes_take_little_memory(write_config: Write) -> None:
    """All are published, in less than half of the 600 MB that they send at once."""
    with servers(30) as hosts:
        config = ""
        for number in range(60):
            host = hosts[number // 2]
            host.pages[f"/{number}"] = ten_megabytes(number)
            config += f'[[source]]\nname = "s{number}"\nfeed = "{host.url}/{number}"\n{LOCAL}'
        folder = write_config(config).parent
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "aggregator", "once"], cwd=folder, stdout=log, stderr=log
            )
            peak = 0
            while process.poll() is None:
                peak = max(peak, peak_kibibytes(process.pid))
                time.sleep(_POLL_SECONDS)
    assert process.returncode == 0, Path(folder, "log").read_text(encoding="utf-8")
    assert Path(folder, "log").read_text(encoding="utf-8").count("1 new") == 60
    # Measured: 283 MiB, and 903 without a bound.
    assert 100 * 1024 < peak < 400 * 1024
