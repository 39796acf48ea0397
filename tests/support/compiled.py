"""Statements that are compiled once for all stores that tests open."""

from __future__ import annotations

from collections.abc import Hashable

Compiled = object


class CompiledStatements(dict[tuple[Hashable, ...], Compiled]):
    """What SQLAlchemy compiled, by the statement and the kind of database.

    SQLAlchemy looks for it by the dialect first, which is another object in each engine. Engines of
    one kind are all made in one way, so what was compiled for one is right for another.
    """

    def get(self, key: tuple[Hashable, ...], default: Compiled | None = None) -> Compiled | None:
        """Return what was compiled for any engine of that kind."""
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: tuple[Hashable, ...], compiled: Compiled) -> None:
        super().__setitem__(_of_kind(key), compiled)


def _of_kind(key: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    dialect, *statement = key
    return (type(dialect), *statement)
