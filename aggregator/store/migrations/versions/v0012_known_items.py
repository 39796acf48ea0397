"""What the items of each source's last document were read as; the next documents fill it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "known_items",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
