"""Feeds: fetched over HTTP and parsed, many at a time; stored one after the other."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from aggregator import polling
from aggregator.errors import FetchError, NotAskedError, SourceError
from aggregator.fetch import http
from aggregator.fetch.room import Place
from aggregator.models import (
    NO_HINTS,
    Announcement,
    FeedHints,
    FetchState,
    Outcome,
    Source,
    SourceReport,
)
from aggregator.normalise import draft as normalise
from aggregator.normalise.clock_skew import detect
from aggregator.parse import feed as parse_feed
from aggregator.parse import section as parse_section
from aggregator.parse.feed.hints import hints_of
from aggregator.parse.feed.hubs import announcement
from aggregator.pipeline.answered import answered, has_moved
from aggregator.pipeline.asking import Asking, KnownOf
from aggregator.pipeline.document import DocumentEntries, store_document
from aggregator.pipeline.fetch_state import scheduled
from aggregator.pipeline.full_texts import noting_missing, remember_texts, with_full_texts
from aggregator.pipeline.known_items import read_entries, remember_items
from aggregator.pipeline.run import Run
from aggregator.pipeline.sitemaps import read_sitemaps
from aggregator.pipeline.tally import failure
from aggregator.pipeline.timetable import Timetable
from aggregator.store.unit import UnitOfWork
from aggregator.urls import publishable

_GONE = 410
_NO_HUB = Announcement(hub="", topic="")
# Of the feeds that a page announces: its own, and two where that fails.
_MOST_TRIED = 3
# Request Timeout, Too Early, Too Many Requests: they ask to try again.
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFeed:
    """What was had of a source before it is stored: entries, nothing new, or a fault.

    ``hints`` are what a document says of when to ask again, ``announced`` is what it announces of
    hubs, ``None`` where none was looked for. For ``seconds`` its server was waited for.
    """

    source: Source
    result: http.Fetched | http.NotModified | SourceError
    entries: DocumentEntries | None = None
    hints: FeedHints = NO_HINTS
    announced: Announcement | None = None
    duration_seconds: float = 0.0
    request_seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        """Tell whether the source could not be fetched or parsed."""
        return isinstance(self.result, SourceError)

    def told(self, report: SourceReport) -> SourceReport:
        """Return a report of this with what was asked, what the server answered, in what time."""
        answer, status = self.result, None
        if isinstance(answer, http.Fetched | http.NotModified | FetchError):
            status = answer.status
        return replace(
            report,
            url=publishable(self.source.address),
            status=status,
            duration_seconds=round(self.duration_seconds, 3),
        )


# --- Everything before what came is stored -------------------------------------------------------


def fetch_and_parse(
    run: Run, source: Source, state: FetchState, place: Place, parsing: Lock, known: KnownOf
) -> FetchedFeed:
    """Fetch and parse one feed, in whatever thread; what it sends waits in ``place``.

    Large documents are parsed one at a time, under ``parsing``: each takes many times its size.
    ``known`` returns which items of a source need not be read, as its last document had them.
    """
    asking = Asking(run=run, source=source, place=place, parsing=parsing, known=known)
    started = time.monotonic()
    url = state.moved_to if has_moved(state) else source.address
    try:
        if source.page:
            delay_seconds = asking.check_robots(url)
            fetched = read_page(asking, asking.fetch(url, state, delay_seconds=delay_seconds))
        elif source.access.discover:
            fetched = _discover_and_read(asking, state)
        else:
            fetched = read_feed(asking, asking.fetch(url, state), state)
    except SourceError as error:
        place.give_back()
        fetched = FetchedFeed(source=source, result=error)
    took_seconds = time.monotonic() - started
    return replace(fetched, duration_seconds=took_seconds, request_seconds=sum(asking.seconds))


def read_page(asking: Asking, result: http.Fetched | http.NotModified) -> FetchedFeed:
    """Read the entries of a section page; ParseError where it has none."""
    source = asking.source
    if isinstance(result, http.NotModified):
        return FetchedFeed(source=source, result=result)
    document = result.document
    with asking.turn_to_parse(document.body):
        found = parse_section.parse(document.body, document.url, source.selectors)
    return _with_pages(asking, result, DocumentEntries.of(document, source, found))


def read_feed(
    asking: Asking, result: http.Fetched | http.NotModified, state: FetchState
) -> FetchedFeed:
    """Parse what was fetched; ParseError where it is no feed.

    ``state`` is the source's own: of an index of sitemaps it tells whether anything is new.
    """
    source = asking.source
    if isinstance(result, http.NotModified):
        return FetchedFeed(source=source, result=result)
    document, known = result.document, asking.known(source)
    with asking.turn_to_parse(document.body):
        sitemaps = parse_feed.sitemaps_in(document.body, document.url, document.content_type)
        if sitemaps is None:
            entries = read_entries(document, source, known)
    if sitemaps is not None:
        whole, entries_of_all = read_sitemaps(asking, result, sitemaps, state)
        return _with_pages(asking, whole, entries_of_all)
    announced = None
    if source.push:
        announced = announcement(document.body, result.links, document.url) or _NO_HUB
        asking.run.announced.note(source.name, announced)
    hints = hints_of(document.body) if source.is_automatic else NO_HINTS
    return replace(_with_pages(asking, result, entries), hints=hints, announced=announced)


def _with_pages(
    asking: Asking, result: http.Fetched | http.NotModified, entries: DocumentEntries | None
) -> FetchedFeed:
    """Return what was had of a source, with the whole texts of its entries where it wants them."""
    if asking.source.full_text and entries is not None and isinstance(result, http.Fetched):
        # Its pages may take a minute, in which the body would keep others waiting for room.
        asking.place.give_back()
        result = replace(result, document=entries.document)
        entries = with_full_texts(asking.run, entries, asking.parsing)
    return FetchedFeed(source=asking.source, result=result, entries=entries)


def _discover_and_read(asking: Asking, state: FetchState) -> FetchedFeed:
    """Read the feed that a page announces; a page that announces none is taken for the feed."""
    page_url = asking.source.address
    without_validators = replace(state, etag=None, last_modified=None)
    delay_seconds = asking.check_robots(page_url)
    page = asking.fetch(page_url, FetchState(), delay_seconds=delay_seconds)
    announced: list[str] = []
    if isinstance(page, http.Fetched):
        announced = parse_feed.discover_feeds(page.document.body, page.document.url)
    if not announced:
        return read_feed(asking, replace(page, moved_to=""), state)
    faults: list[SourceError] = []
    for url in announced[:_MOST_TRIED]:
        is_known = url == state.moved_to
        try:
            result = asking.fetch(url, state if is_known else without_validators)
            return read_feed(asking, replace(result, moved_to=url), state)
        except SourceError as fault:
            faults.append(fault)
            if is_known and not _is_lasting(fault):
                raise
    raise faults[0]


def _is_lasting(fault: SourceError) -> bool:
    """Tell whether a feed is not there any more, rather than its server in trouble for now."""
    if not isinstance(fault, FetchError):
        return True
    status = fault.status or 0
    return 400 <= status < 500 and status not in _PASSING


# --- Storing -------------------------------------------------------------------------------------


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
        entries, before = fetched.entries.looked_up(unit), state
        state = replace(with_clock_skew(state, entries), body_sha256=result.body_sha256)
        report = store_document(
            unit, entries, now, clock_skew=state.clock_skew, may_quarantine=may_quarantine
        )
        remember_items(unit, entries, report)
        remember_texts(unit, entries, now)
        report = noting_missing(report, entries.full_texts)
        if report.quarantined:  # it is to be looked at again, though the server may send the same
            state = replace(before, etag=None, last_modified=None, body_sha256=None)
        elif entries.incomplete:
            state = replace(state, etag=None, last_modified=None, body_sha256=None)
    if polling.is_first_of_day(state.checked, now) and (silence := _silence(unit, report, now)):
        # Its server may find unchanged what is not, so that it is asked for everything once a day.
        state = replace(state, etag=None, last_modified=None)
        note = f"nothing new came of it for {silence.days} days, which is long for it"
        report = replace(report, note="; ".join(filter(None, (report.note, note))))
    return report, scheduled(state, timetable.next_poll(unit, source, state, now), now)


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


def with_clock_skew(state: FetchState, entries: DocumentEntries) -> FetchState:
    """Decide from a document as a whole whether its times are late by the source's own offset."""
    source, document = entries.source, entries.document
    times = [
        time
        for digest, (_, entry) in entries.parsed.items()
        if entry is not None
        and digest not in entries.unchanged
        and (time := normalise.stated(entry, source, document))
    ]
    skew, confirmed = detect(
        times,
        fetched_at=document.acquired,
        timezone=source.timezone,
        skew=state.clock_skew,
        confirmed=state.clock_skew_confirmed,
    )
    return replace(state, clock_skew=skew, clock_skew_confirmed=confirmed)
