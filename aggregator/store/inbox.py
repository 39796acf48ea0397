"""Where web servers put what hubs send, and look up callbacks: the store that all machines share.

Each call is a statement of its own and waits for no writer, as a hub waits for seconds at most.
Only PostgreSQL has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from aggregator.models import Arrival, ArrivalKind, Subscription
from aggregator.store.faults import naming_faults
from aggregator.store.place import server_url
from aggregator.store.session_settings import autocommit_engine
from aggregator.store.subscriptions import find

# A statement takes milliseconds, and waits where the store is being migrated. Hubs end a request
# that is not answered within 10 s or so.
_STATEMENT_SECONDS = 5
# Of a web server; whoever calls it asks no more at once.
_CONNECTIONS = 4
_COLUMNS = "(token, kind, arrived, lease_seconds, reason, content_type, body)"
_VALUES = ":token, :kind, :arrived, :lease_seconds, :reason, :content_type, :body"
_PUT_DELIVERY = sa.text(
    f"INSERT INTO arrival {_COLUMNS} SELECT {_VALUES}"  # noqa: S608 - of constants
    " WHERE (SELECT count(*) < :most AND count(*) FILTER (WHERE token = :token) < :most_of_one"
    " AND coalesce(sum(octet_length(body)), 0) + :size <= :most_bytes"
    " FROM arrival WHERE kind = 'delivery')"
)
# What was said before is taken for the last, also by who has read it and not taken it yet.
_PUT_ANSWER = sa.text(
    f"INSERT INTO arrival {_COLUMNS} VALUES ({_VALUES})"  # noqa: S608 - of constants
    " ON CONFLICT (token) WHERE kind <> 'delivery' DO UPDATE SET number = DEFAULT,"
    " kind = excluded.kind, arrived = excluded.arrived, lease_seconds = excluded.lease_seconds,"
    " reason = excluded.reason"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many deliveries may wait, of all and of one callback, and how many bytes they have."""

    most: int
    most_of_one: int
    most_bytes: int


class Inbox:
    """The inbox of the store at ``url``, for threads; StoreError where it fails."""

    def __init__(self, url: str, room: Room) -> None:
        self._room = room
        self._engine = autocommit_engine(
            server_url(url),
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_STATEMENT_SECONDS,
            # Else the first delivery after a restart of the database would be refused.
            pool_pre_ping=True,
        )
        sa.event.listen(self._engine, "connect", _configure)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def subscription(self, token: str) -> Subscription | None:
        """Return the subscription whose callback ends with a token; ``None`` where none does."""
        with naming_faults(), self._engine.connect() as connection:
            return find(connection, token)

    def put(self, arrival: Arrival) -> bool:
        """Put something in, and return once it is committed; false where there is no room.

        Of what a hub confirmed or denied of a callback the last counts, and there is always room.
        Two web servers that put at once may exceed the room by what they put.
        """
        values = {
            "token": arrival.token,
            "kind": arrival.kind.value,
            "arrived": arrival.arrived,
            "lease_seconds": arrival.lease_seconds,
            "reason": arrival.reason,
            "content_type": arrival.content_type,
            "body": arrival.body,
        }
        statement = _PUT_ANSWER
        if arrival.kind is ArrivalKind.DELIVERY:
            statement = _PUT_DELIVERY
            values |= {
                "size": len(arrival.body),
                "most": self._room.most,
                "most_of_one": self._room.most_of_one,
                "most_bytes": self._room.most_bytes,
            }
        with naming_faults(), self._engine.connect() as connection:
            return connection.execute(statement, values).rowcount > 0


def _configure(connection: Any, _record: object) -> None:
    connection.execute(f"SET statement_timeout = '{_STATEMENT_SECONDS}s'")
    connection.commit()
