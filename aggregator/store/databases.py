"""Which kind of database a store is in, by its URL."""

from __future__ import annotations

from aggregator.store.database import Database
from aggregator.store.place import is_postgresql
from aggregator.store.postgresql import PostgresqlDatabase
from aggregator.store.sqlite_file import SqliteFile


def database_of(url: str) -> Database:
    """Return the database at a URL."""
    return PostgresqlDatabase(url) if is_postgresql(url) else SqliteFile(url)
