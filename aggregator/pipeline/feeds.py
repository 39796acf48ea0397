"""Feeds: asked over HTTP, many at a time, and stored one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from aggregator.errors import FetchError, SourceError
from aggregator.fetch import http
from aggregator.fetch.politeness import Politeness
from aggregator.models import FetchState, Outcome, Source, SourceReport
from aggregator.normalise import draft as normalise
from aggregator.normalise.clock_skew import detect
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.document import Entries, failure, scheduled, store_entries
from aggregator.store.transaction import Transaction

# A permanent redirect is believed once it has held for so many polls: some are made by mistake.
_POLLS_TO_MOVE = 3
_GONE = 410
# Three quarters of the samples are smaller.
_LARGE_BYTES = 400_000
_REST_OF_THE_GONE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was had of a source before the store is asked: entries, nothing new, or a fault."""

    source: Source
    fetched: http.Fetched | http.NotModified | SourceError
    entries: Entries | None = None


def gather(
    source: Source, state: FetchState, client: http.Client, hosts: Politeness, parsing: Lock
) -> Gathered:
    """Fetch and parse one feed, in a thread of its own: everything that needs no store.

    Large documents are parsed one at a time, under ``parsing``: each takes many times its size.
    """
    url = state.moved_to if state.moved_polls >= _POLLS_TO_MOVE else source.feed or ""
    try:
        if source.access.discover:
            fetched = _discovered(source, url, state, client, hosts)
        else:
            fetched = _fetch(source, url, state, client, hosts)
        if isinstance(fetched, http.NotModified):
            return Gathered(source=source, fetched=fetched)
        document = fetched.document
        with parsing if len(document.body) > _LARGE_BYTES else nullcontext():
            found = parse_feed.parse(document.body, document.url, document.content_type)
    except SourceError as error:
        return Gathered(source=source, fetched=error)
    entries = Entries.of(document, source, found)
    return Gathered(source=source, fetched=fetched, entries=entries)


def _discovered(
    source: Source, url: str, state: FetchState, client: http.Client, hosts: Politeness
) -> http.Fetched | http.NotModified:
    """Fetch the feed that a page announces; what announces none is taken for the feed itself."""
    nothing = FetchState()  # the validators are those of what was read last: the announced feed's

    def ask(place: str) -> bytes:
        found = _fetch(source, place, nothing, client, hosts)
        return found.document.body if isinstance(found, http.Fetched) else b""

    hosts.robots.check(url, client.user_agent, ask)
    fetched = _fetch(source, url, nothing, client, hosts)
    if isinstance(fetched, http.Fetched):
        announced = parse_feed.discover_feed(fetched.document.body, fetched.document.url)
        if announced:
            return _fetch(source, announced, state, client, hosts)
    return fetched


def _fetch(
    source: Source, url: str, state: FetchState, client: http.Client, hosts: Politeness
) -> http.Fetched | http.NotModified:
    with hosts.turn(url, source.access.spacing_seconds):
        return client.fetch(source.name, url, state, source.access, own_url=source.feed or "")


def _moved(state: FetchState, fetched: http.Fetched | http.NotModified) -> FetchState:
    """Count the polls in a row that were sent to one other address for good."""
    if state.moved_polls >= _POLLS_TO_MOVE:
        return state
    if not fetched.moved_to:
        return replace(state, moved_to="", moved_polls=0)
    polls = state.moved_polls + 1 if fetched.moved_to == state.moved_to else 1
    return replace(state, moved_to=fetched.moved_to, moved_polls=polls)


def ingest_feed(
    transaction: Transaction,
    gathered: Gathered,
    state: FetchState,
    now: datetime,
    *,
    holds: bool = True,
) -> SourceReport:
    """Store what was gathered of a feed, together with when it is next due.

    ``holds`` says that a mass change is held back.
    """
    source, fetched = gathered.source, gathered.fetched
    if isinstance(fetched, SourceError):
        return _ingest_failure(transaction, source, fetched, state, now)
    state = replace(
        _moved(state, fetched),
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        failures=0,
        error=None,
        rests_until=None,
        resting_host="",
    )
    if isinstance(fetched, http.NotModified) or gathered.entries is None:
        report = SourceReport(source=source.name, outcome=Outcome.NOT_MODIFIED)
    else:
        entries, before = gathered.entries, state
        known = transaction.known_digests(source.name, list(entries.parsed))
        state = replace(_shifted(source, state, entries, known), body_sha256=fetched.body_sha256)
        report = store_entries(
            transaction, source, entries, known, now, state.clock_skew, may_hold=holds
        )
        if report.quarantined:  # it is to be looked at again, though the server may send the same
            state = replace(before, etag=None, last_modified=None, body_sha256=None)
    transaction.save_state(source.name, scheduled(transaction, source, state, now))
    return report


def _ingest_failure(
    transaction: Transaction, source: Source, error: SourceError, state: FetchState, now: datetime
) -> SourceReport:
    """Remember that a feed failed, and when it is to be asked again."""
    report = failure(source, error)
    state = replace(state, failures=state.failures + 1, error=report.error)
    if state.moved_polls >= _POLLS_TO_MOVE:  # back to the address that is configured
        state = replace(state, moved_to="", moved_polls=0, etag=None, last_modified=None)
    retry = error.retry_after_seconds if isinstance(error, FetchError) else None
    state = scheduled(transaction, source, state, now, retry_after_seconds=retry)
    if isinstance(error, FetchError) and error.host_rests_seconds:
        until = now + timedelta(seconds=error.host_rests_seconds)
        state = replace(state, rests_until=until, resting_host=error.host)
    if isinstance(error, FetchError) and error.status == _GONE:
        note = "it is gone for good (410) and is asked once a month: take it out"
        report = replace(report, note=note)
        state = replace(state, next_due=now + _REST_OF_THE_GONE)
    transaction.save_state(source.name, state)
    return report


def _shifted(
    source: Source, state: FetchState, entries: Entries, known: Mapping[str, int]
) -> FetchState:
    """Decide from a document as a whole whether its times are late by the source's own offset."""
    times = [
        time
        for digest, (_, entry) in entries.parsed.items()
        if digest not in known and (time := normalise.stated(entry, source, entries.document))
    ]
    shift, confirmed = detect(
        times,
        fetched_at=entries.document.acquired,
        timezone=source.timezone,
        skew=state.clock_skew,
        confirmed=state.clock_skew_confirmed,
    )
    return replace(state, clock_skew=shift, clock_skew_confirmed=confirmed)
