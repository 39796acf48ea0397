"""The web server on a thread of the test, with bounds that a test can reach."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread

import requests

from aggregator.models import Config
from aggregator.server.app import app_of
from aggregator.server.inbox import Desk
from aggregator.server.search import BOUNDS, Search, SearchBounds
from aggregator.server.slots import Bounds
from aggregator.server.web_server import WebServer
from aggregator.web import app as web
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW

_POLL_SECONDS = 0.05


@dataclass
class Served:
    """A folder that is being served, and where."""

    folder: Path
    address: tuple[str, int]

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a path."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(f"{self.url}{path}", headers=names, timeout=HUNG_SECONDS)

    def connect(self, first_bytes: bytes = b"") -> socket.socket:
        """Connect, and send what stands in ``first_bytes``."""
        client = socket.create_connection(self.address, HUNG_SECONDS)
        client.sendall(first_bytes)
        return client

    def send(self, request: bytes) -> bytes:
        """Send bytes on a connection of their own, and return all that comes until it ends."""
        with self.connect(request) as client:
            return read_to_end(client)


def read_to_end(client: socket.socket) -> bytes:
    """Read until the server ends a connection, in whatever way."""
    received = bytearray()
    try:
        while piece := client.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass  # an end like any other
    return bytes(received)


def wait_until_refused(address: tuple[str, int]) -> None:
    """Wait until nothing listens at an address any more."""
    end = time.monotonic() + HUNG_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(address, HUNG_SECONDS).close()
        except ConnectionRefusedError:
            return
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"something still listens at {address}")


@contextmanager
def serving(
    folder: Path,
    bounds: Bounds | None = None,
    *,
    push: Path | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    config: Config | None = None,
    searches: SearchBounds = BOUNDS,
    desk: Desk | None = None,
) -> Iterator[Served]:
    """Serve a folder for as long as the block lasts; ``push`` is where hubs' callbacks are told.

    With a configuration, searches are answered as well, from its store, within their bounds.
    ``desk`` answers for callbacks in place of ``push``.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # from now on a request waits until the server takes it
    search = Search(config.path, config.store_url, clock, searches) if config else None
    app = web.app(folder)
    if push or search or desk:
        app = app_of(folder, push or folder / "push", clock, search, desk)
    server = WebServer(app, listener, bounds or Bounds.of(64))
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield Served(folder=folder, address=listener.getsockname())
    finally:
        server.stop()
        thread.join()
        listener.close()
        if search:
            search.close()
