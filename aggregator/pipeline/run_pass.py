"""One pass: ingest what is due, decide which entries are one story, publish, index new texts."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

from aggregator.errors import StoreError
from aggregator.lazy_import import load
from aggregator.models import SEARCH_FORM, FeedReport, FetchState, Outcome, SourceReport
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.due import Due, due_of, still_failing
from aggregator.pipeline.dump_looks import leave, look
from aggregator.pipeline.run import Run
from aggregator.pipeline.standings import all_as_they_stand
from aggregator.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    """What one pass did: a report for each source that was due and for each feed published.

    ``failing`` has the last failure of each source that failed before and was not due.
    """

    sources: tuple[SourceReport, ...]
    feeds: tuple[FeedReport, ...]
    failing: tuple[SourceReport, ...] = ()

    @property
    def failed(self) -> bool:
        """Tell whether any source or feed fails, or a feed is held back."""
        return any(
            report.outcome is Outcome.FAILED for report in (*self.sources, *self.failing)
        ) or any(report.error or report.held_back for report in self.feeds)


class Published:
    """What the publishings of one pass wrote, taken together: a pass may publish several times."""

    def __init__(self) -> None:
        self._written: dict[str, dict[str, None]] = {}  # feed → its files, in their order
        self._archives: Counter[str] = Counter()  # feed → how many archive documents
        self._pages: Counter[str] = Counter()  # feed → how many pages of entries
        self._last: Sequence[FeedReport] = ()

    def add(self, feeds: Sequence[FeedReport]) -> None:
        """Add what one more publishing wrote."""
        for feed in feeds:
            self._written.setdefault(feed.feed, {}).update(dict.fromkeys(feed.files_written))
            self._archives[feed.feed] += feed.archives_written
            self._pages[feed.feed] += feed.pages_written
        self._last = feeds

    def reports(self) -> tuple[FeedReport, ...]:
        """Return the last report of each feed, with the files of all publishings."""
        return tuple(
            replace(
                feed,
                files_written=tuple(self._written[feed.feed]),
                archives_written=self._archives[feed.feed],
                pages_written=self._pages[feed.feed],
            )
            for feed in self._last
        )


def run_pass(run: Run, *, every_source: bool) -> PassReport:
    """Make one pass over the sources that are due, or over every one, and publish every feed.

    What is stored while slow sources are waited for is published before they answer.
    """
    published = Published()

    def publish_meanwhile() -> None:
        with holding_back([]):  # what is damaged is met again in the end
            published.add(publish_stored(run))

    damages: list[StoreError] = []
    sources: list[SourceReport] | None = None
    failing: tuple[SourceReport, ...] = ()
    with holding_back(damages):
        due = due_of(run, run.config.sources, every_source=every_source)
        asked = {source.name for source in due.sources}
        failing = still_failing(run.config.sources, due.states, but=asked)
        sources = _nothing_new(run, due)
        if sources is None:
            sources = _step("ingest").ingest(run, due, publish_meanwhile)
    published.add(publish_stored(run))
    for damage in damages:
        raise damage
    if _waits_for_index(run):
        _step("index_texts").index_texts(run)
    return PassReport(sources=tuple(sources or ()), feeds=published.reports(), failing=failing)


def _nothing_new(run: Run, due: Due) -> list[SourceReport] | None:
    """Report the sources that are due where they are folders without news; ``None`` elsewhere.

    Where the store is damaged, or a pass is to stop, what ingests says what it says of that.
    """
    if run.stop.is_set() or any(source.dump is None for source in due.sources):
        return None if due.sources else []
    with holding_back([]):  # what is damaged is met again
        states = {source.name: due.states.get(source.name, FetchState()) for source in due.sources}
        looks = [look(run, source, states[source.name]) for source in due.sources]
        if any(looked.unread for looked in looks):
            return None
        reports = []
        for looked in looks:
            reports.append(leave(run, looked))
            run.progress.on_source(reports[-1], len(reports), len(looks))
        return reports
    return None


@cache  # once a process
def _step(name: str) -> ModuleType:
    """Import a step of a pass: ``ingest``, ``cluster``, ``publish``, ``hand_out``, ``index_texts``.

    Each is a sixth to a tenth of what a pass loads, and a pass with nothing due needs none.

    What is loaded by then lives as long as the process, so the collector of garbage need not walk
    over it again and again: of a pass over 1,600 new entries that took 10 % of the time, and takes
    2 % so. A higher threshold of the collector saves nothing that could be measured beside that.
    """
    module = load(f"aggregator.pipeline.{name}")
    gc.freeze()
    return module


def load_steps() -> None:
    """Import every step of a pass, as a service does that will need them all."""
    for name in ("ingest", "cluster", "publish", "index_texts"):
        _step(name)


def publish_stored(run: Run) -> list[FeedReport]:
    """Decide the stories of what is stored and publish every feed; nothing once told to stop.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    damages: list[StoreError] = []
    with holding_back(damages):
        if _waits_for_stories(run):
            _step("cluster").cluster_entries(run)
    feeds = [] if run.stop.is_set() else _published(run)
    for damage in damages:
        raise damage
    return feeds


def _published(run: Run) -> list[FeedReport]:
    """Publish every feed, unless all are left as they stand, and hand out what was published."""
    if run.store.is_shared:
        _step("hand_out").take_over(run)
    try:
        return _put_in_place(run)
    finally:
        if run.store.is_shared:
            _step("hand_out").hand_out(run)


def _put_in_place(run: Run) -> list[FeedReport]:
    with holding_back([]):  # what is damaged is met again
        if (feeds := all_as_they_stand(run)) is not None:
            return feeds
    published: list[FeedReport] = _step("publish").publish_all(run)
    return published


def _waits_for_stories(run: Run) -> bool:
    """Tell whether the story of any entry is to be decided, or any text to be looked up anew."""
    with run.store.read() as unit:
        return unit.stories.count_to_cluster() > 0 or bool(unit.index.to_sign_anew(1))


def _waits_for_index(run: Run) -> bool:
    """Tell whether any text is to be indexed for searching."""
    with run.store.read() as unit:
        return unit.search.has_work(SEARCH_FORM)


def take_request(store: Store) -> bool:
    """Tell whether a person asked to publish, and forget it."""
    with store.read() as unit:
        is_requested = unit.requests.is_publishing_requested()
    if is_requested:
        with store.write() as unit:
            unit.requests.forget_publishing()
    return is_requested
