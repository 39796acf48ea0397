"""What an entry is looked up by: minima of its text, its headline, its address.

Keys of one era lie together in the index, so that a new entry is written to few places however much
is stored, and is found by looking at an era and its neighbours. Knows how the numbers in the index
are made up, which stay the same for ever; refuses to know what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from aggregator.models import LONGEST_WINDOW
from aggregator.stories.comparable import ComparableText
from aggregator.stories.earlier_minima import earlier_minima
from aggregator.stories.ngrams import hash_of, minima

# Texts and addresses are looked up within weeks, headlines within days. The longer an era, the more
# places a new entry is written to; the shorter, the more places are looked at. In a million entries
# of a thousand days a new one costs 0.85 ms with eras of 32 days, and 0.91 ms with 64.
_ERA_SECONDS = 32 * 86400
_HEADLINE_ERA_SECONDS = 4 * 86400
HEADLINE_WINDOW = timedelta(days=4)
# How far back what has no date is looked up. With 60 days an entry without a date, or one with an
# old date, costs 0.88 ms in place of 0.72 in a store of 100,000 entries of 400 days; with 96, 0.96;
# with 128, 1.19. An entry of today costs what it did.
UNDATED_WINDOW = LONGEST_WINDOW
_HASH_BITS, _KIND_BITS = 32, 56
# Numbers 0 and 3 were those of texts and tombstones in earlier versions (``earlier_minima``).
_EARLIER_TOMBSTONE = 3
_HEADLINE, _ADDRESS, _TEXT, _TOMBSTONE = 1, 2, 4, 5
EARLIER_TOMBSTONES = range(_EARLIER_TOMBSTONE << _KIND_BITS, (_EARLIER_TOMBSTONE + 1) << _KIND_BITS)
# A headline of two words (সড়ক দুর্ঘটনা) is many entries'.
FEWEST_WORDS = 3
_PACKED = np.dtype("<u4")

# One shared minimum is a common phrase. Two are hardly ever, where few other entries have one of
# them; of phrases that many have, four are more than two texts share by chance.
_FEWEST_RARE, _FEWEST_COMMON = 2, 4
# A key that more entries have is a common phrase.
RARE_KEY_ENTRIES = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """Hashes of 32 bits: of a text that is long enough, of a headline of some words, of an address.

    Each is empty where the entry has none.
    """

    text: tuple[int, ...]
    headline: tuple[int, ...]
    address: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: ComparableText, address: str = "") -> Signature:
        """Build the signature of a text and a canonical address."""
        has_headline = text.headline.count(" ") >= FEWEST_WORDS - 1
        return cls(
            text=minima(text.title, text.body) if text.is_long else (),
            headline=(hash_of(text.headline),) if has_headline else (),
        ).at(address)

    def at(self, address: str) -> Signature:
        """Return the same signature with a canonical address, or without one where it is empty."""
        return replace(self, address=(hash_of(address),) if address else ())

    def pack(self) -> bytes:
        """Write the hashes of text and headline, four bytes each, as the store keeps them."""
        hashes = (len(self.headline), *self.headline, *self.text)
        return np.array(hashes, dtype=_PACKED).tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        """Read what ``pack`` returned; ValueError where it is none."""
        count, *hashes = np.frombuffer(packed, dtype=_PACKED).tolist()
        return cls(text=tuple(hashes[count:]), headline=tuple(hashes[:count]))

    def index_keys(self, published: datetime) -> tuple[int, ...]:
        """Return the keys under which an entry of that time stands in the index."""
        at = int(published.timestamp())
        era, headline_era = at // _ERA_SECONDS, at // _HEADLINE_ERA_SECONDS
        return (
            *_keys(_TEXT, (era,), self.text),
            *_keys(_HEADLINE, (headline_era,), self.headline),
            *_keys(_ADDRESS, (era,), self.address),
        )

    def tombstone_keys(self) -> tuple[int, ...]:
        """Return the keys under which a purged entry stands in the index, whatever its time."""
        return _keys(_TOMBSTONE, (0,), (*self.text, *self.headline))

    def earlier_tombstone_keys(self, text: ComparableText) -> tuple[int, ...]:
        """Return the keys of what an earlier version purged; ``text`` is the signature's own."""
        hashes = earlier_minima(text.title, text.body) if text.is_long else ()
        return _keys(_EARLIER_TOMBSTONE, (0,), (*hashes, *self.headline))

    def lookup_keys(
        self, published: datetime, window: timedelta, now: datetime, *, is_dated: bool = True
    ) -> LookupKeys:
        """Return the keys of entries published within a window of that time, and not after now.

        What has no date may be older than it seems. So an entry without a date is looked up further
        back; and as others may have none, one with a date further ahead, which today's have not.
        """
        last = max(published, min(published + UNDATED_WINDOW, now))
        back = window if is_dated else UNDATED_WINDOW
        eras = _eras(published - back, last, _ERA_SECONDS)
        days = min(window, HEADLINE_WINDOW)
        last = max(published, min(published + days, now))
        headline_eras = _eras(published - days, last, _HEADLINE_ERA_SECONDS)
        return LookupKeys(
            text=_keys(_TEXT, eras, self.text),
            headline=_keys(_HEADLINE, headline_eras, self.headline),
            address=_keys(_ADDRESS, eras, self.address),
        )


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """The keys that are looked up in the index for one entry."""

    text: tuple[int, ...]
    headline: tuple[int, ...]
    address: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Return all of them."""
        return (*self.text, *self.headline, *self.address)


def is_worth_comparing(shared_minima: int, *, has_rare: bool) -> bool:
    """Tell whether two entries share enough minima to be compared.

    ``has_rare`` says that one of the shared minima stands in few entries of the index.
    """
    return shared_minima >= (_FEWEST_RARE if has_rare else _FEWEST_COMMON)


def _eras(first: datetime, last: datetime, era_seconds: int) -> range:
    return range(int(first.timestamp()) // era_seconds, int(last.timestamp()) // era_seconds + 1)


def _keys(kind: int, eras: Iterable[int], hashes: Sequence[int]) -> tuple[int, ...]:
    """Return the index keys of hashes: 8 bits of kind, 24 of era, 32 of hash."""
    keys: list[int] = []
    for era in eras:
        high = kind << _KIND_BITS | era << _HASH_BITS
        keys += [high | hash_ for hash_ in hashes]
    return tuple(keys)
