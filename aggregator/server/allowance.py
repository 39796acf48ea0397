"""How often one client may ask for what costs: some times at once, then once each interval."""

from __future__ import annotations

from collections import OrderedDict

# 100 bytes each. Of more clients than these, those that asked longest ago are forgotten, and may
# ask at once again; what all together may ask is bounded elsewhere.
_MOST_CLIENTS = 10_000


class Allowance:
    """Counts what clients ask; for one thread. Times are seconds by the monotonic clock.

    A client has ``at_once`` questions, of which one comes back every ``every_seconds``.
    """

    def __init__(self, at_once: int, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._credit_seconds = (at_once - 1) * every_seconds
        self._all_back: OrderedDict[str, float] = OrderedDict()  # the last to have asked last

    def seconds_to_wait(self, client: str, now: float) -> float:
        """Take one of a client's questions: 0 where it had one, else when it has one again."""
        all_back = max(self._all_back.get(client, now), now)
        if (wait := all_back - now - self._credit_seconds) > 0:
            return wait
        self._all_back[client] = all_back + self._every_seconds
        self._all_back.move_to_end(client)
        if len(self._all_back) > _MOST_CLIENTS:
            self._all_back.popitem(last=False)
        return 0.0
