"""One pass: ingest the sources that are due, decide which entries are one story, publish."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType

from aggregator.errors import StoreError
from aggregator.models import FeedReport, Outcome, SourceReport
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.due import due_of
from aggregator.pipeline.publish import holding_back, publish_all
from aggregator.pipeline.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    """What one pass did: a report for each source that was due and for each feed published."""

    sources: tuple[SourceReport, ...]
    feeds: tuple[FeedReport, ...]

    @property
    def failed(self) -> bool:
        """Tell whether any source or feed failed."""
        return any(report.outcome is Outcome.FAILED for report in self.sources) or any(
            report.error for report in self.feeds
        )


def run_pass(run: Run, *, every_source: bool) -> PassReport:
    """Make one pass over the sources that are due, or over every one, and publish every feed.

    What is stored while slow sources are waited for is published before they answer.
    """
    written: dict[str, dict[str, None]] = {}  # feed → the files of it that were written, in order
    archives: Counter[str] = Counter()  # feed → how many archive documents were written

    def publish() -> list[FeedReport]:
        feeds = publish_stored(run)
        for feed in feeds:
            written.setdefault(feed.feed, {}).update(dict.fromkeys(feed.files_written))
            archives[feed.feed] += feed.archives_written
        return feeds

    def publish_meanwhile() -> None:
        with holding_back([]):  # what is damaged is met again in the end
            publish()

    damages: list[StoreError] = []
    sources: list[SourceReport] = []
    with holding_back(damages):
        due = due_of(run, run.config.sources, every_source=every_source)
        if due.sources:
            sources = _ingest_module().ingest(run, due, publish_meanwhile)
    feeds = [
        replace(feed, files_written=tuple(written[feed.feed]), archives_written=archives[feed.feed])
        for feed in publish()
    ]
    for damage in damages:
        raise damage
    return PassReport(sources=tuple(sources), feeds=tuple(feeds))


@cache  # once a process
def _ingest_module() -> ModuleType:
    """Import what ingests: it is a sixth of what a pass loads, and one with nothing due needs none.

    What is loaded by then lives as long as the process, so the collector of garbage need not walk
    over it again and again: of a pass over 1,600 new entries that took 10 % of the time, and takes
    2 % so. A higher threshold of the collector saves nothing that could be measured beside that.
    """
    module = import_module("aggregator.pipeline.ingest")
    gc.freeze()
    return module


def publish_stored(run: Run) -> list[FeedReport]:
    """Decide the stories of what is stored and publish every feed; nothing once told to stop.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    damages: list[StoreError] = []
    with holding_back(damages):
        cluster_entries(run)
    feeds = [] if run.stop.is_set() else publish_all(run)
    for damage in damages:
        raise damage
    return feeds
