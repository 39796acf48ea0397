"""How each feed was put in place last, and which entries changed since feeds were looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# Of an entry all that a feed can show; not ``is_linked``, which publishing sets itself. A new entry
# is shown once its length is known, which is an update of it.
_TRIGGERS = (
    "CREATE TRIGGER entry_added AFTER INSERT ON entry WHEN NEW.characters IS NOT NULL "
    "BEGIN INSERT OR IGNORE INTO changed (pk) VALUES (NEW.pk); END",
    "CREATE TRIGGER entry_changed AFTER UPDATE OF id, source, story, language, published_unix, "
    "updated_unix, date_how, position, content_key, characters, is_backlog, purged_unix ON entry "
    "BEGIN INSERT OR IGNORE INTO changed (pk) VALUES (NEW.pk); END",
    "CREATE TRIGGER entry_deleted AFTER DELETE ON entry "
    "BEGIN INSERT OR IGNORE INTO changed (pk) VALUES (OLD.pk); END",
    "CREATE TRIGGER entry_text_changed AFTER UPDATE ON entry_text "
    "BEGIN INSERT OR IGNORE INTO changed (pk) VALUES (NEW.pk); END",
    "CREATE TRIGGER entry_text_deleted AFTER DELETE ON entry_text "
    "BEGIN INSERT OR IGNORE INTO changed (pk) VALUES (OLD.pk); END",
)


def upgrade() -> None:
    """Add the tables, and the triggers that note each change whoever makes it."""
    op.create_table("changed", sa.Column("pk", sa.Integer, primary_key=True))
    op.create_table(
        "standing",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("stamps", sa.JSON, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("left_out", sa.JSON, nullable=False),
        sqlite_with_rowid=False,
    )
    for trigger in _TRIGGERS:
        op.execute(trigger)
