"""What an operator is shown: counts by hour and day, since when a source fails, and notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_COUNTS = (
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


def upgrade() -> None:
    """Add the tables, empty, and the columns, with what the last check of each source tells.

    Since when a source fails was not remembered: since its last check, at the latest.
    """
    op.create_table(
        "activity",
        sa.Column("span_seconds", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "activity_fault",
        sa.Column("span_seconds", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("fault", sa.String(16), primary_key=True),
        sa.Column("polls", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("began_unix", sa.BigInteger, nullable=False),
        sa.Column("ended_unix", sa.BigInteger),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.add_column("source_state", sa.Column("fault", sa.String(16)))
    op.add_column("source_state", sa.Column("succeeded_unix", sa.BigInteger))
    op.add_column("source_state", sa.Column("failing_since_unix", sa.BigInteger))
    op.execute(
        "UPDATE source_state SET "
        "succeeded_unix = CASE WHEN failures = 0 AND coalesce(error, '') = '' "
        "THEN checked_unix END, "
        "failing_since_unix = CASE WHEN failures > 0 THEN checked_unix END"
    )
