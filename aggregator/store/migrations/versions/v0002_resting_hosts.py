"""Which host asked a source to be left alone until when, which holds for a next process, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; no host rests yet."""
    op.add_column("source_state", sa.Column("rests_until_unix", sa.BigInteger))
    op.add_column(
        "source_state", sa.Column("resting_host", sa.Text, nullable=False, server_default="")
    )
