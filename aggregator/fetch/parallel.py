"""Work on many things at once, with the results in the order they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

_RESULTS_AHEAD = 16
_LOOK_SECONDS = 0.2  # how often a wait looks whether it is to stop

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    work: Callable[[T], R], jobs: Sequence[T], *, threads: int, at_most: int, stop: Event
) -> Iterator[list[R]]:
    """Give ``work(job)`` for every job, in order, as many at once as are ready, ``at_most``.

    Work goes at most ``threads`` and a few results ahead of their taker, who may be slower: results
    that wait are memory. Once ``stop`` is set, no new job is begun.

    The threads are daemons: a process that is told to stop does not wait for a server that does
    not answer. An exception in ``work`` is raised where its result is taken.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    done: list[SimpleQueue[R | BaseException]] = [SimpleQueue() for _ in jobs]
    for index in range(len(jobs)):
        waiting.put(index)
    room = Semaphore(threads + _RESULTS_AHEAD)
    ended = Event()  # the taker is done, or gave up

    def run() -> None:
        while not stop.is_set() and not ended.is_set():
            if not room.acquire(timeout=_LOOK_SECONDS):
                continue
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                done[index].put(work(jobs[index]))
            except BaseException as error:  # noqa: BLE001 - it is raised again by the taker
                done[index].put(error)

    for _ in range(min(threads, len(jobs))):
        Thread(target=run, daemon=True).start()
    try:
        taken = 0
        while taken < len(jobs):
            found = _wait_for(done[taken], stop)
            if not found:
                return
            while (after := taken + len(found)) < len(jobs) and len(found) < at_most:
                if done[after].empty():
                    break
                found.append(done[after].get())
            taken += len(found)
            room.release(len(found))
            yield from _results(found)
    finally:
        ended.set()


def _wait_for(result: SimpleQueue[R | BaseException], stop: Event) -> list[R | BaseException]:
    """Wait for one result; nothing where ``stop`` is set first."""
    while not (stop.is_set() and result.empty()):
        try:
            return [result.get(timeout=_LOOK_SECONDS)]
        except Empty:
            continue
    return []


def _results(found: list[R | BaseException]) -> Iterator[list[R]]:
    good: list[R] = []
    for one in found:
        if isinstance(one, BaseException):
            if good:
                yield good
            raise one
        good.append(one)
    yield good
