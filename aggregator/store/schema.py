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
    MetaData,
    String,
    Table,
    Text,
    text,
)

# The newest migration; a test holds it equal to the newest file in ``migrations/versions``.
REVISION = "0004"

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

# ``id`` is the published id. ``story`` is the smallest pk of the story's entries. ``position`` is
# the place in the document in which the entry was first seen. ``characters`` is the length of its
# text, null until it was looked at for the first time which story it belongs to; ``is_joined`` says
# that this was done for its text as it is, ``is_linked`` the same of events. A purged entry has no
# text.
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
    Column("characters", Integer),
    Column("is_joined", Boolean, nullable=False, server_default="0"),
    Column("is_linked", Boolean, nullable=False, server_default="0"),
    Column("purged_unix", BigInteger),
    Index("entry_to_join", "pk", sqlite_where=text("is_joined = 0")),
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

# What entries are found by: minima of their texts and their headlines, an era of some weeks in the
# high bits, so that what is written lies together. Rows of a text that was revised stay.
band = Table(
    "band",
    metadata,
    Column("band", BigInteger, primary_key=True),
    Column("pk", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# What makes two entries one story: rows are added, never taken away.
tie = Table(
    "tie",
    metadata,
    Column("a", Integer, primary_key=True),
    Column("b", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("jaccard", Float, nullable=False),
    Column("containment", Float, nullable=False),
    Index("tie_by_b", "b"),
    sqlite_with_rowid=False,
)

# Entries of two stories that tell of one happening, with how surely.
event = Table(
    "event",
    metadata,
    Column("a", Integer, primary_key=True),
    Column("b", Integer, primary_key=True),
    Column("score", Float, nullable=False),
    Index("event_by_b", "b"),
    sqlite_with_rowid=False,
)

# Under whose id an entry was published in a feed first, at which of its publishings. Of the entry
# whose id it is: who told the story at the last publishing, with which words, and when those had
# last changed.
shown = Table(
    "shown",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("pk", Integer, ForeignKey("entry.pk"), primary_key=True),
    Column("as_pk", Integer, ForeignKey("entry.pk"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("lead_pk", Integer),
    Column("lead_key", String(32), nullable=False, server_default=""),
    Column("updated_unix", BigInteger),
    Index("shown_by_entry", "pk"),
    sqlite_with_rowid=False,
)

# Which entries a feed does not show, as another of the same happening is shown in their place.
absorbed = Table(
    "absorbed",
    metadata,
    Column("feed", String(64), primary_key=True),
    Column("pk", Integer, ForeignKey("entry.pk"), primary_key=True),
    Column("by_pk", Integer, ForeignKey("entry.pk"), nullable=False),
    sqlite_with_rowid=False,
)

# What is left of an entry that was purged by hand, so that its text is known again: numbers.
remains = Table(
    "remains",
    metadata,
    Column("pk", Integer, ForeignKey("entry.pk"), primary_key=True),
    Column("remains", Text, nullable=False),
)

# What a person has asked of the process that runs: "publish".
request = Table("request", metadata, Column("name", String(16), primary_key=True))

# What an entry said before its words changed.
history = Table(
    "history",
    metadata,
    Column("pk", Integer, ForeignKey("entry.pk"), primary_key=True),
    Column("at_unix", BigInteger, primary_key=True),
    Column("title", Text, nullable=False),
    Column("characters", Integer),
)

# Sources of which a change is held back, as most of what is known of them would change at once.
held = Table(
    "held",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("began_unix", BigInteger, nullable=False),
    Column("since_unix", BigInteger, nullable=False),
    Column("polls", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("is_released", Boolean, nullable=False),
)
