"""What an entry is looked up by: minima of its text, its headline, its address.

Keys of one era lie together in the index, so that a new entry is written to few places however much
is stored, and is found by looking at an era and its neighbours. Knows how the numbers in the index
are made up, which stay the same for ever; refuses to know what is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aggregator.models import LONGEST_WINDOW
from aggregator.stories.comparable import ComparableText
from aggregator.stories.earlier_minima import earlier_minima
from aggregator.stories.minima import minima_of
from aggregator.stories.ngrams import hash_of

Number = TypeVar("Number", int, NDArray[np.int64])

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
HEADLINE, ADDRESS, TEXT, _TOMBSTONE = 1, 2, 4, 5
KINDS = (TEXT, HEADLINE, ADDRESS)
EARLIER_TOMBSTONES = range(_EARLIER_TOMBSTONE << _KIND_BITS, (_EARLIER_TOMBSTONE + 1) << _KIND_BITS)
# A headline of two words (সড়ক দুর্ঘটনা) is many entries'.
FEWEST_WORDS = 3
_PACKED = np.dtype("<u4")

# One shared minimum is a common phrase. Two are hardly ever, where few other entries have one of
# them; of phrases that many have, four are more than two texts share by chance.
FEWEST_RARE, FEWEST_COMMON = 2, 4
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
        return signatures_of([text])[0].at(address)

    def at(self, address: str) -> Signature:
        """Return the same signature with a canonical address, or without one where it is empty."""
        return replace(self, address=_hashes_of(address))

    def pack(self) -> bytes:
        """Write the hashes of text and headline, four bytes each, as the store keeps them."""
        hashes = (len(self.headline), *self.headline, *self.text)
        return np.array(hashes, dtype=_PACKED).tobytes()

    @classmethod
    def unpack(cls, packed: bytes, address: str = "") -> Signature:
        """Read what ``pack`` returned, and add an address; ValueError where it is none."""
        count, *hashes = np.frombuffer(packed, dtype=_PACKED).tolist()
        return cls(tuple(hashes[count:]), tuple(hashes[:count]), _hashes_of(address))

    def by_kind(self) -> tuple[tuple[int, ...], ...]:
        """Return the hashes of each of ``KINDS``."""
        return self.text, self.headline, self.address

    def index_keys(self, published: datetime) -> tuple[int, ...]:
        """Return the keys under which an entry of that time stands in the index."""
        parts = zip(KINDS, eras_of(published), self.by_kind(), strict=True)
        return tuple(key for kind, era, hashes in parts for key in _keys(kind, (era,), hashes))

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

        In which eras they lie, ``lookup_eras`` says.
        """
        spans = lookup_eras(published, window, now, is_dated=is_dated)
        parts = zip(KINDS, spans, self.by_kind(), strict=True)
        return LookupKeys(*(_keys(kind, eras, hashes) for kind, eras, hashes in parts))


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
    return shared_minima >= (FEWEST_RARE if has_rare else FEWEST_COMMON)


def eras_of(published: datetime) -> tuple[int, int, int]:
    """Return the era of each of ``KINDS`` in which an entry of that time stands in the index."""
    at = int(published.timestamp())
    return at // _ERA_SECONDS, at // _HEADLINE_ERA_SECONDS, at // _ERA_SECONDS


def lookup_eras(
    published: datetime, window: timedelta, now: datetime, *, is_dated: bool = True
) -> tuple[range, range, range]:
    """Return the eras of each of ``KINDS`` in which what is near an entry of that time stands.

    What has no date may be older than it seems. So an entry without a date is looked up further
    back; and as others may have none, one with a date further ahead, which today's have not.
    """
    last = max(published, min(published + UNDATED_WINDOW, now))
    back = window if is_dated else UNDATED_WINDOW
    eras = _eras(published - back, last, _ERA_SECONDS)
    days = min(window, HEADLINE_WINDOW)
    last = max(published, min(published + days, now))
    return eras, _eras(published - days, last, _HEADLINE_ERA_SECONDS), eras


def index_key(kind: Number, era: Number, hash_: Number) -> Number:
    """Return the index key of a hash, or of arrays of them: 8 bits of kind, 24 of era, 32 of hash.

    The era of what lies before 1970 is negative, and its keys are.
    """
    return kind << _KIND_BITS | era << _HASH_BITS | hash_


def _eras(first: datetime, last: datetime, era_seconds: int) -> range:
    return range(int(first.timestamp()) // era_seconds, int(last.timestamp()) // era_seconds + 1)


def _keys(kind: int, eras: Iterable[int], hashes: Sequence[int]) -> tuple[int, ...]:
    return tuple(index_key(kind, era, hash_) for era in eras for hash_ in hashes)


def signatures_of(texts: Sequence[ComparableText]) -> list[Signature]:
    """Build the signatures of texts without their addresses."""
    minima_of_long = iter(minima_of([(text.title, text.body) for text in texts if text.is_long]))
    return [
        Signature(
            text=next(minima_of_long) if text.is_long else (),
            headline=_hashes_of(text.headline if _has_headline(text) else ""),
        )
        for text in texts
    ]


def _has_headline(text: ComparableText) -> bool:
    return text.headline.count(" ") >= FEWEST_WORDS - 1


def _hashes_of(text: str) -> tuple[int, ...]:
    """Return the hash of a headline or an address; none where it is empty."""
    return (hash_of(text),) if text else ()
