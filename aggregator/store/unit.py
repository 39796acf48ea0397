"""One unit of work: a repository for each aggregate, all on one connection and transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from aggregator.store import sqlite
from aggregator.store.dumps import Dumps
from aggregator.store.entries import Entries
from aggregator.store.feeds import Feeds
from aggregator.store.lookup import Lookup
from aggregator.store.sources import Sources
from aggregator.store.stories import Stories


class UnitOfWork:
    """What is read and written together; the repositories see each other's changes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sources = Sources(connection)
        self.entries = Entries(connection)
        self.stories = Stories(connection)
        self.feeds = Feeds(connection)
        self.dumps = Dumps(connection)
        self.lookup = Lookup(connection)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Let what follows stand or fall by itself within the unit; a StoreError fails it all."""
        with sqlite.naming_faults(), self._connection.begin_nested():
            yield
