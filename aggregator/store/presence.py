"""A worker's presence: a session of PostgreSQL's whose locks say which parts are its own.

A part is what one worker at a time does: lead, or read a dump. Its lock ends with the process, and
where nothing was heard of the process for long, as PostgreSQL ends the session then. Whoever writes
for a part checks in the same transaction that the session still has it. A mark is what several
workers may say of themselves at once, as that they see a folder.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from aggregator.errors import ClaimLostError, StoreError, StoreInUseError
from aggregator.models import Hang, Tick
from aggregator.store.backend import Backend
from aggregator.store.faults import naming_faults
from aggregator.store.host_turns import LEASE_SECONDS
from aggregator.store.lock_keys import KEY
from aggregator.store.place import server_url, shown
from aggregator.store.postgresql import JOIN_PASSES
from aggregator.store.session_settings import autocommit_engine
from aggregator.store.unit import UnitOfWork
from aggregator.store.workers import (
    ENDED,
    FORGET,
    HEARD,
    LEAD,
    LEAVE,
    PARTS,
    TAKE,
    hangs_text,
    ticks_text,
)

_MARK = sa.text(f"SELECT pg_advisory_lock_shared({PARTS}, {KEY})")
_UNMARK = sa.text(f"SELECT pg_advisory_unlock_shared({PARTS}, {KEY})")
_OTHERS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN unnest(CAST(:parts AS text[])) AS part"
    " ON objid = CAST(CAST(hashtext(current_schema() || part) AS bigint) & 4294967295 AS oid)"
    " WHERE locktype = 'advisory' AND granted AND pid <> :pid AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = CAST(:kind AS oid))"
)
_PART_OF_DUMP = "dump {}"
_TOKEN_BYTES = 8


def dump_part(source: str) -> str:
    """Return the name of the part that is to read a dump."""
    return _PART_OF_DUMP.format(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a worker is, in all its sessions."""

    version: str
    token: str = field(default_factory=lambda: secrets.token_hex(_TOKEN_BYTES))
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a worker does: how many hosts it asks, its ticks, and the jobs that hang."""

    hosts: int = 0
    ticks: Sequence[Tick] = ()
    hangs: Sequence[Hang] = ()


class Presence:
    """One worker's session; its methods raise StoreError once it is lost."""

    def __init__(self, url: str, engine: Engine, connection: Connection) -> None:
        self._shown, self._engine, self._connection = shown(url), engine, connection
        self._using = Lock()
        self._parts: set[str] = set()
        self._backend = Backend.of(connection)
        self._identity: Identity | None = None  # once it was said
        self._marks: set[str] = set()

    @classmethod
    def enter(cls, url: str) -> Presence:
        """Join the workers of a store; StoreInUseError where a service or a pass has it alone.

        StoreError also where nothing can be written, as a standby of PostgreSQL's has the store.
        """
        engine = autocommit_engine(server_url(url), poolclass=NullPool)
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

    def beat(self, identity: Identity, doing: Doing) -> None:
        """Say that the worker lives, and what it does."""
        with self._using, naming_faults(self._lost):
            dumps = sorted(part for part in self._parts if part != LEAD)
            own = {"token": identity.token, "host": identity.host}
            said = {
                "pid": identity.pid,
                "version": identity.version,
                "session": self._backend.pid,
                "leads": LEAD in self._parts,
                "hosts": doing.hosts,
                "dump": ", ".join(dumps).replace(dump_part(""), ""),
                "ticks": ticks_text(doing.ticks),
                "hangs": hangs_text(doing.hangs),
            }
            self._connection.execute(HEARD, own | said)
            if self._identity is None or said["leads"]:
                self._connection.execute(FORGET, own | {"lease": LEASE_SECONDS})
            self._identity = identity

    def take(self, part: str) -> bool:
        """Take a part, unless another worker has it; tell whether it is this one's."""
        with self._using, naming_faults(self._lost):
            if part not in self._parts and self._connection.execute(TAKE, {"name": part}).scalar():
                self._parts.add(part)
            return part in self._parts

    def leave(self, part: str) -> None:
        """Let others have a part."""
        with self._using, naming_faults(self._lost):
            self._parts.discard(part)
            self._connection.execute(LEAVE, {"name": part})

    def mark(self, name: str, *, is_so: bool) -> None:
        """Let other workers know that something holds of this one, or that it holds no more.

        ``name`` is no part's.
        """
        with self._using, naming_faults(self._lost):
            if is_so and name not in self._marks:
                self._connection.execute(_MARK, {"name": name})
                self._marks.add(name)
            elif not is_so and name in self._marks:
                self._connection.execute(_UNMARK, {"name": name})
                self._marks.discard(name)

    def have_others(self, names: Collection[str]) -> bool:
        """Tell whether another worker has one of these parts or marks now."""
        values = {"kind": PARTS, "pid": self._backend.pid, "parts": list(names)}
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
            if not self._backend.has_lock(unit, PARTS, part):
                raise ClaimLostError(f"{self._lost}; another worker does by now what this one did")

        return check

    def say_ended(self) -> None:
        """Say that the worker ends as it was told to, so that nobody takes it for lost."""
        with self._using, naming_faults(self._lost):
            if self._identity is not None:
                self._connection.execute(ENDED, {"token": self._identity.token})

    def close(self) -> None:
        """End the session, and every part with it."""
        with suppress(sa.exc.SQLAlchemyError):  # one that is lost has none
            self._connection.invalidate()
            self._connection.close()
        self._engine.dispose()

    @property
    def _lost(self) -> str:
        return f"the worker's session with {self._shown} was lost"
