"""The files beside an entry's text, and its rights; entries get theirs when they are next read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns, empty: no row is written."""
    op.add_column("entry_text", sa.Column("media", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("entry_text", sa.Column("rights", sa.Text, nullable=False, server_default=""))
