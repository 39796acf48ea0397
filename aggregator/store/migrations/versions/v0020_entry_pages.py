"""Which entries have a page of their own, and how each page was put in place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the table, empty; publishing adds an entry when something first leads to its page."""
    op.create_table(
        "entry_page",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("written_as", sa.String(16), nullable=False),
    )
    op.create_index("entry_page_by_state", "entry_page", ["written_as"])
