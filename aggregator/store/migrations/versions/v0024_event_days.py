"""Event words lie packed, as numbers of stems; and how often changes were taken is counted.

What was kept is made anew of the texts when it is next needed, so nothing of it is carried over.
The triggers that empty the table stand on ``entry_text`` and go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the one table anew, and add the other."""
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
    op.create_table(
        "changes_taken",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("times", sa.BigInteger, nullable=False),
    )
