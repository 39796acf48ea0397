"""How each host is treated, whichever sources are on it: two connections, a spacing, and rests.

When a server asks to be left alone (429 or 503 with Retry-After, which ``response`` reads), its
whole host rests, not only the source that was told; ``polling.next_poll`` decides when that source
is due again. Everything here is forgotten with the process: a rest that is to outlive it is stored
by the pipeline, which calls ``rest`` at the next pass. For pages a host's robots.txt counts, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from math import inf
from threading import Condition, Event, Lock
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from aggregator.errors import FetchError, NotAskedError
from aggregator.fetch.robots import Robots

CONNECTIONS = 2  # for each host: as many as RFC 2616 §8.1.4 asked of clients, no server minds
_POLL_SECONDS = 0.5  # how often a thread that waits checks whether it is to stop
_SHORTEST_WAIT_SECONDS = 0.01

T = TypeVar("T")


@dataclass(slots=True)
class _Host:
    """The state of one host; its times are the monotonic clock's."""

    changed: Condition = field(default_factory=Condition)
    connections: int = 0
    asked: float = -inf  # when the last request set out
    urgent: int = 0  # requests that wait and are not patient
    next_request: float = 0.0
    next_set_out: float = 0.0  # where there is a ledger, of which turns may come late
    rests_until: float = 0.0


class Ledger(Protocol):
    """When hosts are asked by several processes; each that asks takes the host's next turn."""

    def turn(self, host: str, spacing_seconds: float) -> tuple[float, float]:
        """Take a host's next turn: in how many seconds it is, and for how many the host rests."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """Let a host be left alone for some seconds from now."""
        ...


class Politeness:
    """The state of every host that was asked, shared by all threads of a process.

    ``stop`` ends every wait. ``robots`` are the rules that hosts have for their pages. Where other
    processes ask as well, ``ledger`` is what they share: spacings and rests, and not how many
    connections are open.
    """

    def __init__(self, stop: Event, ledger: Ledger | None = None) -> None:
        self._stop, self._ledger = stop, ledger
        self._lock = Lock()
        self._hosts: dict[str, _Host] = {}
        self.robots = Robots()

    def rest(self, name: str, seconds: float) -> None:
        """Leave the host ``name`` alone for ``seconds`` from now, or longer if it rests already."""
        host = self._host(name)
        with host.changed:
            host.rests_until = max(host.rests_until, time.monotonic() + seconds)
            host.changed.notify_all()

    @contextmanager
    def turn(self, url: str, spacing_seconds: float, *, is_patient: bool = False) -> Iterator[None]:
        """Wait until the host of ``url`` may be asked, and count it as asked within the context.

        That is ``spacing_seconds`` after the request before it, and the next one as long after it.
        Who ``is_patient`` lets others go first: pages, of which a feed may have many, wait for the
        feeds of their host. NotAskedError where the host rests or the process is to stop. A
        FetchError within that says that a server asked to be left alone lets the host rest that
        answered so.
        """
        name = host_of(url)
        host = self._host(name)
        self._wait(host, spacing_seconds, is_patient=is_patient)
        try:
            self._wait_for_others(name, host, spacing_seconds)
            yield
        except FetchError as error:
            if error.host_rests_seconds:
                error.host = error.host or name
                self.rest(error.host, error.host_rests_seconds)
                if self._ledger is not None:
                    self._ledger.rest(error.host, error.host_rests_seconds)
            raise
        finally:
            with host.changed:
                host.connections -= 1
                host.changed.notify_all()

    def _host(self, name: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(name, _Host())

    def _wait(self, host: _Host, spacing_seconds: float, *, is_patient: bool) -> None:
        with host.changed:
            host.urgent += not is_patient
            try:
                self._wait_for_turn(host, spacing_seconds, is_patient=is_patient)
            finally:
                host.urgent -= not is_patient
            host.connections += 1
            host.asked = time.monotonic()
            host.next_request = host.asked + spacing_seconds

    def _wait_for_turn(self, host: _Host, spacing_seconds: float, *, is_patient: bool) -> None:
        """Wait, within the condition of a host, until it may be asked."""
        while True:
            now = time.monotonic()
            if host.rests_until > now:
                raise _resting(host.rests_until - now)
            if self._stop.is_set():
                raise _stopped()
            due = max(host.next_request, host.asked + spacing_seconds)
            is_free = host.connections < CONNECTIONS and due <= now
            if is_free and not (is_patient and host.urgent):
                return
            wait_seconds = max(due - now, _SHORTEST_WAIT_SECONDS)
            host.changed.wait(min(wait_seconds, _POLL_SECONDS))

    def _wait_for_others(self, name: str, host: _Host, spacing_seconds: float) -> None:
        """Take the host's next turn in the ledger that processes share, and wait until it comes.

        And after a request of this process that set out later than at its turn.
        """
        if self._ledger is None:
            return
        wait_seconds, rest_seconds = self._ledger.turn(name, spacing_seconds)
        if rest_seconds:
            raise _resting(rest_seconds)
        if self._stop.wait(wait_seconds):
            raise _stopped()
        with host.changed:
            now = time.monotonic()
            sets_out = max(now, host.next_set_out)
            host.next_set_out = sets_out + spacing_seconds
        if self._stop.wait(sets_out - now):
            raise _stopped()


def _resting(seconds: float) -> NotAskedError:
    # Until when, the next poll says: here it would be true for a second.
    return NotAskedError("its host asked to be left alone", retry_after_seconds=seconds)


def _stopped() -> NotAskedError:
    return NotAskedError("stopped before its turn came")


def host_of(url: str) -> str:
    """Return the host of an address, in small letters; empty where it has none.

    >>> host_of("https://A.example.:8443/feed")  # a dot at the end says that the name is whole
    'a.example'
    """
    return (urlsplit(url).hostname or "").lower().removesuffix(".")


def taking_turns(urls: Sequence[tuple[str, T]]) -> list[T]:
    """Order the values of (address, value) pairs so that hosts take turns.

    Otherwise many addresses of one host would keep the others waiting.

    >>> taking_turns([("http://a/1", 1), ("http://a/2", 2), ("http://b/", 3)])
    [1, 3, 2]
    """
    by_host: dict[str, list[tuple[T]]] = {}
    for url, value in urls:
        by_host.setdefault(host_of(url), []).append((value,))
    rounds = zip_longest(*by_host.values())
    return [wrapped[0] for wrapped in chain(*rounds) if wrapped]
