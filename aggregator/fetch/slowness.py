"""Which sources were slow at their last polls, so that they are asked apart from the others.

Forgotten with the process: a source has to be slow again to be slow.
"""

from __future__ import annotations

from threading import Lock

# The service looks every two seconds at what is due: what takes longer than two such looks keeps
# news of others waiting.
SLOW_SECONDS = 5.0
# One slow answer is an accident, and two follow from one trouble.
_POLLS = 3


class Slowness:
    """The sources that take long, shared by all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: dict[str, float] = {}  # source → how long its poll under way took so far
        self._polls: dict[str, int] = {}  # source → its last polls in a row that were slow

    def add(self, source: str, seconds: float) -> None:
        """Count the time of one request of a source's poll that is under way."""
        with self._lock:
            self._seconds[source] = self._seconds.get(source, 0.0) + seconds

    def end_poll(self, source: str) -> None:
        """Count a poll whose result is stored: before that, nobody else may ask the source."""
        with self._lock:
            is_slow = self._seconds.pop(source, 0.0) >= SLOW_SECONDS
            self._polls[source] = self._polls.get(source, 0) + 1 if is_slow else 0

    def is_slow(self, source: str) -> bool:
        """Tell whether a source was slow at its last polls."""
        with self._lock:
            return self._polls.get(source, 0) >= _POLLS
