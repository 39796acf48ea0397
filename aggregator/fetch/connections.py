"""Which addresses may be connected to, decided when connecting, and until when.

A source's address is written by a person, a redirect by a server, and a host's address by whoever
answers for its name at that moment. So at every hop the name is resolved once, each of its
addresses is checked, and that same address is connected to: nothing can be answered differently in
between. A watch ends every connection at the deadline of its fetch, even where a server sends a
byte at a time. Knows sockets and how requests makes them; refuses to know what is sent over them,
and which addresses are public (``public_addresses``).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock, Thread
from typing import Any

from urllib3.exceptions import NewConnectionError

from aggregator.errors import FetchError
from aggregator.models.faults import FaultKind
from aggregator.public_addresses import is_public

# A socket's own time-out, which is its deadline, too, may end a moment before the watch acts.
_SLACK_SECONDS = 0.1

# Longer than any pass that waits for room; a server has given up by then.
_LONGEST_PAUSE_SECONDS = 3_600.0


class DeadlineWatch:
    """Ends the connections of fetches at their deadlines, by one thread while there are any."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._watched: set[GuardedConnections] = set()
        self._is_running = False
        self._wakes = 0.0  # when the thread looks next, by the monotonic clock

    def add(self, connections: GuardedConnections) -> None:
        """Watch over the connections of a fetch."""
        with self._changed:
            self._watched.add(connections)
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, daemon=True).start()
            elif connections.deadline < self._wakes:
                self._changed.notify()

    def remove(self, connections: GuardedConnections) -> None:
        """Watch no longer over the connections of a fetch that is over.

        The thread is not woken for it: it finds out when it looks next. To end it between two
        fetches and to start another costs more than a request.
        """
        with self._changed:
            self._watched.discard(connections)

    def _run(self) -> None:
        with self._changed:
            while self._watched:
                first = min(self._watched, key=lambda connections: connections.deadline)
                left_seconds = first.deadline - time.monotonic()
                if left_seconds > 0:
                    self._wakes = first.deadline
                    self._changed.wait(left_seconds)
                    continue
                self._watched.discard(first)
                first.shut_down()
            self._is_running = False


class GuardedConnections:
    """Makes the connections of one fetch, to allowed addresses only and until its deadline.

    A context manager: they are watched while it lasts and closed after it, but for the one that is
    kept for the next fetch. ``deadline`` is a time of the monotonic clock.
    """

    def __init__(
        self, watch: DeadlineWatch, *, allow_private: bool, deadline_seconds: float
    ) -> None:
        self._watch = watch
        self._allow_private = allow_private
        self.deadline = time.monotonic() + deadline_seconds
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._is_shut_down = False
        self.has_connected = False  # or tried to

    @property
    def is_over(self) -> bool:
        """Tell whether the deadline has come."""
        return time.monotonic() >= self.deadline - _SLACK_SECONDS

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the deadline wait: what happens within is no fault of the server's."""
        left_seconds = self.deadline - time.monotonic()
        self.deadline += _LONGEST_PAUSE_SECONDS
        try:
            yield
        finally:
            self.deadline = time.monotonic() + left_seconds
            self._watch.add(self)  # which then looks when the next deadline is

    def __enter__(self) -> GuardedConnections:
        self._watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.remove(self)
        for connected in self._sockets:
            connected.close()

    def take_over(self, kept: socket.socket) -> None:
        """Watch over a connection, too, that an earlier fetch made to an address it could have."""
        with self._lock:
            self._sockets.append(kept)

    def leave_last(self) -> socket.socket:
        """Leave the last connection open after this fetch; return what the next one takes over."""
        with self._lock:
            return self._sockets.pop()

    def shut_down(self) -> None:
        """End every connection: a read that waits for the next byte then fails at once."""
        with self._lock:
            self._is_shut_down = True
            sockets = tuple(self._sockets)
        for connected in sockets:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                continue

    def connect(self, connection: Any) -> socket.socket:
        """Resolve a connection's host and connect to the first of its addresses that answers.

        FetchError where the host has no allowed address, urllib3's NewConnectionError where its
        name cannot be resolved or no address answers.
        """
        self.has_connected = True
        host, port = connection.host.strip("[]"), connection.port
        try:
            resolved = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(connection, f"cannot resolve {host}") from error
        allowed = [
            answer for answer in resolved if self._allow_private or is_public(str(answer[4][0]))
        ]
        if not allowed:
            raise FetchError(
                f"{host} is at {resolved[0][4][0]}, which is no public address "
                "(allow_private = true permits it)",
                kind=FaultKind.PRIVATE,
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
        opened = socket.socket(family, kind, protocol)
        try:
            left_seconds = self.deadline - time.monotonic()
            if left_seconds <= 0:
                raise TimeoutError("the deadline is over")
            opened.settimeout(min(timeout_seconds, left_seconds))
            opened.connect(address)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            opened.close()
            raise
        with self._lock:
            if self._is_shut_down:
                opened.close()
                raise TimeoutError("the deadline is over")
            # A duplicate: TLS takes the socket over, and what it leaves shuts nothing down.
            self._sockets.append(opened.dup())
        return opened
