"""Which workers a store has, and what each was last heard to do; PostgreSQL's stores alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the table, empty; an SQLite file has no workers."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table(
        "worker",
        sa.Column("token", sa.Text(collation="C"), primary_key=True),
        sa.Column("host", sa.Text(collation="C"), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("session", sa.Integer, nullable=False),
        sa.Column("started", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("heard", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("has_ended", sa.Boolean, nullable=False),
        sa.Column("leads_since", sa.TIMESTAMP(timezone=True)),
        sa.Column("hosts", sa.Integer, nullable=False),
        sa.Column("dump", sa.Text, nullable=False),
        sa.Column("ticks", sa.Text, nullable=False),
    )
