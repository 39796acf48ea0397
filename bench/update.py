"""A whole update run beside the package ``reader``: ``python -m bench.update [FEEDS]``.

Serves 500 made feeds of 40 entries from loopback in a process of its own and updates them three
times with each program, in turn: all new, all unchanged, a tenth with two more entries. Each run is
a process; what is printed is its CPU time and peak memory as the system accounts for them, and how
much of the CPU time is the update itself, without starting, opening the store and telling.
``reader`` needs to be installed (``pip install reader sgmllib3k``); without it, only ours runs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

from bench.parse import feed

_ENTRIES, _MORE = 40, 2
_TENTH = 10
_SPENT = Path("spent.txt")  # in the folder of the run

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu_seconds: float
    update_cpu_seconds: float
    wall_seconds: float
    peak_mebibytes: float


def serve(folder: Path) -> None:
    """Serve the files of a folder with validators, and print the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = (folder / self.path.strip("/")).read_bytes()
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            unchanged = self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", "0" if unchanged else str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def update_with_ours() -> None:
    """Run the command, with the pass timed."""
    once: Any = importlib.import_module("aggregator.commands.once")
    once.run_pass = _timed(once.run_pass)
    once.once(["--all"])


def _timed(update: Callable[..., T]) -> Callable[..., T]:
    """Give a function that also writes how much CPU time it took."""

    def timed(*args: Any, **kwargs: Any) -> T:
        start = time.process_time()
        try:
            return update(*args, **kwargs)
        finally:
            _SPENT.write_text(str(time.process_time() - start))

    return timed


def update_with_reader(database: str, urls_file: str) -> None:
    """Update every feed with ``reader``, as its documentation shows."""
    reader_module = importlib.import_module("reader")
    reader = reader_module.make_reader(database)
    for url in json.loads(Path(urls_file).read_text()):
        reader.add_feed(url, exist_ok=True)
    _timed(reader.update_feeds)(scheduled=False, workers=20)
    reader.close()


def run(command: list[str], folder: Path) -> Cost:
    """Run a command to its end and give what it took."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.write(f"{command} ended with {process.returncode}\n")
    return Cost(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        update_cpu_seconds=float((folder / _SPENT).read_text()),
        wall_seconds=time.monotonic() - start,
        peak_mebibytes=usage.ru_maxrss / 1024,
    )


def main() -> None:
    """Prepare, run every phase with each program, and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "www").mkdir()
        for number in range(count):
            (folder / "www" / f"{number}").write_bytes(feed(number, _ENTRIES))
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.update", "serve", str(folder / "www")],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None  # noqa: S101 - it was asked for above
            base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            _measure(folder, [f"{base}/{number}" for number in range(count)])
        finally:
            server.terminate()
            server.wait()


def _measure(folder: Path, urls: list[str]) -> None:
    (folder / "urls.json").write_text(json.dumps(urls))
    sources = "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "{url}"\nallow_private = true\nspacing = "0s"\n'
        for number, url in enumerate(urls)
    )
    (folder / "config.toml").write_text(sources, encoding="utf-8")
    programs = {"ours": [sys.executable, "-m", "bench.update", "ours"]}
    if importlib.util.find_spec("reader"):
        script = ["-m", "bench.update", "reader", "reader.db", "urls.json"]
        programs["reader"] = [sys.executable, *script]
    root = str(Path(__file__).parent.parent)
    os.environ["PYTHONPATH"] = root
    costs: dict[tuple[str, str], Cost] = {}
    for phase in ("cold", "warm", "a tenth changed"):
        if phase == "a tenth changed":
            for number in range(0, len(urls), _TENTH):
                (folder / "www" / f"{number}").write_bytes(feed(number, _ENTRIES + _MORE))
        for name, command in programs.items():
            costs[phase, name] = run(command, folder)
    sys.stdout.write(
        f"{len(urls)} feeds of {_ENTRIES} entries, Python {sys.version.split()[0]}\n\n"
    )
    sys.stdout.write(
        "| phase | program | CPU s | updating | wall s | peak MiB | times less CPU, updating |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    for (phase, name), cost in costs.items():
        other = costs.get((phase, "reader"))
        ratio = "-"
        if other:
            whole = other.cpu_seconds / cost.cpu_seconds
            ratio = f"{whole:.1f}, {other.update_cpu_seconds / cost.update_cpu_seconds:.1f}"
        shown = ratio if name == "ours" else ""
        sys.stdout.write(
            f"| {phase} | {name} | {cost.cpu_seconds:.2f} | {cost.update_cpu_seconds:.2f} "
            f"| {cost.wall_seconds:.2f} | {cost.peak_mebibytes:.0f} | {shown} |\n"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        serve(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["ours"]:
        update_with_ours()
    elif sys.argv[1:2] == ["reader"]:
        update_with_reader(sys.argv[2], sys.argv[3])
    else:
        main()
