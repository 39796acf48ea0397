"""Events are groups, and steps of one affair are remembered beside them.

Stores have links of pairs alone. What these tie together was named together or merged, so it stays
one event: of a chain of links, all of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

# The rows that are written at once: a store of years has hundreds of thousands.
_ROWS_TOGETHER = 10_000


def upgrade() -> None:
    """Add the tables, and make an event of what links tie together."""
    op.create_table(
        "event_step",
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("is_one_paper", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("event_step_by_b", "event_step", ["b"])
    member = op.create_table(
        "event_member",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("event", sa.Integer, nullable=False),
    )
    op.create_index("event_member_by_event", "event_member", ["event"])
    event_of = _tied_together(op.get_bind())
    rows = [{"pk": pk, "event": event} for pk, event in sorted(event_of.items())]
    for start in range(0, len(rows), _ROWS_TOGETHER):
        op.bulk_insert(member, rows[start : start + _ROWS_TOGETHER])


def _tied_together(connection: sa.Connection) -> dict[int, int]:
    """Return the smallest number among all that links tie to an entry, by the entry's number."""
    parents: dict[int, int] = {}

    def root(pk: int) -> int:
        while parents[pk] != pk:
            parents[pk] = parents[parents[pk]]
            pk = parents[pk]
        return pk

    for a, b in connection.execute(sa.text("SELECT a, b FROM event_link")):
        for pk in (a, b):
            parents.setdefault(pk, pk)
        roots = sorted((root(a), root(b)))
        parents[roots[1]] = roots[0]
    return {pk: root(pk) for pk in parents}
