"""What is counted of polls and documents for the operator, by what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.errors import NotAskedError, SourceError
from aggregator.models import Activity, Outcome, SourceReport
from aggregator.pipeline.feeds import FetchedFeed


def counted_poll(fetched: FetchedFeed, report: SourceReport) -> Activity:
    """Return the counts of one poll of a feed; of one that was not made, none."""
    result = fetched.result
    if isinstance(result, NotAskedError):
        return Activity()
    if isinstance(result, SourceError):
        return Activity(failed=1, faults={result.kind: 1}, seconds=fetched.request_seconds)
    is_same = report.outcome is Outcome.NOT_MODIFIED
    return replace(
        counted_documents([report]),
        ok=int(not is_same),
        not_modified=int(is_same),
        received_bytes=result.received_bytes,
        seconds=fetched.request_seconds,
    )


def counted_documents(reports: Sequence[SourceReport]) -> Activity:
    """Return the counts of the entries that documents brought, however they came."""
    return Activity(
        new=sum(report.new for report in reports),
        revised=sum(report.revised for report in reports),
        known=sum(report.unchanged + report.refreshed for report in reports),
        rejected=sum(len(report.rejected) for report in reports),
    )
