"""Subscriptions: what hubs were asked to send, to which address of ours, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Subscription, SubscriptionMode
from aggregator.store.columns import naming_faults
from aggregator.store.push_schema import subscription as _subscription
from aggregator.store.rows import from_unix, from_unix_or_none, unix, unix_or_none
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_ALL = sa.select(_subscription).order_by(_subscription.c.source, _subscription.c.callback)
_SAVE = Bulk(upsert(_subscription, keys=["callback"]))
_FORGET = sa.delete(_subscription).where(_subscription.c.callback == sa.bindparam("of_callback"))


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
