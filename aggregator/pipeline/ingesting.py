"""Ingest: which sources are due, and each fetched, parsed, normalised, identified and stored.

One bad entry never loses a document, one bad source never loses a pass. Everything that one
document changes is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event

from aggregator import __version__, polling
from aggregator.errors import SourceError
from aggregator.fetch.hosts import Hosts
from aggregator.fetch.parallel import in_order
from aggregator.models import Config, FetchState, Source, SourceReport
from aggregator.pipeline.dumps import ingest_dump
from aggregator.pipeline.feeds import Gathered, gather, ingest_feed
from aggregator.pipeline.storing import Clock, asked
from aggregator.store.store import Store

Progress = Callable[[SourceReport, int, int], None]

# Waiting for servers takes no processor. Enough threads that fifty sources are asked at once: where
# no name server answers, each waits out the resolver (30 s by default), and a pass its longest.
_THREADS = 64


def ingest_due(
    sources: Sequence[Source],
    config: Config,
    store: Store,
    *,
    clock: Clock,
    every_source: bool,
    progress: Progress,
    stop: Event,
    hosts: Hosts,
) -> list[SourceReport]:
    """Ingest those of ``sources`` that are due, dumps first, each in the order given.

    Feeds are fetched many at a time and stored one after the other, in that order, so that the
    order in which servers answer decides nothing. ``hosts`` outlives a pass where passes follow
    each other: what a host asked for holds for the next one, too.
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
    user_agent = f"bengali-feed-aggregator/{__version__} (+{config.site.url})"

    def gather_one(source: Source) -> Gathered:
        return gather(source, _state_of(source, states), user_agent, clock, hosts)

    reports: list[SourceReport] = []
    for source in dumps:
        if stop.is_set():
            break
        state = states.get(source.name, FetchState())
        reports.append(ingest_dump(source, state, store, clock, stop))
        progress(reports[-1], len(reports), len(due))
    for gathered in in_order(gather_one, feeds, threads=_THREADS, stop=stop):
        if stop.is_set() and isinstance(gathered.fetched, SourceError):
            break  # it did not fail: it was not asked
        state = _state_of(gathered.source, states)
        reports.append(ingest_feed(gathered, state, store, clock()))
        progress(reports[-1], len(reports), len(due))
    return reports


def ingest(
    source: Source, state: FetchState, store: Store, *, user_agent: str, clock: Clock
) -> SourceReport:
    """Ingest one source, due or not: fetch, parse, normalise, identify, store."""
    if source.dump is not None:
        return ingest_dump(source, state, store, clock, Event())
    hosts = Hosts(Event())
    gathered = gather(source, state, user_agent, clock, hosts)
    return ingest_feed(gathered, state, store, clock())


def _state_of(source: Source, states: Mapping[str, FetchState]) -> FetchState:
    """Give a source's state; another address or interval in the configuration starts anew."""
    fresh = FetchState(asked=asked(source))
    state = states.get(source.name, fresh)
    return state if state.asked == fresh.asked else fresh


def _is_due(source: Source, state: FetchState, now: datetime) -> bool:
    # Looking at a folder costs nothing and troubles nobody, so dumps are looked at every time.
    if source.dump is not None and source.every_seconds is None:
        return True
    return polling.is_due(state.next_due, state.checked, now)
