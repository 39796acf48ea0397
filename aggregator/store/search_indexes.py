"""Which kind of index a database searches by."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from aggregator.store import search_fts5, search_vectors, sql
from aggregator.store.search_index import SearchIndex


def tables(connection: Connection) -> list[int]:
    """Return the numbers of the indexes there are: one, or more where one could not be dropped."""
    if sql.is_postgresql(connection):
        return search_vectors.tables(connection)
    return search_fts5.tables(connection)


def index_of(connection: Connection, number: int) -> SearchIndex:
    """Return the index of a number."""
    if sql.is_postgresql(connection):
        return search_vectors.VectorIndex(connection, number)
    return search_fts5.Fts5Index(connection, number)
