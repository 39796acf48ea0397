"""What is held back of a document: a mass change of its source, or too much new at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.identity import quarantine
from aggregator.models import Decision, Intake, Mention, New, Source
from aggregator.pipeline.tally import Tally
from aggregator.store.unit import UnitOfWork


def screened(
    unit: UnitOfWork,
    source: Source,
    document: Sequence[Mention],
    decisions: list[Decision],
    now: datetime,
    tally: Tally,
) -> list[Decision]:
    """Return the decisions to store; remember and report what is quarantined of the others."""
    before = unit.sources.quarantine_of(source.name)
    new = sum(isinstance(decision, New) for decision in decisions)
    intake = unit.sources.intake(source.name, now) if new else Intake()
    is_needed = quarantine.needs_headlines(decisions)
    headlines = unit.entries.latest_headlines(source.name) if is_needed else ()
    screening = quarantine.screen(document, decisions, headlines, before, intake, now)
    if new and not screening.is_let_through:
        accepted = sum(isinstance(decision, New) for decision in screening.accepted)
        unit.sources.count_intake(source.name, 0 if intake.is_first else accepted, now)
    if screening.quarantined is None:
        if before is not None:
            unit.sources.end_quarantine(source.name)
        return screening.accepted
    unit.sources.quarantine(source.name, screening.quarantined)
    tally.quarantined = screening.held_count
    tally.note = (
        f"held back: {screening.quarantined.reason}; it is believed once it stays, or at once "
        f"with: aggregator release {source.name}"
    )
    return screening.accepted
