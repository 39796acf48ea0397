"""One pass: ingest the sources that are due, decide which entries are one story, publish."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models import FeedReport, Outcome, SourceReport
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.publish import publish_all
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
    """Make one pass over the sources that are due, or over every one, and publish every feed."""
    sources = ingest_due(run, run.config.sources, every_source=every_source)
    cluster_entries(run)
    feeds = () if run.stop.is_set() else tuple(publish_all(run))
    return PassReport(sources=tuple(sources), feeds=feeds)
