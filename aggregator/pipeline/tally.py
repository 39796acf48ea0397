"""What came of a source in a pass, counted while it is being ingested, and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.errors import SourceError
from aggregator.models import (
    Changed,
    Decision,
    New,
    Outcome,
    Rejected,
    Source,
    SourceReport,
)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of one source in one pass, while it is being ingested."""

    new: int = 0
    revised: int = 0
    refreshed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    note: str = ""

    def count(self, decisions: Sequence[Decision]) -> None:
        """Count what was decided of the entries of a document."""
        for decision in decisions:
            if isinstance(decision, New):
                self.new += 1
            elif isinstance(decision, Changed) and decision.is_material:
                self.revised += 1
            elif isinstance(decision, Changed):
                self.refreshed += 1
            else:
                self.unchanged += 1

    def add(self, report: SourceReport) -> None:
        """Count what one more document brought."""
        self.new += report.new
        self.revised += report.revised
        self.refreshed += report.refreshed
        self.unchanged += report.unchanged

    def report(self, source: Source, rejected: Sequence[Rejected]) -> SourceReport:
        """Return the counts as the report of a source that did not fail."""
        return SourceReport(
            source=source.name,
            outcome=Outcome.OK,
            new=self.new,
            revised=self.revised,
            refreshed=self.refreshed,
            unchanged=self.unchanged,
            quarantined=self.quarantined,
            rejected=tuple(rejected),
            note=self.note,
        )


def failure(source: Source, error: SourceError) -> SourceReport:
    """Return the report of a source that failed."""
    return SourceReport(source=source.name, outcome=Outcome.FAILED, error=str(error))
