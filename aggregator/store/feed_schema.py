"""The tables of what feeds published; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from aggregator.store.schema import NUMBER, metadata

# Under which entry's id a feed published an entry, and at which of its publishings first. On the
# entry whose id it is, also: which entry represented the story at the last publishing, with which
# text, and when that text last changed.
pin = Table(
    "pin",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("as_pk", NUMBER, ForeignKey("entry.pk"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("representative_pk", NUMBER),
    Column("representative_key", String(32), nullable=False, server_default=""),
    Column("updated_unix", BigInteger),
    Index("pin_by_entry", "pk"),
    sqlite_with_rowid=False,
)

# The last publishing at which a feed pinned something: to find it among the pins reads them all.
publishing = Table(
    "publishing",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Of which sources the entries are under whose ids a feed published something: nearly always only
# those that it still has, and then nothing else needs to be looked for.
feed_source = Table(
    "feed_source",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    sqlite_with_rowid=False,
)

# Which entries a feed does not show, as another story of the same event is shown in their place.
absorbed = Table(
    "absorbed",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("by_pk", NUMBER, ForeignKey("entry.pk"), nullable=False),
    sqlite_with_rowid=False,
)

# How a feed was put in place last: made of what (``fingerprint``, ``digest``), in which files, and
# whether nothing that it can show has changed since (``is_current``).
standing = Table(
    "standing",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("is_current", Boolean, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("stamps", JSON, nullable=False),
    Column("entries", NUMBER, nullable=False),
    Column("left_out", JSON, nullable=False),
    sqlite_with_rowid=False,
)

# Entries that changed since it was last asked which feeds they can have changed. Triggers fill it
# (``migrations/versions/v0013_standing``), so that no writer can forget to, nor a person by hand.
changed = Table("changed", metadata, Column("pk", NUMBER, primary_key=True))
# How often these were taken and forgotten, in its one row: whoever keeps entries in memory and was
# told of all that was taken but the last time knows that something is missing.
changes_taken = Table(
    "changes_taken",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("times", BigInteger, nullable=False),
)
CHANGE_TRIGGERS = frozenset(
    {"entry_added", "entry_changed", "entry_deleted", "entry_text_changed", "entry_text_deleted"}
)

# Which entries have a page of their own, as they have no address and something leads to them.
# ``written_as`` says in which look a page was put in place: empty where it is absent, ``stale``
# where it must be written again, ``purged`` where a notice must take its place, and of a notice the
# day since which it stands.
entry_page = Table(
    "entry_page",
    metadata,
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("written_as", String(16), nullable=False),
    Index("entry_page_by_state", "written_as"),
)

# What a person has asked of the process that runs: "publish", or a pass, under a name of its own.
request = Table("request", metadata, Column("name", String(16), primary_key=True))

# Which feeds may be published though they lose nearly all of their entries, as a person said so or
# purged some; without a name, every feed.
permit = Table(
    "permit",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("feed", String(64), nullable=False),
)
