"""How many new entries a source brought on a day, by which a flood is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table, with the days of the last month that the store remembers entries of.

    The day on which a source was first seen counts nothing: it brought its archive.
    """
    op.create_table(
        "intake",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("entries", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO intake (source, day, entries) "
        "SELECT source, first_seen_unix / 86400 AS of_day, "
        "CASE WHEN first_seen_unix / 86400 = first_day THEN 0 ELSE count(*) END "
        "FROM entry JOIN (SELECT source AS of_source, min(first_seen_unix) / 86400 AS first_day, "
        "max(first_seen_unix) / 86400 AS last_day FROM entry GROUP BY source) "
        "ON source = of_source WHERE of_day >= last_day - 30 OR of_day = first_day "
        "GROUP BY source, of_day"
    )
