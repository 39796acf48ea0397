"""What the store asks of a database: one class for each kind of database answers it.

``sqlite_file`` is a file of this machine, ``postgresql`` is a server's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlalchemy.engine import Connection, Engine

from aggregator.store.unit import UnitOfWork


class Held(Protocol):
    """A lock that is held until it is released, or the process ends."""

    def check(self, unit: UnitOfWork) -> None:
        """Raise StoreInUseError, within a writing unit of work, where another process has it."""
        ...

    def release(self) -> None:
        """Let the next process have it."""
        ...


class Database(Protocol):
    """One database, by its URL; every method raises StoreError where it is not to be had."""

    def exists(self) -> bool:
        """Tell whether there is a store to open."""
        ...

    def lock(self) -> Held:
        """Take the lock that lets one process make passes; StoreInUseError where another has it."""
        ...

    def is_in_use(self) -> bool:
        """Tell whether a process holds the lock."""
        ...

    def prepare(self) -> None:
        """Check what a process may have left, and make what is needed to open the store."""
        ...

    def engine(self, *, reads_only: bool = False) -> Engine:
        """Build the engine; with the option ``writes``, a transaction begins as a writer's.

        One that ``reads_only`` cannot write, and leaves no trace.
        """
        ...

    def begin_at_once(self, connection: Connection) -> bool:
        """Begin a writer's transaction, unless another one writes now; tell whether it is begun."""
        ...

    def make(self, connection: Connection) -> None:
        """Make the tables of an empty store, within the transaction that is begun."""
        ...

    def check_room(self) -> None:
        """Raise StoreError where the disk has no room for migrating the store."""
        ...

    def give_back(self, engine: Engine, on_step: Callable[[], None]) -> None:
        """Return to the disk what deleted rows took, and write over what they held.

        Where that takes long, ``on_step`` is called again and again.
        """
        ...

    def identity(self) -> object:
        """Return what tells this database from another in its place, ``None`` where it is gone."""
        ...

    def size_bytes(self, connection: Connection) -> int:
        """Return how many bytes of the disk the store takes, with its indexes."""
        ...
