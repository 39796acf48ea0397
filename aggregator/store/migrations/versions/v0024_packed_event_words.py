"""Event words lie packed: numbers of stems in place of their letters.

What was kept is made anew of the texts when it is next needed, so nothing of it is carried over.
The triggers that empty the table stand on ``entry_text`` and go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table anew."""
    op.drop_table("event_words")
    op.create_table(
        "event_words",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("published_unix", sa.BigInteger, nullable=False),
        sa.Column("form", sa.Integer, nullable=False),
        sa.Column("stems", sa.LargeBinary, nullable=False),
        sa.Column("in_title", sa.LargeBinary, nullable=False),
        sa.Column("in_lead", sa.LargeBinary, nullable=False),
    )
    op.create_index("event_words_by_time", "event_words", ["published_unix"])
