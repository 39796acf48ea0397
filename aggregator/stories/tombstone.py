"""What is left of a purged text, so that it is recognised: hashes and facts, and not the text.

A tombstone holds a quarter of the text's n-grams and hashes of its headline's words, with the
numbers, days and places it states. It is compared as a text is.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aggregator.models import LONGEST_WINDOW, StoryText, Tie, TieKind
from aggregator.stories import headlines as headline_words
from aggregator.stories import same_text, vetoes
from aggregator.stories.candidates import NOTICE_HEADLINES, Candidate
from aggregator.stories.comparable import Comparable, Dated
from aggregator.stories.facts import Facts, Slot
from aggregator.stories.ngrams import Hashes, hash_of

_KEPT_OF = np.uint64(4)  # every fourth n-gram: enough to compare, too few to rebuild a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A comparable text whose words are all hashed; only two of these can be compared."""

    headline: str
    body_characters: int
    is_long: bool
    is_standing: bool
    ngrams: Hashes
    opening: Hashes
    rest: Hashes
    facts_in_title: Facts
    facts_in_lead: Facts
    facts_in_all: Facts
    # What a text is about is words, so a tombstone does not say.
    subjects: Set[str] = frozenset()
    stems: Set[str] = frozenset()

    @classmethod
    def of(cls, text: Comparable) -> Tombstone:
        """Build what is left of a text."""
        return cls(
            headline=" ".join(_hashed(word) for word in text.headline.split()),
            body_characters=text.body_characters,
            is_long=text.is_long,
            is_standing=text.is_standing,
            ngrams=_sampled(text.ngrams),
            opening=_sampled(text.opening),
            rest=_sampled(text.rest),
            facts_in_title=_without_words(text.facts_in_title),
            facts_in_lead=_without_words(text.facts_in_lead),
            facts_in_all=_without_words(text.facts_in_all),
        )

    @classmethod
    def read(cls, content: str) -> Tombstone:
        """Read what ``write`` returned."""
        fields = json.loads(content)
        return cls(
            headline=fields["headline"],
            body_characters=fields["body_characters"],
            is_long=fields["is_long"],
            is_standing=fields["is_standing"],
            ngrams=_array(fields["grams"]),
            opening=_array(fields["opening"]),
            rest=_array(fields["rest"]),
            facts_in_title=Facts.from_json(fields["in_title"]),
            facts_in_lead=Facts.from_json(fields["in_lead"]),
            facts_in_all=Facts.from_json(fields["in_all"]),
        )

    def write(self) -> str:
        """Return it as JSON; the names stay, as stores hold tombstones for ever."""
        fields: dict[str, Any] = {
            "headline": self.headline,
            "body_characters": self.body_characters,
            "is_long": self.is_long,
            "is_standing": self.is_standing,
            "grams": _encoded(self.ngrams),
            "opening": _encoded(self.opening),
            "rest": _encoded(self.rest),
            "in_title": self.facts_in_title.to_json(),
            "in_lead": self.facts_in_lead.to_json(),
            "in_all": self.facts_in_all.to_json(),
        }
        return json.dumps(fields)


def _sampled(hashes: Hashes) -> Hashes:
    kept: Hashes = hashes[hashes % _KEPT_OF == 0]
    return kept


def _hashed(word: str) -> str:
    return f"{hash_of(word):08x}"


def _without_words(facts: Facts) -> Facts:
    """Return facts whose slots name no words: which words they were is hashed."""
    slots = {
        Slot(slot.kind, _hashed(slot.before), _hashed(slot.after)): values
        for slot, values in facts.slots.items()
    }
    return replace(facts, slots=slots)


def _encoded(hashes: Hashes) -> str:
    return b64encode(hashes.astype("<u8").tobytes()).decode()


def _array(encoded: str) -> Hashes:
    return np.frombuffer(b64decode(encoded), dtype="<u8").astype(np.uint64)


# --- Which entries carry a purged text -----------------------------------------------------------


def tied_to_purged(ties: Iterable[Tie], purged: set[int], own: set[int]) -> set[int]:
    """Return which of one's ``own`` entries are tied to a purged one, and are not purged yet."""
    tied = {pk for tie in ties if {tie.a, tie.b} & purged for pk in (tie.a, tie.b)}
    return tied & own - purged


def carries(candidate: Candidate, text: Tombstone, stone: StoryText) -> bool:
    """Tell whether an entry carries a purged text: as it was, in an edited copy, or as an excerpt.

    ``text`` is the entry's own text as a tombstone; ``stone`` is the purged entry. The two are
    judged as if two sites had published them at one moment. A known entry that takes on the text
    must have its headline, too: else a site that puts one text before all its entries would lose
    them.
    """
    if stone.content_key == candidate.entry.content_key:
        return True
    purged = Tombstone.read(stone.tombstone)
    if candidate.entry.was_clustered and not headline_words.share_words(text, purged):
        return False
    at = candidate.entry.published
    kind = same_text.judge(
        Dated(text=text, site="", published=at),
        Dated(text=purged, site="purged", published=at),
        LONGEST_WINDOW,
    ).kind
    if kind is TieKind.HEADLINE:  # a longer text under a short headline is another's
        return not candidate.text.is_long and vetoes.is_telling(candidate.text.headline)
    return kind is not None


def without_notices(carriers: Iterable[tuple[Candidate, Set[int]]]) -> set[int]:
    """Return the carriers of purged texts, by number, but for those of sites that send a notice.

    ``carriers`` are (candidate, the numbers of the purged entries whose text it carries). A site
    that has one purged text under several headlines sends a notice, and its entries are not what
    was purged; several purged texts under a headline each are none.
    """
    carriers = list(carriers)
    headlines: dict[tuple[str, int], set[str]] = {}
    for candidate, stones in carriers:
        for stone in stones:
            headlines.setdefault((candidate.site, stone), set()).add(candidate.text.headline)
    return {
        candidate.entry.pk
        for candidate, stones in carriers
        if any(len(headlines[candidate.site, stone]) < NOTICE_HEADLINES for stone in stones)
    }
