"""One unit of work: a repository for each aggregate, all on one connection and transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import faults, sql
from aggregator.store.activities import Activities
from aggregator.store.archives import Archives
from aggregator.store.arrivals import Arrivals
from aggregator.store.choices import Choices
from aggregator.store.claims import Claims
from aggregator.store.documents import Documents
from aggregator.store.dumps import Dumps
from aggregator.store.entries import Entries
from aggregator.store.entry_pages import EntryPages
from aggregator.store.event_groups import EventGroups
from aggregator.store.events import Events
from aggregator.store.feeds import Feeds
from aggregator.store.full_texts import FullTexts
from aggregator.store.index import Index
from aggregator.store.lookup import Lookup
from aggregator.store.pings import Pings
from aggregator.store.requests import Requests
from aggregator.store.rhythms import Rhythms
from aggregator.store.search import Search
from aggregator.store.shared_ids import SharedIds
from aggregator.store.sources import Sources
from aggregator.store.standings import Standings
from aggregator.store.stories import Stories
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.unreadable import Unreadable
from aggregator.store.workers import Workers


class UnitOfWork:
    """What is read and written together; the repositories see each other's changes.

    Rows that cannot be read are left out of what they return, and named once.
    """

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable
        self.sources = Sources(connection, unreadable)
        self.rhythms = Rhythms(connection, unreadable)
        self.activity = Activities(connection, unreadable)
        self.entries = Entries(connection, unreadable)
        self.stories = Stories(connection, unreadable)
        self.events = Events(connection, unreadable)
        self.event_groups = EventGroups(connection, unreadable)
        self.feeds = Feeds(connection, unreadable)
        self.choices = Choices(connection, unreadable)
        self.index = Index(connection, unreadable)
        self.standings = Standings(connection, unreadable)
        self.archives = Archives(connection, unreadable)
        self.pages = EntryPages(connection, unreadable)
        self.full_texts = FullTexts(connection, unreadable)
        self.requests = Requests(connection, unreadable)
        self.dumps = Dumps(connection, unreadable)
        self.lookup = Lookup(connection)
        self.pings = Pings(connection, unreadable)
        self.search = Search(connection, unreadable)
        self.documents = Documents(connection)
        self.subscriptions = Subscriptions(connection, unreadable)
        self.arrivals = Arrivals(connection)
        self.claims = Claims(connection)
        self.shared_ids = SharedIds(connection)
        self.workers = Workers(connection)

    @property
    def is_damaged(self) -> bool:
        """Tell whether anything of the store was found unreadable since it was opened."""
        return self._unreadable.is_any

    @property
    def driver(self) -> Any:
        """Return the driver's own connection, for a library whose writes are part of this unit."""
        return self._connection.connection.driver_connection

    def has_row(self, query: sa.TextClause, values: Mapping[str, object]) -> bool:
        """Tell whether a query finds anything."""
        return self._connection.execute(query, values).first() is not None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Let what follows stand or fall by itself within the unit; a StoreError fails it all."""
        with faults.naming_faults(), sql.savepoint(self._connection):
            yield
