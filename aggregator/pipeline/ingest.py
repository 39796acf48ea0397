"""Ingest: which sources are due, and each fetched, parsed, normalised, identified and stored.

One bad entry never loses a document, one bad source never loses a pass. Everything that one
document changes stands or falls as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock

from aggregator import __version__, polling
from aggregator.errors import SourceError
from aggregator.fetch import http
from aggregator.fetch.parallel import in_order
from aggregator.fetch.politeness import CONNECTIONS, Politeness, host_of, taking_turns
from aggregator.models import Config, FetchState, Source, SourceReport
from aggregator.pipeline.document import Clock, asked
from aggregator.pipeline.dumps import FileReporter, ingest_dump
from aggregator.pipeline.feeds import Gathered, gather, ingest_feed
from aggregator.store.store import Store

Progress = Callable[[SourceReport, int, int], None]

# Waiting for servers takes no processor. Enough threads that fifty sources are asked at once: where
# no name server answers, each waits out the resolver (30 s by default), and a pass its longest.
_THREADS = 64
# Each commit waits for the disk (1.8 ms here, and its pages are written twice), so what is ready is
# committed together; each source's changes still stand or fall as a whole.
_IN_ONE_COMMIT = 16


def ingest_due(
    sources: Sequence[Source],
    config: Config,
    store: Store,
    *,
    clock: Clock,
    every_source: bool,
    progress: Progress,
    stop: Event,
    hosts: Politeness,
    file_progress: FileReporter = lambda read, bytes_read: None,
) -> list[SourceReport]:
    """Ingest those of ``sources`` that are due, dumps first, each in the order given.

    Feeds are fetched many at a time, hosts taking turns, and stored one after the other in the
    order in which they were asked, so that the order in which servers answer decides nothing.
    ``hosts`` outlives a pass where passes follow each other: what a host asked for holds for the
    next one, too.
    """
    with store.transaction() as transaction:
        states = transaction.states()
    now = clock()
    due = [
        source
        for source in sources
        if every_source or _is_due(source, _state_of(source, states), now)
    ]
    feeds = [source for source in due if source.feed is not None]
    dumps = [source for source in due if source.dump is not None]
    for state in states.values():
        if state.rests_until is not None and state.rests_until > now:
            hosts.rest(state.resting_host, (state.rests_until - now).total_seconds())
    client = http.Client(f"bengali-feed-aggregator/{__version__} (+{config.site.url})", clock)

    parsing = Lock()

    def gather_one(source: Source) -> Gathered:
        return gather(source, _state_of(source, states), client, hosts, parsing)

    reports: list[SourceReport] = []
    for source in dumps:
        if stop.is_set():
            break
        state = states.get(source.name, FetchState())
        reports.append(ingest_dump(source, state, store, clock, stop, file_progress))
        progress(reports[-1], len(reports), len(due))
    feeds = taking_turns([(source.feed or "", source) for source in feeds])
    hosts_of = {host_of(source.feed or "") for source in feeds}
    threads = min(_THREADS, CONNECTIONS * len(hosts_of))
    for batch in in_order(gather_one, feeds, threads=threads, at_most=_IN_ONE_COMMIT, stop=stop):
        # What failed as the pass was stopped did not fail: it was not asked.
        asked_of = [one for one in batch if not (stop.is_set() and _failed(one))]
        for report in _stored(asked_of, states, store, clock, holds=config.dedupe.hold):
            reports.append(report)
            progress(report, len(reports), len(due))
    return reports


def _stored(
    batch: Sequence[Gathered],
    states: Mapping[str, FetchState],
    store: Store,
    clock: Clock,
    *,
    holds: bool,
) -> Iterator[SourceReport]:
    """Store what was gathered in one commit; a bug in one source takes nothing from the others."""
    stored: list[SourceReport] = []
    bug: Exception | None = None
    with store.transaction() as transaction:
        for one in batch:
            try:
                with transaction.apart():
                    state = _state_of(one.source, states)
                    stored.append(ingest_feed(transaction, one, state, clock(), holds=holds))
            except Exception as error:  # noqa: BLE001 - it is raised again below
                bug = error
                break
    yield from stored
    if bug is not None:
        raise bug


def _failed(gathered: Gathered) -> bool:
    return isinstance(gathered.fetched, SourceError)


def ingest(
    source: Source, state: FetchState, store: Store, *, user_agent: str, clock: Clock
) -> SourceReport:
    """Ingest one source, due or not: fetch, parse, normalise, identify, store."""
    if source.dump is not None:
        return ingest_dump(source, state, store, clock, Event())
    gathered = gather(source, state, http.Client(user_agent, clock), Politeness(Event()), Lock())
    with store.transaction() as transaction:
        return ingest_feed(transaction, gathered, state, clock())


def _state_of(source: Source, states: Mapping[str, FetchState]) -> FetchState:
    """Give a source's state; another address or interval in the configuration starts anew."""
    fresh = FetchState(config_fingerprint=asked(source))
    state = states.get(source.name, fresh)
    return state if state.config_fingerprint == fresh.config_fingerprint else fresh


def _is_due(source: Source, state: FetchState, now: datetime) -> bool:
    # Looking at a folder costs nothing and troubles nobody, so dumps are looked at every time.
    if source.dump is not None and source.every_seconds is None:
        return True
    return polling.is_due(state.next_due, state.checked, now)
