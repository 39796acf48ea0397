"""The first shape of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _sources()
    _entries()


def _sources() -> None:
    op.create_table(
        "source_state",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("moved_polls", sa.Integer, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("body_sha256", sa.String(64)),
        sa.Column("next_due_unix", sa.BigInteger),
        sa.Column("checked_unix", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("shift_seconds", sa.Integer, nullable=False),
        sa.Column("shift_confirmed_unix", sa.BigInteger),
    )
    op.create_table(
        "dump_file",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "rejected",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(200), primary_key=True),
        sa.Column("excerpt", sa.Text, primary_key=True),
        sa.Column("first_seen_unix", sa.BigInteger, nullable=False),
    )


def _entries() -> None:
    op.create_table(
        "entry",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("story", sa.Integer),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("published_unix", sa.BigInteger, nullable=False),
        sa.Column("updated_unix", sa.BigInteger, nullable=False),
        sa.Column("first_seen_unix", sa.BigInteger, nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("content_key", sa.String(32), nullable=False),
    )
    op.create_index("entry_by_time", "entry", ["published_unix", "position", "id"])
    op.create_index("entry_by_story", "entry", ["story"])
    op.create_index("entry_by_source", "entry", ["source", "published_unix"])
    op.create_table(
        "digest",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), nullable=False),
    )
    op.create_index("digest_by_entry", "digest", ["pk"])
    op.create_table(
        "entry_text",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content_html", sa.Text, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("repairs", sa.JSON, nullable=False),
    )
    op.create_table(
        "alias",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk")),
    )
