"""When ticks come: each kind of work again and again, in threads of APScheduler, until the end.

Knows no work's nature. A wall clock that is set keeps no tick waiting.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from threading import Event, Lock

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from aggregator.pipeline.run import Clock

log = logging.getLogger(__name__)

# A wall clock that moves this much against the monotonic one was set, and the scheduler, which goes
# by the wall clock, may wait for the old time to come round again. A daemon that keeps the clock
# right moves it by less.
_CLOCK_STEP_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # how often it is looked at the clock, and at what else is to be looked at


class Ticks:
    """Work that is done again and again, each kind in a thread of its own."""

    def __init__(self, clock: Clock, stop: Event) -> None:
        self._clock, self._stop = clock, stop
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduling = Lock()
        self._came = time.monotonic()  # when a tick of any kind last began or ended

    def begin(self, work: Callable[[], None], seconds: float) -> None:
        """Do ``work`` at once, and again every ``seconds``, or later; it raises nothing.

        A fifth of the time is left to others.
        """
        self._schedule(work, 0, seconds)

    def quiet_seconds(self) -> float:
        """Return for how long no tick of any kind has begun or ended."""
        return time.monotonic() - self._came

    def run(self, look: Callable[[], None]) -> None:
        """Let ticks come until ``stop`` is set; ``look`` is called each second meanwhile."""
        self._scheduler.start()
        try:
            self._wait(look)
        finally:
            self._stop.set()
            # Else a tick that schedules the next one and the scheduler's end wait for each other.
            with self._scheduling:
                # A job that is due while the scheduler ends would end its thread in a traceback.
                self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=True)

    def _wait(self, look: Callable[[], None]) -> None:
        """Wait to be told to stop, and keep the ticks going where the clock was set meanwhile.

        That is logged, as the times in the log jump there.
        """
        offset = self._clock().timestamp() - time.monotonic()
        while not self._stop.wait(_LOOK_SECONDS):
            look()
            now = self._clock()
            was, offset = offset, now.timestamp() - time.monotonic()
            if abs(offset - was) > _CLOCK_STEP_SECONDS:
                log.warning("the clock was set by %+.0f seconds", offset - was)
                for job in self._scheduler.get_jobs():
                    # One that is being run by now is scheduled anew by the clock as it is set.
                    with suppress(JobLookupError):
                        job.modify(next_run_time=now)

    def _schedule(self, work: Callable[[], None], after_seconds: float, seconds: float) -> None:
        """Schedule one tick, which schedules the next when it ends.

        An interval of APScheduler's lists every tick that was missed before it runs one: after a
        step of the clock by 400 days that never ends.
        """

        def tick() -> None:
            began = self._came = time.monotonic()
            work()
            ended = self._came = time.monotonic()
            took_seconds = ended - began
            with self._scheduling:
                if not self._stop.is_set():
                    self._schedule(work, max(seconds - took_seconds, took_seconds / 4), seconds)

        at = self._clock() + timedelta(seconds=after_seconds)
        self._scheduler.add_job(tick, "date", run_date=at, misfire_grace_time=None)
