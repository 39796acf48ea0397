"""The store: migrated when it is opened, read and written in units of work.

One process at a time opens it to ingest and publish; a person's commands open it beside that one,
and SQLite lets them write in turn.

Everything that one document changes is written in one unit of work, so a process that is killed at
any moment leaves either all of it or nothing. Knows when a unit begins and ends; refuses to know
what its rows mean.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.store import owner, schema
from aggregator.store.database import Database, Held
from aggregator.store.databases import database_of
from aggregator.store.faults import naming_faults
from aggregator.store.owner import Owner
from aggregator.store.place import is_postgresql, shown
from aggregator.store.unit import UnitOfWork
from aggregator.store.unreadable import Unreadable

log = logging.getLogger(__name__)


def _let_through(_unit: UnitOfWork) -> None:
    """Refuse no write."""


class Store:
    """An open store; use it as a context manager, so that its lock is let go."""

    def __init__(
        self, url: str, database: Database, lock: Held | None, *, reads_only: bool = False
    ) -> None:
        self._url, self._database = url, database
        self._engine = self._database.engine(reads_only=reads_only)
        self._writer = self._engine.execution_options(writes=True)
        self._lock = lock
        self._writing = Lock()  # there is one writer; of two threads the second waits here
        self._unreadable = Unreadable()
        self._shown = shown(url)
        self._identity: object = None  # of the database, once it was opened
        self._fence: Callable[[UnitOfWork], None] = _let_through

    @classmethod
    def open(cls, url: str, *, may_make: bool = True, by: Owner | None = None) -> Store:
        """Open the store, making or migrating it; StoreError where that cannot be done.

        ``by`` is the process that opens it, of which others are told that find it in use.

        After a process that did not close it, an SQLite file's structure is checked. Where that is
        damaged, it is set aside, never deleted, and StoreError says under which name.
        """
        database = database_of(url)
        lock = database.lock()
        store = cls(url, database, lock)
        store._fence = lock.check
        try:
            store._say_owner(by)
            if not (may_make or store._database.exists()):
                raise StoreError(f"there is no store {shown(url)}: put it back, or start again")
            store._database.prepare()
            with naming_faults(f"the store {shown(url)} cannot be used"):
                store._migrate()
            store._identity = store._database.identity()
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def beside(cls, url: str, *, reads_only: bool = False) -> Store:
        """Open a store that another process may be using; StoreError where there is none.

        One that ``reads_only`` leaves its file as it is, whatever is done with it.
        """
        store = cls(url, database_of(url), None, reads_only=reads_only)
        if not store._database.exists():
            raise StoreError(f"there is no store {shown(url)} yet; the first pass makes it")
        store._identity = store._database.identity()
        with store._connected() as connection:
            revision = _revision(connection)
        if revision != schema.REVISION:
            store.close()
            is_newer = revision is not None and revision > schema.REVISION
            what = (
                "was made by a newer version" if is_newer else "is older; the next pass migrates it"
            )
            raise StoreError(f"the store {shown(url)} {what}")
        return store

    def fenced(self, fence: Callable[[UnitOfWork], None]) -> Store:
        """Return the same store, where ``fence`` looks at each write first, and may refuse it.

        It refuses by an error, within the transaction of the write. The store itself stays as it
        is, and is closed by whoever opened it.
        """
        fenced = copy.copy(self)
        fenced._lock, fenced._fence = None, fence  # noqa: SLF001 - it is one of us
        return fenced

    def close(self) -> None:
        """Close every connection and let the next process in."""
        self._engine.dispose()
        if self._lock is not None:  # else another process may have it
            owner.forget(self._url)
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Read what is stored now, whatever is written meanwhile; nothing is to be written."""
        self._check_identity()
        with self._connected() as connection:
            connection.begin()  # for all of it, as some reads ask the driver itself
            yield UnitOfWork(connection, self._unreadable)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Read and write as a whole: all of it is committed, or nothing where an error leaves."""
        with naming_faults(), self._writing:
            self._check_identity()
            with self._writer.begin() as connection:
                unit = UnitOfWork(connection, self._unreadable)
                self._fence(unit)
                yield unit
            self._check_identity()  # else what was committed went into a file that is nowhere

    def write_at_once(self, change: Callable[[UnitOfWork], None]) -> bool:
        """Make a change as a whole, unless anybody else writes now; tell whether it was made."""
        if not self._writing.acquire(blocking=False):
            return False
        try:
            self._check_identity()
            with naming_faults(), self._writer.connect() as connection:
                if not self._database.begin_at_once(connection):
                    return False
                unit = UnitOfWork(connection, self._unreadable)
                self._fence(unit)
                change(unit)
                connection.commit()
            return True
        finally:
            self._writing.release()

    @property
    def is_shared(self) -> bool:
        """Tell whether other machines have this store, too."""
        return is_postgresql(self._url)

    def size_bytes(self) -> int:
        """Return how many bytes of a disk the store takes, with its indexes."""
        with self._connected() as connection:
            return self._database.size_bytes(connection)

    def give_back(self, on_step: Callable[[], None] = lambda: None) -> None:
        """Return to the disk what deleted rows took, and write over what they held.

        Of a large store that takes minutes, in which ``on_step`` is called again and again.
        """
        self._database.give_back(self._engine, on_step)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with naming_faults(), self._engine.connect() as connection:
            yield connection

    def _check_identity(self) -> None:
        """Raise StoreError where the database's file is another one than was opened, or none."""
        now = self._database.identity()
        if self._identity is None or now == self._identity:
            return
        if now is None:
            what = "was deleted while it was in use: put it back"
        else:
            what = "was replaced by another file while it was in use: put the first one back"
        raise StoreError(
            f"the store {self._shown} {what}, or start again to use what is there then"
        )

    def _say_owner(self, by: Owner | None) -> None:
        """Say who holds the lock; of one that was killed it is said no more in any case."""
        try:
            if by is None:
                owner.forget(self._url)
            else:
                owner.write(self._url, by)
        except OSError as error:
            raise StoreError(
                f"the store {self._shown} cannot be written: {error.strerror}"
            ) from error

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            revision = _revision(connection)
        if revision == schema.REVISION:
            return
        if revision is not None and revision > schema.REVISION:
            raise StoreError(
                f"the store was made by a newer version of this program "
                f"(its shape is {revision}, known is {schema.REVISION})"
            )
        if revision is not None:
            self._database.check_room()
            log.info("the store is of an older version and is migrated, which takes a while")
        with self._writer.begin() as connection:
            if not _has_revisions(connection):
                self._database.make(connection)
            if _revision(connection) != schema.REVISION:
                _upgrade(connection)
        if revision is not None:
            self._shrink_migrated()

    def _shrink_migrated(self) -> None:
        """Return to the disk what the older tables took; a store that stays large can be used.

        The next purge tries again.
        """
        try:
            self.give_back()
        except StoreError as error:
            log.warning("the store was migrated, and its file could not be made smaller: %s", error)


def _has_revisions(connection: Connection) -> bool:
    return sa.inspect(connection).has_table("alembic_version")


def _revision(connection: Connection) -> str | None:
    if not _has_revisions(connection):
        return None
    version: str | None = connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def _upgrade(connection: Connection) -> None:
    # Imported here, as only an old store needs Alembic, and every start would pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "aggregator:store/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
