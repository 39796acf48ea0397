"""Which workers a store has: what each was last heard to do, by PostgreSQL's clock.

A worker writes its row by itself, several times in a lease, and waits for no writer. Who leads is
not what a row says but whose session has the lock. Only PostgreSQL has this table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Hang, Tick, WorkerStatus
from aggregator.store import columns
from aggregator.store.host_turns import LEASE_SECONDS
from aggregator.store.lock_keys import KEY

LEAD = "lead"  # the part that whoever leads holds
# The first of an advisory lock's two numbers; the second stands for the part's name.
PARTS = 0x0BE9
TAKE = sa.text(f"SELECT pg_try_advisory_lock({PARTS}, {KEY})")
LEAVE = sa.text(f"SELECT pg_advisory_unlock({PARTS}, {KEY})")
# Of who holds the lock of a part.
_IS_PART = (
    "locktype = 'advisory' AND granted"  # noqa: S608 - of constants
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND classid = CAST({PARTS} AS oid) AND objsubid = 2"
    f" AND objid = CAST(CAST({KEY} AS bigint) & 4294967295 AS oid)"
)
HEARD = sa.text(
    "INSERT INTO worker AS known (token, host, pid, version, session, started, heard, has_ended,"
    " leads_since, hosts, dump, ticks, hangs) VALUES (:token, :host, :pid, :version, :session,"
    " clock_timestamp(), clock_timestamp(), false,"
    " CASE WHEN :leads THEN clock_timestamp() END, :hosts, :dump, :ticks, :hangs)"
    " ON CONFLICT (token) DO UPDATE SET session = excluded.session, heard = excluded.heard,"
    " has_ended = false, hosts = excluded.hosts, dump = excluded.dump, ticks = excluded.ticks,"
    " hangs = excluded.hangs,"
    " leads_since = CASE WHEN :leads THEN"
    " coalesce(known.leads_since, excluded.leads_since) END"
)
ENDED = sa.text(
    "UPDATE worker SET has_ended = true, heard = clock_timestamp(), leads_since = NULL,"
    " hosts = 0, dump = '', ticks = '[]' WHERE token = :token"
)
# Of a machine whose workers end and begin again and again few are remembered, of others a day.
FORGET = sa.text(
    "DELETE FROM worker WHERE token <> :token AND heard < clock_timestamp()"
    " - CASE WHEN host = :host THEN make_interval(secs => :lease) ELSE interval '1 day' END"
)
# As many as a person reads; of a cluster that has more, those that were heard of last.
_MOST = 100
_KNOWN = sa.text(
    "SELECT host, pid, version, started, heard, has_ended, hosts, dump, ticks, hangs,"  # noqa: S608 - of constants
    " heard > clock_timestamp() - make_interval(secs => :lease) AS is_heard,"
    f" CASE WHEN session IN (SELECT pid FROM pg_locks WHERE {_IS_PART})"
    " THEN coalesce(leads_since, heard) END AS leads_since"
    " FROM worker ORDER BY heard DESC LIMIT :most"
)


class Workers:
    """The reads of one unit of work over workers; a store in SQLite has none."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self) -> tuple[WorkerStatus, ...]:
        """Return the workers that were heard of lately, by machine and process."""
        if self._connection.dialect.name != "postgresql":
            return ()
        values = {"name": LEAD, "lease": LEASE_SECONDS, "most": _MOST}
        rows = self._connection.execute(_KNOWN, values)
        found = (_status(row) for row in rows)
        return tuple(sorted(found, key=lambda worker: (worker.host, worker.pid, worker.started)))


def ticks_text(ticks: Sequence[Tick]) -> str:
    """Return ticks as a row has them."""
    values = [
        (tick.name, _iso(tick.began), _iso(tick.went_on), _iso(tick.ended), tick.fault)
        for tick in ticks
    ]
    return json.dumps(values, ensure_ascii=False)


def hangs_text(hangs: Sequence[Hang]) -> str:
    """Return jobs that hang as a row has them."""
    return json.dumps([(hang.of, _iso(hang.since)) for hang in hangs], ensure_ascii=False)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@columns.naming_faults
def _status(row: sa.Row[tuple[object, ...]]) -> WorkerStatus:
    ticks = tuple(
        Tick(
            name=str(name),
            began=datetime.fromisoformat(began),
            went_on=datetime.fromisoformat(went_on),
            ended=datetime.fromisoformat(ended) if ended else None,
            fault=str(fault),
        )
        for name, began, went_on, ended, fault in json.loads(row.ticks)
    )
    hangs = tuple(
        Hang(of=str(of), since=datetime.fromisoformat(since)) for of, since in json.loads(row.hangs)
    )
    return WorkerStatus(
        host=row.host,
        pid=row.pid,
        version=row.version,
        started=row.started,
        heard=row.heard,
        is_heard=row.is_heard and not row.has_ended,
        has_ended=row.has_ended,
        leads_since=row.leads_since,
        hosts=row.hosts,
        dump=row.dump,
        ticks=ticks,
        hangs=hangs,
    )
