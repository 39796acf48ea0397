"""The web server's process: ``python -m aggregator.server DESCRIPTOR FOLDER PUSH CONFIG STORE``.

Serves the folder on the listening socket of that descriptor, and the callbacks of hubs: in the
folder PUSH it is told of them, and leaves what hubs send (``aggregator.push``), unless the store is
in PostgreSQL, which then has both. Answers searches
from the store at the URL STORE, as the file CONFIG says by then. Where a second descriptor stands
behind a comma, the status is served on that one. Ends on SIGTERM, and where standard input ends,
which is where the process that started it is no more.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from aggregator import logs
from aggregator.server.app import app_of
from aggregator.server.inbox import StoreDesk
from aggregator.server.repeats import quieten
from aggregator.server.search import Search
from aggregator.server.slots import Bounds
from aggregator.server.status import StatusPages
from aggregator.server.web_server import WebServer
from aggregator.store.place import is_postgresql

# What these log is made by clients, as often as they like.
_OPERATORS = 64  # descriptors for connections of those who look at the status
_MADE_BY_CLIENTS = ("uvicorn", "asyncio", "aggregator.server", "aggregator.push")


def main() -> None:
    """Serve until told to stop."""
    for number in (signal.SIGINT, signal.SIGHUP):  # they are for the process that started this one
        signal.signal(number, signal.SIG_IGN)
    logs.start()
    quieten(_MADE_BY_CLIENTS)
    listener, *for_operator = (
        socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1].split(",")
    )
    store_url = sys.argv[5]
    folder, push, config_path = map(Path, sys.argv[2:5])
    search = Search(config_path, store_url, _now)
    desk = StoreDesk(config_path, store_url) if is_postgresql(store_url) else None
    app = app_of(folder, push, _now, search, desk)
    server = WebServer(app, listener, Bounds.of_process())
    status = StatusPages(config_path, store_url, _now)
    for other in for_operator:
        operator = WebServer(status, other, Bounds.of(_OPERATORS))
        Thread(target=operator.run, name="status", daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    Thread(target=_stop_with_parent, args=[server], daemon=True).start()
    try:
        server.run()
    finally:
        search.close()
        if desk is not None:
            desk.close()
        status.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _stop_with_parent(server: WebServer) -> None:
    """Wait for the end of standard input, which nothing is ever written to."""
    while os.read(0, 1):
        continue
    server.stop()


if __name__ == "__main__":
    main()
