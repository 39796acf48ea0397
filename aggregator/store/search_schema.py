"""The tables beside the index for searching; the index itself is no table (``search_index``)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Table, Text

from aggregator.store.schema import NUMBER, metadata

# Entries whose text is not in the index as it now is. Triggers fill it where a text comes, changes
# or gets another time of publication, whoever changes it.
search_waiting = Table("search_waiting", metadata, Column("pk", NUMBER, primary_key=True))

# What is in the index and is to leave it: texts as they were when they were indexed, for the
# moments until they are forgotten. Triggers fill it where a text changes, moves or goes.
search_outdated = Table(
    "search_outdated",
    metadata,
    Column("pk", NUMBER, primary_key=True),
    Column("published_unix", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("texts", LargeBinary, nullable=False),
)

# One row while there is an index that can be trusted: ``number`` names its table, ``form`` is how
# the words in it were made, ``must_rewrite`` that it holds words of purged texts.
search_state = Table(
    "search_state",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("form", Text, nullable=False),
    Column("must_rewrite", Boolean, nullable=False),
)
SEARCH_TRIGGERS = frozenset(
    {"search_added", "search_changed", "search_deleted", "search_moved", "search_lost"}
)
