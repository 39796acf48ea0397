"""Searching: which entries have the words that a person looks for, and what is to be indexed.

The index is made of texts that are stored anyway, so that it may go at any time: where it is
missing, damaged, or of another form, it is made anew. Triggers of ``v0019_search`` note each text
that comes, changes or goes; a step of its own indexes them some at a time.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.models import (
    FoundEntry,
    FoundStories,
    IndexedText,
    IndexedWords,
    SearchOrder,
    SearchQuery,
    SearchScope,
    SearchTerm,
)
from aggregator.store import schema, search_index, sql, sqlite
from aggregator.store.columns import naming_faults, text
from aggregator.store.packed import unpack
from aggregator.store.rows import from_unix
from aggregator.store.search_index import OutOfTimeError, SearchIndex, emphasis, expression
from aggregator.store.search_schema import SEARCH_TRIGGERS, search_outdated, search_state
from aggregator.store.search_schema import search_waiting as _waiting
from aggregator.store.sql import Read
from aggregator.store.unreadable import Unreadable

log = logging.getLogger(__name__)

# Of one day so many are sorted by their time; of the others the last known come first.
_MOST_OF_A_DAY = 5_000
# Entries are looked at so many at a time, which is what is counted where more match. By match so
# many of the newest are put in order: who looks for more looks for a day.
_LOOKED_AT = 1_000
# Of a phrase so many texts are read at a time; a page of twenty stories often needs no more.
_CHECKED_TOGETHER = 50
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


# Tells which of some texts have the phrases that are looked for, and none that is to be absent.
Check = Callable[[Sequence[IndexedText]], Sequence[bool]]


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
        return pks, self._texts(pks)

    def outdated(self, at_most: int) -> list[IndexedText]:
        """Return texts that are to leave the index; StoreError where one cannot be read."""
        rows = self._connection.execute(_OUTDATED.limit(at_most))
        return _indexed_texts(map(tuple, rows))

    def add(self, pks: Sequence[int], texts: Sequence[IndexedWords]) -> None:
        """Index texts; the entries ``pks`` wait no longer, whether they have a text or not."""
        self._index().add(texts)
        self._connection.execute(_FORGET_WAITING, {"pks": pks})

    def remove(self, pks: Sequence[int], texts: Sequence[IndexedWords]) -> None:
        """Forget texts, as they were added, that are outdated."""
        self._index().remove(texts)
        self._connection.execute(_FORGET_OUTDATED, {"pks": pks})

    def must_rewrite(self) -> bool:
        """Tell whether words of purged texts may still stand in the index's pages."""
        query = sa.select(sa.exists().where(search_state.c.must_rewrite))
        return bool(self._connection.execute(query).scalar_one())

    def mark_rewrite(self, *, is_needed: bool) -> None:
        """Remember whether the index is to be written anew."""
        self._connection.execute(sa.update(search_state).values(must_rewrite=is_needed))

    def rewrite(self, *, is_begun: bool) -> bool:
        """Write a part of the index anew; tell whether there is more of it."""
        return self._index().rewrite(is_begun=is_begun)

    def forget_words(self, after: str) -> str | None:
        """Forget which of the next words no text has; return the last, ``None`` at the end.

        The index is to be written anew before, and nothing that is forgotten is left then.
        """
        last = self._index().forget_words(after)
        if last is None:
            self.mark_rewrite(is_needed=False)
        return last

    def _index(self) -> SearchIndex:
        number = self._connection.execute(sa.select(search_state.c.number)).scalar_one_or_none()
        if number is None:
            raise StoreError("there is no index for searching", is_damage=True)
        return SearchIndex(self._connection, number)

    # --- What is found ---------------------------------------------------------------------------

    def known(self, query: SearchQuery) -> SearchQuery:
        """Return a question with those forms of its words that occur, and phrases whose words do.

        StoreError where the index is missing or damaged, here and below.
        """
        terms = (*query.wanted, *query.excluded)
        words = {word for term in terms for one in term.alternatives for word in one.split(" ")}
        known = self._index().known(sorted(words))

        def occurring(term: SearchTerm) -> SearchTerm:
            some = tuple(one for one in term.alternatives if known.issuperset(one.split(" ")))
            return replace(term, alternatives=some)

        return replace(
            query,
            wanted=tuple(map(occurring, query.wanted)),
            excluded=tuple(map(occurring, query.excluded)),
        )

    def first_of_stories(
        self,
        query: SearchQuery,
        scope: SearchScope,
        order: SearchOrder,
        at_most: int,
        check: Check | None,
        within_seconds: float,
    ) -> FoundStories:
        """Return the first entry of each of the first stories, and as many others as are counted.

        The question is one of ``known``; ``check`` looks at what has the words of its phrases.
        """
        stories: dict[int, FoundEntry] = {}
        if not all(term.alternatives for term in query.wanted):
            return FoundStories(entries=(), is_counted=True, is_in_time=True)
        index, is_counted, is_in_time = self._index(), False, True
        walk = self._newest if order is SearchOrder.NEWEST else self._by_match
        deadline = time.monotonic() + within_seconds
        try:
            with index.until(deadline):
                for entries, is_last in walk(index, query, scope):
                    for entry in self._checked(entries, check, deadline):
                        stories.setdefault(entry.story, entry)
                        if check and len(stories) == at_most:
                            break
                    else:
                        is_counted = is_last
                    if len(stories) >= at_most:
                        break
        except OutOfTimeError:
            is_in_time = False
        return FoundStories(
            entries=tuple(stories.values()), is_counted=is_counted, is_in_time=is_in_time
        )

    def _checked(
        self, entries: Sequence[FoundEntry], check: Check | None, deadline: float
    ) -> Iterator[FoundEntry]:
        """Yield those of the entries whose texts are right, in their order."""
        if check is None:
            yield from entries
            return
        for first in range(0, len(entries), _CHECKED_TOGETHER):
            if time.monotonic() > deadline:
                raise OutOfTimeError
            some = entries[first : first + _CHECKED_TOGETHER]
            texts = self._texts([entry.pk for entry in some])
            right = {
                text.pk for text, is_right in zip(texts, check(texts), strict=True) if is_right
            }
            yield from (entry for entry in some if entry.pk in right)

    def _newest(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[tuple[list[FoundEntry], bool]]:
        """Yield the entries that match, the newest first, some at a time, and whether no others do.

        Days are taken whole, to be sorted.
        """
        wanted = expression(query, is_title=scope.only_titles)
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
            yield self._entries(numbers, scope), is_last
            if is_last:
                return

    def _by_match(
        self, index: SearchIndex, query: SearchQuery, scope: SearchScope
    ) -> Iterator[tuple[list[FoundEntry], bool]]:
        """Yield the newest entries that match, and whether no others do.

        Those by their title come first, then those in which more of the terms stand out.
        """
        numbers = index.newest(expression(query, is_title=scope.only_titles), _LOOKED_AT)
        if not numbers:
            return
        first, newest_day = numbers[-1], search_index.day_of(numbers[0])
        titles = set(index.newest(expression(query, is_title=True), _LOOKED_AT, first=first))
        points = Counter(
            number
            for term in query.wanted
            for number in index.newest(emphasis(term), _LOOKED_AT, first=first)
        )

        def place(number: int) -> tuple[bool, float, int]:
            age_days = newest_day - search_index.day_of(number)
            score = (1 + points[number]) * 0.5 ** (age_days / _HALF_LIFE_DAYS)
            return number not in titles, -score, -number

        found = {entry.pk: entry for entry in self._entries(numbers, scope)}
        ordered = (search_index.pk_of(number) for number in sorted(numbers, key=place))
        yield [found[pk] for pk in ordered if pk in found], len(numbers) < _LOOKED_AT

    def _texts(self, pks: Sequence[int]) -> list[IndexedText]:
        """Return the texts of entries that can be read."""

        def read(wanted: Sequence[int]) -> list[IndexedText]:
            return _indexed_texts(_TEXTS.rows(self._connection, pks=wanted))

        return self._unreadable.read_entries(self._connection, read, pks)

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
