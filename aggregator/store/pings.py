"""Pings: what each hub was told of each published file, and is to be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Ping
from aggregator.store.columns import naming_faults
from aggregator.store.push_schema import ping as _ping
from aggregator.store.rows import from_unix_or_none, unix_or_none
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_SAVE = Bulk(upsert(_ping, keys=["hub", "topic"]))
_FORGET = sa.delete(_ping).where(
    _ping.c.hub == sa.bindparam("of_hub"), _ping.c.topic == sa.bindparam("of_topic")
)


class Pings:
    """The reads and writes of one unit of work over pings."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def known(self) -> list[Ping] | None:
        """Return every ping that is remembered, ``None`` where they cannot be read.

        To take them for none would tell hubs of everything, again and again.
        """

        def read() -> list[Ping] | None:
            return [_from_row(row) for row in self._connection.execute(sa.select(_ping)).mappings()]

        return self._unreadable.read("what hubs were told", read, None)

    def save(self, pings: Iterable[Ping]) -> None:
        """Remember pings in place of what was remembered of their hubs and topics."""
        _SAVE.run(self._connection, [_row(ping) for ping in pings])

    def forget(self, pings: Iterable[Ping]) -> None:
        """Forget pings, as their hub or topic is configured no longer."""
        for ping in pings:
            self._connection.execute(_FORGET, {"of_hub": ping.hub, "of_topic": ping.topic})


@naming_faults
def _from_row(row: sa.RowMapping) -> Ping:
    return Ping(
        hub=row["hub"],
        topic=row["topic"],
        digest=row["digest"],
        pinged=row["pinged"],
        attempts=row["attempts"],
        next_try=from_unix_or_none(row["next_try_unix"]),
        error=row["error"],
    )


def _row(ping: Ping) -> dict[str, Any]:
    return {
        "hub": ping.hub,
        "topic": ping.topic,
        "digest": ping.digest,
        "pinged": ping.pinged,
        "attempts": ping.attempts,
        "next_try_unix": unix_or_none(ping.next_try),
        "error": ping.error,
    }
