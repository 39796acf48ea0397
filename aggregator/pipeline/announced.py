"""What sources announce of hubs at their polls, and of which sources a hub sends what is new.

In memory, for all threads of a process: a new process learns of a hub when the source's document
next changes, and of what it is subscribed to from the store. What workers read stands in the store,
as one of them subscribes for all.
"""

from __future__ import annotations

from collections.abc import Set
from threading import Lock

from aggregator.models import Announcement


class Announced:
    """The hub that each source announced last, and the sources whose subscriptions are live."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[str, Announcement] = {}
        self._live: frozenset[str] = frozenset()

    def note(self, source: str, announcement: Announcement) -> None:
        """Note what a source announced in the document that was just had of it."""
        with self._lock:
            self._of[source] = announcement

    def every(self) -> dict[str, Announcement]:
        """Return what each source announced last, by the source's name."""
        with self._lock:
            return dict(self._of)

    def set_live(self, sources: Set[str]) -> None:
        """Remember of which sources hubs send what is new."""
        self._live = frozenset(sources)

    def is_live(self, source: str) -> bool:
        """Tell whether a hub sends what is new of a source, so that it is polled less often."""
        return source in self._live
