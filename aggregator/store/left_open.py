"""A database that the last process left open: whether its structure is whole, and setting it aside.

Nothing is deleted, and a damaged file is only read. Another database is another module of these
functions.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store import faults, sqlite
from aggregator.store.place import file_size, path_of

_IN_MAIN = "*** in database main ***"
_IS_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def was_left_open(url: str) -> bool:
    """Tell whether the last process ended without closing the database.

    The last connection that is closed takes the write-ahead log away; a process that is killed, or
    a machine that loses power, leaves it.
    """
    return sqlite.exists(url) and file_size(Path(f"{path_of(url)}-wal")) > 0


def damage_in(url: str) -> str:
    """Return the first fault that SQLite finds in the structure of a database; empty for none.

    The database is only read, so that closing it moves nothing from its log into a damaged file.
    """
    try:
        uri = f"{path_of(url).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection, sqlite.naming_undecodable():
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & faults.PRIMARY_CODE not in _IS_DAMAGED:
            raise StoreError(f"the store {path_of(url)} cannot be used: {error}") from error
        found = str(error)
    return "" if found == "ok" else " ".join(found.removeprefix(_IN_MAIN).split())


def set_aside(url: str) -> Path:
    """Rename a database together with its log, to the first name that is free, and return that."""
    path = path_of(url)
    aside = next(
        candidate
        for number in count(1)
        if not (candidate := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    try:
        # The log first: without its database it says nothing, and a new database would take it in.
        for suffix in reversed(sqlite.SUFFIXES):
            with suppress(FileNotFoundError):  # there may be no log
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    except OSError as error:
        raise StoreError(
            f"the damaged store {path} cannot be set aside: {error.strerror}"
        ) from error
    return aside
