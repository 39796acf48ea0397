"""How requests sends what fetches ask, one fetch after the other, over guarded connections.

Knows requests' adapter and urllib3's connections under it, when a connection can carry a further
request, and when one is sent again. Refuses to know which addresses may be asked and until when
(``connections``), and who is lent an adapter (``kept``).
"""

from __future__ import annotations

import socket
from functools import partial
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from aggregator.fetch.connections import GuardedConnections

_REQUEST_TIMEOUT = 408


class _Guarded:
    """A connection of urllib3's whose socket is made by the guarded connections of a fetch."""

    def __init__(self, adapter: GuardedAdapter, *args: Any, **kwargs: Any) -> None:
        self._adapter = adapter
        super().__init__(*args, **kwargs)
        adapter.connection = self

    def _new_conn(self) -> socket.socket:
        return self._adapter.guard.connect(self)


class _GuardedHttp(_Guarded, HTTPConnection):
    """Guarded, without TLS."""


class _GuardedHttps(_Guarded, HTTPSConnection):
    """Guarded, with TLS over the socket."""


class GuardedAdapter(HTTPAdapter):
    """Sends the requests of one fetch after the other, over connections that each fetch guards.

    Certificates are checked by a given TLS context. ``connection`` is the last one that was made.
    """

    guard: GuardedConnections
    connection: Any = None

    def __init__(self, tls: SSLContext) -> None:
        self._tls = tls
        self._kept: socket.socket | None = None
        self._pool: Any = None
        self._pool_of: tuple[str, str, str | None] | None = None
        self._sent = 0
        self._answer: Any = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def begin(self, guard: GuardedConnections) -> None:
        """Begin a fetch: its deadline holds for the connection that is kept as for new ones."""
        self.guard, self._sent, self._answer = guard, 0, None
        if self._kept is not None:
            guard.take_over(self._kept)
            self._kept = None

    def end(self) -> bool:
        """End a fetch and tell whether its connection can carry the next one.

        It can where one request was answered, its body was read to the end, and the server leaves
        the connection open. Those of redirects are not kept: politeness counts only the first.
        """
        is_idle = (
            self._sent == 1
            and self._answer is not None
            and self._answer.connection is None
            and not self.connection.is_closed
        )
        if is_idle:
            self._kept = self.guard.leave_last()
        return is_idle

    def close(self) -> None:
        """Close every connection."""
        super().close()
        if self._pool is not None:
            self._pool.close()  # which requests leaves to the collector of garbage
        if self._kept is not None:
            self._kept.close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send a request; once more, where the server has closed the kept connection meanwhile.

        Some say 408 then (RFC 9110 §15.5.9), which nobody has asked for.
        """
        self._sent += 1
        try:
            response = super().send(request, *args, **kwargs)
            is_answer = response.status_code != _REQUEST_TIMEOUT or self.guard.has_connected
        except requests.ConnectionError:
            if self.guard.has_connected or self.guard.is_over:
                raise
            is_answer = False
        if not is_answer:
            self.connection.close()
            response = super().send(request, *args, **kwargs)
        self._answer = response.raw
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make requests' pools with the context."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make requests' pools behind a proxy with the context."""
        return super().proxy_manager_for(
            *args, ssl_context=self._tls, proxy_ssl_context=self._tls, **kwargs
        )

    def cert_verify(self, *_args: object) -> None:
        """Leave the context as it is: requests reads the certificates for each pool (20 ms)."""

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return requests' pool, whose connections are guarded; the same for the same host."""
        parts = urlsplit(request.url)
        pool_of = parts.scheme, parts.netloc, (proxies or {}).get(parts.scheme)
        if pool_of != self._pool_of:
            pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
            kind = _GuardedHttps if pool.scheme == "https" else _GuardedHttp
            pool.ConnectionCls = partial(kind, self)
            self._pool, self._pool_of = pool, pool_of
        return self._pool
