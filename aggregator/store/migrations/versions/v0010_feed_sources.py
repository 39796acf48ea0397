"""Of which sources a feed published entries, so that ids of sources it has no more are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table, with what the pins say."""
    op.create_table(
        "feed_source",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO feed_source (feed, source) SELECT DISTINCT pin.feed, entry.source "
        "FROM pin JOIN entry ON entry.pk = pin.as_pk"
    )
