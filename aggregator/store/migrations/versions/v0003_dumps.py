"""How far a file of a dump is read, other stories' headlines, and the lines that recur on pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and the table; what was read so far was read whole."""
    with op.batch_alter_table("dump_file") as table:
        table.drop_column("sha256")
        table.add_column(sa.Column("records", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(sa.Column("is_done", sa.Boolean, nullable=False, server_default="1"))
    op.add_column("entry_text", sa.Column("related", sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "page_line",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("line", sa.BigInteger, primary_key=True),
        sa.Column("pages", sa.Integer, nullable=False),
    )
