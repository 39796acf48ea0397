"""How often a delivery was begun by somebody who did not come to its end (``pipeline.deliver``)."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the column; with SQLite the names of files say it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE arrival ADD COLUMN IF NOT EXISTS tries integer NOT NULL DEFAULT 0")
