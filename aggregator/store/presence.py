"""A worker's presence: a session of PostgreSQL's whose locks say which parts are its own.

A part is what one worker at a time does: lead, or read a dump. Its lock ends with the process, and
where nothing was heard of the process for long, as PostgreSQL ends the session then. Whoever writes
for a part checks in the same transaction that the session still has it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from aggregator.errors import ClaimLostError, StoreError, StoreInUseError
from aggregator.store.backend import KEY, Backend
from aggregator.store.faults import naming_faults
from aggregator.store.host_turns import LEASE_SECONDS
from aggregator.store.place import server_url, shown
from aggregator.store.postgresql import CONNECT, JOIN_PASSES, settle
from aggregator.store.unit import UnitOfWork

# The first of an advisory lock's two numbers; the second stands for the part's name.
_PARTS = 0x0BE9
_TAKE = sa.text(f"SELECT pg_try_advisory_lock({_PARTS}, {KEY})")
_LEAVE = sa.text(f"SELECT pg_advisory_unlock({_PARTS}, {KEY})")


class Presence:
    """One worker's session; its methods raise StoreError once it is lost."""

    def __init__(self, url: str, engine: Engine, connection: Connection) -> None:
        self._shown, self._engine, self._connection = shown(url), engine, connection
        self._using = Lock()
        self._parts: set[str] = set()
        self._backend = Backend.of(connection)

    @classmethod
    def enter(cls, url: str) -> Presence:
        """Join the workers of a store; StoreInUseError where a service or a pass has it alone.

        StoreError also where nothing can be written, as a standby of PostgreSQL's has the store.
        """
        engine = settle(
            sa.create_engine(
                server_url(url),
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
                connect_args=CONNECT,
            )
        )
        with naming_faults(f"the store {shown(url)} cannot be used"):
            connection = engine.connect()
            connection.exec_driver_sql(f"SET idle_session_timeout = '{LEASE_SECONDS}s'")
            is_read_only = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
            is_joined = bool(connection.exec_driver_sql(JOIN_PASSES).scalar())
            presence = cls(url, engine, connection)
        if is_read_only:
            presence.close()
            raise StoreError(
                f"the store {shown(url)} cannot be written: its server is read only (a standby?)"
            )
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
            if part not in self._parts and self._connection.execute(_TAKE, {"name": part}).scalar():
                self._parts.add(part)
            return part in self._parts

    def leave(self, part: str) -> None:
        """Let others have a part."""
        with self._using, naming_faults(self._lost):
            self._parts.discard(part)
            self._connection.execute(_LEAVE, {"name": part})

    def fence(self, part: str) -> Callable[[UnitOfWork], None]:
        """Return a check, made within a unit of work, that a part is still this worker's.

        It raises ClaimLostError where it is not.
        """

        def check(unit: UnitOfWork) -> None:
            if not self._backend.has_lock(unit, _PARTS, part):
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
