"""What an entry is found by: minima of its text, its headline, its address.

Bands of one era lie together in the index, so that what is new is written to few places however
much is stored, and is found by looking at an era and its neighbour. Knows how the numbers in the
index are made up, which are the same for ever; refuses to know what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.stories.ngrams import hash_of, minima
from aggregator.stories.similarity import ComparableText

# Text and addresses are looked for within weeks, headlines within days. The longer an era, the more
# places what is new is written to; the shorter, the more are looked at. In a million entries of a
# thousand days a new one costs 0.85 ms with eras of 32 days, and 0.91 ms with 64.
_ERA_SECONDS = 32 * 86400
_HEADLINE_ERA_SECONDS = 4 * 86400
LONGEST_WINDOW = timedelta(days=60)
HEADLINE_WINDOW = timedelta(days=4)
_HASH_BITS, _KIND_BITS = 32, 56
_TEXT, _HEADLINE, _ADDRESS, _TOMBSTONE = range(4)
FEWEST_WORDS = 3

# One shared minimum is a common phrase. Two are hardly ever, where few other entries have one of
# them; of phrases that many have it takes as many as two texts do not share by chance.
_SHARED_MINIMA, _SHARED_PHRASES = 2, 4
TELLING_ENTRIES = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """Hashes of 32 bits: of a text that is long enough, a headline of some words, an address."""

    text: tuple[int, ...]
    headline: tuple[int, ...]
    address: tuple[int, ...]

    @classmethod
    def of(cls, text: ComparableText, address: str = "") -> Signature:
        """Make them of a text and a canonical address."""
        found: tuple[int, ...] = ()
        if text.is_long:
            whole, lead = minima(f"{text.title} {text.body}", text.body)
            found = tuple(dict.fromkeys((*whole, *lead)))
        has_headline = text.headline.count(" ") >= FEWEST_WORDS - 1
        return cls(
            text=found,
            headline=(hash_of(text.headline),) if has_headline else (),
            address=(hash_of(address),) if address else (),
        )

    def stored(self, published: datetime) -> tuple[int, ...]:
        """Give them as they stand in the index for an entry of that time."""
        at = int(published.timestamp())
        era, headline_era = at // _ERA_SECONDS, at // _HEADLINE_ERA_SECONDS
        return (
            *_within(_TEXT, (era,), self.text),
            *_within(_HEADLINE, (headline_era,), self.headline),
            *_within(_ADDRESS, (era,), self.address),
        )

    def tombstone(self) -> tuple[int, ...]:
        """Give them as they stand in the index for an entry that was purged: of no time."""
        return _within(_TOMBSTONE, (0,), (*self.text, *self.headline))

    def probes(self, published: datetime, window: timedelta, now: datetime) -> LookupKeys:
        """Give what entries published near that time, and by now, may have in the index."""
        last = max(published, min(published + window, now))
        eras = _eras(published - window, last, _ERA_SECONDS)
        days = min(window, HEADLINE_WINDOW)
        last = max(published, min(published + days, now))
        headline_eras = _eras(published - days, last, _HEADLINE_ERA_SECONDS)
        return LookupKeys(
            text=_within(_TEXT, eras, self.text),
            headline=_within(_HEADLINE, headline_eras, self.headline),
            address=_within(_ADDRESS, eras, self.address),
        )


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """What is looked up in the index for one entry."""

    text: tuple[int, ...]
    headline: tuple[int, ...]
    address: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Give all of it."""
        return (*self.text, *self.headline, *self.address)


FEWEST_SHARED = _SHARED_MINIMA


def is_enough(shared: int, *, is_telling: bool) -> bool:
    """Tell whether two entries are to be compared: by how many minima they share, and how rare."""
    return shared >= (_SHARED_MINIMA if is_telling else _SHARED_PHRASES)


def _eras(first: datetime, last: datetime, era_seconds: int) -> range:
    return range(int(first.timestamp()) // era_seconds, int(last.timestamp()) // era_seconds + 1)


def _within(kind: int, eras: Iterable[int], hashes: Sequence[int]) -> tuple[int, ...]:
    high = kind << _KIND_BITS
    return tuple(high | era << _HASH_BITS | one for era in eras for one in hashes)
