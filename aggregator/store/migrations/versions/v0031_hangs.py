"""Which jobs of a worker hang (``worker.jobs``)."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add the column; with SQLite there are no workers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE worker ADD COLUMN IF NOT EXISTS hangs text NOT NULL DEFAULT '[]'")
