"""One document's entries: normalised, identified, and stored with what came of them.

Feeds and dumps have this in common. One bad entry never loses a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.identity import flicker, match
from aggregator.identity.backlog import with_backlog
from aggregator.identity.ids import own_id
from aggregator.identity.ledger import with_new_names
from aggregator.models import (
    NOTHING_KNOWN,
    Alias,
    Changed,
    Decision,
    Document,
    Draft,
    FullText,
    Headline,
    KnownItem,
    KnownItems,
    Mention,
    New,
    ParsedEntry,
    Rejected,
    Source,
    SourceReport,
)
from aggregator.normalise import draft as normalise
from aggregator.normalise.newest import newest
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.screen import screened
from aggregator.pipeline.sign import sign
from aggregator.pipeline.site_texts import count_lines, site_texts
from aggregator.pipeline.tally import Tally
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntries:
    """The entries of one document in its order, by digest, and what of it cannot be used.

    ``parsed`` has ``None`` for the entry of an item that is known. ``unchanged`` are the entries
    that are stored just as they were sent: digest → number. ``headlines`` are had by digest where
    they are remembered, with the ``items`` that can be known of the source's next document.
    ``full_texts`` are what became of the pages that its entries link to. By digest, ``completed``
    are those that are stored as they were sent, and have their whole text now; ``incomplete`` those
    whose page is to be asked for again.
    """

    source: Source
    document: Document
    parsed: Mapping[str, tuple[Mention, ParsedEntry | None]]
    rejected: tuple[Rejected, ...]
    unchanged: Mapping[str, int] = field(default_factory=dict)
    headlines: Mapping[str, Headline | None] = field(default_factory=dict)
    items: KnownItems = NOTHING_KNOWN
    full_texts: tuple[FullText, ...] = ()
    completed: Set[str] = frozenset()
    incomplete: Set[str] = frozenset()

    @classmethod
    def of(
        cls, document: Document, source: Source, entries: Sequence[ParsedEntry | Rejected]
    ) -> DocumentEntries:
        """Build them of what a parser found; of two equal entries the first counts.

        Of more entries than the source may have in a document, the newest are taken.
        """
        found = [entry for entry in entries if isinstance(entry, ParsedEntry)]
        kept, older = newest(found, source, document)
        parsed: dict[str, tuple[Mention, ParsedEntry | None]] = {}
        for entry in kept:
            mention = normalise.mention(entry, source)
            parsed.setdefault(mention.digest, (mention, entry))
        return cls(
            source=source,
            # The bytes are parsed by now, and results wait in memory while others come.
            document=replace(document, body=b""),
            parsed=parsed,
            rejected=(*(entry for entry in entries if isinstance(entry, Rejected)), *older),
        )

    @classmethod
    def of_feed(
        cls, document: Document, source: Source, reading: parse_feed.Reading
    ) -> DocumentEntries:
        """Build them of a feed of which some items may be known, as ``of`` builds them of others.

        What is known is not looked up again, as only its own source's documents change it.
        """
        items: dict[bytes, KnownItem] = {}
        parsed: dict[str, tuple[Mention, ParsedEntry | None]] = {}
        rejected: list[Rejected] = []
        for item_hash, entry in zip(reading.hashes, reading.entries, strict=True):
            if isinstance(entry, Rejected):
                rejected.append(entry)
            elif item_hash not in items:
                item = entry if isinstance(entry, KnownItem) else _known_of(entry, source)
                items[item_hash] = item
                sent = entry if isinstance(entry, ParsedEntry) else None
                parsed.setdefault(item.mention.digest, (item.mention, sent))
        return cls(
            source=source,
            document=replace(document, body=b""),
            parsed=parsed,
            rejected=tuple(rejected),
            unchanged={digest: mention.pk for digest, (mention, _) in parsed.items() if mention.pk},
            headlines={item.mention.digest: item.headline for item in items.values()},
            items=KnownItems(context=reading.context, items=items),
        )

    def looked_up(self, unit: UnitOfWork) -> DocumentEntries:
        """Return the same entries with those that are stored unchanged."""
        asked = self.completed | self.unchanged.keys()
        unasked = [digest for digest in self.parsed if digest not in asked]
        found = unit.entries.known_digests(self.source.name, unasked) if unasked else {}
        return replace(self, unchanged={**self.unchanged, **found})

    def every_headline(self) -> Iterator[Headline | None]:
        """Yield the headline of each entry."""
        for digest, (_, entry) in self.parsed.items():
            if entry is None or digest in self.headlines:
                yield self.headlines[digest]
            else:
                yield normalise.headline_of(entry)

    def mentions(self) -> list[Mention]:
        """Return a mention of each entry, with its number where it is stored unchanged."""
        return [
            replace(mention, pk=self.unchanged[digest])
            if mention.pk is None and digest in self.unchanged
            else mention
            for digest, (mention, _) in self.parsed.items()
        ]


def _known_of(entry: ParsedEntry, source: Source) -> KnownItem:
    headline = normalise.headline_of(entry)
    return KnownItem(mention=normalise.mention(entry, source), headline=headline)


# --- Storing -------------------------------------------------------------------------------------


def store_document(
    unit: UnitOfWork,
    entries: DocumentEntries,
    now: datetime,
    *,
    clock_skew: timedelta = timedelta(0),
    may_quarantine: bool = False,
    may_change: bool = True,
) -> SourceReport:
    """Normalise, identify and store the entries of a document that are new or changed.

    ``entries`` are looked up. ``clock_skew`` is subtracted from the times that the source states.
    Where ``may_quarantine``, a mass change is held back. Unless ``may_change``, only what is new is
    stored, as a newer document than this one was stored already.
    """
    source = entries.source
    tally = Tally(unchanged=len(entries.unchanged))
    if clock_skew:
        hours = clock_skew.total_seconds() / 3600
        tally.note = f"its times are late by its own offset and are taken as {hours:g} h earlier"
    found = identified(unit, entries, now, clock_skew)
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
    sign(unit, decisions, unit.entries.apply(source.name, decisions, now))
    count_lines(unit, source, decisions, found.fresh)
    tally.count(decisions)
    unit.sources.add_rejected(source.name, found.rejected, now)
    return tally.report(source, found.rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Which entries a document's new and changed ones are, before anything of them is stored.

    ``fresh`` are these as they were sent, by digest; ``mentions`` are of all its entries.
    """

    fresh: Mapping[str, normalise.Prepared]
    mentions: list[Mention]
    ambiguous: frozenset[Alias]
    decisions: list[Decision]
    rejected: list[Rejected]


def identified(
    unit: UnitOfWork,
    entries: DocumentEntries,
    now: datetime,
    clock_skew: timedelta = timedelta(0),
) -> Identified:
    """Normalise and identify the entries of a document that are new or changed; write nothing."""
    fresh = _prepared(entries)
    drafts, rejected = _normalised(unit, entries, fresh, clock_skew)
    mentions = entries.mentions()
    ambiguous = match.ambiguous_aliases(mentions)
    return Identified(
        fresh=fresh,
        mentions=mentions,
        ambiguous=ambiguous,
        decisions=_identified(unit, entries.source, mentions, drafts, now, ambiguous),
        rejected=rejected,
    )


def _prepared(entries: DocumentEntries) -> dict[str, normalise.Prepared]:
    """Read the texts of the entries that are new or changed, by digest."""
    fresh = [
        (mention, entry)
        for digest, (mention, entry) in entries.parsed.items()
        if entry is not None and digest not in entries.unchanged
    ]
    return {
        prepared.mention.digest: prepared
        for prepared in normalise.prepared(fresh, entries.document)
    }


def _normalised(
    unit: UnitOfWork,
    entries: DocumentEntries,
    fresh: Mapping[str, normalise.Prepared],
    clock_skew: timedelta,
) -> tuple[dict[str, Draft], list[Rejected]]:
    """Return the drafts of what is new or changed, by digest, and everything that was rejected."""
    rejected = list(entries.rejected)
    drafts: dict[str, Draft] = {}
    if not fresh:
        return drafts, rejected
    site = site_texts(unit, entries.source, entries.every_headline(), fresh.values())
    normalised = normalise.drafts_of(
        list(fresh.values()), entries.source, entries.document, clock_skew, site
    )
    for digest, draft in zip(fresh, normalised, strict=True):
        if isinstance(draft, Rejected):
            rejected.append(draft)
        else:
            drafts[digest] = draft
    return drafts, rejected


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
