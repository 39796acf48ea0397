"""Ingest: each source that is due is fetched, parsed, normalised, identified and stored.

One bad source never loses a pass, and one slow source never keeps the others' news waiting.
Everything that one document changes stands or falls as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from threading import Lock

from aggregator.errors import AggregatorError, SourceError, StoreError
from aggregator.fetch.parallel import Pace, by_rank
from aggregator.fetch.politeness import CONNECTIONS, host_of, taking_turns
from aggregator.fetch.room import Room
from aggregator.fetch.slowness import SLOW_SECONDS
from aggregator.models import (
    NOTHING_KNOWN,
    Activity,
    FaultKind,
    FetchState,
    KnownItems,
    Source,
    SourceReport,
)
from aggregator.pipeline.counted import counted_poll
from aggregator.pipeline.due import Due, due_now, due_of, state_of
from aggregator.pipeline.dumps import ingest_dump
from aggregator.pipeline.feeds import FetchedFeed, fetch_and_parse, store_feed
from aggregator.pipeline.known_items import known_items
from aggregator.pipeline.run import Run
from aggregator.pipeline.shared_ids import take_over_ids
from aggregator.pipeline.tally import failure
from aggregator.pipeline.timetable import Timetable, common_factor

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
            with _holding_back_bug(source, bugs):
                report = _ingest_dump(run, source, due.states.get(source.name, FetchState()))
            if report is not None:
                taken_seconds = time.monotonic() - started
                yield replace(report, duration_seconds=round(taken_seconds, 3))
    feeds = tuple(source for source in due.sources if source.address)
    yield from _ingest_feeds(run, replace(due, sources=feeds), bugs)
    if bugs:
        yield None
        raise bugs[0]


@contextmanager
def _holding_back_bug(source: Source, bugs: list[Exception]) -> Iterator[None]:
    """Add a bug in one source to ``bugs``, so that it costs no other source."""
    try:
        yield
    except AggregatorError:
        raise
    except Exception as bug:  # noqa: BLE001 - ``_ingest`` raises it again
        bug.add_note(f"in the source {source.name}")
        bugs.append(bug)


def _ingest_feeds(run: Run, due: Due, bugs: list[Exception]) -> Iterator[SourceReport | None]:
    """Fetch feeds many at a time, and store what came in the order of their ranks."""
    feeds, states = due.sources, due.states
    ranked = enumerate(sorted(feeds, key=lambda source: -source.priority))
    rank_of = {source.name: rank for rank, source in ranked}
    room, parsing = Room(_WAITING_BYTES, run.stop), Lock()
    places = {name: room.place(rank) for name, rank in rank_of.items()}
    known = partial(_known, run, states, Lock())

    def fetch(source: Source) -> FetchedFeed | None:
        with _holding_back_bug(source, bugs):
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
                yield from _store(run, waiting, due, bugs)
                waiting = []
            if not batch:
                yield None
            for feed in fetched:
                places[feed.source.name].give_back()
        yield from _store(run, waiting, due, bugs)


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


def _store(
    run: Run,
    batch: Sequence[FetchedFeed],
    due: Due,
    bugs: list[Exception],
) -> Iterator[SourceReport]:
    """Store a batch in one commit; a bug in one source joins ``bugs`` and costs no other.

    Where the store is damaged each source is stored alone, and who has no rows there loses nothing.
    """
    if not batch:
        return
    try:
        reports = _stored_together(run, batch, due, bugs)
    except StoreError as fault:
        if not fault.is_damage:
            raise  # it is no source's fault, and nothing of the batch is stored
        if len(batch) > 1:
            for feed in batch:
                yield from _store(run, [feed], due, bugs)
            return
        reports = [_store_damaged(run, batch[0], fault, due)]
    for report in reports:
        run.slowness.end_poll(report.source)
        yield report


def _stored_together(
    run: Run,
    batch: Sequence[FetchedFeed],
    due: Due,
    bugs: list[Exception],
) -> list[SourceReport]:
    """Store a batch but for what a bug in a source undoes; return the reports of the others."""
    reports: list[SourceReport] = []
    saved: dict[str, FetchState] = {}
    counts: dict[str, Activity] = {}
    with run.store.write() as unit:
        timetable = Timetable.of(unit, due, [feed.source for feed in batch])
        for feed in batch:
            if reports and run.stop.is_set():
                break  # its source is asked again at the next pass, as if it had not been asked
            # Of what has no entries nothing is written here that a bug would have to undo: at
            # most how much its source publishes.
            undoing = nullcontext() if feed.entries is None else unit.savepoint()
            with _holding_back_bug(feed.source, bugs), undoing:
                if feed.entries is not None:
                    take_over_ids(unit, feed.entries, run.config.sources)
                report, saved[feed.source.name] = store_feed(
                    unit,
                    feed,
                    state_of(feed.source, due.states),
                    run.clock(),
                    timetable=timetable,
                    may_quarantine=run.config.dedupe.hold,
                )
                reports.append(feed.told(report))
                counts[feed.source.name] = counted_poll(feed, report)
        unit.sources.save_states(saved)
        unit.activity.count(counts, run.clock())
        if run.store.is_shared:
            announced = {feed.source.name: feed.announced for feed in batch if feed.announced}
            unit.subscriptions.note_announced(announced)
    return reports


def _store_damaged(run: Run, feed: FetchedFeed, fault: StoreError, due: Due) -> SourceReport:
    """Store that a source failed, as the store is damaged where its rows lie."""
    failed = replace(feed, result=SourceError(str(fault), kind=FaultKind.STORE), entries=None)
    try:
        with run.store.write() as unit:
            state = state_of(feed.source, due.states)
            timetable = Timetable(factor=due.factor, began=due.began)
            report, state = store_feed(unit, failed, state, run.clock(), timetable=timetable)
            unit.sources.save_state(feed.source.name, state)
            counts = {feed.source.name: counted_poll(failed, report)}
            unit.activity.count(counts, run.clock())
            return feed.told(report)
    except StoreError as error:
        if not error.is_damage:
            raise
        run.acquainted.note_unstorable(feed.source.name)  # its state is damaged as well
        return failure(feed.source, SourceError(str(fault), kind=FaultKind.STORE))
