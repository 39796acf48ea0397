"""The web server: uvicorn, with bounds, time-outs, and a report of the connections it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn

from aggregator.server.protocol import ClientConnection
from aggregator.server.slots import Bounds, Slots
from aggregator.web import headers
from aggregator.web.sending import App

log = logging.getLogger(__name__)

# The connections that wait in the kernel until they are taken; more than Linux allows is cut to it.
_QUEUE = 2048
_TICKS_A_SECOND = 10  # of uvicorn's main loop
_REPORT_SECONDS = 60.0
_PROXIES = "FORWARDED_ALLOW_IPS"  # as uvicorn itself calls it


class WebServer:
    """Serves an app on a listening socket until it is stopped."""

    def __init__(self, app: App, listener: socket.socket, bounds: Bounds) -> None:
        self._listener = listener
        slots: Slots[ClientConnection] = Slots(bounds)
        connection = cast("type[asyncio.Protocol]", partial(ClientConnection, slots=slots))
        settings = uvicorn.Config(
            app,
            http=connection,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            headers=headers.EVERYWHERE,
            # A proxy on this machine names the client, or one that the operator believes; anybody
            # else could name whom they like.
            proxy_headers=True,
            forwarded_allow_ips=believed(os.environ),
            backlog=bounds.most_at_once,  # asyncio takes as many connections in one turn
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(settings, slots)

    def run(self) -> None:
        """Serve until ``stop`` is called, by a signal handler or another thread."""
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def stop(self) -> None:
        """Take no more connections, and wait a second at most for answers that are being sent."""
        self._server.should_exit = True


def believed(environment: Mapping[str, str]) -> list[str]:
    """Return the addresses and networks of proxies that are believed who a client is.

    >>> believed({"FORWARDED_ALLOW_IPS": "10.0.0.5, 10.1.0.0/16"})
    ['127.0.0.1', '::1', '10.0.0.5', '10.1.0.0/16']
    """
    named = environment.get(_PROXIES, "").split(",")
    return ["127.0.0.1", "::1", *filter(None, (name.strip() for name in named))]


class _Server(uvicorn.Server):
    """uvicorn's server, which also ends what is overdue and reports what was ended."""

    def __init__(self, config: uvicorn.Config, slots: Slots[ClientConnection]) -> None:
        super().__init__(config)
        self._slots = slots
        self._reported = float("-inf")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process that this runs in; uvicorn takes them for itself."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, with the kernel's queue longer than what is taken in one turn."""
        asyncio.get_running_loop().set_exception_handler(_log_fault)
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(_QUEUE)

    async def on_tick(self, counter: int) -> bool:
        """End what is overdue, each second, and report it, each minute."""
        if counter % _TICKS_A_SECOND == 0:
            now = asyncio.get_running_loop().time()
            self._slots.end_overdue(now)
            if self._slots.ended and now - self._reported >= _REPORT_SECONDS:
                self._reported = now
                ended = sorted(self._slots.ended.items())
                self._slots.ended.clear()
                counts = ", ".join(f"{count} {reason}" for reason, count in ended)
                log.warning("of the connections of web clients, %s", counts)
        return await super().on_tick(counter)


def _log_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what the machine lacks, or a client did, in a line; all else as asyncio does."""
    error = context.get("exception")
    if isinstance(error, OSError):
        log.warning("the web server: %s (%s)", error.strerror or error, context.get("message"))
    else:
        loop.default_exception_handler(context)
