"""Activities: what is counted of sources by hour and day, and what an operator was told of.

Hours become days after a while, and days are forgotten after a year, so that a source takes a
bounded number of rows; one that is no longer configured is forgotten with its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import NO_ACTIVITY, Activity, FaultKind, Notice, NoticeKind
from aggregator.store.activity_schema import COUNTS, activity, activity_fault, notice
from aggregator.store.columns import naming_faults
from aggregator.store.rows import from_unix, from_unix_or_none, unix, unix_or_none
from aggregator.store.sql import insert
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400
# The span, and the number, of what was counted of a source since it was first counted.
_EVER = 0
_HOURS_A_DAY = DAY_SECONDS // HOUR_SECONDS
# Seven days are shown by the hour; with the day that is not over, they reach into an eighth.
_HOURS_KEPT = 8 * _HOURS_A_DAY
_DAYS_KEPT = 366
# More than a year's of a hundred sources that fail once a week; what is not over stays.
_NOTICES_KEPT = 1_000

_TABLES: tuple[tuple[sa.Table, tuple[str, ...]], ...] = (
    (activity, COUNTS),
    (activity_fault, ("polls",)),
)


def _adding(table: sa.Table, counts: Sequence[str]) -> Any:
    """Return the statement that adds counts to a row, or inserts it."""
    statement = insert(table)
    sums = {name: table.c[name] + statement.excluded[name] for name in counts}
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=sums)


def _summing(table: sa.Table, counts: Sequence[str]) -> Any:
    """Return the statement that adds the hours before ``before`` to their days."""
    c = table.c
    rest = [column for column in table.primary_key if column.name not in ("span_seconds", "number")]
    day = c.number / sa.literal_column(str(_HOURS_A_DAY))
    hours = (
        sa.select(
            sa.literal_column(str(DAY_SECONDS)),
            sa.cast(day, sa.Integer),
            *rest,
            *(sa.func.sum(c[name]) for name in counts),
        )
        .where(c.span_seconds == HOUR_SECONDS, c.number < sa.bindparam("before"))
        .group_by(sa.cast(day, sa.Integer), *rest)
    )
    names = ["span_seconds", "number", *(column.name for column in rest), *counts]
    statement = insert(table).from_select(names, hours)
    sums = {name: c[name] + statement.excluded[name] for name in counts}
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=sums)


def _forgetting(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.span_seconds == sa.bindparam("span"), table.c.number < sa.bindparam("before")
    )


_ADD, _ADD_FAULTS = (Bulk(_adding(table, counts)) for table, counts in _TABLES)
_OLDEST = Read(
    sa.select(activity.c.number)
    .where(activity.c.span_seconds == sa.bindparam("span"))
    .order_by(activity.c.number)
    .limit(1)
)
_SUMS = [_summing(table, counts) for table, counts in _TABLES]
_FORGET = [_forgetting(table) for table, _ in _TABLES]
_SINCE = (
    activity.c.span_seconds == sa.bindparam("span"),
    activity.c.number >= sa.bindparam("since"),
)
_BY_SOURCE = (
    sa.select(activity.c.source, *(sa.func.sum(activity.c[name]) for name in COUNTS))
    .where(*_SINCE)
    .group_by(activity.c.source)
)
_BY_HOUR = (
    sa.select(activity.c.number, *(sa.func.sum(activity.c[name]) for name in COUNTS))
    .where(*_SINCE)
    .group_by(activity.c.number)
)
_NEW_BY_SOURCE_AND_HOUR = sa.select(activity.c.source, activity.c.number, activity.c.new).where(
    *_SINCE, activity.c.new > 0
)
_FAULTS = (
    sa.select(activity_fault.c.source, activity_fault.c.fault, sa.func.sum(activity_fault.c.polls))
    .where(
        activity_fault.c.span_seconds == sa.bindparam("span"),
        activity_fault.c.number >= sa.bindparam("since"),
    )
    .group_by(activity_fault.c.source, activity_fault.c.fault)
)
_NOTICES = sa.select(notice).order_by(notice.c.pk.desc()).limit(sa.bindparam("at_most"))
_OPEN = sa.select(notice).where(notice.c.ended_unix.is_(None)).order_by(notice.c.pk)
_END = sa.update(notice).where(
    notice.c.kind == sa.bindparam("of_kind"),
    notice.c.subject == sa.bindparam("of_subject"),
    notice.c.ended_unix.is_(None),
)
_FORGET_NOTICES = sa.delete(notice).where(
    notice.c.ended_unix.is_not(None),
    notice.c.pk <= sa.select(sa.func.max(notice.c.pk) - _NOTICES_KEPT).scalar_subquery(),
)


class Activities:
    """The reads and writes of one unit of work over what an operator is shown."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def count(self, counted: Mapping[str, Activity], now: datetime) -> None:
        """Add what was counted of sources, by name, to this hour; forget what is too old."""
        counted = {name: one for name, one in counted.items() if one != NO_ACTIVITY}
        if not counted:
            return
        spans = ((HOUR_SECONDS, unix(now) // HOUR_SECONDS), (_EVER, 0))
        keys = [
            ({"span_seconds": span, "number": number, "source": name}, one)
            for span, number in spans
            for name, one in counted.items()
        ]
        _ADD.run(self._connection, [{**key, **_counts(one)} for key, one in keys])
        faults = [
            {**key, "fault": kind.value, "polls": polls}
            for key, one in keys
            for kind, polls in one.faults.items()
        ]
        _ADD_FAULTS.run(self._connection, faults)
        self._forget(now)

    def _forget(self, now: datetime) -> None:
        hour = unix(now) // HOUR_SECONDS
        before = hour - _HOURS_KEPT
        if self._is_any_before(HOUR_SECONDS, before):
            for add, forget in zip(_SUMS, _FORGET, strict=True):
                self._connection.execute(add, {"before": before})
                values = {"span": HOUR_SECONDS, "before": before}
                self._connection.execute(forget, values)
        before = hour // _HOURS_A_DAY - _DAYS_KEPT
        if self._is_any_before(DAY_SECONDS, before):
            for forget in _FORGET:
                self._connection.execute(forget, {"span": DAY_SECONDS, "before": before})

    def _is_any_before(self, span: int, before: int) -> bool:
        rows = _OLDEST.rows(self._connection, span=span)
        return any(number < before for (number,) in rows)

    def by_source(self, since: datetime) -> dict[str, Activity]:
        """Return what was counted of each source from the hour of ``since`` on, within a week."""
        return self._by_source(HOUR_SECONDS, unix(since) // HOUR_SECONDS)

    def totals(self) -> dict[str, Activity]:
        """Return what was counted of each source since it was first counted."""
        return self._by_source(_EVER, 0)

    def _by_source(self, span: int, since: int) -> dict[str, Activity]:
        values = {"span": span, "since": since}

        def read() -> dict[str, Activity]:
            faults: dict[str, dict[FaultKind, int]] = {}
            for source, kind, polls in self._connection.execute(_FAULTS, values):
                faults.setdefault(source, {})[_kind(kind)] = int(polls)  # a decimal in PostgreSQL
            rows = self._connection.execute(_BY_SOURCE, values)
            return {row[0]: _activity(row[1:], faults.get(row[0], {})) for row in rows}

        nothing: dict[str, Activity] = {}
        return self._unreadable.read("what was counted of sources", read, nothing)

    def by_hour(self, since: datetime) -> dict[datetime, Activity]:
        """Return what was counted of all sources in each hour from that of ``since`` on."""
        values = {"span": HOUR_SECONDS, "since": unix(since) // HOUR_SECONDS}

        def read() -> dict[datetime, Activity]:
            rows = self._connection.execute(_BY_HOUR, values)
            return {_hour(row[0]): _activity(row[1:], {}) for row in rows}

        nothing: dict[datetime, Activity] = {}
        return self._unreadable.read("what was counted by hour", read, nothing)

    def new_by_hour(self, since: datetime) -> dict[str, dict[datetime, int]]:
        """Return how many new entries each source brought, in each hour in which it did."""
        values = {"span": HOUR_SECONDS, "since": unix(since) // HOUR_SECONDS}

        def read() -> dict[str, dict[datetime, int]]:
            counts: dict[str, dict[datetime, int]] = {}
            for source, number, new in self._connection.execute(_NEW_BY_SOURCE_AND_HOUR, values):
                counts.setdefault(source, {})[_hour(number)] = new
            return counts

        nothing: dict[str, dict[datetime, int]] = {}
        return self._unreadable.read("what sources brought by hour", read, nothing)

    # --- Notices ---------------------------------------------------------------------------------

    def notices(self, at_most: int) -> list[Notice]:
        """Return the notices that began last, the newest first."""

        def read() -> list[Notice]:
            rows = self._connection.execute(_NOTICES, {"at_most": at_most})
            return _notices(rows.mappings())

        return self._unreadable.read("notices", read, [])

    def open_notices(self) -> list[Notice] | None:
        """Return the notices of what is not over, in the order in which it began.

        ``None`` where they cannot be read.
        """
        nothing: list[Notice] | None = None
        return self._unreadable.read(
            "open notices", lambda: _notices(self._connection.execute(_OPEN).mappings()), nothing
        )

    def begin(self, new: Notice) -> None:
        """Remember that something is wrong; of what is over, the oldest is forgotten."""
        self._connection.execute(
            sa.insert(notice).values(
                kind=new.kind.value,
                subject=new.subject,
                began_unix=unix(new.began),
                ended_unix=unix_or_none(new.ended),
                detail=new.detail,
            )
        )
        self._connection.execute(_FORGET_NOTICES)

    def end(self, over: Notice, now: datetime) -> None:
        """Remember that something is over."""
        self._connection.execute(
            _END.values(ended_unix=unix(now)),
            {"of_kind": over.kind.value, "of_subject": over.subject},
        )


def _counts(one: Activity) -> dict[str, int]:
    counts = {name: getattr(one, name) for name in COUNTS if name != "milliseconds"}
    return counts | {"milliseconds": round(one.seconds * 1000)}


@naming_faults
def _activity(values: Sequence[Any], faults: Mapping[FaultKind, int]) -> Activity:
    counts = {name: int(value) for name, value in zip(COUNTS, values, strict=True)}
    seconds = counts.pop("milliseconds") / 1000
    return Activity(**counts, seconds=seconds, faults=faults)


@naming_faults
def _kind(value: str) -> FaultKind:
    return FaultKind(value)


def _hour(number: int) -> datetime:
    return datetime.fromtimestamp(number * HOUR_SECONDS, UTC)


@naming_faults
def _notices(rows: Iterable[sa.RowMapping]) -> list[Notice]:
    return [
        Notice(
            kind=NoticeKind(row["kind"]),
            subject=row["subject"],
            began=from_unix(row["began_unix"]),
            ended=from_unix_or_none(row["ended_unix"]),
            detail=row["detail"],
        )
        for row in rows
    ]
