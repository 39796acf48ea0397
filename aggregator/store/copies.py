"""Copies of the database: one of all that is stored at a moment, and whether a copy is whole.

A plain copy of a database that is in use lacks what lies in its log, and may be torn. SQLite's own
backup reads one snapshot, for which no writer waits.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from aggregator import durable
from aggregator.errors import StoreError
from aggregator.store import faults, schema, sqlite
from aggregator.store.place import path_of

# Of 4 KB each: 10 ms, after which a process that is told to stop does.
_PAGES_TOGETHER = 2_000
# Of SQLite's virtual machine. While it checks a database of 140 MB it asks 21 times, at most 0.2 s
# apart.
_STEPS_TOGETHER = 100_000
_SUFFIXES_OF_LOGS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a database holds: of which form it is, and how many rows each table has."""

    revision: str
    rows: Mapping[str, int]

    @property
    def entries(self) -> int:
        """Return how many entries were ever stored; what was purged counts, so it never shrinks."""
        return self.rows.get(schema.entry.name, 0)


def copy(url: str, target: Path, is_stopped: Callable[[], bool]) -> Contents:
    """Copy what is stored at this moment to a new file, on the disk when this returns.

    Others read and write meanwhile. StoreError where it fails, or where it is told to stop.
    """

    def look(_status: int, _remaining: int, _total: int) -> None:
        if is_stopped():
            raise StoreError("it was stopped before the end")

    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, sqlite.PRIVATE_MODE)
    try:
        with (
            faults.naming_faults("the store cannot be copied"),
            closing(_open(path_of(url), "mode=rw")) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copied,
        ):
            for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # one that is killed is nothing
                copied.execute(f"PRAGMA {pragma}")
            # One transaction for all of it: a copy starts anew when another process wrote between
            # two steps that each have their own, and beside a busy one never ends.
            source.execute("BEGIN")
            contents = _contents(source)
            source.backup(copied, pages=_PAGES_TOGETHER, progress=look)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return contents


def check(path: Path, expected: Contents, is_stopped: Callable[[], bool] = lambda: False) -> None:
    """Raise StoreError unless a copy is whole: its structure, and the rows of every table.

    To check a large one takes minutes, in which ``is_stopped`` is asked again and again.
    """
    with (
        faults.naming_faults(f"the copy {path} cannot be read"),
        closing(_open(path, "mode=ro&immutable=1")) as connection,
    ):
        connection.set_progress_handler(is_stopped, _STEPS_TOGETHER)
        found: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError(f"the copy {path} is damaged: {' '.join(found.split())}")
        if _contents(connection) != expected:
            raise StoreError(f"the copy {path} lacks some of what was copied")


def put_in_place(url: str, new: Path) -> Path | None:
    """Put a database in the place of the one that is there, and return where that is now.

    ``None`` where there is none. Whatever kills the process, a whole database stands at the place:
    the old one or the new one; where the file system gives a file one name only, for a moment none,
    and both beside it. The caller holds the store's lock.
    """
    path = path_of(url)
    try:
        if not path.exists():
            _remove_logs(path)
            new.replace(path)
            durable.sync(path.parent)
            return None
        with suppress(*faults.FAULTS), closing(_open(path, "mode=rw")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that one file holds all
        aside = _name_beside(path)
        for suffix in (*_SUFFIXES_OF_LOGS, ""):
            Path(f"{aside}{suffix}").unlink(missing_ok=True)
            _link(Path(f"{path}{suffix}"), Path(f"{aside}{suffix}"))
        durable.sync(path.parent)
        # A log belongs to its database, and SQLite would take it into the new one. What it held is
        # beside the old one, which stays what it is without.
        _remove_logs(path)
        new.replace(path)
        durable.sync(path.parent)
    except OSError as error:
        raise StoreError(f"the store {path} cannot be replaced: {error.strerror}") from error
    return aside


def _open(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def _contents(connection: sqlite3.Connection) -> Contents:
    """Count the rows of every table that takes room; virtual tables lie in others."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    ).fetchall()
    rows = {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - names of its own tables
        for (name,) in names
    }
    if "alembic_version" not in rows:
        raise StoreError("it is no store of this program")
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return Contents(revision=revision[0] if revision else "", rows=rows)


def _name_beside(path: Path) -> Path:
    """Return the first name that is free, or that the same file got when this was last killed."""
    return next(
        candidate
        for number in count(1)
        if not (candidate := path.with_name(f"{path.name}.before-restore-{number}")).exists()
        or candidate.samefile(path)
    )


def _link(path: Path, aside: Path) -> None:
    """Link a file to a second name; where the file system knows none, that is the only one."""
    with suppress(FileNotFoundError):  # there may be no log
        try:
            os.link(path, aside)
        except OSError:
            path.rename(aside)


def _remove_logs(path: Path) -> None:
    for suffix in _SUFFIXES_OF_LOGS:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
