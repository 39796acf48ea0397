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
    work: Callable[[T], R], jobs: Sequence[T], *, threads: int, stop: Event
) -> Iterator[R]:
    """Give ``work(job)`` for every job, in order; once ``stop`` is set, no new job is begun.

    Work goes at most ``threads`` and a few results ahead of their taker, who may be slower: results
    that wait are memory.

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
        for result in done:
            while True:
                if stop.is_set() and result.empty():
                    return
                try:
                    value = result.get(timeout=_LOOK_SECONDS)
                except Empty:
                    continue
                break
            room.release()
            if isinstance(value, BaseException):
                raise value
            yield value
    finally:
        ended.set()
