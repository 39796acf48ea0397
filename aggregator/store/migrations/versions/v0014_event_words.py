"""The words by which stories of one event are found, kept beside the entry while its days last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_FORGET = "BEGIN DELETE FROM event_words WHERE pk = OLD.pk; END"


def upgrade() -> None:
    """Add the table, and the triggers that empty it where a text changes, whoever changes it."""
    op.create_table(
        "event_words",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("published_unix", sa.BigInteger, nullable=False),
        sa.Column("form", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
    )
    op.create_index("event_words_by_time", "event_words", ["published_unix"])
    op.execute(
        "CREATE TRIGGER event_words_outdated AFTER UPDATE OF pk, title, texts ON entry_text "
        + _FORGET
    )
    op.execute(f"CREATE TRIGGER event_words_deleted AFTER DELETE ON entry_text {_FORGET}")
