"""Turns: what one tick at a time may do, and the others wait for, showing that they live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

# A tick that waits for a pass over an archive waits for hours; a sign costs some microseconds, and
# the heartbeat is written each second.
_SIGN_SECONDS = 1.0


@contextmanager
def turn(lock: Lock, on_step: Callable[[], None]) -> Iterator[None]:
    """Hold a lock within the block; until it is had, call ``on_step`` each second.

    Where the tick that holds it stands still, that one is found to, and not those that wait.
    """
    while not lock.acquire(timeout=_SIGN_SECONDS):
        on_step()
    try:
        yield
    finally:
        lock.release()
