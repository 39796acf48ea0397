"""Work on many jobs at once, with the results in the order of the jobs. Knows no job's nature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Semaphore, Thread
from typing import Generic, TypeVar

_RESULTS_AHEAD = 16
_POLL_SECONDS = 0.2  # how often a thread that waits checks whether it is to stop

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    work: Callable[[T], R], jobs: Sequence[T], *, threads: int, at_most: int, stop: Event
) -> Iterator[list[R]]:
    """Yield ``work(job)`` for every job, in order: lists of what is ready, ``at_most`` in each.

    Work is at most ``threads`` and a few results ahead of the caller, who may be slower: results
    that wait are memory. Once ``stop`` is set, no new job is begun and no result is waited for.

    The threads are daemons: a process that is told to stop does not wait for a server that does
    not answer. An exception in ``work`` is raised where its result would be yielded.
    """
    workers = _Workers(work, jobs, threads, stop)
    try:
        yielded = 0
        while yielded < len(jobs):
            results = workers.take(yielded, at_most)
            if not results:
                return
            yielded += len(results)
            yield from _without_faults(results)
    finally:
        workers.dismiss()


class _Workers(Generic[T, R]):
    """Threads that work on jobs until none is left; each result waits in a queue of its own."""

    def __init__(
        self, work: Callable[[T], R], jobs: Sequence[T], threads: int, stop: Event
    ) -> None:
        self._work, self._jobs, self._stop = work, jobs, stop
        self._indices: SimpleQueue[int] = SimpleQueue()
        for index in range(len(jobs)):
            self._indices.put(index)
        self._results: list[SimpleQueue[R | BaseException]] = [SimpleQueue() for _ in jobs]
        self._room = Semaphore(threads + _RESULTS_AHEAD)
        self._are_dismissed = Event()  # the caller has every result, or gave up
        for _ in range(min(threads, len(jobs))):
            Thread(target=self._run, daemon=True).start()

    def dismiss(self) -> None:
        """Begin no new job."""
        self._are_dismissed.set()

    def take(self, start: int, at_most: int) -> list[R | BaseException]:
        """Wait for the result of job ``start``; return it with those ready behind it, in order.

        Nothing where the work is to stop before that result is there.
        """
        results = self._wait_for(self._results[start])
        if not results:
            return []
        for ready in self._results[start + 1 : start + at_most]:
            if ready.empty():
                break
            results.append(ready.get())
        self._room.release(len(results))
        return results

    def _wait_for(self, result: SimpleQueue[R | BaseException]) -> list[R | BaseException]:
        while not (self._stop.is_set() and result.empty()):
            try:
                return [result.get(timeout=_POLL_SECONDS)]
            except Empty:
                continue
        return []

    def _run(self) -> None:
        while not self._stop.is_set() and not self._are_dismissed.is_set():
            if not self._room.acquire(timeout=_POLL_SECONDS):
                continue
            try:
                index = self._indices.get_nowait()
            except Empty:
                return
            try:
                self._results[index].put(self._work(self._jobs[index]))
            except BaseException as error:  # noqa: BLE001 - it is raised again by ``in_order``
                self._results[index].put(error)


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
