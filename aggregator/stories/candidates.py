"""Which entries an entry is compared with: what the index holds in common with it.

Knows what an entry is looked up by, which needs no text; what it is judged by; which of the entries
that share something with it are worth judging; and which sites send a notice. Refuses to know where
the index lies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from urllib.parse import urlsplit

from aggregator import markup, urls
from aggregator.bengali.text import keys_of_shown
from aggregator.models import (
    KEYED_CHARACTERS,
    DedupeRules,
    SignedText,
    StoryText,
    WaitingEntry,
)
from aggregator.stories import headlines as headline_words
from aggregator.stories import signature
from aggregator.stories.comparable import ComparableText, Dated
from aggregator.stories.ngrams import set_similarity
from aggregator.stories.signature import LookupKeys, Signature

# The candidates with the most in common are compared; an entry that is part of a story has more in
# common with its entries than texts of one template, of which there can be a month's.
MOST_COMPARED = 40
# One text of 270 characters under two headlines has 0.63 to 0.74 (Jaccard of 5-grams). Two edits of
# one article that have as much share 8 minima or more, but for one of ten of them.
_NEARLY_ONE_JACCARD, _FEWEST_OF_NEARLY_ONE = 0.60, 8
# A site that sends nearly one text under three headlines sends a notice.
NOTICE_HEADLINES = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two entries share by the index: how many minima, their headline, their address."""

    shared_minima: int = 0
    has_headline: bool = False
    has_address: bool = False


@dataclass(frozen=True, slots=True)
class Sought:
    """An entry as it is looked up, without its text.

    ``characters`` is the length of its text. ``entry`` may have a signature of its own, which is
    then this one.
    """

    entry: WaitingEntry
    signature: Signature
    address: str
    characters: int

    @classmethod
    def of(cls, entry: WaitingEntry, signed: SignedText) -> Sought:
        """Build one of what was made of the entry's text."""
        signature = Signature.unpack(signed.signature, signed.address)
        return cls(entry, signature, signed.address, signed.characters)

    def without_address(self) -> Sought:
        """Return the same entry where its source gave the address to several entries."""
        return replace(self, signature=self.signature.at(""), address="")

    def eras(self) -> tuple[int, int, int]:
        """Return the era of each kind of keys in which the entry stands in the index."""
        return signature.eras_of(self.entry.published)

    def lookup_eras(self, rules: DedupeRules, now: datetime) -> tuple[range, range, range]:
        """Return the eras of each kind of keys in which entries of the same text may stand."""
        return signature.lookup_eras(
            self.entry.published, rules.window, now, is_dated=self.entry.is_dated
        )

    def index_keys(self) -> tuple[int, ...]:
        """Return the keys under which the entry stands in the index."""
        return self.signature.index_keys(self.entry.published)

    def lookup_keys(self, rules: DedupeRules, now: datetime) -> LookupKeys:
        """Return the keys of entries that may carry the same text."""
        return self.signature.lookup_keys(
            self.entry.published, rules.window, now, is_dated=self.entry.is_dated
        )

    def overlaps(self, keys: LookupKeys, index: Mapping[int, Sequence[int]]) -> dict[int, Overlap]:
        """Return the entries that share enough with this one to be compared with it, by number.

        ``index`` tells which entries have a key.
        """
        own = self.entry.pk
        sharing = [entries for key in keys.text if (entries := index.get(key))]
        by_headline = _having(keys.headline, index) - {own}
        by_address = _having(keys.address, index) - {own}
        shared = Counter(chain.from_iterable(sharing))
        # Nearly all that share something share one common phrase: they are told apart first.
        several = {pk: count for pk, count in shared.items() if count > 1 and pk != own}
        if not (several or by_headline or by_address):
            return {}
        rare = set(
            chain.from_iterable(
                entries for entries in sharing if len(entries) <= signature.RARE_KEY_ENTRIES
            )
        )
        by_text = sorted(
            (-count, pk)
            for pk, count in several.items()
            if signature.is_worth_comparing(count, has_rare=pk in rare)
        )
        pks = {pk for _, pk in by_text[:MOST_COMPARED]} | by_headline | by_address
        return {pk: Overlap(shared[pk], pk in by_headline, pk in by_address) for pk in pks}


def site_of(address: str, source: str) -> str:
    """Return the host of a canonical address, which all feeds of a paper share; else the source."""
    return urlsplit(address).netloc or source


@dataclass(frozen=True)
class Candidate:
    """An entry with the text that it is judged by, each part computed when it is first needed."""

    entry: StoryText
    text: ComparableText

    @classmethod
    def of(cls, entry: StoryText) -> Candidate:
        """Build one of an entry that has a text, whose markup is not kept."""
        return cls.of_each([entry])[0]

    @classmethod
    def of_each(cls, entries: Sequence[StoryText]) -> list[Candidate]:
        """Build one of each entry; their texts are folded together."""
        bodies = [markup.text_of(entry.content_html)[:KEYED_CHARACTERS] for entry in entries]
        keys = keys_of_shown([*(entry.title for entry in entries), *bodies])
        titles, bodies = keys[: len(entries)], keys[len(entries) :]
        return [
            cls(replace(entry, content_html=""), ComparableText(title, body))
            for entry, title, body in zip(entries, titles, bodies, strict=True)
        ]

    @cached_property
    def address(self) -> str:
        """Return the canonical address, empty where there is no link."""
        return urls.canonical(self.entry.link) if self.entry.link else ""

    @cached_property
    def site(self) -> str:
        """Return the host of the address, which all feeds of a paper share; else the source."""
        return site_of(self.address, self.entry.source)

    @cached_property
    def dated(self) -> Dated:
        """Return what the entry is judged by."""
        return Dated(
            text=self.text,
            site=self.site,
            published=self.entry.published,
            is_dated=self.entry.is_dated,
        )

    def sought(self) -> Sought:
        """Return the entry as it is looked up, where that was not made when it was stored."""
        entry = self.entry
        waiting = WaitingEntry(
            pk=entry.pk,
            source=entry.source,
            story=entry.story,
            published=entry.published,
            is_dated=entry.is_dated,
            was_clustered=entry.was_clustered,
            signed=None,
        )
        address = "" if urls.is_front_page(self.address) else self.address
        return Sought.of(waiting, signed_texts([(self.text, address)])[0])

    def notice_sites(
        self, overlap_of: Mapping[int, Overlap], near: Mapping[int, Candidate]
    ) -> frozenset[str]:
        """Return the sites that send nearly this text under several headlines.

        Such a text is a notice (subscribe to read on) and says nothing of the entry. ``near`` are
        the entries that this one was found to overlap with.
        """
        headlines: dict[str, set[str]] = {self.site: {self.text.headline}}
        for pk, other in near.items():
            if overlap_of[pk].shared_minima < _FEWEST_OF_NEARLY_ONE:
                continue
            is_retitled = not headline_words.share_words(self.text, other.text)
            if is_retitled and self._is_nearly_one_with(other):
                headlines.setdefault(other.site, set()).add(other.text.headline)
        return frozenset(
            site for site, texts in headlines.items() if len(texts) >= NOTICE_HEADLINES
        )

    def _is_nearly_one_with(self, other: Candidate) -> bool:
        similarity = set_similarity(self.text.ngrams, other.text.ngrams)
        return similarity.jaccard >= _NEARLY_ONE_JACCARD


def signed_texts(texts: Sequence[tuple[ComparableText, str]]) -> list[SignedText]:
    """Make what texts are looked up by; each has its canonical address, empty where it has none."""
    signatures = signature.signatures_of([text for text, _ in texts])
    return [
        SignedText(address=address, characters=len(text.body), signature=of_text.pack())
        for (text, address), of_text in zip(texts, signatures, strict=True)
    ]


def _having(keys: Iterable[int], index: Mapping[int, Sequence[int]]) -> set[int]:
    return {pk for key in keys for pk in index.get(key, ())}
