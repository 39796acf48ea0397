"""Which addresses may be connected to, decided when connecting, on every hop, and for how long.

A source's address is written by a person, a redirect by a server, and a host's address by whoever
answers for its name at that moment. So the name is resolved once, each address is looked at, and
that same address is connected to: nothing can be answered differently in between. A watch ends the
connection at its deadline, whatever drips.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Condition, Lock, Thread
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from aggregator.errors import FetchError

# What the standard library calls global and is not: addresses that carry another inside them
# (NAT64, 6to4, Teredo, mapped), the old relay anycast, and Azure's host agent.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "::ffff:0:0/96",
        "fec0::/10",
        "192.88.99.0/24",
        "168.63.129.16/32",
    )
)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one that anybody's server can have.

    >>> is_public("203.0.113.9"), is_public("8.8.8.8"), is_public("::ffff:8.8.8.8")
    (False, True, False)
    """
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    return not any(found.version == net.version and found in net for net in _NOT_PUBLIC)


_SLACK_SECONDS = 0.1


class Watch:
    """Ends fetches at their deadlines: one thread for all of them, while there are any."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._guards: set[Guard] = set()
        self._is_running = False

    def add(self, guard: Guard) -> None:
        """Watch over a fetch."""
        with self._changed:
            self._guards.add(guard)
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, daemon=True).start()
            elif guard.ends <= min(one.ends for one in self._guards):
                self._changed.notify()

    def remove(self, guard: Guard) -> None:
        """Let a fetch go that is over."""
        with self._changed:
            self._guards.discard(guard)
            if not self._guards:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._guards:
                first = min(self._guards, key=lambda one: one.ends)
                left = first.ends - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                self._guards.discard(first)
                first.cut()
            self._is_running = False


class Guard:
    """Makes the connections of one fetch, which a watch ends at its deadline."""

    def __init__(self, watch: Watch, *, allow_private: bool, deadline_seconds: float) -> None:
        self._watch = watch
        self._allow_private = allow_private
        self.ends = time.monotonic() + deadline_seconds
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False

    @property
    def is_over(self) -> bool:
        """Tell whether the deadline is reached; a watch may act a moment after a time-out."""
        return time.monotonic() >= self.ends - _SLACK_SECONDS

    def __enter__(self) -> Guard:
        self._watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.remove(self)
        for one in self._sockets:
            one.close()

    def cut(self) -> None:
        """End every connection: a read that waits for the next drop then fails at once."""
        with self._lock:
            self._is_cut = True
            sockets = tuple(self._sockets)
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                continue

    def connections(self, *, tls: bool) -> Callable[..., HTTPConnection]:
        """Give what makes urllib3's connections with sockets that are made here."""
        return partial(_Https if tls else _Http, self)

    def connect(self, connection: Any) -> socket.socket:
        """Resolve, look, connect: the first address that may be and can be."""
        host, port = connection.host.strip("[]"), connection.port
        try:
            found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(connection, f"cannot resolve {host}") from error
        allowed = [one for one in found if self._allow_private or is_public(str(one[4][0]))]
        if not allowed:
            raise FetchError(
                f"{host} is at {found[0][4][0]}, which is no public address "
                "(allow_private = true permits it)"
            )
        fault: OSError | None = None
        for family, kind, protocol, _, address in allowed:
            try:
                return self._open(family, kind, protocol, address, connection.timeout)
            except OSError as error:
                fault = error
        raise NewConnectionError(connection, f"cannot connect to {host}: {fault}") from fault

    def _open(
        self, family: int, kind: int, protocol: int, address: Any, timeout_seconds: float
    ) -> socket.socket:
        one = socket.socket(family, kind, protocol)
        try:
            left = self.ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("the deadline is over")
            one.settimeout(min(timeout_seconds, left))
            one.connect(address)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            one.close()
            raise
        with self._lock:
            if self._is_cut:
                one.close()
                raise TimeoutError("the deadline is over")
            # A duplicate: TLS takes the socket over, and what it leaves shuts nothing down.
            self._sockets.append(one.dup())
        return one


class _Http(HTTPConnection):
    def __init__(self, guard: Guard, *args: Any, **kwargs: Any) -> None:
        self._guard = guard
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        return self._guard.connect(self)


class _Https(HTTPSConnection):
    def __init__(self, guard: Guard, *args: Any, **kwargs: Any) -> None:
        self._guard = guard
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        return self._guard.connect(self)
