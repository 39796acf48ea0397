"""The tables of feeds' archives; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table

from aggregator.store.schema import NUMBER, metadata

# In which archive documents of a feed an entry stands, by the entry whose id the feed gives it:
# ``number`` is 0 while it waits for one. ``is_due`` says that a document is closed with it as soon
# as the feed shows it no longer.
archive_entry = Table(
    "archive_entry",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("is_due", Boolean, nullable=False),
    Index("archive_entry_by_number", "feed", "number"),
    sqlite_with_rowid=False,
)

# The archive documents of a feed. ``written_as`` says for which address and in which formats a
# document was put in place: empty where it is absent, ``stale`` where it must be written again.
archive = Table(
    "archive",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("written_as", String(32), nullable=False),
    sqlite_with_rowid=False,
)

# Up to which entry a feed's archives know what is stored, and which selection that was.
archiving = Table(
    "archiving",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("seen_pk", NUMBER, nullable=False),
    Column("selection", String(32), nullable=False),
    sqlite_with_rowid=False,
)
