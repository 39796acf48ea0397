"""SQLite's engine: where the database lies, who may open it, and how its transactions begin.

Knows the file, the lock beside it, the settings of a connection and what SQLite calls its faults.
Refuses to know tables and statements. Another database is another module of these functions.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine

from aggregator import flock
from aggregator.errors import StoreError, StoreInUseError
from aggregator.store import columns, read_only
from aggregator.store.faults import PRIMARY_CODE, naming_faults, refuse_unstorable
from aggregator.store.place import file_size, path_of

log = logging.getLogger(__name__)

# Its owner reads and writes, nobody else: states of sources hold what their servers say.
PRIVATE_MODE = 0o600
# Long enough for a reader's snapshot or a backup to let go of the file.
_BUSY_TIMEOUT_SECONDS = 15
_WAIT = f"PRAGMA busy_timeout={_BUSY_TIMEOUT_SECONDS * 1000}"
# A process that is just ending holds the lock for moments; one that runs holds it for good.
_LOCK_TIMEOUT_SECONDS = 2
# What a file can be made smaller by without being written anew; known when it is made, or then.
INCREMENTAL_VACUUM = "PRAGMA auto_vacuum=INCREMENTAL"
# The files of one database, by what is added to its name.
SUFFIXES = ("", "-wal", "-shm")


def exists(url: str) -> bool:
    """Tell whether there is a database to open."""
    return file_size(path_of(url)) > 0


def identity(path: Path) -> tuple[int, int] | None:
    """Return the device and the number of the database's file, ``None`` where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def lock(url: str) -> FileLock:
    """Take the lock that lets one process ingest and publish; StoreInUseError where another has it.

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
        raise StoreInUseError(
            f"another aggregator is using the store {path} (a service that runs? stop it first)"
        ) from error
    except OSError as error:
        raise StoreError(f"the store {path} cannot be written: {error.strerror}") from error
    return file_lock


def is_locked(url: str) -> bool:
    """Tell whether a process holds a store's lock: it is tried for, and let go at once.

    Of those that look at once none takes another for who holds it, as they share it (flock(2), by
    which FileLock holds it alone).
    """
    try:
        descriptor = os.open(f"{path_of(url)}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # none, or who opens the store is told what is wrong with it
    try:
        return not flock.take(descriptor, shared=True)
    finally:
        os.close(descriptor)


def make_private(url: str) -> None:
    """Make the database and the files beside it its owner's alone; StoreError where it cannot be.

    SQLite makes the others (``-wal``, ``-shm``) with the mode of the database. Where an existing
    file is another user's, its mode stays as it is, and the log says so.
    """
    path = path_of(url)
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, PRIVATE_MODE))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be written: {error.strerror}") from error
    for suffix in SUFFIXES:
        _close_to_others(Path(f"{path}{suffix}"))


def _close_to_others(file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & ~PRIVATE_MODE == 0:
            return
        file.chmod(PRIVATE_MODE)
    except FileNotFoundError:
        return  # none, or another process that ends takes its logs away just now
    except OSError as error:
        log.warning("%s can be read by other users: %s", file, error.strerror)
    else:
        log.warning("%s was open to other users (mode %o); now it is not", file, mode)


def engine(url: str, *, reads_only: bool = False) -> Engine:
    """Build the engine; with the execution option ``writes``, a transaction begins as a writer's.

    What reads first and then writes fails where another process wrote in between, so a writer
    takes SQLite's write lock at once. One that ``reads_only`` cannot write, and leaves the file as
    it is.
    """
    options = {"creator": partial(read_only.connect, path_of(url))} if reads_only else {}
    new_engine = sa.create_engine(
        url,
        json_serializer=columns.to_json,
        json_deserializer=columns.from_json,
        hide_parameters=True,
        **options,
    )
    sa.event.listen(new_engine, "connect", _configure)
    if reads_only:
        sa.event.listen(new_engine, "connect", read_only.refuse_to_write)
    sa.event.listen(new_engine, "handle_error", refuse_unstorable)
    sa.event.listen(new_engine, "begin", _begin)
    return new_engine


def schema_version(connection: Connection) -> int:
    """Return the number that SQLite counts up with each change of the schema, whoever makes it."""
    driver: Any = connection.connection.driver_connection
    version: int = driver.execute("PRAGMA schema_version").fetchone()[0]
    return version


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what is written within the block where an error leaves it.

    SQLAlchemy's takes 72 µs of each source that is asked, the driver's 8.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("SAVEPOINT part").close()
    try:
        yield
    except BaseException:
        driver.execute("ROLLBACK TO part").close()
        driver.execute("RELEASE part").close()
        raise
    driver.execute("RELEASE part").close()


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
    connection.execute(_WAIT).close()
    with naming_undecodable():
        is_new = connection.execute("PRAGMA page_count").fetchone() == (0,)
    if is_new:  # of any other, SQLite would wait for whoever writes
        connection.execute(INCREMENTAL_VACUUM).close()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


@contextmanager
def naming_undecodable() -> Iterator[None]:
    """Name a damaged schema: the driver cannot read SQLite's own words of names that are no UTF-8.

    It is read by the first statement of a connection.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        damage = sqlite3.DatabaseError("malformed database schema")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage from error


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def begin_at_once(connection: Connection) -> bool:
    """Begin a writer's transaction, unless another one writes now; tell whether it is begun."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        connection.begin()
    except sa.exc.OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY_CODE
        if code != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        driver.execute(_WAIT).close()
    return True
