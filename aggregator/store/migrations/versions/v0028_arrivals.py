"""What hubs sent to the web servers of several machines, and what sources announce to workers.

Only PostgreSQL has these tables: with SQLite one process does all of it, and files beside the store
hold what hubs sent. Both begin empty: a source announces its hub anew when its document changes.
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"

_TABLES = """
CREATE TABLE announced_hub (
  source text COLLATE "C" PRIMARY KEY,
  hub text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL
);
CREATE TABLE arrival (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  arrived timestamptz NOT NULL,
  lease_seconds integer NOT NULL,
  reason text NOT NULL,
  content_type text NOT NULL,
  body bytea NOT NULL
);
CREATE UNIQUE INDEX arrival_answer ON arrival (token) WHERE kind <> 'delivery';
CREATE INDEX subscription_by_token ON subscription (substring(callback, '[^/]*$'));
"""


def upgrade() -> None:
    """Add the tables, empty."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_TABLES)
