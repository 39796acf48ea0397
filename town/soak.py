"""The service over a town for half an hour, read by twenty readers: ``make soak``.

SOAK_MINUTES says how long, SOAK_KILLS how often the service is killed meanwhile (SIGKILL at random
moments) and started again. Prints a table at the end, and exits with 1 where a bound fails.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event

import requests

from town.archive import write_dumps
from town.measures import HEADING, LEAST_SECONDS, Sample, bounds, course, sample
from town.papers import Form, Paper, papers
from town.readers import Findings, Judge, Reader
from town.server import TownServer
from town.service import LOG, ServiceProcess, free_address
from town.settings import Settings, configuration
from town.town import Town
from town.truth import Truth

_MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
_KILLS = int(os.environ.get("SOAK_KILLS", "0"))
_PAPERS = 60
_READERS, _PATIENT_READERS = 20, 16
_LIMIT = 150
# An hour of the town a minute: a story every three seconds, some 45 entries a minute.
_SPEED = 60.0
_EVERY = "5s"
# Readers check all that they read, which takes a tenth of a second each time. The feed changes
# every few seconds, so only readers who ask every second are told that it has not.
_READER_PAUSE_SECONDS, _EAGER_PAUSE_SECONDS = 6.0, 1.0
_SAMPLE_SECONDS = 5.0
_TICK_SECONDS = 1.0
_STARTING_SECONDS = 180.0
# What a paper's server sent is published within so long: a pass over sixty papers, of which some
# hang, takes seconds. A source that failed is asked again after a while that grows; what it tells
# then was not sent before.
_PUBLISHED_WITHIN_SECONDS = 60.0
# Another port for each soak, below those that connections are given (from 32768 on Linux): while
# the service is down, a reader could be given its port and would be connected with itself.
_PORT = 20_000 + os.getpid() % 10_000


@dataclass
class Soak:
    """One run: the town, the service, the readers, and all that is noted of them."""

    folder: Path
    town: Town
    findings: Findings = field(default_factory=Findings)
    samples: list[Sample] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    is_down: Event = field(default_factory=Event)
    first_sent: dict[int, float] = field(default_factory=dict)
    kills: int = 0
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.judge = Judge(truth=Truth(self.town), limit=_LIMIT)

    def elapsed(self) -> float:
        """Return the seconds since the run was started."""
        return time.monotonic() - self.started

    def clock(self) -> float:
        """Return the town's time in seconds."""
        return self.elapsed() * self.town.speed

    def sent(self, paper: Paper, at_seconds: float) -> None:
        """Note that a paper's document of a moment is on its way."""
        with self.judge.lock:
            self.judge.truth.read(paper, at_seconds)
            for code in self.judge.truth.due:
                self.first_sent.setdefault(code, time.monotonic())

    def run(self, seconds: float, kills: int) -> None:
        """Run for so long, and kill the service so often."""
        listen = free_address(_PORT)
        base = f"http://{listen}/bangla"
        with TownServer(self.town, self.clock, on_feed=self.sent) as server, ExitStack() as stack:
            settings = Settings(every=_EVERY, limit=_LIMIT, listen=listen)
            text = configuration(self.town, server.feed, settings)
            (self.folder / "config.toml").write_text(text, encoding="utf-8")
            self._write_dumps()
            service = stack.enter_context(ServiceProcess(self.folder))
            if not service.wait_for(f"{base}.json", _STARTING_SECONDS):
                self.findings.fault(f"not started: {(self.folder / LOG).read_text()}")
                return
            readers = [self._reader(base, number) for number in range(_READERS)]
            for reader in readers:
                reader.start()
            stack.callback(self.stop.set)
            self._watch(service, seconds, kills, f"{base}.json")
            self._check_whole(f"{base}.json")
            self.stop.set()
            for reader in readers:
                reader.join()

    def _reader(self, base: str, number: int) -> Reader:
        suffix = ("json", "rss", "atom", "json")[number % 4]
        pause_seconds = (
            _EAGER_PAUSE_SECONDS if number >= _PATIENT_READERS else _READER_PAUSE_SECONDS
        )
        return Reader(
            f"{base}.{suffix}",
            self.judge,
            self.findings,
            self.stop,
            self.is_down,
            pause_seconds + number / _READERS,
        )

    def _watch(self, service: ServiceProcess, seconds: float, kills: int, url: str) -> None:
        """Let the town live on, measure the service, and kill it at random moments."""
        random = Random(self.town.seed)
        begun = self.elapsed()
        moments = sorted(begun + random.uniform(0, seconds) for _ in range(kills))
        next_sample = begun
        while self.elapsed() < begun + seconds:
            self._write_dumps()
            if self.elapsed() >= next_sample:
                next_sample += _SAMPLE_SECONDS
                taken = sample(service, self.elapsed())
                if taken is not None:
                    self.samples.append(taken)
            if moments and self.elapsed() >= moments[0]:
                moments.pop(0)
                self._kill(service, url)
            if not service.is_running:
                self.findings.fault("ended: the service ended by itself")
                return
            time.sleep(_TICK_SECONDS)

    def _kill(self, service: ServiceProcess, url: str) -> None:
        self.is_down.set()
        service.kill()
        service.wait_until_gone(url, _STARTING_SECONDS)  # its web server ends a moment later
        self.kills += 1
        service.restart()
        if not service.wait_for(url, _STARTING_SECONDS):
            self.findings.fault(f"not started again: after kill {self.kills}")
        self.is_down.clear()

    def _write_dumps(self) -> None:
        moment = self.clock()
        for paper in self.town.papers:
            if paper.form is Form.DUMP:
                self.sent(paper, moment)
        write_dumps(self.town, self.folder / "dumps", moment)

    def _check_whole(self, url: str) -> None:
        """Note what was sent long enough ago and should be on the page, and is not there."""
        now = time.monotonic()
        body = requests.get(url, timeout=_STARTING_SECONDS).content
        with self.judge.lock:
            sent = {
                code
                for code, first_sent in self.first_sent.items()
                if now - first_sent > _PUBLISHED_WITHIN_SECONDS
            }
            for fault in self.judge.truth.missing(body, sent):
                self.findings.fault(fault)


def main() -> int:
    """Run, print the table, and return the exit code."""
    seconds = _MINUTES * 60
    folder = Path(tempfile.mkdtemp(prefix="town-"))
    town = Town(founded=datetime.now(UTC), papers=papers(_PAPERS), speed=_SPEED)
    soak = Soak(folder=folder, town=town)
    soak.run(seconds, _KILLS)
    broken = _print_table(soak, seconds)
    if broken or soak.findings.kinds:
        sys.stdout.write(f"its store, log and feeds are kept in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


def _print_table(soak: Soak, seconds: float) -> bool:
    """Print what was measured and found; tell whether a bound is broken."""
    say = sys.stdout.write
    answers = ", ".join(
        f"{count} × {kind}" for kind, count in sorted(soak.findings.answers.items())
    )
    say(f"{seconds / 60:.1f} minutes, {_PAPERS} papers, {_READERS} readers, {soak.kills} kills\n")
    say(f"texts sent {len(soak.judge.truth.due)}, published {len(soak.judge.truth.ids)}\n")
    say(f"answers to readers: {answers}\n")
    broken = False
    if soak.samples:
        last = soak.samples[-1]
        say(f"at the end {last.memory_bytes / 1e6:.1f} MB, {last.descriptors} descriptors\n")
        megabytes = " ".join(f"{value:.0f}" for value in course(soak.samples))
        say(f"memory, MB, in each tenth: {megabytes}\n{HEADING}\n")
        is_judged = seconds >= LEAST_SECONDS and not soak.kills
        for bound in bounds(soak.samples):
            say(f"{bound}{'' if is_judged else ' (not judged: too short, or killed)'}\n")
            broken = broken or (is_judged and not bound.is_kept)
    for kind, count in soak.findings.kinds.most_common():
        say(f"{count} × {kind}\n")
        for example in soak.findings.examples[kind]:
            say(f"    {example}\n")
    if not soak.findings.kinds:
        say("nothing was doubled, lost, invented, out of order or not valid; no id changed\n")
    return broken


if __name__ == "__main__":
    sys.exit(main())
