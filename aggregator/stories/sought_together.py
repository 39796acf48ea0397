"""Many entries looked up together: their keys as arrays, and what they find of each other.

Returns what ``Sought`` returns of one entry after the other. Of new entries nearly none has enough
in common with another to be compared; arrays tell at once which. To build the keys of each entry as
a tuple, and to ask a dictionary for each key, took a fifth of the time of joining. Refuses to know
where the index lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from aggregator.models import DedupeRules
from aggregator.stories.candidates import MOST_COMPARED, Overlap, Sought
from aggregator.stories.signature import (
    ADDRESS,
    FEWEST_COMMON,
    FEWEST_RARE,
    HEADLINE,
    KINDS,
    RARE_KEY_ENTRIES,
    TEXT,
    index_key,
)

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Pairs of entries that share a key, which are counted together. 2,000 made entries have a million
# such pairs: counted 10,000 or 50,000 at a time they cost 32 µs an entry, and 500,000 at a time 46,
# as memory is mapped anew for each array. Where all entries are one notice, they have 80 million.
_PAIRS_TOGETHER = 50_000


@dataclass(frozen=True, slots=True)
class Lookups:
    """Keys that are looked up, in order: of which kind, and for which entry, by its place.

    ``is_own`` says that the entry itself stands under the key.
    """

    keys: Numbers
    kinds: Numbers
    owners: Numbers
    is_own: Flags

    def distinct(self) -> list[int]:
        """Return the keys, each once, in order."""
        keys: list[int] = self.keys[_is_first(self.keys)].tolist()
        return keys


@dataclass(frozen=True, slots=True)
class _Index:
    """Which entries have which keys, in the order of the keys.

    ``entries`` are places in ``pks``, which are in order.
    """

    keys: Numbers
    entries: Numbers
    pks: Numbers


class SoughtTogether:
    """Entries that are looked up together."""

    def __init__(self, sought: Sequence[Sought]) -> None:
        self._sought = sought
        self._pks = np.array([one.entry.pk for one in sought], np.int64)
        hashes = [of_kind for one in sought for of_kind in one.signature.by_kind()]
        self._hashes = np.fromiter(chain.from_iterable(hashes), np.int64)
        # Each hash is one of a part, and there is a part for each kind of each entry.
        self._parts = np.arange(len(hashes)).repeat([len(of_kind) for of_kind in hashes])
        self._owners = self._parts // len(KINDS)
        self._kinds = np.array(KINDS)[self._parts % len(KINDS)]
        eras = np.array([one.eras() for one in sought], np.int64)
        self._eras = eras.ravel()[self._parts]
        self._keys = index_key(self._kinds, self._eras, self._hashes)

    def index_rows(self) -> Iterator[tuple[int, int]]:
        """Yield the rows under which the entries stand in the index: (key, number), in order."""
        order = np.argsort(self._keys)
        pks = self._pks[self._owners[order]].tolist()
        return zip(self._keys[order].tolist(), pks, strict=True)

    def lookups(self, rules: DedupeRules, now: datetime) -> Lookups:
        """Return the keys of entries that may carry the same texts."""
        spans = [era for one in self._sought for era in one.lookup_eras(rules, now)]
        starts = np.array([span.start for span in spans], np.int64)[self._parts]
        counts = np.array([len(span) for span in spans], np.int64)[self._parts]
        eras = _each_from(starts, counts)
        kinds = self._kinds.repeat(counts)
        keys = index_key(kinds, eras, self._hashes.repeat(counts))
        order = np.argsort(keys)
        return Lookups(
            keys=keys[order],
            kinds=kinds[order],
            owners=self._owners.repeat(counts)[order],
            is_own=(eras == self._eras.repeat(counts))[order],
        )

    def overlaps(
        self, lookups: Lookups, stored: Mapping[int, Sequence[int]]
    ) -> dict[int, dict[int, Overlap]]:
        """Return what each entry overlaps with, by number, where it does with any.

        ``stored`` tells which entries have a key in the index, which these entries join later: but
        for those that were clustered before, whose earlier keys it has.
        """
        index = self._index(stored)
        first = np.searchsorted(index.keys, lookups.keys, side="left")
        sizes = np.searchsorted(index.keys, lookups.keys, side="right") - first
        met = np.flatnonzero(sizes > lookups.is_own)
        # One shared minimum is never enough to be compared; a headline or an address is.
        says = np.where(lookups.kinds[met] == TEXT, 1, FEWEST_RARE)
        said = np.bincount(lookups.owners[met], says, minlength=len(self._sought))
        met = met[said[lookups.owners[met]] >= FEWEST_RARE]
        pairs = np.bincount(lookups.owners[met], sizes[met], minlength=len(self._sought))
        turns = (pairs.cumsum() // _PAIRS_TOGETHER)[lookups.owners[met]]
        found: dict[int, dict[int, Overlap]] = {}
        for turn in np.unique(turns).tolist():
            part = met[turns == turn]
            for pk, other, overlap in self._met(lookups, index, part, first[part], sizes[part]):
                found.setdefault(pk, {})[other] = overlap
        return found

    def _index(self, stored: Mapping[int, Sequence[int]]) -> _Index:
        """Return the index as it will be once these entries have joined it."""
        joining = np.ones(len(self._keys), dtype=bool)
        was_clustered = np.array([one.entry.was_clustered for one in self._sought], dtype=bool)
        for place in np.flatnonzero(was_clustered[self._owners]).tolist():
            pk = self._sought[self._owners[place]].entry.pk
            joining[place] = pk not in stored.get(int(self._keys[place]), ())
        counts = np.fromiter(map(len, stored.values()), np.int64, len(stored))
        known = np.fromiter(chain.from_iterable(stored.values()), np.int64, counts.sum())
        keys = np.fromiter(stored, np.int64, len(stored)).repeat(counts)
        keys = np.concatenate((keys, self._keys[joining]))
        order = np.argsort(keys)
        pks = np.sort(np.concatenate((known, self._pks)))
        pks = pks[_is_first(pks)]
        entries = np.concatenate((known, self._pks[self._owners[joining]]))[order]
        return _Index(keys[order], np.searchsorted(pks, entries), pks)

    def _met(
        self, lookups: Lookups, index: _Index, met: Numbers, first: Numbers, sizes: Numbers
    ) -> Iterator[tuple[int, int, Overlap]]:
        """Yield what entries overlap with: (number, number of the other, overlap).

        ``met`` are look-ups that found others: the ``sizes`` entries from ``first`` of the index.
        """
        owners, others = lookups.owners[met].repeat(sizes), index.entries[_each_from(first, sizes)]
        kinds = lookups.kinds[met].repeat(sizes)
        is_rare = (sizes <= RARE_KEY_ENTRIES).repeat(sizes)
        is_other = index.pks[others] != self._pks[owners]
        pairs = owners * len(index.pks) + others
        shared = _Shared.of(pairs[is_other & (kinds == TEXT)], is_rare[is_other & (kinds == TEXT)])
        by_text = shared.worth_comparing(len(index.pks))
        by_headline = pairs[is_other & (kinds == HEADLINE)]
        by_address = pairs[is_other & (kinds == ADDRESS)]
        chosen = np.sort(np.concatenate((by_text, by_headline, by_address)))
        chosen = chosen[_is_first(chosen)]
        columns = (
            self._pks[chosen // len(index.pks)],
            index.pks[chosen % len(index.pks)],
            shared.counts_of(chosen),
            np.isin(chosen, by_headline),
            np.isin(chosen, by_address),
        )
        for pk, other, *overlap in zip(*(column.tolist() for column in columns), strict=True):
            yield pk, other, Overlap(*overlap)


@dataclass(frozen=True, slots=True)
class _Shared:
    """How many minima pairs of entries share, and whether few others have one of them.

    A pair is one number: the place of the entry that looks, and that of the other.
    """

    pairs: Numbers
    counts: Numbers
    has_rare: Flags

    @classmethod
    def of(cls, pairs: Numbers, is_rare: Flags) -> _Shared:
        """Count pairs that are there once for each minimum that the two share."""
        marked = np.sort(pairs << 1 | is_rare)  # of a pair, what is rare comes last
        first = np.flatnonzero(_is_first(marked >> 1))
        end = np.append(first, len(marked))[1:]
        return cls(marked[first] >> 1, end - first, (marked[end - 1] & 1).astype(bool))

    def worth_comparing(self, entries: int) -> Numbers:
        """Return the pairs that share enough, of each entry those with the most in common.

        ``entries`` is by what the place of an entry is multiplied in a pair.
        """
        is_worth = self.counts >= np.where(self.has_rare, FEWEST_RARE, FEWEST_COMMON)
        pairs = self.pairs[is_worth]
        pairs = pairs[np.lexsort((pairs, -self.counts[is_worth], pairs // entries))]
        owners = pairs // entries
        first = np.flatnonzero(_is_first(owners))
        rank = np.arange(len(pairs)) - first.repeat(np.diff(first, append=len(pairs)))
        return pairs[rank < MOST_COMPARED]

    def counts_of(self, pairs: Numbers) -> Numbers:
        """Return how many minima some pairs share; 0 of a pair that is not among these."""
        if not len(self.pairs):
            return np.zeros(len(pairs), np.int64)
        places = np.minimum(np.searchsorted(self.pairs, pairs), len(self.pairs) - 1)
        return np.where(self.pairs[places] == pairs, self.counts[places], 0)


def _each_from(starts: Numbers, counts: Numbers) -> Numbers:
    """Return the numbers from each start on, as many as its count, one behind the other."""
    offsets: Numbers = starts - counts.cumsum() + counts
    each: Numbers = offsets.repeat(counts)
    return each + np.arange(len(each))


def _is_first(numbers: Numbers) -> Flags:
    """Tell of numbers in order which are not the same as the one before."""
    is_first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
    return is_first
