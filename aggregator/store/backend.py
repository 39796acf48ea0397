"""A session of PostgreSQL's, and whether it still has an advisory lock of the store's.

A lock of two numbers: what it is for, and a name, by default none, within the store's schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store.lock_keys import KEY
from aggregator.store.unit import UnitOfWork

_OWN = "SELECT pid, backend_start FROM pg_stat_get_activity(pg_backend_pid())"
_HAS = sa.text(
    "SELECT FROM pg_locks JOIN pg_stat_get_activity(CAST(:pid AS integer)) AS session USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND session.backend_start = :began"
    " AND classid = CAST(CAST(:purpose AS bigint) AS oid) AND objsubid = 2"
    f" AND objid = CAST(CAST({KEY} AS bigint) & 4294967295 AS oid)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A session by what no other one has: numbers of processes return, as when a server restarts.

    ``began`` is by the server's clock.
    """

    pid: int
    began: datetime

    @classmethod
    def of(cls, connection: Connection) -> Backend:
        """Return the session of a connection."""
        row = connection.exec_driver_sql(_OWN).one()
        return cls(pid=row.pid, began=row.backend_start)

    def has_lock(self, unit: UnitOfWork, purpose: int, name: str = "") -> bool:
        """Tell, within a unit of work, whether the session lives and has a lock."""
        values = {"pid": self.pid, "began": self.began, "purpose": purpose, "name": name}
        return unit.has_row(_HAS, values)
