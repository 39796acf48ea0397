"""One pass: ingest the sources that are due, decide which entries are one story, publish."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aggregator.errors import StoreError
from aggregator.models import FeedReport, Outcome, SourceReport
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.ingest import ingest_due
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

    def publish() -> list[FeedReport]:
        feeds = publish_stored(run)
        for feed in feeds:
            written.setdefault(feed.feed, {}).update(dict.fromkeys(feed.files_written))
        return feeds

    def publish_meanwhile() -> None:
        with holding_back([]):  # what is damaged is met again in the end
            publish()

    damages: list[StoreError] = []
    sources: list[SourceReport] = []
    with holding_back(damages):
        sources = ingest_due(
            run, run.config.sources, every_source=every_source, publish=publish_meanwhile
        )
    feeds = [replace(feed, files_written=tuple(written[feed.feed])) for feed in publish()]
    for damage in damages:
        raise damage
    return PassReport(sources=tuple(sources), feeds=tuple(feeds))


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
