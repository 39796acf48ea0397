"""The days that the last pass looked for events in, in memory, and what changed in the store since.

The database notes which entries change, whoever changes them, and each publishing takes these notes
and forgets them. Days are right as long as this process was told of all that was taken since.
"""

from __future__ import annotations

from collections.abc import Set
from threading import Lock
from typing import TYPE_CHECKING

from aggregator.models import Changes

if TYPE_CHECKING:
    from aggregator.pipeline.event_days import EventDays  # only where there is news: see ``Run``

# Days of which more changed are as quickly read anew.
_MOST_CHANGED = 1_000


class KnownDays:
    """The days of one store; none at the beginning, and none while a pass uses them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._days: EventDays | None = None
        self._taken = 0
        self._changed: Set[int] = frozenset()

    def note(self, changes: Changes | None) -> None:
        """Note the changes that were taken; ``None`` where it is not known which."""
        with self._lock:
            is_known = self._days is not None and len(self._changed) < _MOST_CHANGED
            if is_known and changes and changes.taken == self._taken + 1:
                self._taken, self._changed = changes.taken, self._changed | changes.pks
            else:
                self._days, self._changed = None, frozenset()

    def take(self, changes: Changes | None) -> tuple[EventDays, Set[int]] | None:
        """Hand over the days, and what changed since, given what changed and was not taken.

        ``None`` where there are none, or somebody else took changes.
        """
        with self._lock:
            days, self._days = self._days, None
            if not days or not changes or changes.taken != self._taken:
                return None
            return days, self._changed | changes.pks

    def keep(self, days: EventDays, changes: Changes) -> None:
        """Keep days that are right as of these changes."""
        with self._lock:
            self._days, self._taken, self._changed = days, changes.taken, frozenset()
