"""The table of whole texts; times and columns are as ``schema`` says."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text

from aggregator.store.columns import IS_LONG
from aggregator.store.schema import NUMBER, metadata

# What became of each page that an entry of a source links to. The columns are those of
# ``FullText``; ``article`` is its title and markup, compressed (``packed``), where one was had.
full_text = Table(
    "full_text",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("address", Text, primary_key=True, info={IS_LONG: True}),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("tried_unix", BigInteger, nullable=False),
    Column("tries", NUMBER, nullable=False),
    Column("feed_words", String(32), nullable=False),
    Column("feed_characters", NUMBER, nullable=False),
    Column("article", LargeBinary),
    Index("full_text_by_source", "source", "tried_unix", "feed_characters"),
    Index("full_text_by_time", "tried_unix", "outcome"),
)
