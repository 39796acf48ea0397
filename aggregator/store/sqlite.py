"""SQLite's engine: where the database lies, who may open it, and how its transactions begin.

Knows the file, the lock beside it, the settings of a connection and what SQLite calls its faults.
Refuses to know tables and statements. Another database is another module of these functions.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine, make_url

from aggregator.errors import StoreError

log = logging.getLogger(__name__)

# Its owner reads and writes, nobody else: states of sources hold what their servers say.
_PRIVATE_MODE = 0o600
# Long enough for a reader's snapshot or a backup to let go of the file.
_BUSY_TIMEOUT_SECONDS = 15
# A process that is just ending holds the lock for moments; one that runs holds it for good.
_LOCK_TIMEOUT_SECONDS = 2
_FAULTS = (sa.exc.SQLAlchemyError, sqlite3.Error)


def path_of(url: str) -> Path:
    """Return the database's file."""
    return Path(make_url(url).database or "")


def exists(url: str) -> bool:
    """Tell whether there is a database to open."""
    path = path_of(url)
    return path.is_file() and path.stat().st_size > 0


def lock(url: str) -> FileLock:
    """Take the lock that lets one process ingest and publish; StoreError where another holds it.

    It lies in a file beside the database and ends with the process, however that ends.
    """
    path = path_of(url)
    if not path.parent.is_dir():
        raise StoreError(f"the store's folder {path.parent} is not there")
    file_lock = FileLock(f"{path}.lock")
    try:
        # FileLock waits for a lock file that it may not make as if another process held it.
        Path(file_lock.lock_file).touch()
        file_lock.acquire(timeout=_LOCK_TIMEOUT_SECONDS)
    except Timeout as error:
        raise StoreError(
            f"another aggregator is using the store {path} (a service that runs? stop it first)"
        ) from error
    except OSError as error:
        raise StoreError(f"the store {path} cannot be written: {error.strerror}") from error
    return file_lock


def make_private(url: str) -> None:
    """Make the database and the files beside it its owner's alone; StoreError where it cannot be.

    SQLite makes the others (``-wal``, ``-shm``) with the mode of the database. Where an existing
    file is another user's, its mode stays as it is, and the log says so.
    """
    path = path_of(url)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, _PRIVATE_MODE))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be written: {error.strerror}") from error
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if not file.exists():
            continue
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & ~_PRIVATE_MODE == 0:
            continue
        try:
            file.chmod(_PRIVATE_MODE)
        except OSError as error:
            log.warning("%s can be read by other users: %s", file, error.strerror)
        else:
            log.warning("%s was open to other users (mode %o); now it is not", file, mode)


@contextmanager
def naming_faults(what_failed: str = "the store failed") -> Iterator[None]:
    """Turn every fault of the database that leaves the block into a StoreError, in its own words.

    Where what is undone after a fault fails as well, as a full disk has undone it already, the
    first fault is the one that is named.
    """
    try:
        yield
    except _FAULTS as error:
        first: BaseException = error
        while isinstance(first.__context__, (*_FAULTS, StoreError)):
            first = first.__context__
        if isinstance(first, StoreError):
            raise first from error
        raise StoreError(f"{what_failed}: {_reason(first)}") from error


def engine(url: str) -> Engine:
    """Build the engine; with the execution option ``writes``, a transaction begins as a writer's.

    What reads first and then writes fails where another process wrote in between, so a writer
    takes SQLite's write lock at once.
    """
    new_engine = sa.create_engine(url, json_serializer=json.JSONEncoder(ensure_ascii=False).encode)
    sa.event.listen(new_engine, "connect", _configure)
    sa.event.listen(new_engine, "begin", _begin)
    return new_engine


def overwrite_deleted(opened: Engine) -> None:
    """Write over what was deleted, unless another process still reads it."""
    with naming_faults():
        raw = opened.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            raw.close()


def _configure(connection: Any, _record: object) -> None:
    """Set up one connection: readers never wait, and a crash loses nothing that was committed."""
    # Python's own driver begins no transaction before DDL; with None, SQLAlchemy's begin is ours.
    connection.isolation_level = None
    for pragma in (
        "auto_vacuum=INCREMENTAL",  # of a store that is made or written anew; none else changes
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_TIMEOUT_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: BaseException) -> str:
    """Return the database's own words, without SQLAlchemy's statement and background."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0]
