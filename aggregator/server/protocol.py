"""One connection of a client: uvicorn's, which has no time-out for a request, with slots and times.

A client can do nothing that ends in a traceback: what it sends out of turn ends its connection.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from aggregator.server.slots import Slots, Stage, network_of
from aggregator.web.headers import TEXT_POLICY

_INVALID = b"This is no HTTP request, or a longer one than is read here.\n"
_NO_LINGERING = struct.pack("ii", 1, 0)  # closing discards what was not sent, and resets


class ClientConnection(H11Protocol):
    """A connection that takes a slot, and knows since when it waits for what.

    ``headers`` are written on the answer to what is no HTTP request; uvicorn writes them on others.
    """

    def __init__(self, *arguments: Any, slots: Slots[ClientConnection], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._slots = slots
        self.network = ""
        self.since = self.loop.time()

    @property
    def stage(self) -> Stage:
        """What the connection waits for."""
        if self.flow.write_paused or self.transport.get_write_buffer_size():
            return Stage.READING
        is_asked = self.cycle is not None and not self.cycle.response_complete
        return Stage.ANSWER if is_asked else Stage.REQUEST

    def abort(self) -> None:
        """End the connection at once, whatever was not sent."""
        if self.cycle is not None:
            self.cycle.disconnected = True  # else the app's answer is written to what is closed
        connected = self.transport.get_extra_info("socket")
        if connected is not None:
            # Else the kernel keeps what was written, and the connection, for a client that may
            # never read it.
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a slot; asyncio's word for a transport is wider than uvicorn's."""
        super().connection_made(transport)
        self.network = network_of(self.client[0] if self.client else "")
        self.since = self.loop.time()
        self._slots.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the slot to others."""
        self._slots.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; only a whole request counts as a sign of life, never some bytes of it."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self.since = self.loop.time()

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self.since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request, if an answer may still be sent, and end the connection.

        uvicorn's own answers in the middle of another answer, which is an exception in two places.
        """
        if self.cycle is None or self.cycle.response_complete:
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-security-policy", TEXT_POLICY),
                (b"connection", b"close"),
            ]
            lines = [b"%s: %s" % header for header in self.config.encoded_headers + headers]
            head = [b"HTTP/1.1 400 Bad Request", *lines, b"Content-Length: %d" % len(_INVALID)]
            self.transport.write(b"\r\n".join([*head, b"", _INVALID]))
            self.transport.close()
        else:
            self.abort()
