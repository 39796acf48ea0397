"""What decides when sources are next asked: their rhythms, the common tempo, what feeds say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the tables and the columns, empty: a source's rhythm is measured at its next poll."""
    op.create_table(
        "rhythm",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("measured_unix", sa.BigInteger, nullable=False),
        sa.Column("entries_by_hour", sa.JSON, nullable=False),
    )
    op.create_table(
        "tempo",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("factor", sa.Float, nullable=False),
        sa.Column("measured_unix", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
    )
    op.add_column("source_state", sa.Column("hints", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("source_state", sa.Column("interval_seconds", sa.Float))
    op.add_column("source_state", sa.Column("interval_how", sa.String(16)))
    op.add_column("source_state", sa.Column("due_why", sa.String(16)))
