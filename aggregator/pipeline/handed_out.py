"""What this process knows to be handed out of the published folder (``hand_out``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.publish.copies import Seen  # it loads what renders: see ``Run``

_NEVER = -1


class HandedOut:
    """The files as they were handed out last, by this process or by one before it.

    Who publishes is alone, and nobody else uses it.
    """

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self.number = _NEVER

    def note(self, seen: Seen, number: int) -> None:
        """Note what is handed out now, and the number of the last file of it."""
        self.seen, self.number = seen, number
