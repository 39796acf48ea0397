"""The tables. Times are whole seconds of Unix time, in columns whose names end in ``_unix``.

What is walked to select a feed (``entry``) stands apart from what is only read for the entries
selected (``entry_text``). The migrations make these tables; a test holds the two equal.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from aggregator.store.columns import IS_LONG

# The newest migration; a test holds it equal to the newest file in ``migrations/versions``.
REVISION = "0031"

metadata = MetaData()

# 64 bits in either database: a primary key of SQLite's that is no INTEGER is no row's number.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_LONG = {IS_LONG: True}

source_state = Table(
    "source_state",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("config_fingerprint", Text, nullable=False),
    Column("moved_to", Text, nullable=False),
    Column("moved_polls", NUMBER, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_sha256", String(64)),
    Column("next_due_unix", BigInteger),
    Column("checked_unix", BigInteger),
    Column("failures", NUMBER, nullable=False),
    Column("error", Text),
    Column("clock_skew_seconds", NUMBER, nullable=False),
    Column("clock_skew_confirmed_unix", BigInteger),
    Column("rests_until_unix", BigInteger),
    Column("resting_host", Text, nullable=False, server_default=""),
    Column("hints", JSON, nullable=False, server_default="{}"),
    Column("interval_seconds", Float),
    Column("interval_how", String(16)),
    Column("due_why", String(16)),
    Column("fault", String(16)),
    Column("succeeded_unix", BigInteger),
    Column("failing_since_unix", BigInteger),
)

# ``id`` is the published id. ``story`` is the smallest pk of the story's entries. ``position`` is
# the index in the document in which the entry was first seen. ``characters`` is the length of its
# text, null until its story was decided for the first time. ``is_clustered`` says that the story is
# decided for the text as it now is, ``is_linked`` that stories of the same event were looked for,
# ``is_backlog`` that no feed shows it. A purged entry has no text. ``alias_count`` is the number of
# its rows in ``alias``.
entry = Table(
    "entry",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True, info=_LONG),
    Column("source", String(64), nullable=False),
    Column("story", NUMBER),
    Column("language", String(35), nullable=False),
    Column("published_unix", BigInteger, nullable=False),
    Column("updated_unix", BigInteger, nullable=False),
    Column("first_seen_unix", BigInteger, nullable=False),
    Column("date_how", String(16), nullable=False),
    Column("position", NUMBER, nullable=False),
    Column("content_key", String(32), nullable=False),
    Column("characters", NUMBER),
    Column("is_clustered", Boolean, nullable=False, server_default="0"),
    Column("is_linked", Boolean, nullable=False, server_default="0"),
    Column("is_backlog", Boolean, nullable=False, server_default="0"),
    Column("purged_unix", BigInteger),
    Column("alias_count", NUMBER, nullable=False, server_default="0"),
    Index(
        "entry_to_cluster",
        "pk",
        sqlite_where=text("is_clustered = 0"),
        postgresql_where=text("NOT is_clustered"),
    ),
    Index("entry_by_time", "published_unix", "position", "id"),
    Index(
        "entry_with_text",
        "published_unix",
        sqlite_where=text("purged_unix IS NULL"),
        postgresql_where=text("purged_unix IS NULL"),
    ),
    Index("entry_by_story", "story"),
    Index("entry_by_source", "source", "published_unix"),
)

# A fingerprint of what a source sent for an entry: the same again is skipped. An entry has several
# where its source sends it more than once in one document.
digest = Table(
    "digest",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("digest", String(32), primary_key=True),
    Column("pk", NUMBER, ForeignKey("entry.pk"), nullable=False),
    Index("digest_by_entry", "pk"),
)

# ``texts`` are the summary and the markup of the text, compressed (``packed``);
# ``markup_characters`` is the length of the markup, ``is_text_damaged`` that it has lost letters.
# ``media`` are the files beside the text (``media_rows``).
entry_text = Table(
    "entry_text",
    metadata,
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("texts", LargeBinary, nullable=False),
    Column("markup_characters", NUMBER, nullable=False),
    Column("is_text_damaged", Boolean, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("repairs", JSON, nullable=False),
    Column("related", JSON, nullable=False, server_default="[]"),
    Column("media", JSON, nullable=False, server_default="[]"),
    Column("rights", Text, nullable=False, server_default=""),
)

# The ledger of identity: every key an entry was seen under. Rows are added and never deleted; one
# whose pk is null was given to several entries, so that it names none.
alias = Table(
    "alias",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("value", Text, primary_key=True, info=_LONG),
    Column("source", String(64), primary_key=True),
    Column("pk", NUMBER, ForeignKey("entry.pk")),
    sqlite_with_rowid=False,
)

# What the items of a source's last document were read as, by hashes of their bytes: compressed, as
# it is only read whole (``known_items``). Without it all of a document is read anew.
known_items = Table(
    "known_items",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("context", Text, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("reason", String(200), primary_key=True),
    Column("excerpt", Text, primary_key=True, info=_LONG),
    Column("first_seen_unix", BigInteger, nullable=False),
)

dump_file = Table(
    "dump_file",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("path", Text, primary_key=True, info=_LONG),
    Column("size", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False, server_default="0"),
    Column("is_done", Boolean, nullable=False, server_default="1"),
    Column("error", Text, nullable=False),
)

# On how many pages of a dump, or in how many entries of a feed, a short line stands: what recurs is
# the site's boilerplate.
page_line = Table(
    "page_line",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("line", BigInteger, primary_key=True),
    Column("pages", NUMBER, nullable=False),
)

# What entries are looked up by: minima of their texts, their headlines and addresses. The high bits
# hold an era of some weeks, so that what is written lies together. Rows of a revised text stay.
lookup_key = Table(
    "lookup_key",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("pk", NUMBER, primary_key=True),
    sqlite_with_rowid=False,
)

# What entries that wait for their story are looked up by, made of their texts when they were read;
# the row goes when the story is decided. The columns are those of ``SignedText``.
signed = Table(
    "signed",
    metadata,
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("characters", NUMBER, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# Entries whose texts stand in the index as an earlier version looked them up: the next pass reads
# them and looks them up as this one does.
sign_anew = Table("sign_anew", metadata, Column("pk", NUMBER, primary_key=True))

# What makes two entries one story: rows are added and never deleted.
tie = Table(
    "tie",
    metadata,
    Column("a", NUMBER, primary_key=True),
    Column("b", NUMBER, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("jaccard", Float, nullable=False),
    Column("containment", Float, nullable=False),
    Index("tie_by_b", "b"),
    sqlite_with_rowid=False,
)

# What recognises the text of an entry that a person purged: hashes and numbers, not the text.
tombstone = Table(
    "tombstone",
    metadata,
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("content", Text, nullable=False),
)

# What an entry said before its words changed.
revision = Table(
    "revision",
    metadata,
    Column("pk", NUMBER, ForeignKey("entry.pk"), primary_key=True),
    Column("until_unix", BigInteger, primary_key=True),
    Column("title", Text, nullable=False),
    Column("characters", NUMBER),
)

# How many new entries a feed brought on a day (days since 1970, UTC), for some weeks.
intake = Table(
    "intake",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("day", NUMBER, primary_key=True),
    Column("entries", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

# Sources with a mass change that is held back: most of what is known of them would change at once.
quarantine = Table(
    "quarantine",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("began_unix", BigInteger, nullable=False),
    Column("unchanged_since_unix", BigInteger, nullable=False),
    Column("polls", NUMBER, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fingerprints", JSON, nullable=False),
    Column("is_released", Boolean, nullable=False),
)
