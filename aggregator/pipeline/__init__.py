"""The two sentences, joined: ``ingest(source)`` and ``publish(feed)``, and a pass over all of them.

The only room that knows every stage; the stages do not know each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

from aggregator.fetch.politeness import Politeness
from aggregator.models import Config, FeedReport, Outcome, SourceReport
from aggregator.pipeline.cluster import ClusterProgress, cluster_entries
from aggregator.pipeline.document import Clock
from aggregator.pipeline.dumps import FileReporter
from aggregator.pipeline.explain import MOST_ENTRIES, explain
from aggregator.pipeline.ingest import Progress, ingest, ingest_due
from aggregator.pipeline.publish import publish, publish_all
from aggregator.pipeline.purge import purge, purge_older
from aggregator.store.store import Store

__all__ = [
    "MOST_ENTRIES",
    "Clock",
    "ClusterProgress",
    "FileReporter",
    "PassReport",
    "Politeness",
    "Progress",
    "cluster_entries",
    "explain",
    "ingest",
    "ingest_due",
    "publish",
    "publish_all",
    "purge",
    "purge_older",
    "run_pass",
]


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


def run_pass(
    config: Config,
    store: Store,
    *,
    clock: Clock,
    every_source: bool,
    progress: Progress,
    stop: Event,
    file_progress: FileReporter = lambda read, bytes_read: None,
    cluster_progress: ClusterProgress = lambda done: None,
) -> PassReport:
    """Ingest the sources that are due (or every one), join stories, then publish every feed."""
    sources = tuple(
        ingest_due(
            config.sources,
            config,
            store,
            clock=clock,
            every_source=every_source,
            progress=progress,
            stop=stop,
            hosts=Politeness(stop),
            file_progress=file_progress,
        )
    )
    cluster_entries(store, config.dedupe, stop, clock(), cluster_progress)
    feeds = () if stop.is_set() else tuple(publish_all(config, store))
    return PassReport(sources=sources, feeds=feeds)
