"""A worker's presence: a session of PostgreSQL's whose locks say which parts are its own.

A part is what one worker at a time does: lead, or read a dump. Its lock ends with the process, and
where nothing was heard of the process for long, as PostgreSQL ends the session then. Whoever writes
for a part checks in the same transaction that the session still has it. A mark is what several
workers may say of themselves at once, as that they see a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from aggregator.errors import ClaimLostError, StoreInUseError
from aggregator.store.faults import naming_faults
from aggregator.store.host_turns import LEASE_SECONDS
from aggregator.store.place import server_url, shown
from aggregator.store.postgresql import CONNECT, JOIN_PASSES
from aggregator.store.unit import UnitOfWork

# The first of an advisory lock's two numbers; the second stands for the part's name.
_PARTS = 0x0BE9
_KEY = "hashtext(current_schema() || :part)"
_TAKE = sa.text(f"SELECT pg_try_advisory_lock({_PARTS}, {_KEY})")
_LEAVE = sa.text(f"SELECT pg_advisory_unlock({_PARTS}, {_KEY})")
_HAS = sa.text(
    "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid"
    f" AND classid = CAST({_PARTS} AS oid) AND objsubid = 2"
    f" AND objid = CAST(CAST({_KEY} AS bigint) & 4294967295 AS oid)"
)

_MARK = sa.text(f"SELECT pg_advisory_lock_shared({_PARTS}, {_KEY})")
_UNMARK = sa.text(f"SELECT pg_advisory_unlock_shared({_PARTS}, {_KEY})")
_OTHERS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN unnest(CAST(:parts AS text[])) AS part"
    " ON objid = CAST(CAST(hashtext(current_schema() || part) AS bigint) & 4294967295 AS oid)"
    " WHERE locktype = 'advisory' AND granted AND pid <> :pid AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = CAST(:kind AS oid))"
)


class Presence:
    """One worker's session; its methods raise StoreError once it is lost."""

    def __init__(self, url: str, engine: Engine, connection: Connection) -> None:
        self._shown, self._engine, self._connection = shown(url), engine, connection
        self._using = Lock()
        self._parts: set[str] = set()
        self._marks: set[str] = set()
        self._pid = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    @classmethod
    def enter(cls, url: str) -> Presence:
        """Join the workers of a store; StoreInUseError where a service or a pass has it alone."""
        engine = sa.create_engine(
            server_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=CONNECT
        )
        with naming_faults(f"the store {shown(url)} cannot be used"):
            connection = engine.connect()
            connection.exec_driver_sql(f"SET idle_session_timeout = '{LEASE_SECONDS}s'")
            is_joined = bool(connection.exec_driver_sql(JOIN_PASSES).scalar())
            presence = cls(url, engine, connection)
        if not is_joined:
            presence.close()
            raise StoreInUseError(
                f"another aggregator has the store {shown(url)} alone (a service that runs, or a "
                "pass?): workers wait until it has ended"
            )
        return presence

    def beat(self) -> None:
        """Show that the worker lives."""
        with self._using, naming_faults(self._lost):
            self._connection.exec_driver_sql("SELECT")

    def take(self, part: str) -> bool:
        """Take a part, unless another worker has it; tell whether it is this one's."""
        with self._using, naming_faults(self._lost):
            if part not in self._parts and self._connection.execute(_TAKE, {"part": part}).scalar():
                self._parts.add(part)
            return part in self._parts

    def leave(self, part: str) -> None:
        """Let others have a part."""
        with self._using, naming_faults(self._lost):
            self._parts.discard(part)
            self._connection.execute(_LEAVE, {"part": part})

    def mark(self, name: str, *, is_so: bool) -> None:
        """Let other workers know that something holds of this one, or that it holds no more.

        ``name`` is no part's.
        """
        with self._using, naming_faults(self._lost):
            if is_so and name not in self._marks:
                self._connection.execute(_MARK, {"part": name})
                self._marks.add(name)
            elif not is_so and name in self._marks:
                self._connection.execute(_UNMARK, {"part": name})
                self._marks.discard(name)

    def have_others(self, names: Collection[str]) -> bool:
        """Tell whether another worker has one of these parts or marks now."""
        values = {"kind": _PARTS, "pid": self._pid, "parts": list(names)}
        with self._using, naming_faults(self._lost):
            return bool(self._connection.execute(_OTHERS, values).scalar())

    def has(self, names: Collection[str]) -> bool:
        """Tell whether this worker has one of these parts."""
        with self._using:
            return not self._parts.isdisjoint(names)

    def fence(self, part: str) -> Callable[[UnitOfWork], None]:
        """Return a check, made within a unit of work, that a part is still this worker's.

        It raises ClaimLostError where it is not.
        """

        def check(unit: UnitOfWork) -> None:
            if not unit.has_row(_HAS, {"pid": self._pid, "part": part}):
                raise ClaimLostError(f"{self._lost}; another worker does by now what this one did")

        return check

    def close(self) -> None:
        """End the session, and every part with it."""
        with suppress(sa.exc.SQLAlchemyError):  # one that is lost has none
            self._connection.invalidate()
            self._connection.close()
        self._engine.dispose()

    @property
    def _lost(self) -> str:
        return f"the worker's session with {self._shown} was lost"
