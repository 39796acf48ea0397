"""Feeds that were fetched: stored, each with when it is asked next, within the writer's turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from aggregator import polling
from aggregator.errors import FetchError, NotAskedError, SourceError
from aggregator.fetch import http
from aggregator.models import FetchState, Outcome, Source, SourceReport
from aggregator.pipeline.answered import answered, has_moved
from aggregator.pipeline.feeds import FetchedFeed
from aggregator.pipeline.fetch_state import scheduled
from aggregator.pipeline.full_texts import noting_missing, remember_texts
from aggregator.pipeline.known_items import remember_items
from aggregator.pipeline.normalised import Basis
from aggregator.pipeline.normalised_feed import normalised_on
from aggregator.pipeline.store_document import store_document
from aggregator.pipeline.tally import failure
from aggregator.pipeline.timetable import Timetable
from aggregator.store.unit import UnitOfWork

_GONE = 410


def store_feed(
    unit: UnitOfWork,
    fetched: FetchedFeed,
    state: FetchState,
    now: datetime,
    *,
    timetable: Timetable,
    may_quarantine: bool = True,
) -> tuple[SourceReport, FetchState]:
    """Store what was fetched of a feed; return its report, and the state that is to be saved.

    ``timetable`` decides when it is next asked. Where nothing new came, next to nothing is written
    here, and the states of many sources are saved together.
    """
    source, result = fetched.source, fetched.result
    if isinstance(result, SourceError):
        return _after_failure(unit, source, result, state, now, timetable)
    state = answered(source, state, result, fetched.hints)
    if isinstance(result, http.NotModified) or fetched.entries is None:
        report = SourceReport(source=source.name, outcome=Outcome.NOT_MODIFIED)
    else:
        before, basis = state, Basis.of(unit, fetched.entries)
        made = normalised_on(basis, fetched.normalised, state)
        state = replace(
            state,
            clock_skew=made.entries.clock_skew,
            clock_skew_confirmed=made.clock_skew_confirmed,
            body_sha256=result.body_sha256,
        )
        report = store_document(unit, made.entries, now, may_quarantine=may_quarantine)
        remember_items(unit, basis.entries, report)
        remember_texts(unit, basis.entries, now)
        report = noting_missing(report, basis.entries.full_texts)
        if report.quarantined:  # it is to be looked at again, though the server may send the same
            state = replace(before, etag=None, last_modified=None, body_sha256=None)
        elif basis.entries.incomplete:
            state = replace(state, etag=None, last_modified=None, body_sha256=None)
    report, state = _with_silence(unit, report, state, now)
    return report, scheduled(state, timetable.next_poll(unit, source, state, now), now)


def _with_silence(
    unit: UnitOfWork, report: SourceReport, state: FetchState, now: datetime
) -> tuple[SourceReport, FetchState]:
    """Say, once a day, for how long nothing came of a source, and have it asked for everything.

    Its server may find unchanged what is not.
    """
    if not polling.is_first_of_day(state.checked, now):
        return report, state
    if not (silence := _silence(unit, report, now)):
        return report, state
    note = f"nothing new came of it for {silence.days} days, which is long for it"
    told = replace(report, note="; ".join(filter(None, (report.note, note))))
    return told, replace(state, etag=None, last_modified=None)


def _silence(unit: UnitOfWork, report: SourceReport, now: datetime) -> timedelta | None:
    """Return for how long nothing came of a source, where that is to be said."""
    if report.new or report.quarantined:
        return None
    times = unit.entries.latest_times(report.source, polling.SILENCE_ENTRIES)
    return polling.silence([time for time, _ in times], [time for _, time in times], now)


def _after_failure(
    unit: UnitOfWork,
    source: Source,
    error: SourceError,
    state: FetchState,
    now: datetime,
    timetable: Timetable,
) -> tuple[SourceReport, FetchState]:
    """Return the report of a feed that failed, and its state: when it is to be asked again.

    ``polling.next_poll`` decides when: later with each failure in a row, and not before the
    server's Retry-After is over, which after a 429 or 503 holds for its whole host. A source that
    was not asked, as its host rests, has not failed once more, and what failed last stays known.
    """
    report, is_asked = failure(source, error), not isinstance(error, NotAskedError)
    if is_asked or not state.failures:
        state = replace(state, error=report.error, fault=error.kind)
    if is_asked:
        state = replace(state, failures=state.failures + 1)
        if has_moved(state):  # back to the address that is configured
            state = replace(state, moved_to="", moved_polls=0, etag=None, last_modified=None)
    retry = error.retry_after_seconds if isinstance(error, FetchError) else None
    poll = timetable.next_poll(unit, source, state, now, retry)
    if isinstance(error, FetchError) and error.host_rests_seconds:
        until = now + timedelta(seconds=error.host_rests_seconds)
        state = replace(state, rests_until=until, resting_host=error.host)
    if isinstance(error, FetchError) and error.status == _GONE:
        note = "it is gone for good (410) and is asked once a month: take it out"
        report = replace(report, note=note)
        poll = polling.gone(poll, now)
    return report, scheduled(state, poll, now)
