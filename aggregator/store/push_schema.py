"""The tables of push by WebSub; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from aggregator.store.schema import NUMBER, metadata

# Of which bytes of each published file each hub was told, and of which it is to be told. The
# columns are those of ``Ping``.
ping = Table(
    "ping",
    metadata,
    Column("hub", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("pinged", String(64), nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("next_try_unix", BigInteger),
    Column("error", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Which topics hubs were asked to send; the columns are those of ``Subscription``. The secret lies
# here as a hub signs with it for weeks; the store is for its owner alone.
subscription = Table(
    "subscription",
    metadata,
    Column("callback", Text, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("next_try_unix", BigInteger, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("lease_ends_unix", BigInteger),
    Column("delivered_unix", BigInteger),
    Column("error", Text, nullable=False),
    sqlite_with_rowid=False,
)
