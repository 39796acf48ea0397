"""Watch: whether what one worker does for all goes on, so that one that hangs leads no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

# A tick shows after ten minutes at most that it goes on (``heartbeat.PulseBounds``), and after a
# bug it waits for five. An hour without a new text is better than a worker that ends as it is slow.
STUCK_SECONDS = 3600.0


class Watch:
    """Work that is under way in threads, and when each last went on, by a monotonic clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._works: dict[int, tuple[str, float]] = {}  # thread → what it does, and when it went on

    @contextmanager
    def over(self, name: str) -> Iterator[None]:
        """Watch over the work that this thread does within the block."""
        with self._lock:
            self._works[get_ident()] = name, self._monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._works[get_ident()]

    def go_on(self) -> None:
        """Note that this thread's work goes on, if it is watched."""
        with self._lock:
            if work := self._works.get(get_ident()):
                self._works[get_ident()] = work[0], self._monotonic()

    def stuck(self) -> str:
        """Return the name of a work that stands still, empty where none does."""
        with self._lock:
            works = sorted(self._works.values())
        now = self._monotonic()
        return next((name for name, went_on in works if now - went_on > STUCK_SECONDS), "")
