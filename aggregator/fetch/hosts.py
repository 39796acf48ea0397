"""One ledger of politeness for each host, whichever sources are on it.

At most two connections at a time, a spacing between requests, and when a server asks to be left
alone (429 or 503 with Retry-After) the whole host is, not only the source that was told.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event
from urllib.parse import urlsplit

from aggregator.errors import FetchError

_CONNECTIONS = 2  # as many as RFC 2616 asked of clients, and no server minds


class Hosts:
    """The ledger of one pass."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._changed = Condition()
        self._open: dict[str, int] = defaultdict(int)
        self._next: dict[str, float] = defaultdict(float)
        self._rests_until: dict[str, float] = {}

    @contextmanager
    def turn(self, url: str, spacing_seconds: float) -> Iterator[None]:
        """Wait for this host's turn; FetchError where it asked to be left alone."""
        host = (urlsplit(url).hostname or "").lower()
        self._wait(host, spacing_seconds)
        try:
            yield
        except FetchError as error:
            if error.status in (429, 503) and error.retry_after_seconds:
                with self._changed:
                    self._rests_until[host] = time.monotonic() + error.retry_after_seconds
            raise
        finally:
            with self._changed:
                self._open[host] -= 1
                self._changed.notify_all()

    def _wait(self, host: str, spacing_seconds: float) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                rest = self._rests_until.get(host, 0.0) - now
                if rest > 0:
                    raise FetchError(
                        f"its host asked to be left alone for {rest:.0f} seconds more",
                        retry_after_seconds=rest,
                    )
                if self._stop.is_set():
                    raise FetchError("stopped before its turn came")
                wait = self._next[host] - now
                if self._open[host] < _CONNECTIONS and wait <= 0:
                    break
                self._changed.wait(min(max(wait, 0.01), 0.5))
            self._open[host] += 1
            self._next[host] = now + spacing_seconds
