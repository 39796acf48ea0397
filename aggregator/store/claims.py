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
# What waits for longer is looked at anew: its sources may not be due any more.
_WAITS_SECONDS = 120
_LIVE = sa.text("SELECT host, by FROM claim WHERE until > clock_timestamp()")
_TAKE = sa.text(
    "INSERT INTO claim (host, by, until)"
    " SELECT host, :waiting, clock_timestamp() + make_interval(secs => :waits)"
    " FROM unnest(CAST(:hosts AS text[])) AS due (host)"
    " ON CONFLICT (host) DO UPDATE SET by = excluded.by, until = excluded.until"
    " WHERE claim.until <= clock_timestamp() RETURNING host"
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
