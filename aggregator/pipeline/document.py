"""What feeds and dumps have in common: the entries of a document, stored with what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.identity import match
from aggregator.models import (
    Changed,
    Decision,
    Document,
    Draft,
    FetchState,
    Mention,
    New,
    Outcome,
    ParsedEntry,
    Rejected,
    Source,
    SourceReport,
)
from aggregator.normalise import draft as normalise
from aggregator.pipeline.holding import without_mass_change
from aggregator.store.transaction import Transaction

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The entries of one document in its order, by digest, and what of it cannot be used."""

    document: Document
    parsed: Mapping[str, tuple[Mention, ParsedEntry]]
    rejected: tuple[Rejected, ...]

    @classmethod
    def of(
        cls, document: Document, source: Source, found: Sequence[ParsedEntry | Rejected]
    ) -> Entries:
        """Tell the entries of a document apart; of two that are equal the first counts."""
        parsed: dict[str, tuple[Mention, ParsedEntry]] = {}
        for entry in found:
            if isinstance(entry, ParsedEntry):
                mention = normalise.mention(entry, source)
                parsed.setdefault(mention.digest, (mention, entry))
        rejected = tuple(entry for entry in found if isinstance(entry, Rejected))
        document = replace(document, body=b"")  # it is read, and results wait while others come
        return cls(document=document, parsed=parsed, rejected=rejected)


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
        """Give the counts as the report of a source that did not fail."""
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
    """Give the report of a source that failed."""
    return SourceReport(source=source.name, outcome=Outcome.FAILED, error=str(error))


def asked(source: Source) -> str:
    """Give what a source is asked with; where that changes, its state starts anew."""
    how = f"{source.feed or source.dump} {source.every_seconds} {source.access.discover}"
    return f"{how}\n{read_with(source)}" if source.dump else how


def read_with(source: Source) -> str:
    """Give what a dump's records are read with; where that changes, its files are read anew."""
    return f"{dict(source.fields)} {source.related_are_entries}"


def scheduled(
    transaction: Transaction,
    source: Source,
    state: FetchState,
    now: datetime,
    *,
    retry_after_seconds: float | None = None,
) -> FetchState:
    """Set when a source is next due, from now on."""
    due = polling.next_due(
        source=source.name,
        every_seconds=source.every_seconds,
        recent_entries=transaction.count_since(source.name, now - polling.RATE_WINDOW),
        failures=state.failures,
        retry_after_seconds=retry_after_seconds,
        now=now,
    )
    return replace(state, checked=now, next_due=due)


def store_entries(
    transaction: Transaction,
    source: Source,
    entries: Entries,
    known: Mapping[str, int],
    now: datetime,
    shift: timedelta = timedelta(0),
    *,
    may_hold: bool = False,
) -> SourceReport:
    """Normalise, identify and store what of a document is new or changed.

    Where most of what is known of the source would change at once, that is held back if it may be.
    """
    tally = Tally(unchanged=len(known))
    if shift:
        hours = shift.total_seconds() / 3600
        tally.note = f"its times are late by its own offset and are taken as {hours:g} h earlier"
    rejected = list(entries.rejected)
    drafts: dict[str, Draft] = {}
    is_new = any(digest not in known for digest in entries.parsed)
    parsed = (entry for _, entry in entries.parsed.values())
    glued = normalise.glued_name_of(parsed) if is_new else ""
    for digest, (mention, entry) in entries.parsed.items():
        if digest in known:
            continue
        made = normalise.draft(entry, mention, source, entries.document, shift, glued)
        if isinstance(made, Rejected):
            rejected.append(made)
        else:
            drafts[digest] = made
    mentions = [
        replace(mention, pk=known[digest]) if digest in known else mention
        for digest, (mention, _) in entries.parsed.items()
    ]
    decisions = _identified(transaction, source, mentions, drafts, now)
    if may_hold:
        decisions, tally.quarantined, reason = without_mass_change(
            transaction, source, mentions, decisions, now
        )
        tally.note = reason or tally.note
    else:
        transaction.let_go(source.name)
    if not tally.quarantined:
        transaction.forget_names(source.name, match.recycled(mentions))
    transaction.apply(source.name, decisions, now)
    tally.count(decisions)
    transaction.add_rejected(source.name, rejected, now)
    return tally.report(source, rejected)


def _identified(
    transaction: Transaction,
    source: Source,
    document: Sequence[Mention],
    drafts: Mapping[str, Draft],
    now: datetime,
) -> list[Decision]:
    asked = match.asked(drafts.values())
    ids = [made for draft in drafts.values() if (made := match.candidate_id(draft))]
    memory = transaction.memory(source.name, asked, ids)
    while True:
        decisions = match.decide(document, drafts, memory, now)
        # Ids that were made are asked about once they are: nearly none is ever taken.
        taken = transaction.taken_ids([one.id for one in decisions if isinstance(one, New)])
        if not taken:
            return decisions
        memory = replace(memory, taken_ids=memory.taken_ids | taken)
