"""Which entries an entry is compared with: what the index holds in common with it.

Knows what an entry is looked up and judged by, which of the entries that share something with it
are worth judging, and which sites send a notice. Refuses to know where the index lies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from urllib.parse import urlsplit

from aggregator import markup, urls
from aggregator.bengali.text import key_of_shown
from aggregator.models import DedupeRules, StoryText
from aggregator.stories import headlines as headline_words
from aggregator.stories import signature
from aggregator.stories.comparable import ComparableText, Dated
from aggregator.stories.signature import LookupKeys, Signature

# The beginning decides which text this is: no article of the samples is longer.
_COMPARED_CHARACTERS = 50_000
# The candidates with the most in common are compared; an entry that is part of a story has more in
# common with its entries than texts of one template, of which there can be a month's.
_MOST_COMPARED = 40
# Of 26 minima, so many are shared by texts that are nearly the same.
_NEARLY_ALL_MINIMA = 16
# A site that sends nearly one text under so many headlines sends a notice.
NOTICE_HEADLINES = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two entries share by the index: how many minima, their headline, their address."""

    shared_minima: int = 0
    has_headline: bool = False
    has_address: bool = False


@dataclass(frozen=True)
class Candidate:
    """An entry with what it is looked up and judged by, each computed when it is first needed.

    ``is_address_own`` says that the source has given the address to no other entry.
    """

    entry: StoryText
    text: ComparableText
    is_address_own: bool = True

    @classmethod
    def of(cls, entry: StoryText) -> Candidate:
        """Build one of an entry that has a text."""
        body = markup.text_of(entry.content_html)[:_COMPARED_CHARACTERS]
        return cls(entry, ComparableText(key_of_shown(entry.title), key_of_shown(body)))

    @cached_property
    def address(self) -> str:
        """Return the canonical address, empty where there is no link."""
        return urls.canonical(self.entry.link) if self.entry.link else ""

    @cached_property
    def site(self) -> str:
        """Return the host of the address, which all feeds of a paper share; else the source."""
        return urlsplit(self.address).netloc or self.entry.source

    @cached_property
    def signature(self) -> Signature:
        """Return what the entry is looked up by."""
        has_address = self.is_address_own and not urls.is_front_page(self.address)
        return Signature.of(self.text, self.address if has_address else "")

    @cached_property
    def dated(self) -> Dated:
        """Return what the entry is judged by."""
        return Dated(
            text=self.text,
            site=self.site,
            published=self.entry.published,
            is_dated=self.entry.is_dated,
        )

    def lookup_keys(self, rules: DedupeRules, now: datetime) -> LookupKeys:
        """Return the keys of entries that may carry the same text."""
        return self.signature.lookup_keys(
            self.entry.published, rules.window, now, is_dated=self.entry.is_dated
        )

    def overlaps(self, keys: LookupKeys, index: Mapping[int, Sequence[int]]) -> dict[int, Overlap]:
        """Return the entries that share enough with this one to be compared with it, by number.

        ``index`` tells which entries have a key.
        """
        sharing = [index[key] for key in keys.text if key in index]
        shared = Counter(chain.from_iterable(sharing))
        rare = set(
            chain.from_iterable(
                entries for entries in sharing if len(entries) <= signature.RARE_KEY_ENTRIES
            )
        )
        own = self.entry.pk
        by_text = sorted(
            (-count, pk)
            for pk, count in shared.items()
            if pk != own and signature.is_worth_comparing(count, has_rare=pk in rare)
        )
        by_headline = _having(keys.headline, index) - {own}
        by_address = _having(keys.address, index) - {own}
        pks = {pk for _, pk in by_text[:_MOST_COMPARED]} | by_headline | by_address
        return {pk: Overlap(shared[pk], pk in by_headline, pk in by_address) for pk in pks}

    def notice_sites(
        self, overlap_of: Mapping[int, Overlap], near: Mapping[int, Candidate]
    ) -> frozenset[str]:
        """Return the sites that send nearly this text under several headlines.

        Such a text is a notice (subscribe to read on) and says nothing of the entry. ``near`` are
        the entries that this one was found to overlap with.
        """
        headlines: dict[str, set[str]] = {self.site: {self.text.headline}}
        for pk, other in near.items():
            is_retitled = not headline_words.share_words(self.text, other.text)
            if overlap_of[pk].shared_minima >= _NEARLY_ALL_MINIMA and is_retitled:
                headlines.setdefault(other.site, set()).add(other.text.headline)
        return frozenset(
            site for site, texts in headlines.items() if len(texts) >= NOTICE_HEADLINES
        )


def _having(keys: Iterable[int], index: Mapping[int, Sequence[int]]) -> set[int]:
    return {pk for key in keys for pk in index.get(key, ())}
