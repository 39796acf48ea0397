"""Ingest: each source that is due is fetched, parsed, normalised, identified and stored.

One bad source never loses a pass, and one slow source never keeps the others' news waiting.
Everything that one document changes stands or falls as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from threading import Lock

from aggregator.errors import SourceError, StoreError
from aggregator.fetch.parallel import Pace, by_rank
from aggregator.fetch.politeness import CONNECTIONS, host_of, taking_turns
from aggregator.fetch.room import Room
from aggregator.fetch.slowness import SLOW_SECONDS
from aggregator.models import (
    NOTHING_KNOWN,
    FaultKind,
    FetchState,
    KnownItems,
    Source,
    SourceReport,
)
from aggregator.pipeline.due import Due, due_now, due_of, state_of
from aggregator.pipeline.dumps import ingest_dump
from aggregator.pipeline.feeds import FetchedFeed, fetch_and_parse
from aggregator.pipeline.known_items import known_items
from aggregator.pipeline.run import Run
from aggregator.pipeline.store_batch import holding_back_bug, store_batch
from aggregator.pipeline.tally import failure
from aggregator.pipeline.timetable import common_factor

# Waiting for servers takes no processor. Enough threads that fifty sources are asked at once: where
# no name server answers, each waits out the resolver (30 s by default), and a pass its longest.
_THREADS = 64
# Each commit waits for the disk (1.8 ms here, and its pages are written twice), so what is ready is
# committed together; each source's changes still stand or fall as a whole. Sources without news
# wait for others meanwhile: one that answered alone took a commit of its own, half of its cost.
_SOURCES_IN_ONE_COMMIT = 16


# Of sources that answer within this time of each other the order decides nothing. Were it longer,
# and one slow source keeps the news of all others; of the servers that answer at all, nearly all do
# within a second.
_PATIENCE_SECONDS = 2.0
# Of bodies that wait to be parsed and stored. 60 sources of 10 MB each take 283 MiB so, 247 with
# half of it, 474 with twice as much, and 903 without a bound, all in the same time.
_WAITING_BYTES = 64_000_000
# Sources that answer one by one, never two seconds apart, are published after so long all the same.
_LONGEST_UNPUBLISHED_SECONDS = 10.0


def ingest_due(
    run: Run,
    sources: Sequence[Source],
    *,
    every_source: bool,
    publish: Callable[[], object] = lambda: None,
) -> list[SourceReport]:
    """Ingest those of ``sources`` that are due now, or every one: dumps first, each in its order.

    Feeds are fetched many at a time, hosts taking turns, and stored one after the other: the higher
    ``priority`` first, then in the order of ``sources``. The order in which servers answer decides
    nothing, except that what is ready waits for a slow source no longer than a moment. Then
    ``publish`` is called, between two commits, if there are news.
    """
    due = due_of(run, sources, every_source=True) if every_source else due_now(run, sources)
    return ingest(run, due, publish)


def ingest(run: Run, due: Due, publish: Callable[[], object] = lambda: None) -> list[SourceReport]:
    """Ingest the sources that are due, as ``ingest_due`` does."""
    due = replace(due, factor=common_factor(run, due.sources))
    reports: list[SourceReport] = []
    has_news, published = False, time.monotonic()
    for report in _ingest(run, due):
        if report is not None:
            reports.append(report)
            run.progress.on_source(report, len(reports), len(due.sources))
            has_news = has_news or report.is_news
        is_late = time.monotonic() - published > _LONGEST_UNPUBLISHED_SECONDS
        if has_news and (report is None or is_late) and len(reports) < len(due.sources):
            publish()
            has_news, published = False, time.monotonic()
    return reports


def _ingest(run: Run, due: Due) -> Iterator[SourceReport | None]:
    """Ingest dumps, then feeds, and yield a report of each as it is stored.

    ``None`` says that slow sources are being waited for. A bug in one source is raised after the
    others' news are stored and published, as it may come again at each poll of that source.
    """
    bugs: list[Exception] = []
    for source in due.sources:
        if source.dump is not None and not run.stop.is_set():
            report: SourceReport | None = None
            started = time.monotonic()
            with holding_back_bug(source, bugs):
                report = _ingest_dump(run, source, due.states.get(source.name, FetchState()))
            if report is not None:
                taken_seconds = time.monotonic() - started
                yield replace(report, duration_seconds=round(taken_seconds, 3))
    feeds = tuple(source for source in due.sources if source.address)
    yield from _ingest_feeds(run, replace(due, sources=feeds), bugs)
    if bugs:
        yield None
        raise bugs[0]


def _ingest_feeds(run: Run, due: Due, bugs: list[Exception]) -> Iterator[SourceReport | None]:
    """Fetch feeds many at a time, and store what came in the order of their ranks."""
    feeds, states = due.sources, due.states
    ranked = enumerate(sorted(feeds, key=lambda source: -source.priority))
    rank_of = {source.name: rank for rank, source in ranked}
    room, parsing = Room(_WAITING_BYTES, run.stop), Lock()
    places = {name: room.place(rank) for name, rank in rank_of.items()}
    known = partial(_known, run, states, Lock())

    def fetch(source: Source) -> FetchedFeed | None:
        with holding_back_bug(source, bugs):
            state = state_of(source, states)
            return fetch_and_parse(run, source, state, places[source.name], parsing, known)
        places[source.name].give_back()
        return None

    jobs = taking_turns([(source.address, (rank_of[source.name], source)) for source in feeds])
    with closing(room), run.client.keeping_connections():
        batches = by_rank(
            fetch, jobs, pace=_pace(feeds), at_most=_SOURCES_IN_ONE_COMMIT, stop=run.stop
        )
        waiting: list[FetchedFeed] = []
        for batch in batches:
            fetched = [feed for feed in batch if feed is not None]
            # A feed that failed as the pass was stopped did not fail: it was not asked.
            waiting += [feed for feed in fetched if not (run.stop.is_set() and feed.has_failed)]
            is_enough = len(waiting) >= _SOURCES_IN_ONE_COMMIT
            if is_enough or not batch or any(feed.entries is not None for feed in waiting):
                yield from store_batch(run, waiting, due, bugs)
                waiting = []
            if not batch:
                yield None
            for feed in fetched:
                places[feed.source.name].give_back()
        yield from store_batch(run, waiting, due, bugs)


def _known(
    run: Run, states: Mapping[str, FetchState], looking_up: Lock, source: Source
) -> KnownItems:
    """Return the known items of a source; one at a time, as each connection takes a millisecond."""
    if source.name not in states:
        return NOTHING_KNOWN
    with looking_up, run.store.read() as unit:
        return known_items(unit, source)


def _pace(feeds: Sequence[Source]) -> Pace:
    hosts = {host_of(source.address) for source in feeds}
    return Pace(
        threads=min(_THREADS, CONNECTIONS * len(hosts)),
        patience_seconds=_PATIENCE_SECONDS,
        slow_seconds=SLOW_SECONDS,
        slow_threads=_THREADS,
    )


def _ingest_dump(run: Run, source: Source, state: FetchState) -> SourceReport:
    """Ingest a dump; what is damaged of the store costs this source, and no other."""
    try:
        return ingest_dump(run, source, state)
    except StoreError as fault:
        if not fault.is_damage:
            raise
        return failure(source, SourceError(str(fault), kind=FaultKind.STORE))
