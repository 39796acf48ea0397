"""A whole update run beside the package ``reader``: ``python -m bench.update [FEEDS]``.

Serves feeds (500 where no number is given) from loopback in a process of its own and
updates them three times with each program, in turn: all new, all unchanged, and their next
documents. Each run is a process; what is printed is its CPU time, wall time and peak memory as the
system accounts for them, and how much of the CPU time is the update itself, without starting,
opening the store and telling; of several runs the medians.

``--corpus real`` takes feeds that are shaped as real ones are (``bench/corpora.py``), in place of
40 entries of 4.5 KB each. ``--hosts each`` serves every feed at an address of its own, so that
every connection is a fresh one, and ``--tls`` over TLS, with an authority made for the occasion.
``reader`` is looked for among the installed packages or in the folder ``--reader`` (``pip install
--target FOLDER reader sgmllib3k``); without it, only ours runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from bench.corpora import CORPORA, Corpus
from bench.feed_server import address_of, serving
from bench.update_programs import SPENT

_COUNTED = {"ours": ("aggregator.db", "entry"), "reader": ("reader.db", "entries")}


@dataclass(frozen=True)
class Cost:
    """What one run took, and how many entries its program has stored by then."""

    cpu_seconds: float
    update_cpu_seconds: float
    wall_seconds: float
    peak_mebibytes: float
    entries: int


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What is measured: feeds of a corpus at their addresses, and the programs by name."""

    corpus: Corpus
    folder: Path
    urls: Sequence[str]
    programs: Mapping[str, Sequence[str]]
    environments: Mapping[str, Mapping[str, str]]
    costs: dict[tuple[str, str], list[Cost]] = field(default_factory=dict)

    def measure(self, repetition: int) -> None:
        """Run every phase with each program, each in a folder of its own."""
        names = list(self.programs)
        names = names[::-1] if repetition % 2 else names
        folders = {name: self.folder / f"{name}-{repetition}" for name in names}
        for folder in folders.values():
            folder.mkdir()
            (folder / "config.toml").write_text(_configuration(self.urls), encoding="utf-8")
        self._put(self.corpus.first)
        for phase in self.phases:
            if phase == self.corpus.next_phase:
                self._put(self.corpus.next)
            for name in names:
                cost = _run(self.programs[name], folders[name], self.environments[name], name)
                self.costs.setdefault((phase, name), []).append(cost)

    @property
    def phases(self) -> tuple[str, str, str]:
        """The three updates, in their order."""
        return ("cold", "warm", self.corpus.next_phase)

    def _put(self, document: Callable[[int], bytes | None]) -> None:
        for number in range(len(self.urls)):
            body = document(number)
            if body is not None:
                (self.folder / "www" / f"{number}").write_bytes(body)

    def table(self) -> str:
        """Return the medians as a table."""
        lines = [
            "| phase | program | CPU s | updating | wall s | peak MiB | entries "
            "| times less CPU, updating, wall |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for phase in self.phases:
            for name in self.programs:
                costs = self.costs[phase, name]
                others = self.costs.get((phase, "reader"), []) if name == "ours" else []
                lines.append(f"| {phase} | {name} | {_medians(costs)} | {_ratios(costs, others)} |")
        return "\n".join(lines) + "\n"


def _medians(costs: Sequence[Cost]) -> str:
    return " | ".join(
        (
            f"{statistics.median(cost.cpu_seconds for cost in costs):.2f}",
            f"{statistics.median(cost.update_cpu_seconds for cost in costs):.2f}",
            f"{statistics.median(cost.wall_seconds for cost in costs):.2f}",
            f"{statistics.median(cost.peak_mebibytes for cost in costs):.0f}",
            f"{costs[-1].entries}",
        )
    )


def _ratios(costs: Sequence[Cost], others: Sequence[Cost]) -> str:
    """Return how many times less was taken than by the other program in the same repetition."""
    if not others:
        return ""
    pairs = list(zip(costs, others, strict=True))
    ratios = (
        statistics.median(other.cpu_seconds / cost.cpu_seconds for cost, other in pairs),
        statistics.median(
            other.update_cpu_seconds / cost.update_cpu_seconds for cost, other in pairs
        ),
        statistics.median(other.wall_seconds / cost.wall_seconds for cost, other in pairs),
    )
    return ", ".join(f"{ratio:.1f}" for ratio in ratios)


def _configuration(urls: Sequence[str]) -> str:
    """Return sources in one feed, without the archives that a new store makes at first.

    They are made of what was stored long before the pass; ``bench.archives`` measures them.
    """
    return '[[feed]]\nname = "bangla"\narchive = false\n' + "".join(
        f'[[source]]\nname = "s{number}"\nfeed = "{url}"\nallow_private = true\nspacing = "0s"\n'
        for number, url in enumerate(urls)
    )


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str], name: str) -> Cost:
    """Run a command to its end and return what it took."""
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall_seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.write(f"{command} ended with {process.returncode}\n")
    database, table = _COUNTED[name]
    connection = sqlite3.connect(folder / database)
    # Both names are constants of this module.
    entries = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    connection.close()
    return Cost(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        update_cpu_seconds=float((folder / SPENT).read_text()),
        wall_seconds=wall_seconds,
        peak_mebibytes=usage.ru_maxrss / 1024,
        entries=entries,
    )


def main() -> None:
    """Prepare, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.update")
    parser.add_argument("feeds", nargs="?", type=int, default=500)
    parser.add_argument("--corpus", choices=tuple(CORPORA), default="made")
    parser.add_argument("--hosts", choices=("one", "each"), default="one")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--reader", default="", help="the folder that reader is installed in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "www").mkdir()
        hosts = options.feeds if options.hosts == "each" else 1
        authority = trustme.CA() if options.tls else None
        if authority is not None:
            authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        with serving(folder / "www", authority, hosts) as base:
            urls = [
                f"{base.format(address_of(number % hosts))}/{number}"
                for number in range(options.feeds)
            ]
            (folder / "urls.json").write_text(json.dumps(urls))
            bench = _bench(options, folder, urls)
            for repetition in range(options.runs):
                bench.measure(repetition)
    sys.stdout.write(
        f"{options.feeds} feeds ({options.corpus}), hosts: {options.hosts}, "
        f"TLS: {'yes' if options.tls else 'no'}, median of {options.runs}, "
        f"Python {sys.version.split()[0]}\n\n{bench.table()}"
    )


def _bench(options: argparse.Namespace, folder: Path, urls: Sequence[str]) -> Bench:
    """Build what is measured, with ``reader`` where it is installed."""
    path = [str(Path(__file__).parent.parent)]
    ca_file = [str(folder / "ca.pem")] if options.tls else []
    this = [sys.executable, "-m", "bench.update_programs"]
    programs = {"ours": [*this, "ours", *ca_file]}
    environments = {"ours": {**os.environ, "PYTHONPATH": path[0]}}
    if options.reader or importlib.util.find_spec("reader"):
        programs["reader"] = [*this, "reader", str(folder / "urls.json"), *ca_file]
        path += filter(None, [options.reader])
        environments["reader"] = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    return Bench(
        corpus=CORPORA[options.corpus],
        folder=folder,
        urls=urls,
        programs=programs,
        environments=environments,
    )


if __name__ == "__main__":
    main()
