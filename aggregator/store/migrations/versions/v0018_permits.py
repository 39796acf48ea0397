"""Which feeds may be published though they lose nearly all of their entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "permit",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("feed", sa.String(64), nullable=False),
    )
