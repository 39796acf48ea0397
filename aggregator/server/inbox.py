"""Where the web server looks callbacks up and leaves what hubs send: files, or a shared store.

Both are for threads. With SQLite it is a folder that the service looks into (``aggregator.push``),
as the web server has no store to write. Of several machines any web server is called back, so there
it is the store.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from aggregator.models import Arrival
from aggregator.push.spool import MOST_WAITING, MOST_WAITING_BYTES, MOST_WAITING_OF_ONE, Spool
from aggregator.push.told import MOST_BYTES, Callback, Listener
from aggregator.server.config_file import ConfigFile
from aggregator.store.inbox import Inbox, Room

# What a callback ends with (``pipeline.subscribe``); the store is asked for nothing else.
_TOKEN = re.compile(r"[-0-9A-Z_a-z]{43}")
_ROOM = Room(most=MOST_WAITING, most_of_one=MOST_WAITING_OF_ONE, most_bytes=MOST_WAITING_BYTES)


class Desk(Protocol):
    """What answers for callbacks: OSError, or StoreError, where that cannot be done for now."""

    def callback(self, token: str) -> Callback | None:
        """Return the callback that a token names, ``None`` where nothing was asked for there."""
        ...

    def put(self, arrival: Arrival) -> bool:
        """Put in what came, and return once it cannot be lost; false where there is no room."""
        ...


class FileDesk:
    """Callbacks as the service of this machine tells them, and the folder that it looks into."""

    def __init__(self, listener: Listener, folder: Path) -> None:
        self._listener = listener
        self._spool = Spool(folder)
        self._spool.remove_unfinished()

    def callback(self, token: str) -> Callback | None:
        """Return the callback that a token names."""
        return self._listener.now().callbacks.get(token)

    def put(self, arrival: Arrival) -> bool:
        """Put what came on the disk."""
        return self._spool.put(arrival)


class StoreDesk:
    """Callbacks as the store has them, and its table of what came.

    A web server need not know all sources: what is sent of one that its configuration does not have
    may be as large as any.
    """

    def __init__(self, config_path: Path, store_url: str) -> None:
        self._config = ConfigFile(config_path)
        self._inbox = Inbox(store_url, _ROOM)

    def callback(self, token: str) -> Callback | None:
        """Return the callback that a token names."""
        if not _TOKEN.fullmatch(token):
            return None
        subscription = self._inbox.subscription(token)
        if subscription is None:
            return None
        config = self._config.now()
        named = (
            source.access.max_bytes
            for source in (config.sources if config else ())
            if source.name == subscription.source
        )
        return Callback.of(subscription, next(named, MOST_BYTES))

    def put(self, arrival: Arrival) -> bool:
        """Commit what came."""
        return self._inbox.put(arrival)

    def close(self) -> None:
        """Let go of the store."""
        self._inbox.close()
