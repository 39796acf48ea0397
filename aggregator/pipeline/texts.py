"""The texts of stored entries, each read once in a unit of work."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.store.unit import UnitOfWork
from aggregator.stories.candidates import Candidate

# Their markup is in memory together, and may be any length. Of 64 each takes 77 µs, of 16 it takes
# 95, of 256 together 73.
_TEXTS_TOGETHER = 64


class Texts:
    """Reads texts when they are asked for, and keeps them without their markup."""

    def __init__(self, unit: UnitOfWork, unstored: Iterable[Candidate] = ()) -> None:
        """``unstored`` are entries that are asked for as stored ones are, by their own numbers."""
        self._unit = unit
        self._candidates: dict[int, Candidate | None] = {one.entry.pk: one for one in unstored}

    def read(self, pks: Iterable[int]) -> dict[int, Candidate]:
        """Return entries by number, without those that are purged or cannot be read."""
        wanted = dict.fromkeys(pks)
        missing = sorted(wanted.keys() - self._candidates.keys())
        self._candidates |= dict.fromkeys(missing)
        for first in range(0, len(missing), _TEXTS_TOGETHER):
            entries = self._unit.stories.texts(missing[first : first + _TEXTS_TOGETHER])
            alive = [entry for entry in entries if not entry.is_purged]
            self._candidates |= {one.entry.pk: one for one in Candidate.of_each(alive)}
        return {pk: candidate for pk in wanted if (candidate := self._candidates[pk]) is not None}
