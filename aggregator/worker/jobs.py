"""The jobs of a worker, hosts that it asks and dumps that it reads, and which of them hang.

They outlast a session with the database, as a thread that hangs does. A thread cannot be ended, so
where one hangs for long the process ends, for its supervisor to start it again.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, get_ident

from aggregator.console.faults import Faults
from aggregator.heartbeat import BOUNDS
from aggregator.models import Hang
from aggregator.pipeline.run import Clock

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
# A job goes on with each source of its host, and each commit of a dump: as a tick does.
_HANGS_SECONDS = BOUNDS.work_seconds
# Far beyond a lease, and beyond the slowest source (a minute of its pages, and each request's
# deadline). Of 32 threads one may be missing for an hour, before all others begin anew.
_STUCK_SECONDS = 3600.0
_HINT = "the worker ends if it hangs for an hour"


@dataclass(slots=True)
class _Job:
    """A job under way: what it is of, and when it last went on, by both clocks."""

    of: str
    since: datetime
    moved: float


class Jobs:
    """The jobs of one process, each in a thread of its own; ``monotonic`` tells which hang."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._faults = Faults()
        self.is_stuck = False  # once the process is to end as a job hung for too long
        self._lock = Lock()  # of what follows
        self._of_thread: dict[int, _Job] = {}
        self._told: set[str] = set()

    @contextmanager
    def under_way(self, of: str) -> Iterator[None]:
        """Watch this thread's job, which is of a host or a dump, for as long as the block lasts."""
        with self._lock:
            self._of_thread[get_ident()] = _Job(of, self._clock(), self._monotonic())
        try:
            yield
        finally:
            with self._lock:
                del self._of_thread[get_ident()]

    def go_on(self) -> None:
        """Note that this thread's job goes on, if it has one."""
        with self._lock:
            if (job := self._of_thread.get(get_ident())) is not None:
                job.since, job.moved = self._clock(), self._monotonic()

    def hanging(self) -> tuple[Hang, ...]:
        """Return the jobs that hang, the longest first, each since it last went on."""
        return tuple(Hang(of=job.of, since=job.since) for job in self._still(_HANGS_SECONDS))

    def watch(self, stop: Event) -> None:
        """Log what hangs until ``stop`` is set; set it where a job hangs for too long."""
        while not stop.wait(_LOOK_SECONDS):
            self._tell()
            if stuck := self._still(_STUCK_SECONDS):
                log.error("%s hangs for too long: this worker ends", stuck[0].of)
                self.is_stuck = True  # also where its thread sees that it is to stop, and does
                stop.set()

    def _tell(self) -> None:
        hanging = self.hanging()
        for hang in hanging:
            since = f"{hang.since:%Y-%m-%d %H:%M:%S} UTC"
            text = f"the job of {hang.of} hangs, and has shown nothing since {since}"
            self._faults.say(hang.of, text, _HINT)
        names = {hang.of for hang in hanging}
        for name in self._told - names:
            self._faults.end(name)
        self._told = names

    def _still(self, seconds: float) -> list[_Job]:
        with self._lock:
            now = self._monotonic()
            still = [job for job in self._of_thread.values() if now - job.moved > seconds]
        return sorted(still, key=lambda job: job.moved)


def end_at_last(stop: Event, jobs: Jobs, after_seconds: float) -> None:
    """End the process some seconds after it was told to, whatever its threads wait for."""
    stop.wait()
    time.sleep(after_seconds)
    if not jobs.is_stuck:
        log.warning("the database does not answer; what was not stored is done by another worker")
    end(is_stuck=jobs.is_stuck)


def end(*, is_stuck: bool) -> None:
    """End the process at once, as a thread that hangs cannot be ended: with 1 where one does."""
    sys.stderr.flush()
    os._exit(1 if is_stuck else 0)
