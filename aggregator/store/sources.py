"""Sources: the state of each between polls, its known items, its quarantine, what was rejected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import FetchState, Intake, KnownItems, Quarantined, Rejected
from aggregator.store import known_items, schema, sql
from aggregator.store.rows import quarantine_row, quarantined_from_row, unix
from aggregator.store.sql import insert, upsert
from aggregator.store.state_rows import state_from_row, state_row
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

_quarantine = schema.quarantine
_state = schema.source_state
_NAMES = sa.select(_state.c.source).order_by(_state.c.source)  # the index alone answers it
_sources = sql.each_text("sources")
_STATES = sa.select(_state).where(_state.c.source.in_(sa.select(_sources.c.value)))
# Those of which it is not sure that they are to wait: of 2,000 sources that wait this takes 0.2 ms,
# and to read their states 25 ms.
_MAYBE_DUE = Read(
    sa.select(_state.c.source).where(
        sa.or_(
            _state.c.next_due_unix.is_(None),
            _state.c.checked_unix.is_(None),
            _state.c.next_due_unix <= sa.bindparam("now"),
            _state.c.checked_unix > sa.bindparam("now"),
            _state.c.next_due_unix - _state.c.checked_unix > sa.bindparam("longest"),
        )
    )
)
_SAVE_STATES = Bulk(upsert(schema.source_state, keys=["source"]))
_QUARANTINES = sa.select(_quarantine)
_QUARANTINE_OF = _QUARANTINES.where(_quarantine.c.source == sa.bindparam("of_source"))
_IS_QUARANTINED = Read(
    sa.select(_quarantine.c.source).where(_quarantine.c.source == sa.bindparam("of_source"))
)
_SAVE_QUARANTINE = upsert(_quarantine, keys=["source"])
_END_QUARANTINE = sa.delete(_quarantine).where(_quarantine.c.source == sa.bindparam("of_source"))
_ADD_REJECTED = Bulk(insert(schema.rejected).on_conflict_do_nothing())
# Of each source, the newest: what a bad one sends at every poll would fill the disk. More than any
# of 14 feeds holds.
_MOST_REJECTED = 2_000
_rejected = schema.rejected
_REJECTED_OF = _rejected.c.source == sa.bindparam("of_source")
_COUNT_REJECTED = sa.select(sa.func.count()).where(_REJECTED_OF)
_FORGET_REJECTED = sa.delete(_rejected).where(
    _REJECTED_OF,
    sa.tuple_(_rejected.c.reason, _rejected.c.excerpt).in_(
        sa.select(_rejected.c.reason, _rejected.c.excerpt)
        .where(_REJECTED_OF)
        .order_by(_rejected.c.first_seen_unix.desc(), _rejected.c.reason, _rejected.c.excerpt)
        .offset(_MOST_REJECTED)
    ),
)
# A month of days: what is usual follows a source that grows, and one odd day is no day of many.
_INTAKE_DAYS = 30
_DAY_SECONDS = 86_400
_intake = schema.intake
_INTAKE = Read(
    sa.select(_intake.c.day, _intake.c.entries).where(_intake.c.source == sa.bindparam("of_source"))
)
_count_intake = insert(_intake)
_COUNT_INTAKE = Bulk(
    _count_intake.on_conflict_do_update(
        index_elements=["source", "day"],
        set_={"entries": _intake.c.entries + _count_intake.excluded.entries},
    )
)
_FORGET_INTAKE = sa.delete(_intake).where(
    _intake.c.source == sa.bindparam("of_source"), _intake.c.day < sa.bindparam("before")
)


class Sources:
    """The reads and writes of one unit of work over sources."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def states(self, sources: Sequence[str] | None = None) -> dict[str, FetchState]:
        """Return the state of every source that was ever checked, or of some of them, by name."""

        def read(names: Sequence[str]) -> list[tuple[str, FetchState]]:
            rows = self._connection.execute(_STATES, {"sources": names}).mappings()
            return [(row["source"], state_from_row(row)) for row in rows]

        names = self._connection.execute(_NAMES).scalars() if sources is None else sources
        return dict(self._unreadable.read_rows("the state of source", read, list(names)))

    def maybe_due(self, now: datetime, longest: timedelta) -> list[str]:
        """Return the names of the sources that may be due, among them all that are.

        Those are the ones whose time has come, and those of which the clock makes it doubtful:
        checked after ``now``, or to wait for longer than ``longest``.
        """

        def read() -> list[str]:
            rows = _MAYBE_DUE.rows(
                self._connection,
                now=unix(now),
                longest=int(longest.total_seconds()),
            )
            return [name for (name,) in rows]

        return self._unreadable.read("which sources are due", read, [])

    def save_state(self, source: str, state: FetchState) -> None:
        """Remember a source's state in place of the last one."""
        self.save_states({source: state})

    def save_states(self, states: Mapping[str, FetchState]) -> None:
        """Remember the states of several sources, by name, in place of the last ones."""
        rows = [state_row(source, state) for source, state in states.items()]
        _SAVE_STATES.run(self._connection, rows)

    def known_items(self, source: str) -> KnownItems:
        """Return the items of a source's last document that are stored unchanged."""
        return known_items.load(self._connection, self._unreadable, source)

    def save_known_items(self, source: str, known: KnownItems, *, may_be_purged: bool) -> None:
        """Remember the items of a source's document in place of the last one's.

        Those of purged entries are left out, if there ``may_be_purged`` ones among them.
        """
        known_items.save(
            self._connection, self._unreadable, source, known, may_be_purged=may_be_purged
        )

    def quarantines(self) -> dict[str, Quarantined]:
        """Return what is quarantined, by source."""

        def read() -> dict[str, Quarantined]:
            rows = self._connection.execute(_QUARANTINES).mappings()
            return {row["source"]: quarantined_from_row(row) for row in rows}

        return self._unreadable.read("what is quarantined", read, {})

    def quarantine_of(self, source: str) -> Quarantined | None:
        """Return what is quarantined of a source, if anything is."""

        def read() -> Quarantined | None:
            if not _IS_QUARANTINED.rows(self._connection, of_source=source):
                return None  # as nearly always
            row = self._connection.execute(_QUARANTINE_OF, {"of_source": source}).mappings().first()
            return quarantined_from_row(row) if row else None

        return self._unreadable.read(f"what is quarantined of {source}", read, None)

    def quarantine(self, source: str, quarantined: Quarantined) -> None:
        """Remember that a change of a source is held back, in place of what was."""
        self._connection.execute(_SAVE_QUARANTINE, quarantine_row(source, quarantined))

    def end_quarantine(self, source: str) -> None:
        """Forget that a change of a source is held back."""
        self._connection.execute(_END_QUARANTINE, {"of_source": source})

    def release(self, source: str) -> bool:
        """Let a quarantined change through at the next poll, due at once; false where none is."""
        state = schema.source_state
        released = self._connection.execute(
            sa.update(_quarantine).where(_quarantine.c.source == source).values(is_released=True)
        )
        self._connection.execute(
            sa.update(state).where(state.c.source == source).values(next_due_unix=None)
        )
        return released.rowcount > 0

    def intake(self, source: str, now: datetime) -> Intake:
        """Return how many new entries a source brought today and on each day of the last month."""
        today = _day(now)
        counts: dict[int, int] = dict(_INTAKE.rows(self._connection, of_source=source))
        days = (count for day, count in counts.items() if day < today and count)
        return Intake(today=counts.get(today, 0), days=tuple(days), is_first=not counts)

    def count_intake(self, source: str, entries: int, now: datetime) -> None:
        """Count new entries that a source brought today, and forget what is older than a month."""
        today = _day(now)
        values = {"source": source, "day": today, "entries": entries}
        _COUNT_INTAKE.run(self._connection, [values])
        before = {"of_source": source, "before": today - _INTAKE_DAYS}
        self._connection.execute(_FORGET_INTAKE, before)

    def add_rejected(self, source: str, rejected: Iterable[Rejected], now: datetime) -> None:
        """Remember what was not used and why; the same again is remembered once.

        Of each source the newest 2,000 are kept.
        """
        rows = [
            {
                "source": source,
                "reason": rejection.reason,
                "excerpt": rejection.excerpt,
                "first_seen_unix": unix(now),
            }
            for rejection in islice(rejected, _MOST_REJECTED)
        ]
        _ADD_REJECTED.run(self._connection, rows)
        values = {"of_source": source}
        if rows and self._connection.execute(_COUNT_REJECTED, values).scalar_one() > _MOST_REJECTED:
            self._connection.execute(_FORGET_REJECTED, values)


def _day(now: datetime) -> int:
    """Return the day of a time in UTC, as days since 1970."""
    return unix(now) // _DAY_SECONDS
