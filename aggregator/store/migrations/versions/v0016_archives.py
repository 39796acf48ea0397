"""Which entries stand in which archive document of a feed, and how often each pinned something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the tables; publishing fills them with what is stored, some at a time."""
    op.create_table(
        "publishing",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO publishing (feed, sequence) "
        "SELECT feed, max(0, max(sequence)) FROM pin GROUP BY feed"
    )
    op.create_table(
        "archive_entry",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("is_due", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("archive_entry_by_number", "archive_entry", ["feed", "number"])
    op.create_table(
        "archive",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("written_as", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "archiving",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("seen_pk", sa.Integer, nullable=False),
        sa.Column("selection", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
