"""Stores in PostgreSQL, for the tests that hold of either database.

Where ``STORE_TESTS`` is the URL of a database that may be written, every store that a test asks for
as a file is a schema of that database, of a name made of the path.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from aggregator.store import owner, store
from aggregator.store.database import Database
from aggregator.store.databases import database_of
from aggregator.store.place import is_postgresql, path_of
from aggregator.store.postgresql import PostgresqlDatabase

SERVER = os.environ.get("STORE_TESTS", "")


@cache
def _server(url: str) -> sa.Engine:
    return sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )


def url_of(server: str, path: Path) -> str:
    """Return the URL of the store that stands for a file, whose schema is made where it is not."""
    name = "t" + hashlib.sha256(str(path).encode()).hexdigest()[:20]
    with _server(server).connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {name}")
    return f"{server}?options=-csearch_path%3D{name}&beside={quote(str(path))}"


@contextmanager
def in_place_of_files(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open each store in PostgreSQL whose URL is that of a file, while the block lasts."""

    def chosen(url: str) -> Database:
        if is_postgresql(url):
            return database_of(url)
        return PostgresqlDatabase(url_of(SERVER, path_of(url).absolute()))

    patch.setattr(store, "database_of", chosen)
    patch.setattr(owner, "database_of", chosen)
    yield
