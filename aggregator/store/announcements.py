"""How a web server hears, from PostgreSQL, that files were published."""

from __future__ import annotations

import time
from threading import Event
from types import TracebackType
from typing import Any

from sqlalchemy.pool import NullPool

from aggregator.store.documents import CHANNEL
from aggregator.store.faults import naming_driver, naming_faults
from aggregator.store.place import server_url
from aggregator.store.session_settings import autocommit_engine

_LOOK_SECONDS = 1.0  # how often it is looked whether to stop


class Announcements:
    """A connection that listens, as of when it is made; StoreError once it is lost."""

    def __init__(self, url: str) -> None:
        self._engine = autocommit_engine(server_url(url), poolclass=NullPool)
        with naming_faults("the store cannot be listened to"):
            self._connection = self._engine.connect()
            self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def __enter__(self) -> Announcements:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()

    def wait(self, seconds: float, stop: Event) -> None:
        """Wait until something is published, for so long at most, or until told to stop.

        What was published since the connection was made, or the last call, is not missed.
        """
        driver: Any = self._connection.connection.driver_connection
        end = time.monotonic() + seconds
        with naming_driver(self._connection, "the store is not heard any more"):
            while not stop.is_set() and (left := end - time.monotonic()) > 0:
                if list(driver.notifies(timeout=min(left, _LOOK_SECONDS), stop_after=1)):
                    return
