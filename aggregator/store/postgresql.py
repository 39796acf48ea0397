"""A store in PostgreSQL (``Database``): how its transactions begin, its locks, and its tables.

*One writer* is the rule in either database: here each writing transaction first takes an advisory
lock, and reads what was committed when it had it (READ COMMITTED: an older snapshot is that of
before the wait). A reader sees one snapshot (REPEATABLE READ). Locks are those of the schema that
the connection's ``search_path`` names first, so that several stores can share a database.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from aggregator.errors import StoreError, StoreInUseError
from aggregator.store import columns, schema
from aggregator.store.backend import Backend
from aggregator.store.faults import naming_faults, refuse_unstorable
from aggregator.store.place import server_url, shown
from aggregator.store.session_settings import CONNECT, autocommit_engine, settle
from aggregator.store.unit import UnitOfWork

# As long as SQLite waits for its write lock.
_LOCK_TIMEOUT_SECONDS = 15
# As with SQLite: the server sees only after moments that a process was killed.
_PASSES_SECONDS = 2.0
_POLL_SECONDS = 0.05
# The two locks, as the first of an advisory lock's two numbers; any would do that no other program
# of the same database uses.
_PASSES, _WRITES = 0x0BE7, 0x0BE8
_OF_SCHEMA = "hashtext(current_schema())"
# A writer of which nothing is heard, as its machine is cut off, has its turn for so long; between
# two statements of a unit of work lie parts of a second.
_SILENT_WRITER = "set_config('idle_in_transaction_session_timeout', '30s', true)"
_TAKE_TURN = f"SELECT pg_advisory_xact_lock({_WRITES}, {_OF_SCHEMA}), {_SILENT_WRITER}"
_TRY_TURN = f"SELECT pg_try_advisory_xact_lock({_WRITES}, {_OF_SCHEMA})"
_TRY_PASSES = f"SELECT pg_try_advisory_lock({_PASSES}, {_OF_SCHEMA})"
# How workers share the lock of passes, so that they make none beside a process that has it alone.
JOIN_PASSES = f"SELECT pg_try_advisory_lock_shared({_PASSES}, {_OF_SCHEMA})"
_GIVE_BACK = "SELECT pg_advisory_unlock_all()"
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())"
)
_C_TEXT = sa.Text(collation="C")
# Of the encoding, the schema that is this store's, and the one whose tables are seen.
_PLACE = (
    "SELECT current_setting('server_encoding'), current_schema(), (SELECT nspname FROM pg_class "
    "JOIN pg_namespace AS schema ON schema.oid = relnamespace "
    "WHERE pg_class.oid = to_regclass('alembic_version'))"
)


class PassesLock:
    """The lock that lets one process make passes: it ends with its connection."""

    def __init__(self, engine: Engine, connection: Connection, in_use: str) -> None:
        self._engine, self._connection, self._in_use = engine, connection, in_use
        self._backend = Backend.of(connection)

    def check(self, unit: UnitOfWork) -> None:
        """Take the lock again where its connection was lost; StoreInUseError if another has it.

        A server that restarts lets it go, and so would a second process begin beside this one.
        """
        if self._backend.has_lock(unit, _PASSES):
            return
        self._close()
        self._connection = self._engine.connect()
        self._backend = Backend.of(self._connection)
        if not self._connection.exec_driver_sql(_TRY_PASSES).scalar():
            raise StoreInUseError(self._in_use)

    def release(self) -> None:
        """Return the lock, which else would last until the server sees the connection end."""
        with suppress(sa.exc.SQLAlchemyError):  # one that is lost holds no lock
            self._connection.exec_driver_sql(_GIVE_BACK)
        self._close()
        self._engine.dispose()

    def _close(self) -> None:
        with suppress(sa.exc.SQLAlchemyError):
            self._connection.invalidate()
            self._connection.close()


class PostgresqlDatabase:
    """The schema of a database at ``url``."""

    def __init__(self, url: str) -> None:
        self._url, self._shown = server_url(url), shown(url)

    def exists(self) -> bool:
        """Tell whether the schema has the store's tables."""
        engine = self.engine()
        try:
            with naming_faults(self._failed), engine.connect() as connection:
                self._check_place(connection)
                return sa.inspect(connection).has_table("alembic_version")
        finally:
            engine.dispose()

    def lock(self) -> PassesLock:
        """Take the lock of who makes passes, held by a connection of its own."""
        return self._lock(_PASSES_SECONDS)

    def _lock(self, patience_seconds: float) -> PassesLock:
        engine = autocommit_engine(self._driven(), poolclass=NullPool)
        in_use = (
            f"another aggregator is using the store {self._shown} (a service or workers that run? "
            "stop them first)"
        )
        end = time.monotonic() + patience_seconds
        with naming_faults(self._failed):
            connection = engine.connect()
            held = PassesLock(engine, connection, in_use)
            try:
                self._check_place(connection)
                while not connection.exec_driver_sql(_TRY_PASSES).scalar():
                    if time.monotonic() > end:
                        raise StoreInUseError(in_use)
                    time.sleep(_POLL_SECONDS)
            except BaseException:
                held.release()
                raise
        return held

    def is_in_use(self) -> bool:
        """Tell whether a process holds that lock: it is tried for, and let go at once."""
        try:
            self._lock(0).release()
        except StoreInUseError:
            return True
        except StoreError:
            return False  # who opens the store is told what is wrong with it
        return False

    def prepare(self) -> None:
        """Do nothing: PostgreSQL checks what a process has left when it starts itself."""

    def engine(self, *, reads_only: bool = False) -> Engine:
        """Build the engine; the parameters of a statement stand by their places in any database."""
        engine = sa.create_engine(
            self._driven(),
            paramstyle="format",
            isolation_level="READ COMMITTED",  # a role may have another default
            json_serializer=columns.to_json,
            json_deserializer=columns.from_json,
            hide_parameters=True,
            connect_args=CONNECT,
        )
        sa.event.listen(settle(engine), "connect", _configure)
        if reads_only:
            sa.event.listen(engine, "connect", _refuse_to_write)
        sa.event.listen(engine, "handle_error", refuse_unstorable)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def begin_at_once(self, connection: Connection) -> bool:
        """Take the turn of a writer, unless another process has it."""
        connection.execution_options(takes_turn=False).begin()
        if connection.exec_driver_sql(_TRY_TURN).scalar():
            return True
        connection.rollback()
        return False

    def make(self, connection: Connection) -> None:
        """Make the tables, which sort texts by their code points whatever the database's order."""
        tables = sa.MetaData()
        for table in schema.metadata.sorted_tables:
            copied = table.to_metadata(tables)
            for column in copied.columns:
                if isinstance(column.type, sa.String):
                    column.type = _C_TEXT
        sa.Table("alembic_version", tables, sa.Column("version_num", sa.Text, primary_key=True))
        # What SQLite has of itself; ``sql.insertion_order`` names it.
        tables.tables["digest"].append_column(
            sa.Column("rowid", sa.BigInteger, sa.Identity(always=True), unique=True)
        )
        tables.create_all(connection, checkfirst=False)
        script = files("aggregator.store").joinpath("postgresql.sql").read_text(encoding="utf-8")
        connection.exec_driver_sql(script.replace("%", "%%"))
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (%s)", (schema.REVISION,))

    def check_room(self) -> None:
        """Do nothing: the disk is the server's."""

    def give_back(self, engine: Engine, on_step: Callable[[], None]) -> None:
        """Do nothing: autovacuum gives back what deleted rows took, and cannot write over it."""

    def identity(self) -> bool:
        """Return the same always: a database is not replaced while it is in use."""
        return True

    def _check_place(self, connection: Connection) -> None:
        """Raise StoreError where the store's texts, tables or locks would be another's."""
        encoding, own, seen = connection.exec_driver_sql(_PLACE).one()
        if encoding != "UTF8":
            what = f"its encoding is {encoding}: make a database with --encoding=UTF8"
        elif own is None:
            what = "no schema of its search_path is there, or may be used by this user"
        elif seen not in (None, own):
            what = (
                f"its search_path names the schema {own} first, and what is stored is in {seen}: "
                "let it name one of them alone"
            )
        else:
            return
        raise StoreError(f"{self._failed}: {what}")

    def size_bytes(self, connection: Connection) -> int:
        """Return how many bytes the schema's tables take, with their indexes."""
        return int(connection.exec_driver_sql(_SIZE).scalar_one())

    def _driven(self) -> sa.URL:
        """Return the URL for an engine; StoreError where nothing is installed that drives it."""
        if find_spec("psycopg") is None:
            raise StoreError(
                "a store in PostgreSQL needs psycopg: install this program with the extra cluster, "
                "as bengali-feed-aggregator[cluster]"
            )
        return self._url

    @property
    def _failed(self) -> str:
        return f"the store {self._shown} cannot be used"


def _configure(connection: Any, _record: object) -> None:
    """Set up one connection; compiling a statement costs more than our statements take."""
    connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT_SECONDS}s'")
    connection.execute("SET jit = off")
    connection.commit()


def _refuse_to_write(connection: Any, _record: object) -> None:
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql(_SNAPSHOT)
    elif options.get("takes_turn", True):
        connection.exec_driver_sql(_TAKE_TURN)
