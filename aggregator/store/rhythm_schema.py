"""The tables of how often sources are asked whose interval is automatic."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, String, Table

from aggregator.store.schema import NUMBER, metadata

# How many entries a source is expected to publish in each hour of the day, by UTC: 24 numbers.
rhythm = Table(
    "rhythm",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("measured_unix", BigInteger, nullable=False),
    Column("entries_by_hour", JSON, nullable=False),
)

# How often all sources are asked together (``Tempo``): one row.
tempo = Table(
    "tempo",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("factor", Float, nullable=False),
    Column("measured_unix", BigInteger, nullable=False),
    Column("fingerprint", String(64), nullable=False),
)
