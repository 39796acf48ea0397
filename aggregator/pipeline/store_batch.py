"""Some fetched feeds are stored in one commit; each stands or falls by itself.

Whatever needs no turn to write is done before it, as others may wait for theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from aggregator.errors import AggregatorError, SourceError, StoreError
from aggregator.models import Activity, FaultKind, FetchState, Source, SourceReport
from aggregator.pipeline.counted import counted_poll
from aggregator.pipeline.due import Due, state_of
from aggregator.pipeline.feeds import FetchedFeed
from aggregator.pipeline.normalised import Basis
from aggregator.pipeline.normalised_feed import normalised_on
from aggregator.pipeline.run import Run
from aggregator.pipeline.shared_ids import take_over_ids
from aggregator.pipeline.store_feed import store_feed
from aggregator.pipeline.tally import failure
from aggregator.pipeline.timetable import Timetable


@contextmanager
def holding_back_bug(source: Source, bugs: list[Exception]) -> Iterator[None]:
    """Add a bug in one source to ``bugs``, so that it costs no other source."""
    try:
        yield
    except AggregatorError:
        raise
    except Exception as bug:  # noqa: BLE001 - ``ingest`` raises it again
        bug.add_note(f"in the source {source.name}")
        bugs.append(bug)


def store_batch(
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
                yield from store_batch(run, [feed], due, bugs)
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
    batch = _normalised(run, batch, due, bugs)
    with run.store.write() as unit:
        timetable = Timetable.of(unit, due, [feed.source for feed in batch])
        for feed in batch:
            if reports and run.stop.is_set():
                break  # its source is asked again at the next pass, as if it had not been asked
            # Of what has no entries nothing is written here that a bug would have to undo: at
            # most how much its source publishes.
            undoing = nullcontext() if feed.entries is None else unit.savepoint()
            with holding_back_bug(feed.source, bugs), undoing:
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


def _normalised(
    run: Run, batch: Sequence[FetchedFeed], due: Due, bugs: list[Exception]
) -> list[FetchedFeed]:
    """Normalise what came, while others write, but for what a bug in a source costs it."""
    bases: dict[str, Basis] = {}
    if any(feed.entries is not None for feed in batch):
        with run.store.read() as unit:
            for feed in batch:
                if feed.entries is not None:
                    bases[feed.source.name] = Basis.of(unit, feed.entries)
    ready: list[FetchedFeed] = []
    for feed in batch:
        with holding_back_bug(feed.source, bugs):
            if (basis := bases.get(feed.source.name)) is not None:
                state = state_of(feed.source, due.states)
                feed = replace(feed, normalised=normalised_on(basis, None, state))
            ready.append(feed)
    return ready


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
