"""The tables of events; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, LargeBinary, Table

from aggregator.store.schema import NUMBER, metadata

# Entries of two stories that were judged to be of one event, with the score.
event_link = Table(
    "event_link",
    metadata,
    Column("a", NUMBER, primary_key=True),
    Column("b", NUMBER, primary_key=True),
    Column("score", Float, nullable=False),
    Index("event_link_by_b", "b"),
    sqlite_with_rowid=False,
)

# Entries of two stories that are steps of one affair, with the score. ``is_one_paper`` says that
# they would be of one event if they were two papers'.
event_step = Table(
    "event_step",
    metadata,
    Column("a", NUMBER, primary_key=True),
    Column("b", NUMBER, primary_key=True),
    Column("score", Float, nullable=False),
    Column("is_one_paper", Boolean, nullable=False),
    Index("event_step_by_b", "b"),
    sqlite_with_rowid=False,
)

# The event of an entry that stands for its story, where the event has several stories. ``event`` is
# the smallest pk of the entries that it was first made of.
event_member = Table(
    "event_member",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("event", NUMBER, nullable=False),
    Index("event_member_by_event", "event"),
)

# The words of an entry by which stories of one event are found (``EventWords``), while its days
# last. ``form`` is how they were made. Triggers delete a row where the text changes or goes.
event_words = Table(
    "event_words",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("published_unix", BigInteger, nullable=False),
    Column("form", NUMBER, nullable=False),
    Column("stems", LargeBinary, nullable=False),
    Column("in_title", LargeBinary, nullable=False),
    Column("in_lead", LargeBinary, nullable=False),
    Index("event_words_by_time", "published_unix"),
)
EVENT_WORDS_TRIGGERS = frozenset({"event_words_outdated", "event_words_deleted"})
