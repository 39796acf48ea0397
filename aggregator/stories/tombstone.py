"""What is left of a purged text, so that it is known again: numbers, and not the text.

Hashes of a quarter of its n-grams, hashes of its headline's words, and which numbers, days and
places it names. It is compared as a text is.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aggregator.stories.facts import Facts, Slot, Veto
from aggregator.stories.ngrams import Hashes, hash_of
from aggregator.stories.similarity import ComparableText

_SAMPLED = np.uint64(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is compared of a text, with every word turned into a number."""

    headline: str
    body_characters: int
    is_long: bool
    is_standing: bool
    grams: Hashes
    opening: Hashes
    rest: Hashes
    facts_in_title: Facts
    facts_in_lead: Facts
    facts_in_all: Facts

    @classmethod
    def of(cls, text: ComparableText) -> Tombstone:
        """Turn a text into what would be left of it; only two of these can be compared."""
        return cls(
            headline=" ".join(_hashed(word) for word in text.headline.split()),
            body_characters=text.body_characters,
            is_long=text.is_long,
            is_standing=text.is_standing,
            grams=_sampled(text.grams),
            opening=_sampled(text.opening),
            rest=_sampled(text.rest),
            facts_in_title=_without_words(text.facts_in_title),
            facts_in_lead=_without_words(text.facts_in_lead),
            facts_in_all=_without_words(text.facts_in_all),
        )

    @classmethod
    def read(cls, written: str) -> Tombstone:
        """Read what ``written`` gave."""
        found = json.loads(written)
        return cls(
            headline=found["headline"],
            body_characters=found["body_characters"],
            is_long=found["is_long"],
            is_standing=found["is_standing"],
            grams=_array(found["grams"]),
            opening=_array(found["opening"]),
            rest=_array(found["rest"]),
            facts_in_title=_traits(found["in_title"]),
            facts_in_lead=_traits(found["in_lead"]),
            facts_in_all=_traits(found["in_all"]),
        )

    def written(self) -> str:
        """Write it as JSON."""
        return json.dumps(
            {
                "headline": self.headline,
                "body_characters": self.body_characters,
                "is_long": self.is_long,
                "is_standing": self.is_standing,
                "grams": _text(self.grams),
                "opening": _text(self.opening),
                "rest": _text(self.rest),
                "in_title": _row(self.facts_in_title),
                "in_lead": _row(self.facts_in_lead),
                "in_all": _row(self.facts_in_all),
            }
        )


def _sampled(hashes: Hashes) -> Hashes:
    """Keep a quarter, of every text the same: enough to compare, too few to put a text together."""
    kept: Hashes = hashes[hashes % _SAMPLED == 0]
    return kept


def _hashed(word: str) -> str:
    return f"{hash_of(word):08x}"


def _without_words(found: Facts) -> Facts:
    return Facts(
        numbers=found.numbers,
        days=found.days,
        places=found.places,
        steps=found.steps,
        slots={
            Slot(slot.kind, _hashed(slot.before), _hashed(slot.after)): said
            for slot, said in found.slots.items()
        },
    )


def _text(hashes: Hashes) -> str:
    return b64encode(hashes.astype("<u8").tobytes()).decode()


def _array(text: str) -> Hashes:
    return np.frombuffer(b64decode(text), dtype="<u8").astype(np.uint64)


def _row(found: Facts) -> dict[str, Any]:
    return {
        "numbers": sorted(found.numbers),
        "days": sorted(found.days),
        "places": sorted(found.places),
        "steps": sorted(found.steps),
        "slots": [[*slot, sorted(said)] for slot, said in found.slots.items()],
    }


def _traits(row: Mapping[str, Any]) -> Facts:
    return Facts(
        numbers=frozenset(row["numbers"]),
        days=frozenset(row["days"]),
        places=frozenset(row["places"]),
        steps=frozenset(row["steps"]),
        slots={
            Slot(Veto(kind), before, after): frozenset(said)
            for kind, before, after, said in row["slots"]
        },
    )
