"""The entries of one document, as they were sent: of a feed, a page, or some records of a dump."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from aggregator.models import (
    NOTHING_KNOWN,
    Document,
    FullText,
    Headline,
    KnownItem,
    KnownItems,
    Mention,
    ParsedEntry,
    Rejected,
    Source,
)
from aggregator.normalise import draft as normalise
from aggregator.normalise.newest import newest
from aggregator.parse import feed as parse_feed
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

    def fresh(self) -> list[tuple[Mention, ParsedEntry]]:
        """Return the entries that are new or changed, in their order."""
        return [
            (mention, entry)
            for digest, (mention, entry) in self.parsed.items()
            if entry is not None and digest not in self.unchanged
        ]

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
