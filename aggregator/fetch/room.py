"""Room for bodies: how many bytes of what was fetched may wait at once to be parsed and stored.

Many sources that send large bodies at the same moment would otherwise fill the memory. Who finds no
room waits, and its server with it. One body at a time may be larger than the room that is left,
that of the first rank, so that bodies which all came halfway never wait for each other.
"""

from __future__ import annotations

from threading import Condition, Event

from aggregator.errors import NotAskedError

_POLL_SECONDS = 0.2  # how often a thread that waits checks whether it is to stop


class Room:
    """A number of bytes that places share; closed at the end, so that nobody waits for ever."""

    def __init__(self, most_bytes: int, stop: Event) -> None:
        self._most_bytes, self._stop = most_bytes, stop
        self._changed = Condition()  # of a lock that one thread may take twice
        self._used_bytes = 0
        self._waiting: set[int] = set()  # the ranks of the places that wait
        self._beyond: int | None = None  # the rank of the place that may go beyond the room
        self._is_closed = False

    @property
    def used_bytes(self) -> int:
        """Return how many bytes are taken now."""
        with self._changed:
            return self._used_bytes

    def place(self, rank: int) -> Place:
        """Return a place for one body, of which there is one of each rank; 0 is the first."""
        return Place(self, rank)

    def close(self) -> None:
        """End every wait."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def try_to_take(self, rank: int, size_bytes: int) -> bool:
        """Take bytes where there is room for them now."""
        with self._changed:
            has_room = self._used_bytes + size_bytes <= self._most_bytes or self._beyond == rank
            self._used_bytes += size_bytes if has_room else 0
            return has_room

    def take(self, rank: int, size_bytes: int) -> None:
        """Wait for room for bytes and take them; NotAskedError where nobody waits any more."""
        with self._changed:
            self._waiting.add(rank)
            try:
                while not self.try_to_take(rank, size_bytes):
                    if self._is_closed or self._stop.is_set():
                        raise NotAskedError("stopped before there was room for its body")
                    if self._beyond is None and rank == min(self._waiting):
                        self._beyond = rank
                    else:
                        self._changed.wait(_POLL_SECONDS)
            finally:
                self._waiting.discard(rank)

    def give_back(self, rank: int, size_bytes: int) -> None:
        """Return what a place took."""
        with self._changed:
            self._used_bytes -= size_bytes
            if self._beyond == rank:
                self._beyond = None
            self._changed.notify_all()


class Place:
    """The bytes of one body in a room."""

    def __init__(self, room: Room, rank: int) -> None:
        self._room, self._rank = room, rank
        self._bytes = 0

    def try_to_take(self, size_bytes: int) -> bool:
        """Take bytes where there is room for them now."""
        has_room = self._room.try_to_take(self._rank, size_bytes)
        self._bytes += size_bytes if has_room else 0
        return has_room

    def take(self, size_bytes: int) -> None:
        """Wait for room for bytes and take them; NotAskedError where nobody waits any more."""
        self._room.take(self._rank, size_bytes)
        self._bytes += size_bytes

    def give_back(self) -> None:
        """Return all that was taken."""
        if self._bytes:
            self._room.give_back(self._rank, self._bytes)
        self._bytes = 0
