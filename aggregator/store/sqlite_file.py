"""A store that is one SQLite file of this machine (``Database``)."""

from __future__ import annotations

from collections.abc import Callable

from filelock import FileLock
from sqlalchemy.engine import Connection, Engine

from aggregator.errors import StoreError
from aggregator.store import left_open, made, space, sqlite
from aggregator.store.place import path_of
from aggregator.store.unit import UnitOfWork


class HeldFile:
    """The lock of a file, which the process has until it releases it or ends."""

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    def check(self, _unit: UnitOfWork) -> None:
        """Do nothing: no server can let it go."""

    def release(self) -> None:
        """Let the next process have it."""
        self._lock.release()


class SqliteFile:
    """The file at ``url``, with its lock and the log beside it."""

    def __init__(self, url: str) -> None:
        self._url, self._path = url, path_of(url)

    def exists(self) -> bool:
        """Tell whether the file is there and not empty."""
        return sqlite.exists(self._url)

    def lock(self) -> HeldFile:
        """Take the lock that lies in a file beside the database."""
        return HeldFile(sqlite.lock(self._url))

    def is_in_use(self) -> bool:
        """Tell whether a process holds that lock: it is tried for, and let go at once."""
        return sqlite.is_locked(self._url)

    def prepare(self) -> None:
        """Set a damaged file aside, never deleted; make the file its owner's alone.

        Its structure is checked after a process that did not close it. StoreError says under which
        name it was set aside.
        """
        if left_open.was_left_open(self._url) and (damage := left_open.damage_in(self._url)):
            aside = left_open.set_aside(self._url)
            raise StoreError(
                f"the store {self._path} is damaged ({damage}) and was set aside as {aside}: put "
                "a backup in its place, or start again with an empty store",
                is_set_aside=True,
            )
        sqlite.make_private(self._url)

    def engine(self, *, reads_only: bool = False) -> Engine:
        """Build SQLite's engine."""
        return sqlite.engine(self._url, reads_only=reads_only)

    def begin_at_once(self, connection: Connection) -> bool:
        """Take SQLite's write lock, unless another process has it."""
        return sqlite.begin_at_once(connection)

    def make(self, connection: Connection) -> None:
        """Make the tables as all migrations make them one by one."""
        made.make(connection)

    def check_room(self) -> None:
        """Look how much the disk has left."""
        space.check_room(self._path)

    def give_back(self, engine: Engine, on_step: Callable[[], None]) -> None:
        """Make the file smaller, and write over what its log held.

        What another process still reads is given back and written over when it has ended.
        """
        space.give_back(engine, self._path, on_step)
        sqlite.overwrite_deleted(engine)

    def size_bytes(self, connection: Connection) -> int:
        """Return how many bytes the file takes, with what lies beside it."""
        return space.size_bytes(self._path)

    def identity(self) -> tuple[int, int] | None:
        """Return the device and the number of the file."""
        return sqlite.identity(self._path)
