"""What hubs sent, as it waits in a store that several machines share (PostgreSQL alone).

Web servers put it there (``inbox``), and who leads takes it, each with the commit of what it
brought. Knows which came when; refuses to know what is in it.
"""

from __future__ import annotations

from datetime import UTC

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Arrival, ArrivalKind

_NEXT = sa.text(
    "SELECT number, token, kind, arrived, lease_seconds, reason, content_type, body, tries"
    " FROM arrival"
    " WHERE number > :number ORDER BY number LIMIT 1"
)
_HAS = sa.text("SELECT EXISTS (SELECT FROM arrival WHERE number = :number)")
_NOTE_TRIES = sa.text("UPDATE arrival SET tries = :tries WHERE number = :number")
_TAKE = sa.text("DELETE FROM arrival WHERE number = :number")


class Arrivals:
    """The reads and writes of one unit of work over what hubs sent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def after(self, number: int) -> tuple[int, Arrival] | None:
        """Return what came next after a number, with its own; ``None`` where nothing waits."""
        row = self._connection.execute(_NEXT, {"number": number}).first()
        if row is None:
            return None
        arrival = Arrival(
            token=row.token,
            kind=ArrivalKind(row.kind),
            arrived=row.arrived.astimezone(UTC),
            lease_seconds=row.lease_seconds,
            reason=row.reason,
            content_type=row.content_type,
            body=bytes(row.body),
            tries=row.tries,
        )
        return row.number, arrival

    def waits(self, number: int) -> bool:
        """Tell whether what has a number still waits."""
        return bool(self._connection.execute(_HAS, {"number": number}).scalar_one())

    def note_tries(self, number: int, tries: int) -> None:
        """Note how often it was begun to store what has a number."""
        self._connection.execute(_NOTE_TRIES, {"number": number, "tries": tries})

    def take(self, number: int) -> bool:
        """Take what has a number away; tell whether it still waited."""
        return self._connection.execute(_TAKE, {"number": number}).rowcount > 0
