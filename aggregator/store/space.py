"""What SQLite's file takes on the disk: whether there is room, and how what is free is given back.

Deleted rows leave free pages in the file, which later rows fill; the file itself stays as large as
it ever was. A store is made so that SQLite can cut free pages off its end, some at a time. One that
was made before has to be written anew for that, once.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import cast

from sqlalchemy.engine import Engine

from aggregator.errors import StoreError
from aggregator.sizes import size_text
from aggregator.store.faults import naming_faults
from aggregator.store.place import file_size
from aggregator.store.sqlite import INCREMENTAL_VACUUM, SUFFIXES

# Of 4 KB each. A process that writes waits for no longer than it takes to move these: 0.15 s.
_PAGES_TOGETHER = 2_000
# Of SQLite's virtual machine, which takes some hundredths of a second for them.
_STEPS_TOGETHER = 100_000
# A migration that writes every row anew writes the new pages and zeros over the old ones into the
# log beside the store: 1.5 times the size of a store of a year.
_ROOM_TO_MIGRATE = 2.0
# VACUUM writes a copy, and then the copy into the log.
_ROOM_TO_WRITE_ANEW = 2.0
_INCREMENTAL = 2  # a value of SQLite's PRAGMA auto_vacuum


def check_room(path: Path) -> None:
    """Raise StoreError where the disk has no room to migrate the store at ``path``."""
    what = f"the store {path} is of an older version, and to migrate it"
    _check(path, _ROOM_TO_MIGRATE, what)


def check_room_to_write_anew(path: Path) -> None:
    """Raise StoreError where the disk has no room to write the store at ``path`` anew."""
    _check(path, _ROOM_TO_WRITE_ANEW, f"to write the store {path} anew")


def _check(path: Path, times: float, what: str) -> None:
    """Raise StoreError where the disk has no room for ``times`` the size of a file."""
    needed, free = int(path.stat().st_size * times), free_bytes(path)
    if free < needed:
        raise StoreError(
            f"{what} takes {size_text(needed)} of the disk for a while, which has "
            f"{size_text(free)} left; nothing was changed"
        )


def free_bytes(path: Path) -> int:
    """Return how many bytes the disk of a file has left."""
    return shutil.disk_usage(path.parent).free


def size_bytes(path: Path) -> int:
    """Return how many bytes the files of a database take together, 0 where there is none."""
    return sum(file_size(Path(f"{path}{suffix}")) for suffix in SUFFIXES)


def give_back(opened: Engine, path: Path, on_step: Callable[[], None] = lambda: None) -> None:
    """Make the file as small as what it holds, if the disk has room for that.

    Other processes can write meanwhile; only where the file has to be written anew do they wait.
    ``on_step`` is called every part of a second.
    """
    with naming_faults():
        raw = opened.raw_connection()
        connection = cast("sqlite3.Connection", raw.driver_connection)
        try:
            if _number(connection, "auto_vacuum") == _INCREMENTAL:
                _cut_off_free_pages(connection, on_step)
            elif free_bytes(path) >= path.stat().st_size * _ROOM_TO_WRITE_ANEW:
                connection.execute(INCREMENTAL_VACUUM)
                connection.set_progress_handler(on_step, _STEPS_TOGETHER)
                connection.execute("VACUUM")
        finally:
            connection.set_progress_handler(None, 0)
            raw.close()


def _cut_off_free_pages(connection: sqlite3.Connection, on_step: Callable[[], None]) -> None:
    free, before = _number(connection, "freelist_count"), -1
    while free and free != before:
        # Every step of the statement frees one page. It has no columns, so that ``execute`` takes
        # one step alone, in a commit of its own: 145 s for 200 MB, which take 4 s by a script.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_TOGETHER})")
        free, before = _number(connection, "freelist_count"), free
        on_step()


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
