"""A port for a server that another process begins: it is chosen here, and taken a while later."""

from __future__ import annotations

import socket
from contextlib import suppress
from secrets import randbelow

# Below those that Linux hands out to clients and to whoever binds port 0 (32768 and up), of which
# one may be taken by any connection before the server begins. None of these is chosen twice at once
# but by chance, of which there are ten thousand.
_FIRST, _COUNT = 20_000, 10_000


def free_port() -> int:
    """Return a port of loopback at which nobody listens."""
    while True:
        port = _FIRST + randbelow(_COUNT)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
