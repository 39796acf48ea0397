"""The store: opened by one process at a time, migrated when opened, written in transactions.

Knows SQL and nothing of what the rows mean. Everything one document changes is written in one
transaction, so a process killed at any moment leaves either all of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine, make_url

from aggregator.errors import StoreError
from aggregator.models import FeedSpec
from aggregator.store import schema
from aggregator.store.joining import Joining
from aggregator.store.looking import Looking
from aggregator.store.reading import Reading
from aggregator.store.rows import unix
from aggregator.store.transaction import Transaction

# Long enough for a reader's snapshot or a backup to let go of the file.
_BUSY_TIMEOUT_SECONDS = 15
# A process that is just ending holds the lock for moments; one that runs holds it for good.
_LOCK_TIMEOUT_SECONDS = 2


class Store:
    """An open store; use it as a context manager, so that its lock is let go."""

    def __init__(self, engine: Engine, lock: FileLock | None) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._lock = lock
        self._writing = Lock()  # SQLite has one writer; of two threads the second waits here

    @classmethod
    def beside(cls, url: str) -> Store:
        """Open a store that another process may be using; StoreError where there is none."""
        path = Path(make_url(url).database or "")
        if not path.is_file() or not path.stat().st_size:
            raise StoreError(f"there is no store {path} yet; the first pass makes it")
        store = cls(_engine(url), None)
        with store._reading() as connection:
            found = _revision(connection)
        if found != schema.REVISION:
            store.close()
            is_newer = found is not None and found > schema.REVISION
            what = (
                "was made by a newer version" if is_newer else "is older; the next pass migrates it"
            )
            raise StoreError(f"the store {path} {what}")
        return store

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the store, making or migrating it; StoreError where that cannot be done."""
        path = Path(make_url(url).database or "")
        if not path.parent.is_dir():
            raise StoreError(f"the store's folder {path.parent} is not there")
        lock = FileLock(f"{path}.lock")
        try:
            # FileLock waits for a lock file that it may not make as if another process held it.
            Path(lock.lock_file).touch()
            lock.acquire(timeout=_LOCK_TIMEOUT_SECONDS)
        except Timeout as error:
            raise StoreError(
                f"another aggregator is using the store {path} (a service that runs? stop it first)"
            ) from error
        except OSError as error:
            raise StoreError(f"the store {path} cannot be written: {error.strerror}") from error
        store = cls(_engine(url), lock)
        try:
            store._migrate()
        except sa.exc.SQLAlchemyError as error:
            store.close()
            raise StoreError(f"the store {path} cannot be used: {_reason(error)}") from error
        except StoreError:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close every connection and let the next process in."""
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            found = _revision(connection)
            if found == schema.REVISION:
                return
            if found is not None and found > schema.REVISION:
                raise StoreError(
                    f"the store was made by a newer version of this program "
                    f"(its shape is {found}, known is {schema.REVISION})"
                )
            _upgrade(connection)
            connection.commit()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a transaction that is committed as a whole, or not at all where an error leaves."""
        with self._begun(self._writer) as connection:
            yield Transaction(connection)

    @contextmanager
    def joining(self) -> Iterator[Joining]:
        """Give a transaction over stories, committed as a whole or not at all."""
        with self._begun(self._writer) as connection:
            yield Joining(connection)

    def take_requests(self) -> frozenset[str]:
        """Give what a person asked of the process that runs, once."""
        table = schema.request
        with self._reading() as connection:
            names = frozenset(connection.execute(sa.select(table.c.name)).scalars())
        if names:
            with self.transaction() as transaction:
                transaction.forget_requests(names)
        return names

    def forget_deleted(self) -> None:
        """Write over what was deleted, as far as no other process reads it still."""
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            raw.close()

    @contextmanager
    def looking(self, *, writes: bool = False) -> Iterator[tuple[Looking, Reading, Joining]]:
        """Give what a person asks, or decides where it ``writes``, as a whole or not at all."""
        engine = self._writer if writes else self._engine
        with self._begun(engine) as connection:
            yield Looking(connection), Reading(connection), Joining(connection)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Give what is stored now, whatever is written meanwhile."""
        with self._reading() as connection:
            yield Reading(connection)

    def left_out(self, feed: FeedSpec, since: datetime) -> dict[str, int]:
        """Count, by language, the entries of a feed's sources and time that it leaves out."""
        if "*" in feed.languages or not feed.sources:
            return {}
        entry = schema.entry
        query = (
            sa.select(entry.c.language, sa.func.count())
            .where(
                entry.c.source.in_(feed.sources),
                entry.c.language.not_in(feed.languages),
                entry.c.published_unix >= unix(since),
                entry.c.purged_unix.is_(None),
            )
            .group_by(entry.c.language)
            .order_by(entry.c.language)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    @contextmanager
    def _begun(self, engine: Engine) -> Iterator[Connection]:
        try:
            with self._writing, engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"the store failed: {_reason(error)}") from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StoreError(f"the store failed: {_reason(error)}") from error


def _engine(url: str) -> Engine:
    engine = sa.create_engine(url, json_serializer=json.JSONEncoder(ensure_ascii=False).encode)
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: object) -> None:
    """Set up one SQLite connection: readers never wait, and a crash loses nothing committed."""
    # Python's own driver begins no transaction before DDL; with None, SQLAlchemy's begin is ours.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_TIMEOUT_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # What reads first and then writes would fail where another process wrote in between.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def _upgrade(connection: Connection) -> None:
    # Imported here, as only a new or an old store needs Alembic, and every start would pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "aggregator:store/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    """Give the database's own words, without SQLAlchemy's statement and background."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
