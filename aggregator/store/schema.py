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
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

# The newest migration; a test holds it equal to the newest file in ``migrations/versions``.
REVISION = "0003"

metadata = MetaData()

source_state = Table(
    "source_state",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("asked", Text, nullable=False),
    Column("moved_to", Text, nullable=False),
    Column("moved_polls", Integer, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_sha256", String(64)),
    Column("next_due_unix", BigInteger),
    Column("checked_unix", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("shift_seconds", Integer, nullable=False),
    Column("shift_confirmed_unix", BigInteger),
    Column("rests_until_unix", BigInteger),
    Column("resting_host", Text, nullable=False, server_default=""),
)

# ``id`` is the published id. ``story`` is the pk of the entry that founded the story. ``position``
# is the place in the document in which the entry was first seen.
entry = Table(
    "entry",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", String(64), nullable=False),
    Column("story", Integer),
    Column("language", String(35), nullable=False),
    Column("published_unix", BigInteger, nullable=False),
    Column("updated_unix", BigInteger, nullable=False),
    Column("first_seen_unix", BigInteger, nullable=False),
    Column("how", String(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("content_key", String(32), nullable=False),
    Index("entry_by_time", "published_unix", "position", "id"),
    Index("entry_by_story", "story"),
    Index("entry_by_source", "source", "published_unix"),
)

# What sources sent, by its fingerprint: the same again need not be looked at again. An entry has
# several where its source sends it more than once in one document.
digest = Table(
    "digest",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("digest", String(32), primary_key=True),
    Column("pk", Integer, ForeignKey("entry.pk"), nullable=False),
    Index("digest_by_entry", "pk"),
)

entry_text = Table(
    "entry_text",
    metadata,
    Column("pk", Integer, ForeignKey("entry.pk"), primary_key=True),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content_html", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("repairs", JSON, nullable=False),
    Column("related", JSON, nullable=False, server_default="[]"),
)

# The ledger of identity: every key an entry was seen under. Rows are added, never taken away; one
# whose pk is null was given to several entries and names none.
alias = Table(
    "alias",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("pk", Integer, ForeignKey("entry.pk")),
)

rejected = Table(
    "rejected",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("reason", String(200), primary_key=True),
    Column("excerpt", Text, primary_key=True),
    Column("first_seen_unix", BigInteger, nullable=False),
)

dump_file = Table(
    "dump_file",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False, server_default="0"),
    Column("is_done", Boolean, nullable=False, server_default="1"),
    Column("error", Text, nullable=False),
)

# How many pages of a dump source a short line stands on: what recurs belongs to the site.
page_line = Table(
    "page_line",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("line", BigInteger, primary_key=True),
    Column("pages", Integer, nullable=False),
)
