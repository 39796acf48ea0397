"""The tables of what an operator is shown; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from aggregator.store.schema import NUMBER, metadata

# What is counted of a source in one hour or day (``Activity``), in the order of the columns.
COUNTS = (
    "ok",
    "not_modified",
    "failed",
    "new",
    "revised",
    "known",
    "rejected",
    "merged",
    "received_bytes",
    "milliseconds",
)

# ``number`` counts hours or days (``span_seconds`` long, UTC) since 1970. The time comes first, so
# that all that is counted in one hour lies in a few pages: those that are written, read together,
# and forgotten together. A span of 0 is all since a source was first counted.
activity = Table(
    "activity",
    metadata,
    Column("span_seconds", NUMBER, primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("source", String(64), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    sqlite_with_rowid=False,
)

# Of the polls that failed, how many did for which kind of fault.
activity_fault = Table(
    "activity_fault",
    metadata,
    Column("span_seconds", NUMBER, primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("fault", String(16), primary_key=True),
    Column("polls", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

# What was or is wrong, for the feed of failures (``Notice``).
notice = Table(
    "notice",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("began_unix", BigInteger, nullable=False),
    Column("ended_unix", BigInteger),
    Column("detail", Text, nullable=False),
)
