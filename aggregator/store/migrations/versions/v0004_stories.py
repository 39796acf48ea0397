"""Stories: what entries are found by, what ties them, under whose ids they are published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables; every entry is to be joined anew and keeps the id it is published under."""
    op.add_column("entry", sa.Column("characters", sa.Integer))
    op.add_column("entry", sa.Column("is_joined", sa.Boolean, nullable=False, server_default="0"))
    op.add_column("entry", sa.Column("is_linked", sa.Boolean, nullable=False, server_default="0"))
    op.add_column("entry", sa.Column("purged_unix", sa.BigInteger))
    op.create_index("entry_to_join", "entry", ["pk"], sqlite_where=sa.text("is_joined = 0"))
    op.create_table(
        "band",
        sa.Column("band", sa.BigInteger, primary_key=True),
        sa.Column("pk", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tie",
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("jaccard", sa.Float, nullable=False),
        sa.Column("containment", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("tie_by_b", "tie", ["b"])
    op.create_table(
        "event",
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
        sa.Column("score", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("event_by_b", "event", ["b"])
    op.create_table(
        "shown",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("as_pk", sa.Integer, sa.ForeignKey("entry.pk"), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("lead_pk", sa.Integer),
        sa.Column("lead_key", sa.String(32), nullable=False, server_default=""),
        sa.Column("updated_unix", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("shown_by_entry", "shown", ["pk"])
    op.create_table(
        "absorbed",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("by_pk", sa.Integer, sa.ForeignKey("entry.pk"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "remains",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("remains", sa.Text, nullable=False),
    )
    op.create_table("request", sa.Column("name", sa.String(16), primary_key=True))
    op.create_table(
        "history",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("at_unix", sa.BigInteger, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("characters", sa.Integer),
    )
    op.create_table(
        "held",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("began_unix", sa.BigInteger, nullable=False),
        sa.Column("since_unix", sa.BigInteger, nullable=False),
        sa.Column("polls", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("is_released", sa.Boolean, nullable=False),
    )
    # Until now the entry that a feed's story was known by longest gave the id, in whatever feed: of
    # no feed's name, it is what every feed falls back on.
    op.execute(
        "INSERT INTO shown (feed, pk, as_pk, since) "
        "SELECT '', pk, pk, pk - 1000000000000 FROM entry"
    )
    op.execute(
        "INSERT INTO tie (a, b, kind, jaccard, containment) "
        "SELECT story, pk, 'text', 1, 1 FROM entry WHERE story < pk"
    )
