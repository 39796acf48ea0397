"""Which pages are wanted for the whole texts of a feed's entries, and which are remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.models import FullText, FullTextOutcome, Mention, ParsedEntry
from aggregator.normalise import full_text as normalise
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork

# A page that did not come is asked for again, so long after that and so often in all.
_RETRY, MOST_TRIES = timedelta(hours=1), 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of one entry, and what is remembered of it; ``is_stored`` as its feed sent it."""

    source: str
    digest: str
    address: str
    entry: ParsedEntry
    feed_words: str
    feed_characters: int
    is_stored: bool
    known: FullText | None

    @property
    def is_same_entry(self) -> bool:
        """Tell whether its feed says the same of it as when its page was last wanted."""
        return self.known is not None and self.known.feed_words == self.feed_words

    def is_to_ask(self, now: datetime) -> bool:
        """Tell whether the page was never asked for what its feed says now, or is to be again."""
        if self.known is None or not self.is_same_entry:
            return not self.is_stored
        if self.known.outcome is FullTextOutcome.WAITING:
            return True
        return self.is_unsure and abs(now - self.known.tried) >= _RETRY

    @property
    def is_unsure(self) -> bool:
        """Tell whether the page did not come, and is asked for again some time."""
        known = self.known
        return (
            known is not None
            and self.is_same_entry
            and known.outcome is FullTextOutcome.FAILED
            and known.tries < MOST_TRIES
        )

    def text(self, outcome: FullTextOutcome, now: datetime, reason: str = "") -> FullText:
        """Return what is to be remembered; the article that was had before stays until another."""
        return FullText(
            source=self.source,
            address=self.address,
            outcome=outcome,
            tried=now,
            feed_words=self.feed_words,
            feed_characters=self.feed_characters,
            reason=reason,
            tries=self.known.tries if self.known and self.is_same_entry else 0,
            title=self.known.title if self.known else "",
            content_html=self.known.content_html if self.known else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPages:
    """The pages of a document's entries: to be asked, and as they are remembered.

    ``whole`` are the texts that need no page.
    """

    to_ask: tuple[Page, ...] = ()
    remembered: tuple[Page, ...] = ()
    whole: tuple[FullText, ...] = ()


def wanted_pages(run: Run, entries: DocumentEntries) -> WantedPages:
    """Find which pages are to be asked, in the order of the document.

    Of entries that link to one page the first has it.
    """
    source, now = entries.source, run.clock()
    linked: dict[str, tuple[Mention, ParsedEntry]] = {}
    for mention, entry in entries.parsed.values():
        if entry is not None and mention.url_key:
            linked.setdefault(mention.url_key, (mention, entry))
    if not linked:
        return WantedPages()
    with run.store.read() as unit:
        pages = _pages(unit, source.name, linked)
        lengths = unit.full_texts.lengths(source.name, normalise.LENGTHS)
    fresh = [page.feed_characters for page in pages if not page.is_stored]
    is_whole_feed = normalise.sends_whole([*fresh, *lengths])
    to_ask = {page.digest: page for page in pages if page.is_to_ask(now)}
    whole = {
        digest: page
        for digest, page in to_ask.items()
        if is_whole_feed or page.feed_characters >= normalise.WHOLE_CHARACTERS
    }
    return WantedPages(
        to_ask=tuple(page for digest, page in to_ask.items() if digest not in whole),
        remembered=tuple(page for page in pages if page.digest not in to_ask),
        whole=tuple(
            replace(page.text(FullTextOutcome.WHOLE, now), title="", content_html="")
            for page in whole.values()
        ),
    )


def _pages(
    unit: UnitOfWork, source: str, linked: Mapping[str, tuple[Mention, ParsedEntry]]
) -> list[Page]:
    """Return the pages that entries link to, by address, with what is known of each."""
    mentions = [mention for mention, _ in linked.values()]
    stored = unit.entries.known_digests(source, [each.digest for each in mentions])
    known = unit.full_texts.known(source, list(linked))
    purged = purged_addresses(unit, source, mentions)
    return [
        Page(
            source=source,
            digest=mention.digest,
            address=address,
            entry=entry,
            feed_words=normalise.feed_words_of(entry),
            feed_characters=normalise.characters_of(entry),
            is_stored=mention.digest in stored,
            known=known.get(address),
        )
        for address, (mention, entry) in linked.items()
        if address not in purged
    ]


def purged_addresses(unit: UnitOfWork, source: str, mentions: Iterable[Mention]) -> frozenset[str]:
    """Return the addresses of those entries that are purged, by their address or their native id.

    An address that several entries have names none of them; an id does all the same.
    """
    names: dict[str, set[str]] = {}
    for each in mentions:
        names.setdefault(each.url_key, set()).update({each.url_key, each.native_id} - {""})
    purged = unit.full_texts.purged(source, sorted(set().union(*names.values())))
    return frozenset(address for address, of_entry in names.items() if of_entry & purged)
