"""An entry as it is looked up and judged, and what of the index is worth judging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from urllib.parse import urlsplit

from aggregator import markup, urls
from aggregator.bengali.text import key_of_shown
from aggregator.models import DedupeRules, StoryText
from aggregator.stories import same_text, signature
from aggregator.stories.same_text import Dated
from aggregator.stories.signature import LookupKeys, Signature
from aggregator.stories.similarity import ComparableText

# What two texts are is told by less: no article of the samples is longer.
_CHARACTERS_COMPARED = 50_000
# The candidates with the most in common are compared; an entry that is part of a story has more in
# common with its entries than texts of one template, of which there can be a month's.
_CANDIDATES = 40
# So many minima of 26 are shared by what is nearly the same text.
_NEARLY_ALL = 16
# A site that sends nearly one text under so many headlines sends a wall or a notice.
HEADLINES_OF_A_WALL = 3


@dataclass(frozen=True)
class Candidate:
    """An entry as it is looked up and judged; each of it is made once it is asked for."""

    entry: StoryText
    text: ComparableText
    is_named: bool = True  # its address is its own: its source has not given it to others

    @classmethod
    def of(cls, entry: StoryText) -> Candidate:
        """Make one of an entry that has a text."""
        body = markup.text_of(entry.content_html)
        return cls(
            entry,
            ComparableText(key_of_shown(entry.title), key_of_shown(body[:_CHARACTERS_COMPARED])),
        )

    @cached_property
    def address(self) -> str:
        """Give the canonical address, or nothing where it is a front page or none."""
        return urls.canonical(self.entry.link) if self.entry.link else ""

    @cached_property
    def site(self) -> str:
        """Give the host of the address, as all feeds of a paper have it; else the source."""
        return urlsplit(self.address).netloc or self.entry.source

    @cached_property
    def bands(self) -> Signature:
        """Give what it is found by."""
        is_its_own = self.is_named and not urls.is_front_page(self.address)
        return Signature.of(self.text, self.address if is_its_own else "")

    @cached_property
    def told(self) -> Dated:
        """Give it as it is judged."""
        return Dated(
            text=self.text,
            site=self.site,
            published=self.entry.published,
            is_dated=self.entry.is_dated,
        )

    def probes(self, rules: DedupeRules, now: datetime) -> LookupKeys:
        """Give what it is looked up by."""
        return self.bands.probes(self.entry.published, rules.window, now)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What one entry shares with another: minima of their texts, their headline, their address."""

    shared: int = 0
    has_headline: bool = False
    has_address: bool = False


def candidates(
    probes: LookupKeys, having: Mapping[int, Sequence[int]], own: int
) -> dict[int, Overlap]:
    """Give the entries that share enough with one to be compared with it, by their numbers."""
    sharing = [having[band] for band in probes.text if band in having]
    shared = Counter(chain.from_iterable(sharing))
    few = (entries for entries in sharing if len(entries) <= signature.TELLING_ENTRIES)
    telling = set(chain.from_iterable(few))
    enough = sorted(
        (-count, pk)
        for pk, count in shared.items()
        if count >= signature.FEWEST_SHARED
        and pk != own
        and signature.is_enough(count, is_telling=pk in telling)
    )
    headline, address = (
        {pk for band in some for pk in having.get(band, ()) if pk != own}
        for some in (probes.headline, probes.address)
    )
    found = {pk for _, pk in enough[:_CANDIDATES]} | headline | address
    return {pk: Overlap(shared[pk], pk in headline, pk in address) for pk in found}


def walls(
    one: Candidate, found: Mapping[int, Overlap], near: Mapping[int, Candidate]
) -> frozenset[str]:
    """Give the sites that send nearly this text under many headlines: it is not what they tell."""
    headlines: dict[str, set[str]] = {one.site: {one.text.headline}}
    for pk, other in near.items():
        is_retitled = not same_text.are_kin(one.text, other.text)
        if found[pk].shared >= _NEARLY_ALL and is_retitled:
            headlines.setdefault(other.site, set()).add(other.text.headline)
    return frozenset(site for site, some in headlines.items() if len(some) >= HEADLINES_OF_A_WALL)
