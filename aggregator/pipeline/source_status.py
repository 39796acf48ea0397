"""How a source does, by what is remembered of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator import polling
from aggregator.models import (
    NO_ACTIVITY,
    Activity,
    DueWhy,
    FetchState,
    FullTextCounts,
    Quarantined,
    Source,
    SourceCondition,
    SourceStatus,
)
from aggregator.pipeline.answered import has_moved, line_of
from aggregator.urls import publishable

_HOURS = 24
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a source; ``silence`` is for how long nothing came, where it is long.

    ``new_by_hour`` has its new entries by the beginning of the hour.
    """

    state: FetchState
    quarantined: Quarantined | None = None
    newest: datetime | None = None
    silence: timedelta | None = None
    is_pushed: bool = False
    day: Activity = NO_ACTIVITY
    week: Activity = NO_ACTIVITY
    total: Activity = NO_ACTIVITY
    new_by_hour: Mapping[datetime, int] | None = None
    full_texts: FullTextCounts | None = None


def source_status(source: Source, known: Known, now: datetime) -> SourceStatus:
    """Return how a source does at ``now``."""
    state = known.state
    is_watched = source.dump is not None and source.is_automatic
    is_slowed = known.is_pushed and source.is_automatic and not state.failures
    due = polling.slowed(state.next_due, state.checked) if is_slowed else state.next_due
    held_back = known.quarantined
    moved_to = state.moved_to if has_moved(state) else ""
    newest = now - known.silence if known.silence is not None else known.newest
    return SourceStatus(
        name=source.name,
        title=source.title,
        address=publishable(source.address) if source.address else source.dump or "",
        condition=_condition(source, known, now),
        is_watched=is_watched,
        is_pushed=known.is_pushed,
        checked=state.checked,
        succeeded=state.succeeded,
        failing_since=state.failing_since,
        failures=state.failures,
        fault=state.fault,
        error=state.error or "",
        held_back=held_back.reason if held_back and not held_back.is_released else "",
        newest=newest,
        is_silent=known.silence is not None,
        next_poll=None if is_watched else due,
        due_why=state.due_why,
        interval_seconds=None if is_watched else state.interval_seconds,
        interval_how=state.interval_how,
        day=known.day,
        week=known.week,
        total=known.total,
        new_by_hour=_of_last_day(known.new_by_hour or {}, now),
        full_texts=known.full_texts if source.full_text else None,
        moved_to=publishable(moved_to),
        moved_line=line_of(source, moved_to),
    )


def _condition(source: Source, known: Known, now: datetime) -> SourceCondition:
    state = known.state
    has_any = known.newest is not None or known.total.new > 0
    conditions = {
        SourceCondition.FAILING: state.failures > 0,
        SourceCondition.HELD_BACK: known.quarantined is not None
        and not known.quarantined.is_released,
        SourceCondition.RESTING: polling.rest_seconds(state.rests_until, state.checked, now) > 0
        or (bool(state.error) and state.due_why is DueWhy.RETRY_AFTER),
        SourceCondition.SILENT: known.silence is not None,
        SourceCondition.NEW: state.checked is None,
        SourceCondition.EMPTY: bool(source.address) and not has_any,
        SourceCondition.MOVED: has_moved(state),
    }
    return next((name for name, holds in conditions.items() if holds), SourceCondition.FINE)


def _of_last_day(counts: Mapping[datetime, int], now: datetime) -> tuple[int, ...]:
    """Return the counts of the last 24 hours, this one at the end."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return tuple(counts.get(hour - back * _HOUR, 0) for back in reversed(range(_HOURS)))
