"""In which order entries stand that match: the newest first, or what matches best.

Knows how the index for searching and the rows of entries are read together, some at a time; refuses
to know how the index is made. Reads a snapshot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import IndexedText, SearchQuery, SearchScope
from aggregator.store import schema, search_index, sql
from aggregator.store.columns import naming_faults, number, text
from aggregator.store.packed import unpack
from aggregator.store.search_index import SearchIndex
from aggregator.store.statements import Read
from aggregator.store.unreadable import Unreadable

# The most of one day that are sorted by their time; of the others the last known come first.
_MOST_OF_A_DAY = 5_000
# The entries that are looked at together, which is what is counted where more match. By match as
# many of the newest are put in order: who looks for more looks for a day.
_LOOKED_AT = 1_000
# In thirty days a match is worth half, against another that is of today.
_HALF_LIFE_DAYS = 30

_entry, _text = schema.entry, schema.entry_text
_wanted = sa.select(sql.each("pks").c.value)
_TEXTS = Read(
    sa.select(_entry.c.pk, _entry.c.published_unix, _text.c.title, _text.c.texts)
    .join(_text, _text.c.pk == _entry.c.pk)
    .where(_entry.c.pk.in_(_wanted))
)
_FOUND = Read(
    sa.select(
        *(_entry.c.pk, _entry.c.story, _entry.c.published_unix, _entry.c.position, _entry.c.id),
        *(_entry.c.language, _entry.c.source),
    ).where(
        _entry.c.pk.in_(_wanted),
        _entry.c.purged_unix.is_(None),
        _entry.c.characters.is_not(None),
        _entry.c.story.is_not(None),
    )
)
# An entry that matches: its number, that of its story, and when it was published, in Unix time. A
# thousand are looked at to show twenty, and each as a type of its own takes 2 µs.
Match = tuple[int, int, int]


class SearchWalk:
    """The reads of one unit of work over entries that match."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def newest(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[tuple[list[Match], bool]]:
        """Yield the entries that match, the newest first, some at a time, and whether no others do.

        Days are taken whole, to be sorted.
        """
        wanted = index.syntax.expression(query, is_title=scope.only_titles)
        before = search_index.AFTER_ALL
        while numbers := index.newest(wanted, _LOOKED_AT, before=before):
            is_last = len(numbers) < _LOOKED_AT
            if not is_last:
                last = search_index.day_of(numbers[-1])
                before = search_index.first_of_day(last + 1)
                if numbers[-1] < before <= numbers[0]:
                    numbers = [number for number in numbers if number >= before]
                else:
                    first = before = search_index.first_of_day(last)
                    rest = index.newest(wanted, _MOST_OF_A_DAY, before=numbers[-1], first=first)
                    numbers += rest
                    if len(rest) == _MOST_OF_A_DAY:
                        before = numbers[-1]
            rows = sorted(self._entries(numbers, scope), key=_by_time)
            yield [row[:3] for row in rows], is_last
            if is_last:
                return

    def by_match(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[tuple[list[Match], bool]]:
        """Yield the newest entries that match, and whether no others do.

        Those by their title come first, then those in which more of the terms stand out.
        """
        numbers = index.newest(
            index.syntax.expression(query, is_title=scope.only_titles), _LOOKED_AT
        )
        if not numbers:
            return
        first, newest_day = numbers[-1], search_index.day_of(numbers[0])
        titles = set(
            index.newest(index.syntax.expression(query, is_title=True), _LOOKED_AT, first=first)
        )
        points = Counter(
            number
            for term in query.wanted
            for number in index.newest(index.syntax.emphasis(term), _LOOKED_AT, first=first)
        )

        def place(number: int) -> tuple[bool, float, int]:
            age_days = newest_day - search_index.day_of(number)
            score = (1 + points[number]) * 0.5 ** (age_days / _HALF_LIFE_DAYS)
            return number not in titles, -score, -number

        found = {row[0]: row[:3] for row in self._entries(numbers, scope)}
        ordered = (search_index.pk_of(number) for number in sorted(numbers, key=place))
        yield [found[pk] for pk in ordered if pk in found], len(numbers) < _LOOKED_AT

    def texts(self, pks: Sequence[int]) -> list[IndexedText]:
        """Return the texts of entries that can be read."""

        def read(wanted: Sequence[int]) -> list[IndexedText]:
            return indexed_texts(_TEXTS.rows(self._connection, pks=wanted))

        return self._unreadable.read_entries(self._connection, read, pks)

    def _entries(self, numbers: Sequence[int], scope: SearchScope) -> list[tuple[Any, ...]]:
        """Return the rows of those of the entries that are in the scope."""

        def read(wanted: Sequence[int]) -> list[tuple[Any, ...]]:
            return _found_rows(_FOUND.rows(self._connection, pks=wanted))

        rows = self._unreadable.read_entries(
            self._connection, read, map(search_index.pk_of, numbers)
        )
        languages, sources = scope.languages, scope.sources
        return [
            row
            for row in rows
            if (languages is None or row[5] in languages) and (sources is None or row[6] in sources)
        ]


@naming_faults
def _found_rows(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows of ``_FOUND`` as they are, each of a story and of a time."""
    for row in rows:
        number(row[1])
        number(row[2])
    return rows


def _by_time(row: tuple[Any, ...]) -> tuple[int, int, str]:
    """Order rows of ``_FOUND`` as feeds order stories."""
    return -row[2], row[3], row[4]


@naming_faults
def indexed_texts(rows: Iterable[tuple[Any, ...]]) -> list[IndexedText]:
    """Return texts of rows (number of the entry, time of publication, title, packed text)."""
    return [
        IndexedText(
            pk=pk,
            number=search_index.number_of(pk, published_unix),
            title=text(title),
            content_html=unpack(texts)[1],
        )
        for pk, published_unix, title, texts in rows
    ]
