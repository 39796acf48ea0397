"""What became of the pages that entries link to, where whole texts are wanted; it begins empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "full_text",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("tried_unix", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("feed_words", sa.String(32), nullable=False),
        sa.Column("feed_characters", sa.Integer, nullable=False),
        sa.Column("article", sa.LargeBinary),
    )
    op.create_index("full_text_by_source", "full_text", ["source", "tried_unix", "feed_characters"])
    op.create_index("full_text_by_time", "full_text", ["tried_unix", "outcome"])
