"""Which entries came undated with too many of their kind, so that no feed shows them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; what is published so far is shown as before."""
    op.add_column("entry", sa.Column("is_backlog", sa.Boolean, nullable=False, server_default="0"))
