"""What is to be indexed for searching, and what is to leave the index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

# A text is in the index unless it waits; of one that is, the index needs the old words to forget
# them. SQLite overrides how a trigger resolves a conflict by how the outer statement does.
_IS_INDEXED = "OLD.pk NOT IN (SELECT pk FROM search_waiting)"
_WAIT = (
    "INSERT INTO search_waiting (pk) SELECT NEW.pk WHERE NEW.pk NOT IN "
    "(SELECT pk FROM search_waiting)"
)
_OUTDATE = (
    "INSERT INTO search_outdated (pk, published_unix, title, texts) SELECT "  # noqa: S608 - constants
    f"OLD.pk, published_unix, OLD.title, OLD.texts FROM entry WHERE pk = OLD.pk AND {_IS_INDEXED}"
)
_OUTDATE_MOVED = (
    "INSERT INTO search_outdated (pk, published_unix, title, texts) SELECT "  # noqa: S608 - constants
    f"pk, OLD.published_unix, title, texts FROM entry_text WHERE pk = OLD.pk AND {_IS_INDEXED}"
)
_WAIT_MOVED = (
    "INSERT INTO search_waiting (pk) SELECT pk FROM entry_text WHERE pk = OLD.pk "  # noqa: S608 - constants
    f"AND {_IS_INDEXED}"
)
_FORGET = "DELETE FROM search_waiting WHERE pk = OLD.pk"
_TRIGGERS = {
    "search_added": f"INSERT ON entry_text BEGIN {_WAIT}; END",
    "search_changed": "UPDATE OF pk, title, texts ON entry_text WHEN OLD.pk <> NEW.pk OR "
    f"OLD.title IS NOT NEW.title OR OLD.texts IS NOT NEW.texts BEGIN {_OUTDATE}; {_WAIT}; END",
    "search_deleted": f"DELETE ON entry_text BEGIN {_OUTDATE}; {_FORGET}; END",
    "search_moved": "UPDATE OF published_unix ON entry WHEN OLD.published_unix <> "
    f"NEW.published_unix BEGIN {_OUTDATE_MOVED}; {_WAIT_MOVED}; END",
    # Nothing deletes an entry but a person by hand; when it was published is lost with it.
    "search_lost": "DELETE ON entry BEGIN DELETE FROM search_state; END",
}


def upgrade() -> None:
    """Add the tables and triggers; the index itself is made by the next pass, with all texts."""
    op.create_table("search_waiting", sa.Column("pk", sa.Integer, primary_key=True))
    op.create_table(
        "search_outdated",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("published_unix", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("texts", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "search_state",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("must_rewrite", sa.Boolean, nullable=False),
    )
    for name, event in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} AFTER {event}")
