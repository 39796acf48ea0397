"""Connections that are kept open for the next request to their host, while a pass lasts.

A connection to a new server costs half of what asking it costs, and with TLS more. One that is kept
is used by one fetch at a time, and only for what it was made for: the same scheme, host, port and
proxy, and by a source that may ask the address it leads to. Credentials and cookies are sent with
each request, and no connection knows them. Refuses to know deadlines and sockets (``connections``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import SSLContext
from threading import Lock
from urllib.parse import urlsplit

from aggregator.fetch.adapter import GuardedAdapter
from aggregator.fetch.connections import GuardedConnections
from aggregator.models import Access

# As many hosts as there are threads that fetch, with two connections each. With more, a host's turn
# comes after enough others that its server may have closed what was kept.
_MOST_HOSTS = 64


@dataclass(frozen=True, slots=True)
class _Use:
    """What a connection may be used for."""

    host: str
    scheme: str
    port: int | None
    proxy: str | None
    allow_private: bool


_Idle = tuple[_Use, GuardedAdapter]


class KeptAdapters:
    """The adapters that no fetch uses now, each with one open connection; shared by all threads.

    Together with those that are in use, a host has no more of them than there are fetches at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._passes = 0
        self._idle: dict[str, list[_Idle]] = {}  # by host, the host kept last stands last

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep connections while a pass lasts; after the last of several passes none is left."""
        with self._lock:
            self._passes += 1
        try:
            yield
        finally:
            with self._lock:
                self._passes -= 1
                left = [] if self._passes else self._emptied(list(self._idle))
            _close(left)

    @contextmanager
    def lent(
        self, url: str, access: Access, tls: SSLContext, guard: GuardedConnections
    ) -> Iterator[GuardedAdapter]:
        """Lend an adapter to a fetch of ``url``, with a kept connection if there is one."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        use = _Use(host, parts.scheme, parts.port, access.proxy, access.allow_private)
        adapter = self._take(use) or GuardedAdapter(tls)
        adapter.begin(guard)
        is_kept = False
        try:
            yield adapter
        finally:
            if adapter.end():
                is_kept = self._keep(use, adapter)
            if not is_kept:
                adapter.close()

    def _take(self, use: _Use) -> GuardedAdapter | None:
        """Take a kept adapter; of a host that has none for this use, another is closed instead."""
        with self._lock:
            idle = self._idle.get(use.host)
            if not idle:
                return None
            fitting = [number for number, (kept_for, _) in enumerate(idle) if kept_for == use]
            _, adapter = idle.pop(fitting[-1] if fitting else 0)
            if not idle:
                del self._idle[use.host]
        if fitting:
            return adapter
        adapter.close()
        return None

    def _keep(self, use: _Use, adapter: GuardedAdapter) -> bool:
        """Keep an adapter while a pass lasts; above the most, the hosts kept first are let go."""
        with self._lock:
            if not self._passes:
                return False
            self._idle[use.host] = [*self._idle.pop(use.host, []), (use, adapter)]
            too_many = len(self._idle) > _MOST_HOSTS
            left = self._emptied([next(iter(self._idle))]) if too_many else []
        _close(left)
        return True

    def _emptied(self, hosts: Sequence[str]) -> list[GuardedAdapter]:
        """Take all that is kept for hosts."""
        return [adapter for host in hosts for _, adapter in self._idle.pop(host)]


def _close(adapters: Iterable[GuardedAdapter]) -> None:
    for adapter in adapters:
        adapter.close()
