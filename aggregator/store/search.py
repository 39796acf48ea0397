"""Searching: which entries have the words that a person looks for, and what is to be indexed.

The index is made of texts that are stored anyway, so that it may go at any time: where it is
missing, damaged, or of another form, it is made anew. Triggers of ``v0019_search`` note each text
that comes, changes or goes; a step of its own indexes them some at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

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
from aggregator.store import schema, search_indexes, sql
from aggregator.store.rows import from_unix
from aggregator.store.search_index import OutOfTimeError, SearchIndex
from aggregator.store.search_schema import SEARCH_TRIGGERS, search_outdated, search_state
from aggregator.store.search_schema import search_waiting as _waiting
from aggregator.store.search_walk import Match, SearchWalk, indexed_texts
from aggregator.store.statements import Read
from aggregator.store.unreadable import Unreadable

log = logging.getLogger(__name__)

# The texts that are read at a time for a phrase; a page of twenty stories often needs no more.
_CHECKED_TOGETHER = 50
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
_OUTDATED = sa.select(search_outdated).order_by(search_outdated.c.pk)
_FORGET_WAITING = sa.delete(_waiting).where(_waiting.c.pk.in_(_wanted))
_FORGET_OUTDATED = sa.delete(search_outdated).where(search_outdated.c.pk.in_(_wanted))
_ALL_WAIT = sql.insert(_waiting).from_select(
    ["pk"], sa.select(_text.c.pk).where(_text.c.pk.not_in(sa.select(_waiting.c.pk)))
)
# Tells which of some texts have the phrases that are looked for, and none that is to be absent.
Check = Callable[[Sequence[IndexedText]], Sequence[bool]]


class Search:
    """The reads and writes of one unit of work over the index for searching."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._walk = connection, SearchWalk(connection, unreadable)

    # --- The index -------------------------------------------------------------------------------

    def is_current(self, form: str) -> bool:
        """Tell whether there is an index of this form that has noted every change."""
        state = self._connection.execute(sa.select(search_state)).one_or_none()
        return (
            state is not None
            and state.form == form
            and state.number in search_indexes.tables(self._connection)
            and sql.triggers(self._connection) >= SEARCH_TRIGGERS
        )

    def make_anew(self, form: str) -> None:
        """Make an empty index of a form, into which every text waits to come.

        One that is too damaged to be dropped stays, and is never looked at again.
        """
        self.forget_index()
        numbers = search_indexes.tables(self._connection)
        for number in numbers:
            try:
                with sql.savepoint(self._connection):
                    search_indexes.index_of(self._connection, number).drop()
            except StoreError as error:
                log.warning("%s; it stays in the store, and a new one is made", error)
        number = max(numbers, default=0) + 1
        search_indexes.index_of(self._connection, number).make()
        self.forget_outdated()
        self._connection.execute(_ALL_WAIT)
        row = {"number": number, "form": form, "must_rewrite": False}
        self._connection.execute(sa.insert(search_state), row)

    def forget_outdated(self) -> None:
        """Keep no text that was to leave an index which is not there."""
        self._connection.execute(sa.delete(search_outdated))

    def forget_index(self, number: int | None = None) -> None:
        """Trust the index no longer, if it is that of a number: the next step makes it anew."""
        is_meant = sa.true() if number is None else search_state.c.number == number
        self._connection.execute(sa.delete(search_state).where(is_meant))

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
        return pks, self._walk.texts(pks)

    def outdated(self, at_most: int) -> list[IndexedText]:
        """Return texts that are to leave the index; StoreError where one cannot be read."""
        rows = self._connection.execute(_OUTDATED.limit(at_most))
        return indexed_texts(map(tuple, rows))

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
        return search_indexes.index_of(self._connection, number)

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
        """Return the first entry of each of the first stories, and how many others were counted.

        The question is one of ``known``; ``check`` looks at what has the words of its phrases.
        """
        stories: dict[int, Match] = {}
        if not all(term.alternatives for term in query.wanted):
            return FoundStories(entries=(), count=0, is_counted=True, is_in_time=True)
        index, is_counted, is_in_time = self._index(), False, True
        walk = self._walk.newest if order is SearchOrder.NEWEST else self._walk.by_match
        deadline = time.monotonic() + within_seconds
        try:
            with index.until(deadline):
                for matches, is_last in walk(index, query, scope):
                    for match in self._checked(matches, check, deadline):
                        stories.setdefault(match[1], match)
                        if check and len(stories) == at_most:
                            break
                    else:
                        is_counted = is_last
                    if len(stories) >= at_most:
                        break
        except OutOfTimeError:
            is_in_time = False
        return FoundStories(
            entries=tuple(map(_found, islice(stories.values(), at_most))),
            count=len(stories),
            is_counted=is_counted,
            is_in_time=is_in_time,
        )

    def _checked(
        self, matches: Sequence[Match], check: Check | None, deadline: float
    ) -> Iterator[Match]:
        """Yield those of the entries that match whose texts are right, in their order."""
        if check is None:
            yield from matches
            return
        for first in range(0, len(matches), _CHECKED_TOGETHER):
            if time.monotonic() > deadline:
                raise OutOfTimeError
            some = matches[first : first + _CHECKED_TOGETHER]
            texts = self._walk.texts([pk for pk, _, _ in some])
            right = {
                text.pk for text, is_right in zip(texts, check(texts), strict=True) if is_right
            }
            yield from (match for match in some if match[0] in right)


def _found(match: Match) -> FoundEntry:
    pk, story, published_unix = match
    return FoundEntry(pk=pk, story=story, published=from_unix(published_unix))
