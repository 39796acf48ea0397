"""One document's entries, which are normalised: identified, and stored with what came of them.

Feeds and dumps have this in common. All of it is within the writer's turn, so that nothing is done
here that needs no row of the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.identity import flicker, match
from aggregator.identity.backlog import with_backlog
from aggregator.identity.ids import own_id
from aggregator.identity.ledger import with_new_names
from aggregator.models import (
    Alias,
    Changed,
    Decision,
    Draft,
    Mention,
    New,
    Source,
    SourceReport,
)
from aggregator.pipeline.normalised import Normalised
from aggregator.pipeline.screen import screened
from aggregator.pipeline.sign import sign
from aggregator.pipeline.site_texts import count_lines
from aggregator.pipeline.tally import Tally
from aggregator.store.unit import UnitOfWork


def store_document(
    unit: UnitOfWork,
    normalised: Normalised,
    now: datetime,
    *,
    may_quarantine: bool = False,
    may_change: bool = True,
) -> SourceReport:
    """Identify and store the entries of a document that are new or changed.

    ``normalised`` is made of what the store has now (``Normalised.on``). Where ``may_quarantine``,
    a mass change is held back. Unless ``may_change``, only what is new is stored, as a newer
    document than this one was stored already.
    """
    entries, clock_skew = normalised.basis.entries, normalised.clock_skew
    source = entries.source
    tally = Tally(unchanged=len(entries.unchanged))
    if clock_skew:
        hours = clock_skew.total_seconds() / 3600
        tally.note = f"its times are late by its own offset and are taken as {hours:g} h earlier"
    found = identified(unit, normalised, now)
    mentions, decisions = found.mentions, found.decisions
    if not may_change:
        decisions = [each for each in decisions if not isinstance(each, Changed)]
    if may_quarantine:
        # What is completed was asked for here, and is no change of the source's.
        own = [each for each in decisions if each.draft.digest in entries.completed]
        sent = [each for each in decisions if each.draft.digest not in entries.completed]
        decisions = [*screened(unit, source, mentions, sent, now, tally), *own]
    else:
        unit.sources.end_quarantine(source.name)
    if not tally.quarantined:
        unit.entries.mark_ambiguous(source.name, found.ambiguous)
    sign(unit, decisions, unit.entries.apply(source.name, decisions, now), normalised.signed)
    count_lines(unit, source, decisions, normalised.counted)
    tally.count(decisions)
    rejected = normalised.rejected()
    unit.sources.add_rejected(source.name, rejected, now)
    return tally.report(source, rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Which entries a document's new and changed ones are, before anything of them is stored.

    ``mentions`` are of all its entries.
    """

    mentions: list[Mention]
    ambiguous: frozenset[Alias]
    decisions: list[Decision]


def identified(unit: UnitOfWork, normalised: Normalised, now: datetime) -> Identified:
    """Identify the entries of a document that are new or changed; write nothing."""
    entries = normalised.basis.entries
    mentions = entries.mentions()
    ambiguous = match.ambiguous_aliases(mentions)
    drafts = normalised.drafts()
    return Identified(
        mentions=mentions,
        ambiguous=ambiguous,
        decisions=_identified(unit, entries.source, mentions, drafts, now, ambiguous),
    )


def _identified(
    unit: UnitOfWork,
    source: Source,
    document: Sequence[Mention],
    drafts: Mapping[str, Draft],
    now: datetime,
    ambiguous: Set[Alias],
) -> list[Decision]:
    """Decide which entry each draft is."""
    aliases = match.aliases_to_look_up(drafts.values())
    own_ids = [own for draft in drafts.values() if (own := own_id(draft))]
    known = unit.entries.known_aliases(source.name, aliases, own_ids)
    times = match.times_to_look_up(drafts.values(), known)
    if times:
        known = replace(known, by_time=unit.entries.at_times(source.name, times))
    while True:
        decisions = match.decide(document, drafts, known, now, ambiguous)
        # Ids that were made are looked up once they are made: nearly none is ever taken.
        made = {decision.id for decision in decisions if isinstance(decision, New)}
        unasked = made.difference(own_ids)
        taken = unit.entries.taken_ids(unasked) if unasked else frozenset()
        if not taken:
            break
        known = replace(known, taken_ids=known.taken_ids | taken)
    if revised := flicker.revised(decisions):
        since = now - flicker.REVISIONS_WITHIN
        revisions = unit.entries.count_revisions(revised, since)
        decisions = flicker.without_flicker(decisions, revisions)
    return with_backlog(document, with_new_names(decisions, known), source.backlog)
