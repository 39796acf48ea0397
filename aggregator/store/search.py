"""Searching: which entries have the words that a person looks for, and what is to be indexed.

The index is made of texts that are stored anyway, so that it may go at any time: where it is
missing, damaged, or of another form, it is made anew. Triggers of ``v0019_search`` note each text
that comes, changes or goes; a step of its own indexes them some at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.models import FoundEntry, SearchOrder, SearchQuery, SearchScope
from aggregator.store import schema, search_index, sql, sqlite
from aggregator.store.columns import naming_faults, text
from aggregator.store.packed import unpack
from aggregator.store.rows import from_unix
from aggregator.store.search_index import OutOfTimeError, SearchIndex, expression
from aggregator.store.search_schema import SEARCH_TRIGGERS, search_outdated, search_state
from aggregator.store.search_schema import search_waiting as _waiting
from aggregator.store.sql import Read
from aggregator.store.unreadable import Unreadable

log = logging.getLogger(__name__)

# Of one day so many are sorted by their time; of the others the last known come first.
_MOST_OF_A_DAY = 5_000
# Entries are looked at so many at a time; a page of twenty stories seldom needs more.
_LOOKED_AT = 100
# By match the newest entries that match are put in order: who looks for more looks for a day.
_MOST_RANKED = 1_000
# In so many days a match is worth half, against another that is of today.
_HALF_LIFE_DAYS = 30

_entry, _text = schema.entry, schema.entry_text
_pks = sql.each("pks")
_wanted = sa.select(_pks.c.value)
# Asked of each entry that waits: joined, SQLite reads all entries and sorts them.
_is_clustered = sa.select(_entry.c.is_clustered).where(_entry.c.pk == _waiting.c.pk)
_WAITING = Read(
    sa.select(_waiting.c.pk)
    .where(_is_clustered.scalar_subquery() == sa.true())
    .order_by(_waiting.c.pk.desc())
    .limit(sa.bindparam("at_most"))
)
_TEXTS = Read(
    sa.select(_entry.c.pk, _entry.c.published_unix, _text.c.title, _text.c.texts)
    .join(_text, _text.c.pk == _entry.c.pk)
    .where(_entry.c.pk.in_(_wanted))
)
_OUTDATED = sa.select(search_outdated).order_by(search_outdated.c.pk)
_FORGET_WAITING = sa.delete(_waiting).where(_waiting.c.pk.in_(_wanted))
_FORGET_OUTDATED = sa.delete(search_outdated).where(search_outdated.c.pk.in_(_wanted))
_ALL_WAIT = sql.insert(_waiting).from_select(
    ["pk"], sa.select(_text.c.pk).where(_text.c.pk.not_in(sa.select(_waiting.c.pk)))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedText:
    """A text that is to be indexed or forgotten; ``number`` is its entry's in the index."""

    pk: int
    number: int
    title: str
    content_html: str


class Search:
    """The reads and writes of one unit of work over the index for searching."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    # --- The index -------------------------------------------------------------------------------

    def is_current(self, form: str) -> bool:
        """Tell whether there is an index of this form that has noted every change."""
        state = self._connection.execute(sa.select(search_state)).one_or_none()
        return (
            state is not None
            and state.form == form
            and state.number in search_index.tables(self._connection)
            and sql.triggers(self._connection) >= SEARCH_TRIGGERS
        )

    def make_anew(self, form: str) -> None:
        """Make an empty index of a form, into which every text waits to come.

        One that is too damaged to be dropped stays, and is never looked at again.
        """
        self.forget_index()
        numbers = search_index.tables(self._connection)
        for number in numbers:
            try:
                with sqlite.savepoint(self._connection):
                    SearchIndex(self._connection, number).drop()
            except StoreError as error:
                log.warning("%s; it stays in the store, and a new one is made", error)
        number = max(numbers, default=0) + 1
        SearchIndex(self._connection, number).make()
        self.forget_outdated()
        self._connection.execute(_ALL_WAIT)
        row = {"number": number, "form": form, "must_rewrite": False}
        self._connection.execute(sa.insert(search_state), row)

    def forget_outdated(self) -> None:
        """Keep no text that was to leave an index which is not there."""
        self._connection.execute(sa.delete(search_outdated))

    def forget_index(self) -> None:
        """Trust the index no longer: the next step makes it anew."""
        self._connection.execute(sa.delete(search_state))

    def has_work(self, form: str) -> bool:
        """Tell whether anything is to be indexed, to be forgotten or to be written anew."""
        if not self.is_current(form):
            return True
        is_outdated = sa.exists(sa.select(search_outdated.c.pk))
        must_rewrite = sa.exists(sa.select(search_state.c.form).where(search_state.c.must_rewrite))
        return (
            any(self._connection.execute(sa.select(is_outdated, must_rewrite)).one())
            or self.is_any_waiting()
        )

    def is_any_waiting(self) -> bool:
        """Tell whether a text of a story that is decided is to be indexed."""
        return bool(_WAITING.rows(self._connection, at_most=1))

    def waiting(self, at_most: int) -> tuple[list[int], list[IndexedText]]:
        """Return entries that wait, the last known first, and their texts that can be read."""
        pks = [row[0] for row in _WAITING.rows(self._connection, at_most=at_most)]

        def read(wanted: Sequence[int]) -> list[IndexedText]:
            return _indexed_texts(_TEXTS.rows(self._connection, pks=wanted))

        return pks, self._unreadable.read_entries(self._connection, read, pks)

    def outdated(self, at_most: int) -> list[IndexedText]:
        """Return texts that are to leave the index; StoreError where one cannot be read."""
        rows = self._connection.execute(_OUTDATED.limit(at_most))
        return _indexed_texts(map(tuple, rows))

    def add(self, pks: Sequence[int], rows: Iterable[tuple[int, str, str]]) -> None:
        """Index texts, (number in the index, key of the title, key of the text).

        The entries ``pks`` wait no longer, whether they have a text or not.
        """
        self._index().add(rows)
        self._connection.execute(_FORGET_WAITING, {"pks": pks})

    def remove(self, pks: Sequence[int], rows: Iterable[tuple[int, str, str]]) -> None:
        """Forget texts, as they were added, that are outdated."""
        self._index().remove(rows)
        self._connection.execute(_FORGET_OUTDATED, {"pks": pks})

    def must_rewrite(self) -> bool:
        """Tell whether words of purged texts may still stand in the index's pages."""
        query = sa.select(sa.exists().where(search_state.c.must_rewrite))
        return bool(self._connection.execute(query).scalar_one())

    def mark_rewrite(self, *, is_needed: bool) -> None:
        """Remember whether the index is to be written anew."""
        self._connection.execute(sa.update(search_state).values(must_rewrite=is_needed))

    def rewrite(self, *, is_begun: bool) -> bool:
        """Write a part of the index anew; tell whether there is more, else nothing is left."""
        has_more = self._index().rewrite(is_begun=is_begun)
        if not has_more:
            self.mark_rewrite(is_needed=False)
        return has_more

    def _index(self) -> SearchIndex:
        number = self._connection.execute(sa.select(search_state.c.number)).scalar_one_or_none()
        if number is None:
            raise StoreError("there is no index for searching", is_damage=True)
        return SearchIndex(self._connection, number)

    # --- What is found ---------------------------------------------------------------------------

    def first_of_stories(
        self,
        query: SearchQuery,
        scope: SearchScope,
        order: SearchOrder,
        at_most: int,
        within_seconds: float,
    ) -> tuple[list[FoundEntry], bool]:
        """Return the first entry of each of the first stories, and whether there was time for it.

        StoreError where the index is missing or damaged.
        """
        found: dict[int, FoundEntry] = {}
        index = self._index()
        walk = self._newest if order is SearchOrder.NEWEST else self._by_match
        try:
            with index.until(time.monotonic() + within_seconds):
                for entry in walk(index, query, scope):
                    found.setdefault(entry.story, entry)
                    if len(found) == at_most:
                        break
        except OutOfTimeError:
            return list(found.values()), False
        return list(found.values()), True

    def _newest(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[FoundEntry]:
        """Yield the entries that match, the newest first; days are taken whole, to be sorted."""
        wanted, before = expression(query), search_index.AFTER_ALL
        while numbers := index.newest(wanted, _LOOKED_AT, before=before):
            if len(numbers) < _LOOKED_AT:
                before = 0
            else:
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
            yield from self._entries(numbers, scope)

    def _by_match(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[FoundEntry]:
        """Yield the newest entries that match: those by their title first, then by their score."""
        wanted = expression(query)
        numbers = index.newest(wanted, _MOST_RANKED)
        if not numbers:
            return
        first, newest_day = numbers[-1], search_index.day_of(numbers[0])
        scores = index.scores(wanted, first)
        titles = set(index.newest(expression(query, is_title=True), _MOST_RANKED, first=first))

        def place(number: int) -> tuple[bool, float, int]:
            age_days = newest_day - search_index.day_of(number)
            score = scores.get(number, 0.0) * 0.5 ** (age_days / _HALF_LIFE_DAYS)
            return number not in titles, -score, -number

        found = {entry.pk: entry for entry in self._entries(numbers, scope)}
        ordered = (search_index.pk_of(number) for number in sorted(numbers, key=place))
        yield from (found[pk] for pk in ordered if pk in found)

    def _entries(self, numbers: Sequence[int], scope: SearchScope) -> list[FoundEntry]:
        """Return those of the entries that are in the scope, the newest first."""

        def read(wanted: Sequence[int]) -> list[tuple[Any, ...]]:
            return _FOUND.rows(self._connection, pks=wanted)

        pks = map(search_index.pk_of, numbers)
        rows = self._unreadable.read_entries(self._connection, read, pks)
        return [
            FoundEntry(pk=pk, story=story, published=from_unix(published_unix))
            for pk, story, published_unix, _, _, language, source in sorted(rows, key=_by_time)
            if (scope.languages is None or language in scope.languages)
            and (scope.sources is None or source in scope.sources)
        ]


def _by_time(row: tuple[Any, ...]) -> tuple[int, int, str]:
    """Order rows of ``_FOUND`` as feeds order stories."""
    return -row[2], row[3], row[4]


@naming_faults
def _indexed_texts(rows: Iterable[tuple[Any, ...]]) -> list[IndexedText]:
    return [
        IndexedText(
            pk=pk,
            number=search_index.number_of(pk, published_unix),
            title=text(title),
            content_html=unpack(texts)[1],
        )
        for pk, published_unix, title, texts in rows
    ]
