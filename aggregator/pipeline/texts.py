"""The texts of stored entries, each read once in a unit of work."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.store.unit import UnitOfWork
from aggregator.stories.candidates import Candidate


class Texts:
    """Reads texts when they are asked for, and keeps them."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._candidates: dict[int, Candidate | None] = {}

    def read(self, pks: Iterable[int]) -> dict[int, Candidate]:
        """Return entries by number, without those that are purged or cannot be read."""
        wanted = dict.fromkeys(pks)
        if missing := wanted.keys() - self._candidates.keys():
            self._candidates |= dict.fromkeys(missing)
            for entry in self._unit.stories.texts(missing):
                if not entry.is_purged:
                    self._candidates[entry.pk] = Candidate.of(entry)
        return {pk: candidate for pk in wanted if (candidate := self._candidates[pk]) is not None}
