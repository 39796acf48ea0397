"""The status of a configuration over HTTP, as a service's web server shows it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread

from aggregator.models import Config
from aggregator.server.slots import Bounds
from aggregator.server.status import StatusPages
from aggregator.server.web_server import WebServer
from tests.support.conditions import LATER


@contextmanager
def serving_status(config: Config, now: datetime = LATER) -> Iterator[str]:
    """Serve the status of a configuration as if it were ``now``; yield the address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    pages = StatusPages(config.path, config.store_url, lambda: now)
    server = WebServer(pages, listener, Bounds.of(16))
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        thread.join()
        listener.close()
        pages.close()
