"""One ledger of politeness for each host, whichever sources are on it.

At most two connections at a time, a spacing between requests, and when a server asks to be left
alone (429 or 503 with Retry-After) the whole host is, not only the source that was told. For pages
its robots.txt counts, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from threading import Condition, Event, Lock
from typing import TypeVar
from urllib.parse import urlsplit

from aggregator.errors import FetchError, NotAskedError
from aggregator.fetch.robots import Robots

CONNECTIONS = 2  # as many as RFC 2616 asked of clients, and no server minds
_LOOK_SECONDS = 0.5  # how often one who waits looks whether it is to stop

T = TypeVar("T")


@dataclass(slots=True)
class _Host:
    """What is known of one host: who is on it, and from when on it may be asked again."""

    changed: Condition = field(default_factory=Condition)
    open: int = 0
    next: float = 0.0
    rests_until: float = 0.0


class Politeness:
    """The ledger; times are the monotonic clock's."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._lock = Lock()
        self._hosts: dict[str, _Host] = {}
        self.robots = Robots()

    def rest(self, name: str, seconds: float) -> None:
        """Leave a host alone for so long."""
        host = self._host(name)
        with host.changed:
            host.rests_until = max(host.rests_until, time.monotonic() + seconds)
            host.changed.notify_all()

    @contextmanager
    def turn(self, url: str, spacing_seconds: float) -> Iterator[None]:
        """Wait for this host's turn; FetchError where it asked to be left alone."""
        name = host_of(url)
        host = self._host(name)
        self._wait(host, spacing_seconds)
        try:
            yield
        except FetchError as error:
            if error.host_rests_seconds:
                error.host = name
                self.rest(name, error.host_rests_seconds)
            raise
        finally:
            with host.changed:
                host.open -= 1
                host.changed.notify()

    def _host(self, name: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(name, _Host())

    def _wait(self, host: _Host, spacing_seconds: float) -> None:
        with host.changed:
            while True:
                now = time.monotonic()
                if host.rests_until > now:
                    rest = host.rests_until - now
                    raise NotAskedError(
                        f"its host asked to be left alone for {rest:.0f} seconds more",
                        retry_after_seconds=rest,
                    )
                if self._stop.is_set():
                    raise NotAskedError("stopped before its turn came")
                if host.open < CONNECTIONS and host.next <= now:
                    break
                host.changed.wait(min(max(host.next - now, 0.01), _LOOK_SECONDS))
            host.open += 1
            host.next = now + spacing_seconds


def host_of(url: str) -> str:
    """Give the host of an address, in small letters."""
    return (urlsplit(url).hostname or "").lower()


def taking_turns(urls: Sequence[tuple[str, T]]) -> list[T]:
    """Order things by address so that hosts take turns: else many of one host keep others waiting.

    >>> taking_turns([("http://a/1", 1), ("http://a/2", 2), ("http://b/", 3)])
    [1, 3, 2]
    """
    by_host: dict[str, list[tuple[T]]] = {}
    for url, thing in urls:
        by_host.setdefault(host_of(url), []).append((thing,))
    return [one[0] for one in chain(*zip_longest(*by_host.values())) if one]
