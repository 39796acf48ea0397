"""Subscriptions: what hubs were asked to send, to which address of ours, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Announcement, Subscription, SubscriptionMode
from aggregator.store.columns import naming_faults
from aggregator.store.push_schema import subscription as _subscription
from aggregator.store.rows import from_unix, from_unix_or_none, unix, unix_or_none
from aggregator.store.sql import is_postgresql, upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_ALL = sa.select(_subscription).order_by(_subscription.c.source, _subscription.c.callback)
_SAVE = Bulk(upsert(_subscription, keys=["callback"]))
_FORGET = sa.delete(_subscription).where(_subscription.c.callback == sa.bindparam("of_callback"))
# As an index of PostgreSQL's has it: of 20,000, looking at each took 40 ms.
_OF_TOKEN = sa.select(_subscription).where(sa.text("substring(callback, '[^/]*$') = :token"))
# Of what workers announce, which only PostgreSQL has.
_ANNOUNCED = sa.text("SELECT source, hub, topic FROM announced_hub")
_NOTE_ANNOUNCED = sa.text(
    "INSERT INTO announced_hub AS known (source, hub, topic) SELECT source, hub, topic FROM"
    " unnest(CAST(:sources AS text[]), CAST(:hubs AS text[]), CAST(:topics AS text[]))"
    " AS now (source, hub, topic) ON CONFLICT (source)"
    " DO UPDATE SET hub = excluded.hub, topic = excluded.topic"
    " WHERE (known.hub, known.topic) <> (excluded.hub, excluded.topic)"
)


class Subscriptions:
    """The reads and writes of one unit of work over subscriptions."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def known(self) -> list[Subscription] | None:
        """Return every subscription, by source, ``None`` where they cannot be read.

        To take them for none would have hubs asked anew, again and again.
        """

        def read() -> list[Subscription] | None:
            return [_from_row(row) for row in self._connection.execute(_ALL).mappings()]

        return self._unreadable.read("what hubs were asked to send", read, None)

    def save(self, subscriptions: Iterable[Subscription]) -> None:
        """Remember subscriptions, each in place of the one of its callback."""
        _SAVE.run(self._connection, [_row(subscription) for subscription in subscriptions])

    def forget(self, callbacks: Iterable[str]) -> None:
        """Forget the subscriptions of some callbacks."""
        for callback in callbacks:
            self._connection.execute(_FORGET, {"of_callback": callback})

    def of_token(self, token: str) -> Subscription | None:
        """Return the subscription whose callback ends with a token; ``None`` where none does."""
        return find(self._connection, token)

    def announced(self) -> dict[str, Announcement]:
        """Return what each source announced last to any worker, by the source's name."""
        return {
            row.source: Announcement(hub=row.hub, topic=row.topic)
            for row in self._connection.execute(_ANNOUNCED)
        }

    def note_announced(self, announced: Mapping[str, Announcement]) -> None:
        """Note what sources announced in the documents that were just had of them, by name."""
        if announced:
            values = {
                "sources": list(announced),
                "hubs": [each.hub for each in announced.values()],
                "topics": [each.topic for each in announced.values()],
            }
            self._connection.execute(_NOTE_ANNOUNCED, values)


def find(connection: Connection, token: str) -> Subscription | None:
    """Return the subscription whose callback ends with a token; ``None`` where none does."""
    if is_postgresql(connection):
        row = connection.execute(_OF_TOKEN, {"token": token}).mappings().first()
        return _from_row(row) if row else None
    rows = connection.execute(_ALL).mappings()
    return next((_from_row(row) for row in rows if row["callback"].endswith(f"/{token}")), None)


@naming_faults
def _from_row(row: sa.RowMapping) -> Subscription:
    return Subscription(
        callback=row["callback"],
        source=row["source"],
        hub=row["hub"],
        topic=row["topic"],
        secret=row["secret"],
        mode=SubscriptionMode(row["mode"]),
        next_try=from_unix(row["next_try_unix"]),
        attempts=row["attempts"],
        lease_ends=from_unix_or_none(row["lease_ends_unix"]),
        delivered=from_unix_or_none(row["delivered_unix"]),
        error=row["error"],
    )


def _row(subscription: Subscription) -> dict[str, Any]:
    return {
        "callback": subscription.callback,
        "source": subscription.source,
        "hub": subscription.hub,
        "topic": subscription.topic,
        "secret": subscription.secret,
        "mode": subscription.mode.value,
        "next_try_unix": unix(subscription.next_try),
        "attempts": subscription.attempts,
        "lease_ends_unix": unix_or_none(subscription.lease_ends),
        "delivered_unix": unix_or_none(subscription.delivered),
        "error": subscription.error,
    }
