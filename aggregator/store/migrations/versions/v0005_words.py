"""Name tables and columns with the words of the glossary; every row stays as it is."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = {
    "band": "lookup_key",
    "event": "event_link",
    "shown": "pin",
    "remains": "tombstone",
    "history": "revision",
    "held": "quarantine",
}
# By the tables' new names.
_COLUMNS = {
    "source_state": {
        "asked": "config_fingerprint",
        "shift_seconds": "clock_skew_seconds",
        "shift_confirmed_unix": "clock_skew_confirmed_unix",
    },
    "entry": {"how": "date_how", "is_joined": "is_clustered"},
    "lookup_key": {"band": "key"},
    "pin": {
        "since": "sequence",
        "lead_pk": "representative_pk",
        "lead_key": "representative_key",
    },
    "tombstone": {"remains": "content"},
    "revision": {"at_unix": "until_unix"},
    "quarantine": {"since_unix": "unchanged_since_unix", "marks": "fingerprints"},
}


def upgrade() -> None:
    """Rename; indexes, which cannot be renamed, are made anew."""
    for was, becomes in _TABLES.items():
        op.rename_table(was, becomes)
    for table, columns in _COLUMNS.items():
        for was, becomes in columns.items():
            op.execute(f"ALTER TABLE {table} RENAME COLUMN {was} TO {becomes}")
    for index in ("entry_to_join", "event_by_b", "shown_by_entry"):
        op.execute(f"DROP INDEX {index}")
    op.execute("CREATE INDEX entry_to_cluster ON entry (pk) WHERE is_clustered = 0")
    op.create_index("event_link_by_b", "event_link", ["b"])
    op.create_index("pin_by_entry", "pin", ["pk"])
