"""How each feed was put in place last, and which entries changed since feeds were looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# Of an entry all that a feed can show; not ``is_linked``, which publishing sets itself. A new entry
# is shown once its length is known, which is an update of it.
_EVENTS = {
    "entry_added": "INSERT ON entry WHEN NEW.characters IS NOT NULL",
    "entry_changed": "UPDATE OF id, source, story, language, published_unix, updated_unix, "
    "date_how, position, content_key, characters, is_backlog, purged_unix ON entry",
    "entry_deleted": "DELETE ON entry",
    "entry_text_changed": "UPDATE ON entry_text",
    "entry_text_deleted": "DELETE ON entry_text",
}


def _trigger(name: str, event: str) -> str:
    """Return the statement that makes a trigger.

    SQLite overrides how a trigger resolves a conflict by how the outer statement does, so there is
    none: what is noted already is not noted again.
    """
    pk = "OLD.pk" if event.startswith("DELETE") else "NEW.pk"
    note = f"INSERT INTO changed (pk) SELECT {pk} WHERE {pk} NOT IN (SELECT pk FROM changed)"  # noqa: S608 - of constants
    return f"CREATE TRIGGER {name} AFTER {event} BEGIN {note}; END"


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
    for name, event in _EVENTS.items():
        op.execute(_trigger(name, event))
