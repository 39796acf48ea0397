"""Compaction: the store's file is made as small as what it holds.

Where nobody else uses it, it is written anew, which also puts rows that belong together side by
side. Beside another process its free pages are cut off, in steps for which that does not wait:
to write it anew would keep a service from writing for a minute a gigabyte.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import StoreError, StoreInUseError
from aggregator.store import faults, space, sqlite
from aggregator.store.place import check_is_file, path_of
from aggregator.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What became of the store's file; ``is_whole`` says that it was written anew."""

    path: Path
    bytes_before: int
    bytes_after: int
    is_whole: bool


def compact(url: str) -> Compacted:
    """Make the store's file smaller; StoreError where there is none, or no room to write it anew.

    SQLite writes the new one into a file beside it and then into its log, and takes over all of it
    or nothing. One of an older version stays so.
    """
    check_is_file(url, "compact makes smaller", "VACUUM is done there by autovacuum")
    path = path_of(url)
    if not sqlite.exists(url):
        raise StoreError(f"there is no store {path} yet; the first pass makes it")
    try:
        lock = sqlite.lock(url)
    except StoreInUseError:
        return _cut_off(url, path)
    try:
        before = _size_bytes(path)
        space.check_room_to_write_anew(path)
        with (
            faults.naming_faults("the store cannot be written anew"),
            closing(sqlite3.connect(path, isolation_level=None)) as connection,
        ):
            for pragma in ("auto_vacuum=INCREMENTAL", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        lock.release()
    return Compacted(path=path, bytes_before=before, bytes_after=_size_bytes(path), is_whole=True)


def _cut_off(url: str, path: Path) -> Compacted:
    before = _size_bytes(path)
    with Store.beside(url) as store:
        store.give_back()
    return Compacted(path=path, bytes_before=before, bytes_after=_size_bytes(path), is_whole=False)


def _size_bytes(path: Path) -> int:
    """Return how large a database is, wherever its pages lie.

    The file alone grows by what another process has in the log, when that is put into it.
    """
    with (
        faults.naming_faults(f"the store {path} cannot be read"),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        pages, page = (
            int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
            for pragma in ("page_count", "page_size")
        )
    return pages * page
