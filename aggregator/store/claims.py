"""Which hosts workers ask: claimed for a time, each by one job, by PostgreSQL's clock.

A claim is written in the transaction that wakes workers, and waits for the first that has time
(``host_turns``). Whoever stores what came of its host checks in the same transaction that the claim
is still its own. Only PostgreSQL has these tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import ClaimLostError

# By whom a host is claimed that no job asks yet, and one that is left alone; tokens have letters.
WAITING, SPARED = "", "-"
# What waits is let go so long after whoever leads was last there.
_WAITS_SECONDS = 120
_LIVE = sa.text("SELECT host, by FROM claim WHERE until > clock_timestamp()")
_TAKE = sa.text(
    "INSERT INTO claim (host, by, until)"
    " SELECT host, :waiting, greatest(clock_timestamp() + make_interval(secs => :waits),"
    " (SELECT max(until) FROM claim WHERE by = :waiting)) + place * interval '1 microsecond'"
    " FROM unnest(CAST(:hosts AS text[])) WITH ORDINALITY AS due (host, place)"
    " ON CONFLICT (host) DO UPDATE SET by = excluded.by, until = excluded.until"
    " WHERE claim.until <= clock_timestamp() RETURNING host"
)
# All that waits keeps its order, and none of it is let go: it would come behind what was claimed
# later, and never be asked where hosts are asked more slowly than they are due.
_KEEP_WAITING = sa.text(
    "UPDATE claim SET until = until + make_interval(secs => :waits)"
    " WHERE by = :waiting AND until > clock_timestamp() AND EXISTS (SELECT FROM claim"
    " WHERE by = :waiting AND until > clock_timestamp()"
    " AND until < clock_timestamp() + make_interval(secs => :waits / 2))"
)
# The row stays locked until the transaction ends, so that nobody takes the claim meanwhile.
_IS_OWN = sa.text("SELECT by FROM claim WHERE host = :host AND by = :by FOR UPDATE")


class ClaimState(Enum):
    """What becomes of a host that is claimed."""

    WAITING = "waiting"  # for a job
    ASKED = "asked"
    SPARED = "spared"  # left alone for a while


class Claims:
    """The reads and writes of one unit of work over claims."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> dict[str, ClaimState]:
        """Return the hosts that are claimed now, each with what becomes of it."""
        return {row.host: _state(row.by) for row in self._connection.execute(_LIVE)}

    def keep_waiting(self) -> None:
        """Let the hosts that wait for a job wait on, each in its place."""
        self._connection.execute(_KEEP_WAITING, {"waiting": WAITING, "waits": _WAITS_SECONDS})

    def take(self, hosts: Sequence[str]) -> int:
        """Claim hosts, which wait for a job in this order; return how many were free."""
        values = {"hosts": list(hosts), "waiting": WAITING, "waits": _WAITS_SECONDS}
        return len(self._connection.execute(_TAKE, values).all())

    def check(self, host: str, token: str) -> None:
        """Raise ClaimLostError unless a host is still claimed by a token."""
        if self._connection.execute(_IS_OWN, {"host": host, "by": token}).first() is None:
            raise ClaimLostError(f"another worker asks {host} by now; what came of it is not kept")


def _state(by: str) -> ClaimState:
    if by == SPARED:
        return ClaimState.SPARED
    return ClaimState.WAITING if by == WAITING else ClaimState.ASKED
