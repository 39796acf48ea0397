"""What leaves next is found without walking over all that has left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Index the entries that have a text by their time."""
    op.create_index(
        "entry_with_text", "entry", ["published_unix"], sqlite_where=sa.text("purged_unix IS NULL")
    )
