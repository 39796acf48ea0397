"""What texts are looked up by is made when they are read, and of other hashes.

What stands in the index of texts goes, as nothing asks for it any more, but for what recognises
purged ones; the next pass makes what takes its place.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the tables, with each entry whose story was decided by a text."""
    op.create_table(
        "signed",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("characters", sa.Integer, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table("sign_anew", sa.Column("pk", sa.Integer, primary_key=True))
    op.execute(
        "INSERT INTO sign_anew (pk) SELECT pk FROM entry "
        "WHERE is_clustered = 1 AND purged_unix IS NULL"
    )
    # A key's highest 8 bits of 64 were 0 for minima of texts.
    op.execute("DELETE FROM lookup_key WHERE key < (1 << 56)")
