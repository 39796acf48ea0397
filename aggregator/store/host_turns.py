"""When hosts are asked, over all workers: one ledger by PostgreSQL's clock.

And how a job goes on with its claim. Each call is a statement of its own and waits for no writer.
Only PostgreSQL has these tables.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from aggregator.store.claims import SPARED, WAITING
from aggregator.store.faults import naming_faults
from aggregator.store.place import server_url
from aggregator.store.session_settings import autocommit_engine

# For so long a host is left alone whose worker was killed: the cluster is to go on within a minute.
# Who works on a claim renews it several times meanwhile.
LEASE_SECONDS = 30
# A request that sets out on time comes late by some hundredths of a second, and the next one may
# not: of turns that were a second apart a server saw requests after 0.94 s.
_LATE_SECONDS = 0.1
_TURN = sa.text(
    "INSERT INTO host_turn AS known (host, next)"
    " VALUES (:host, clock_timestamp() + make_interval(secs => :spacing))"
    " ON CONFLICT (host) DO UPDATE SET next = CASE"
    " WHEN known.rests_until > clock_timestamp() THEN known.next"
    " ELSE greatest(known.next, clock_timestamp()) + make_interval(secs => :spacing) END"
    " RETURNING"
    " CAST(extract(epoch FROM next - clock_timestamp()) AS float) - :spacing AS wait_seconds,"
    " CAST(extract(epoch FROM rests_until - clock_timestamp()) AS float) AS rest_seconds"
)
_REST = sa.text(
    "INSERT INTO host_turn AS known (host, rests_until)"
    " VALUES (:host, clock_timestamp() + make_interval(secs => :seconds)) ON CONFLICT (host)"
    " DO UPDATE SET rests_until = greatest(known.rests_until, excluded.rests_until)"
)
_BEGIN = sa.text(
    "UPDATE claim SET by = :own, until = clock_timestamp() + make_interval(secs => :lease)"
    " WHERE host = (SELECT host FROM claim WHERE by = :waiting AND until > clock_timestamp()"
    " ORDER BY until LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING host"
)
_RENEW = sa.text(
    "UPDATE claim SET until = clock_timestamp() + make_interval(secs => :lease)"
    " WHERE by = ANY(CAST(:tokens AS text[]))"
)
_KEEP = sa.text(
    "UPDATE claim SET by = :spared, until = clock_timestamp() + make_interval(secs => :seconds)"
    " WHERE by = :by"
)
_RELEASE = sa.text("DELETE FROM claim WHERE by = :by")


class HostTurns:
    """The ledger of the store at ``url``, for all threads of a worker; StoreError where it fails.

    It is what ``fetch.politeness`` calls a ledger.
    """

    def __init__(self, url: str) -> None:
        self._engine = autocommit_engine(server_url(url))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def turn(self, host: str, spacing_seconds: float) -> tuple[float, float]:
        """Take a host's next turn: in how many seconds it is, and for how many the host rests.

        Of a host that rests no turn is taken. Turns are a little further apart than ``spacing``, so
        that the server sees no less.
        """
        late_seconds = _LATE_SECONDS if spacing_seconds else 0.0
        values = {"host": host, "spacing": spacing_seconds + late_seconds}
        with naming_faults(), self._engine.connect() as connection:
            row = connection.execute(_TURN, values).one()
        return max(0.0, row.wait_seconds), max(0.0, row.rest_seconds)

    def rest(self, host: str, seconds: float) -> None:
        """Let a host be left alone for ``seconds`` from now, or longer if it rests already."""
        self._run(_REST, host=host, seconds=seconds)

    def begin(self, own: str) -> str:
        """Go on with the claim that waits longest, under a token of one's own.

        Returns its host, empty where none waits. A claim is handed to one job, however many ask.
        """
        values = {"own": own, "waiting": WAITING, "lease": LEASE_SECONDS}
        with naming_faults(), self._engine.connect() as connection:
            return connection.execute(_BEGIN, values).scalar() or ""

    def renew(self, tokens: Collection[str]) -> None:
        """Let claims last for a lease from now."""
        self._run(_RENEW, tokens=list(tokens), lease=LEASE_SECONDS)

    def keep(self, token: str, seconds: float) -> None:
        """Leave the host of a claim alone for so long, as of now; no job has the claim any more."""
        self._run(_KEEP, by=token, spared=SPARED, seconds=seconds)

    def release(self, token: str) -> None:
        """End a claim, so that its host can be asked again."""
        self._run(_RELEASE, by=token)

    def _run(self, statement: sa.TextClause, **values: object) -> None:
        with naming_faults(), self._engine.connect() as connection:
            connection.execute(statement, values)
