"""Work on many jobs at once, with the results by rank. Knows no job's nature.

A result waits a little for those ranked before it, and then goes ahead. So the order in which jobs
end decides nothing among those that end about the same time, and a job that takes long keeps no
other's result waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread
from typing import Generic, TypeVar

_RESULTS_AHEAD = 16
_POLL_SECONDS = 0.2  # how often a thread that waits checks whether it is to stop

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many jobs are worked on at once, and how long slow ones are waited for.

    A result waits ``patience_seconds`` for those ranked before it. A job that takes longer than
    ``slow_seconds`` counts as none of the ``threads``, for up to ``slow_threads`` such jobs, so
    that slow ones cannot fill the threads.
    """

    threads: int
    patience_seconds: float
    slow_seconds: float = float("inf")
    slow_threads: int = 0


def by_rank(
    work: Callable[[T], R],
    jobs: Sequence[tuple[int, T]],
    *,
    pace: Pace,
    at_most: int,
    stop: Event,
) -> Iterator[list[R]]:
    """Yield ``work(job)`` for every job: lists of what is ready, by rank, ``at_most`` in each.

    ``jobs`` are pairs of a rank, the first being the smallest, and a job, in the order in which
    they are begun. An empty list says, once, that no result has come for as long as one is waited
    for. Work is at most ``threads`` and a few results ahead of the caller, who may be slower:
    results that wait are memory. Once ``stop`` is set, no new job is begun and no result is waited
    for.

    The threads are daemons: a process that is told to stop does not wait for a server that does
    not answer. An exception in ``work`` is raised where its result would be yielded.
    """
    workers = _Workers(work, jobs, pace, stop)
    try:
        while (results := workers.take(at_most)) is not None:
            yield from _without_faults(results)
    finally:
        workers.dismiss()


class _Workers(Generic[T, R]):
    """Threads that work on jobs until none is left. Times are the monotonic clock's."""

    def __init__(
        self, work: Callable[[T], R], jobs: Sequence[tuple[int, T]], pace: Pace, stop: Event
    ) -> None:
        self._work, self._jobs, self._pace, self._stop = work, jobs, pace, stop
        # One lock, and who waits on it for what: each news wakes those alone who can go on with it.
        self._lock = Lock()
        self._come = Condition(self._lock)  # a result, for the caller
        self._taken_away = Condition(self._lock)  # results, so that threads may begin more jobs
        self._begun = 0  # how many jobs were, in their order
        self._since: dict[int, float] = {}  # rank of a job that is worked on → since when
        self._ready: dict[int, tuple[R | BaseException, float]] = {}  # by rank, since when
        self._awaited = sorted(rank for rank, _ in jobs)  # ranks whose results were not taken
        self._overtaken: set[int] = set()  # awaited ranks that no other result waits for
        self._threads = 0
        self._last_news = time.monotonic()
        self._is_quiet_told = False
        self._are_dismissed = False  # the caller has every result, or gave up
        with self._lock:
            self._start_threads()

    def dismiss(self) -> None:
        """Begin no new job."""
        with self._lock:
            self._are_dismissed = True
            self._taken_away.notify_all()

    def take(self, at_most: int) -> list[R | BaseException] | None:
        """Wait for results that may be taken, and return them by rank.

        Nothing, once, where none came for as long as one is waited for; ``None`` after the last
        one, or where the work is to stop.
        """
        with self._lock:
            while self._awaited:
                if ranks := self._takeable()[:at_most]:
                    return self._taken(ranks)
                if self._stop.is_set():
                    return None
                quiet_seconds = time.monotonic() - self._last_news
                if quiet_seconds >= self._pace.patience_seconds and not self._is_quiet_told:
                    self._is_quiet_told = True
                    return []
                self._start_threads()
                self._come.wait(_POLL_SECONDS)
            return None

    def _taken(self, ranks: Sequence[int]) -> list[R | BaseException]:
        results = [self._ready.pop(rank)[0] for rank in ranks]
        taken = set(ranks)
        self._awaited = [rank for rank in self._awaited if rank not in taken]
        self._is_quiet_told = False
        self._taken_away.notify(len(ranks))
        return results

    def _takeable(self) -> list[int]:
        """Return the ranks of the results that need not wait, in order."""
        if self._stop.is_set():
            return sorted(self._ready)
        takeable = []
        for rank in self._awaited:
            if rank in self._ready:
                takeable.append(rank)
            elif rank not in self._overtaken:
                break
        if takeable:
            return takeable
        waited_since = time.monotonic() - self._pace.patience_seconds
        patient = [rank for rank, (_, since) in self._ready.items() if since <= waited_since]
        if not patient:
            return []
        ahead = [rank for rank in self._awaited if rank <= max(patient)]
        self._overtaken.update(rank for rank in ahead if rank not in self._ready)
        return [rank for rank in ahead if rank in self._ready]

    # --- The threads -----------------------------------------------------------------------------

    def _most_threads(self) -> int:
        return self._pace.threads + min(self._slow(), self._pace.slow_threads)

    def _slow(self) -> int:
        """Count the jobs that take long."""
        slow_since = time.monotonic() - self._pace.slow_seconds
        return sum(since <= slow_since for since in self._since.values())

    def _start_threads(self) -> None:
        wanted = min(self._most_threads() - self._threads, len(self._jobs) - self._begun)
        for _ in range(wanted):
            self._threads += 1
            # What a thread logs is part of the pass that it works for.
            Thread(target=copy_context().run, args=[self._run], daemon=True).start()

    def _has_room(self) -> bool:
        waiting = self._begun - (len(self._jobs) - len(self._awaited))
        return waiting < self._most_threads() + _RESULTS_AHEAD

    def _is_over(self) -> bool:
        """Tell whether a thread has nothing more to begin."""
        return (
            self._stop.is_set()
            or self._are_dismissed
            or self._begun == len(self._jobs)
            or self._threads > self._most_threads()
        )

    def _run(self) -> None:
        while (claimed := self._claim()) is not None:
            rank, job = claimed
            result: R | BaseException
            try:
                result = self._work(job)
            except BaseException as error:  # noqa: BLE001 - it is raised again by ``by_rank``
                result = error
            with self._lock:
                self._last_news = time.monotonic()
                del self._since[rank]
                self._ready[rank] = result, self._last_news
                self._come.notify()

    def _claim(self) -> tuple[int, T] | None:
        """Wait for room and begin the next job; ``None`` where this thread is to end."""
        with self._lock:
            while not self._is_over() and not self._has_room():
                self._taken_away.wait(_POLL_SECONDS)
            if self._is_over():
                self._threads -= 1
                return None
            rank, job = self._jobs[self._begun]
            self._begun += 1
            self._since[rank] = time.monotonic()
            return rank, job


def _without_faults(results: list[R | BaseException]) -> Iterator[list[R]]:
    """Yield the results before the first exception, and raise that."""
    good: list[R] = []
    for result in results:
        if isinstance(result, BaseException):
            if good:
                yield good
            raise result
        good.append(result)
    yield good
