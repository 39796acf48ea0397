"""Which hosts workers ask: claimed for a time, each by one job, by PostgreSQL's clock.

A claim is written with what is to be done about it, and whoever stores what came of that checks in
the same transaction that the claim is still its own. Only PostgreSQL has these tables.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import ClaimLostError

# A claim that waits in the queue for longer is taken to be lost with it; what then comes of the
# queue all the same finds it gone.
_WAITS_SECONDS = 120
_LIVE = sa.text("SELECT host, by <> '' AS is_asked FROM claim WHERE until > clock_timestamp()")
_TAKE = sa.text(
    "INSERT INTO claim (host, by, until)"
    " SELECT host, by, clock_timestamp() + make_interval(secs => :waits)"
    " FROM unnest(CAST(:hosts AS text[]), CAST(:tokens AS text[])) AS due (host, by)"
    " ON CONFLICT (host) DO UPDATE SET by = excluded.by, until = excluded.until"
    " WHERE claim.until <= clock_timestamp() RETURNING host, by"
)
# The row stays locked until the transaction ends, so that nobody takes the claim meanwhile.
_IS_OWN = sa.text("SELECT by FROM claim WHERE host = :host AND by = :by FOR UPDATE")


class Claims:
    """The reads and writes of one unit of work over claims."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> dict[str, bool]:
        """Return the hosts that are claimed now, each with whether a job asks it, or is to.

        Else it is left alone for a while.
        """
        return {row.host: row.is_asked for row in self._connection.execute(_LIVE)}

    def take(self, tokens: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Claim hosts, each by a token that no other claim has; return those that were free."""
        hosts, own = [host for host, _ in tokens], [token for _, token in tokens]
        values = {"hosts": hosts, "tokens": own, "waits": _WAITS_SECONDS}
        taken: Collection[tuple[str, str]] = {
            (row.host, row.by) for row in self._connection.execute(_TAKE, values)
        }
        return [each for each in tokens if each in taken]

    def check(self, host: str, token: str) -> None:
        """Raise ClaimLostError unless a host is still claimed by a token."""
        if self._connection.execute(_IS_OWN, {"host": host, "by": token}).first() is None:
            raise ClaimLostError(f"another worker asks {host} by now; what came of it is not kept")
