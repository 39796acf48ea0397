"""Requests: what a person asks, by a command, of the process that publishes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import feed_schema
from aggregator.store.sql import insert
from aggregator.store.unreadable import Unreadable

_PUBLISH = "publish"  # every other name is that of one command that waits for a pass


class Requests:
    """The reads and writes of one unit of work over requests and permits."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def request_publishing(self) -> None:
        """Ask the process that runs to publish every feed anew."""
        row = {"name": _PUBLISH}
        self._connection.execute(insert(feed_schema.request).on_conflict_do_nothing(), row)

    def is_publishing_requested(self) -> bool:
        """Tell whether a person asked to publish."""
        query = sa.select(sa.exists().where(feed_schema.request.c.name == _PUBLISH))
        return bool(self._connection.execute(query).scalar_one())

    def permit_loss(self, feed: str = "") -> None:
        """Let a feed lose nearly all of its entries at its next publishing; unnamed, every feed."""
        self._connection.execute(sa.insert(feed_schema.permit).values(feed=feed))

    def permits(self) -> list[tuple[int, str]]:
        """Return which feeds may lose entries: (number of the permit, feed or nothing for all)."""

        def read() -> list[tuple[int, str]]:
            rows = self._connection.execute(sa.select(feed_schema.permit))
            return [(row.pk, row.feed) for row in rows]

        nothing: list[tuple[int, str]] = []
        return self._unreadable.read("which feeds may lose entries", read, nothing)

    def forget_permits(self, numbers: Iterable[int]) -> None:
        """Forget permits that were used; those that were given meanwhile stay."""
        used = feed_schema.permit.c.pk.in_(sorted(numbers))
        self._connection.execute(sa.delete(feed_schema.permit).where(used))

    def forget_publishing(self) -> None:
        """Forget that a person asked to publish, as it is being done."""
        self.forget_requests([_PUBLISH])

    def request_pass(self, name: str) -> None:
        """Ask the process that runs for a pass, under a name that nobody else has."""
        self._connection.execute(sa.insert(feed_schema.request).values(name=name))

    def passes_requested(self) -> list[str]:
        """Return the names under which passes are asked for."""
        column = feed_schema.request.c.name
        query = sa.select(column).where(column != _PUBLISH).order_by(column)
        return list(self._connection.execute(query).scalars())

    def forget_requests(self, names: Collection[str]) -> None:
        """Forget requests by name, as what was asked is being done."""
        named = feed_schema.request.c.name.in_(sorted(names))
        self._connection.execute(sa.delete(feed_schema.request).where(named))
