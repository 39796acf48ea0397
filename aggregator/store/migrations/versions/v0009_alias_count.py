"""Under how many names each entry is remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column, and count the names that there are."""
    op.add_column("entry", sa.Column("alias_count", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE entry SET alias_count = counted.names FROM "
        "(SELECT pk, count(*) AS names FROM alias WHERE pk IS NOT NULL GROUP BY pk) AS counted "
        "WHERE counted.pk = entry.pk"
    )
