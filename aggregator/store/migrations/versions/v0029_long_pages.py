"""Pages whose addresses an index of PostgreSQL cannot hold: found by a hash, as long ids are."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"

_INDEX = """
ALTER TABLE full_text DROP CONSTRAINT IF EXISTS full_text_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS full_text_by_key ON full_text (
  source, (CASE WHEN octet_length(address) <= 500 THEN address ELSE hash_of_long(address) END));
"""


def upgrade() -> None:
    """Look pages up as ``store/postgresql.sql`` does; SQLite's indexes hold any length."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_INDEX)
