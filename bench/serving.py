"""What serving costs: ``python -m bench.serving [REQUESTS]``.

A feed of 200 KB is served by the web server's own process and, where it is installed, by nginx with
``contrib/nginx.conf`` in the same run. wrk asks for it as it is, as brotli, and with the tag that
the client has. Printed are requests a second by the clock, and requests for each second of
processor time that the server took, which other work on the machine changes less.

Then eight clients make REQUESTS requests (100,000 where none is named), while the feed is replaced
100 times a second. Each body must decode to a version that was written, none older than the last
that the client saw in whatever encoding, and its tag be that of its bytes. Else it ends with 1.
"""

from __future__ import annotations

import gzip
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from multiprocessing.synchronize import Event
from pathlib import Path

import brotli

from aggregator import own_process
from aggregator.models import FeedDocument
from aggregator.publish import files
from bench.made_texts import Writer
from tests.support.other_servers import missing, serving_with

_REQUESTS = 100_000
_BODY_BYTES = 200_000
_SMALL_BYTES = 20_000  # of a feed that is replaced, so that compressing it 100 times a second fits
_SECONDS = 5
_CLIENTS = 8
_REPLACED_A_SECOND = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)
_DECODED = {"identity": bytes, "br": brotli.decompress, "gzip": gzip.decompress}
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def _text(size: int) -> bytes:
    writer = Writer.make()
    pieces: list[str] = []
    while sum(map(len, pieces)) < size:
        pieces += writer.text(len(pieces))
    return "".join(pieces).encode()[:size]


def _put(folder: Path, body: bytes, number: int) -> None:
    modified = _START + timedelta(seconds=number)
    files.put(folder, FeedDocument(name="x.rss", body=body, modified=modified))


@contextmanager
def _own(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve a folder with a process of the web server's; return (port, process)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        push = folder.with_name(f"{folder.name}-push")  # no hub is told of, and none calls
        nothing = str(folder / "nothing")  # neither configuration nor store: nobody searches
        arguments = (str(listener.fileno()), str(folder), str(push), nothing, nothing)
        process = subprocess.Popen(
            own_process.command("aggregator.server", *arguments),
            env=own_process.environment(),
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.wait()


def _processor_seconds(pid: int) -> float:
    """Return the processor time that a process and those that it started have taken."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
    return own + sum(_processor_seconds(int(child)) for child in children)


def _ask(port: int, *headers: tuple[str, str]) -> tuple[str, str, bytes]:
    """Return (tag, coding, body) of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/x.rss", headers=dict(headers))
        with connection.getresponse() as answer:
            coding = answer.headers.get("Content-Encoding", "identity")
            return answer.headers["ETag"], coding, answer.read()
    finally:
        connection.close()


def _load(label: str, port: int, pid: int) -> None:
    """Print how many requests of each kind are answered."""
    br = ("Accept-Encoding", "gzip, br")
    tag, _, _ = _ask(port, br)
    kinds = {
        "as it is": [("Accept-Encoding", "identity")],
        "br": [br],
        "304": [br, ("If-None-Match", tag)],
    }
    for kind, headers in kinds.items():
        lines = [part for name, value in headers for part in ("-H", f"{name}: {value}")]
        began = _processor_seconds(pid)
        wrk = [shutil.which("wrk") or "", "-t1", f"-c{_CLIENTS}", f"-d{_SECONDS}s"]
        done = subprocess.run(
            [*wrk, *lines, f"http://127.0.0.1:{port}/x.rss"],
            capture_output=True,
            text=True,
            check=True,
        )
        count = int(done.stdout.split(" requests in ")[0].split()[-1])
        spent = max(_processor_seconds(pid) - began, 1 / _TICKS_A_SECOND)
        sys.stdout.write(
            f"  {label:6} {kind:9} {count / _SECONDS:8.0f} /s {count / spent:8.0f} /s of CPU\n"
        )


def _measure_load(scratch: Path) -> None:
    folder = scratch / "load"
    _put(folder, _text(_BODY_BYTES), 0)
    if shutil.which("wrk") is None:
        sys.stdout.write("load: skipped, as wrk is not installed (apt install wrk)\n")
        return
    sys.stdout.write(f"a feed of {_BODY_BYTES:,} bytes, {_CLIENTS} clients\n")
    with _own(folder) as (port, pid):
        _load("own", port, pid)
    if reason := missing("nginx"):
        sys.stdout.write(f"  nginx: skipped, as {reason}\n")
        return
    with serving_with("nginx", folder, scratch) as served:
        pid = int((scratch / "pid").read_text(encoding="ascii"))
        _load("nginx", served.address[1], pid)


def _replace_until(folder: Path, base: bytes, is_over: Event) -> None:
    """Replace the feed as often as wanted, each time with the next number at its end."""
    began, number = time.monotonic(), 0
    while not is_over.wait(max(began + number / _REPLACED_A_SECOND - time.monotonic(), 0)):
        number += 1
        _put(folder, base + b"%d" % number, number)


def _count_torn(port: int, requests: int, client: int, base: bytes) -> Counter[str]:
    """Make requests over one connection; count codings, and what is torn or goes back."""
    counts: Counter[str] = Counter()
    last = 0
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for number in range(requests):
        coding = ("identity", "gzip", "br")[(number + client) % 3]
        connection.request("GET", "/x.rss", headers={"Accept-Encoding": coding})
        with connection.getresponse() as answer:
            body = answer.read()
            got = answer.headers.get("Content-Encoding", "identity")
            is_tag_right = answer.headers["ETag"] == f'"{sha256(body).hexdigest()[:32]}"'
        try:
            start, _, version = _DECODED[got](body).rpartition(b"#")
            is_whole = start + b"#" == base and got in (coding, "identity") and is_tag_right
            last, before = int(version), last
        except (OSError, EOFError, ValueError, brotli.error):
            is_whole = False
        counts[f"sent as {got}"] += 1
        counts["torn"] += not is_whole
        counts["back"] += is_whole and last < before
    connection.close()
    return counts


def _measure_torn(scratch: Path, requests: int) -> bool:
    folder, base = scratch / "torn", _text(_SMALL_BYTES).replace(b"#", b"") + b"#"
    _put(folder, base + b"0", 0)
    is_over = multiprocessing.Event()
    # A process of its own, as the clients here would keep a thread from replacing on time.
    writer = multiprocessing.Process(target=_replace_until, args=[folder, base, is_over])
    with _own(folder) as (port, _), ThreadPoolExecutor(_CLIENTS) as clients:
        _ask(port)
        writer.start()
        began = time.monotonic()
        each = -(-requests // _CLIENTS)
        found = [
            clients.submit(_count_torn, port, each, number, base) for number in range(_CLIENTS)
        ]
        counts = Counter[str]()
        for client in found:
            counts.update(client.result())
        seconds = time.monotonic() - began
        is_over.set()
        writer.join()
    replaced = int((folder / "x.rss").read_bytes().rpartition(b"#")[2]) / seconds
    torn, back = counts.pop("torn"), counts.pop("back")
    codings = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    sys.stdout.write(
        f"replaced {replaced:.0f} times a second, {counts.total():,} requests in {seconds:.0f} s: "
        f"{codings}; {torn} torn, {back} older than the last\n"
    )
    return not torn and not back


def main() -> None:
    """Measure, and end with 1 where an answer was torn."""
    requests = int(sys.argv[1]) if sys.argv[1:] else _REQUESTS
    with tempfile.TemporaryDirectory() as name:
        _measure_load(Path(name))
    # In memory, where there is such a folder: a disk writes four fsyncs 100 times a second only if
    # nobody else writes.
    memory = Path("/dev/shm")  # noqa: S108 - nothing there is trusted
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        is_whole = _measure_torn(Path(name), requests)
    sys.exit(not is_whole)


if __name__ == "__main__":
    main()
