"""What of a store cannot be read: it is left out, named once, and costs nothing else.

A row is unreadable where a page of the file is damaged, or a column holds what it never should: bad
JSON, a date that is none, a text that is no UTF-8. Knows how to read around such a row; refuses to
read around any other fault, as that of a disk, which is no row's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.store import faults, schema

log = logging.getLogger(__name__)

T = TypeVar("T")
K = TypeVar("K")
_SHOWN_CHARACTERS = 100  # of a key in the log: an id or an address is seldom longer
_MOST_NAMED = 50  # a page holds a few rows; where more is lost, a longer list helps nobody
_ID_AND_SOURCE = sa.select(schema.entry.c.id, schema.entry.c.source).where(
    schema.entry.c.pk == sa.bindparam("of_entry")
)


class Unreadable:
    """What was found unreadable in one open store, shared by its units of work and threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._named: set[str] = set()
        self._entries: set[int] = set()

    @property
    def entries(self) -> list[int]:
        """Return the numbers of the entries that were found unreadable, in order."""
        with self._lock:
            return sorted(self._entries)

    @property
    def is_any(self) -> bool:
        """Tell whether anything was found unreadable."""
        with self._lock:
            return bool(self._named)

    def read_entries(
        self,
        connection: sa.Connection,
        read: Callable[[Sequence[int]], Iterable[T]],
        pks: Iterable[int],
    ) -> list[T]:
        """Return what ``read`` returns of entries by number, less what cannot be read."""

        def leave_out(pk: int, error: Exception) -> list[T]:
            with self._lock:
                self._entries.add(pk)
            self._name(f"entry {pk}", error, lambda: _id_and_source(connection, pk))
            return []

        return _read_around(read, sorted(pks), leave_out)

    def read_rows(
        self,
        what: str,
        read: Callable[[Sequence[K]], Iterable[T]],
        keys: Sequence[K],
        instead: Callable[[K], list[T]] = lambda _key: [],
    ) -> list[T]:
        """Return what ``read`` returns of keys, in their order, less what cannot be read.

        ``what`` is what a key names, as the log says it. ``instead`` returns what is known of a key
        whose row is unreadable.
        """

        def leave_out(key: K, error: Exception) -> list[T]:
            self._name(f"{what} {str(key)[:_SHOWN_CHARACTERS]!r}", error)
            return instead(key)

        return _read_around(read, keys, leave_out)

    def read(self, what: str, read: Callable[[], T], instead: T) -> T:
        """Return what ``read`` returns, or ``instead`` where some of it cannot be read."""
        try:
            return read()
        except (StoreError, *faults.FAULTS) as error:
            if not faults.is_damage(error):
                raise
            self._name(what, error)
            return instead

    def _name(self, what: str, error: Exception, of: Callable[[], str] = str) -> None:
        """Warn of what is left out, the first time."""
        with self._lock:
            if what in self._named:
                return
            self._named.add(what)
            number = len(self._named)
        if number > _MOST_NAMED:
            if number == _MOST_NAMED + 1:
                log.warning("more of the store cannot be read and is left out, without its names")
            return
        reason = faults.reason_of(error)
        log.warning("%s%s of the store cannot be read and is left out: %s", what, of(), reason)


def _read_around(
    read: Callable[[Sequence[K]], Iterable[T]],
    keys: Sequence[K],
    leave_out: Callable[[K, Exception], list[T]],
) -> list[T]:
    """Read keys together, and where that fails each half, until what cannot be read is alone."""
    try:
        return list(read(keys))
    except (StoreError, *faults.FAULTS) as error:
        if not faults.is_damage(error) or not keys:
            raise
        if len(keys) == 1:
            return leave_out(keys[0], error)
    middle = len(keys) // 2
    first = _read_around(read, keys[:middle], leave_out)
    return first + _read_around(read, keys[middle:], leave_out)


def _id_and_source(connection: sa.Connection, pk: int) -> str:
    """Return the id and the source of an entry for the log, where at least these can be read."""
    try:
        row = connection.execute(_ID_AND_SOURCE, {"of_entry": pk}).one_or_none()
    except faults.FAULTS:
        return ""
    return f" ({row.id} of {row.source})" if row else ""
