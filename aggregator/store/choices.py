"""What feeds choose stories by: the categories and titles of entries, and who else has a story."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import schema, sql
from aggregator.store.columns import naming_faults, text, texts
from aggregator.store.rows import from_unix
from aggregator.store.unreadable import Unreadable

_Value = TypeVar("_Value")

_entry, _text = schema.entry, schema.entry_text
_pks, _stories = sql.each("pks"), sql.each("stories")
_wanted = _text.c.pk.in_(sa.select(_pks.c.value))
_CATEGORIES = sa.select(_text.c.pk, _text.c.categories).where(_wanted)
_TITLES = sa.select(_text.c.pk, _text.c.title).where(_wanted)
_REPORTS = sa.select(_entry.c.story, _entry.c.source, _entry.c.published_unix).where(
    _entry.c.story.in_(sa.select(_stories.c.value)), _entry.c.purged_unix.is_(None)
)


class Choices:
    """The reads of one unit of work by which feeds choose stories; purged entries have nothing."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def categories(self, pks: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Return the categories that entries came with, by number."""
        return self._each(_CATEGORIES, pks, texts)

    def titles(self, pks: Iterable[int]) -> dict[int, str]:
        """Return the titles of entries, by number."""
        return self._each(_TITLES, pks, text)

    def reports_of(self, stories: Iterable[int]) -> dict[int, list[tuple[str, datetime]]]:
        """Return when who carried stories: number of the story → (source, time) of entries."""
        reports: dict[int, list[tuple[str, datetime]]] = {}

        @naming_faults
        def read(wanted: Sequence[int]) -> list[tuple[int, str, datetime]]:
            rows = self._connection.execute(_REPORTS, {"stories": wanted})
            return [(row.story, row.source, from_unix(row.published_unix)) for row in rows]

        rows = self._unreadable.read_rows("a source of story", read, sorted({*stories}))
        for story, source, published in rows:
            reports.setdefault(story, []).append((source, published))
        return reports

    def _each(
        self,
        query: sa.Select[int, object],
        pks: Iterable[int],
        value_of: Callable[[object], _Value],
    ) -> dict[int, _Value]:
        """Return the values of one column of entries, by number."""
        named = naming_faults(value_of)

        def read(wanted: Sequence[int]) -> list[tuple[int, _Value]]:
            rows = self._connection.execute(query, {"pks": wanted})
            return [(pk, named(value)) for pk, value in rows]

        return dict(self._unreadable.read_entries(self._connection, read, pks))
