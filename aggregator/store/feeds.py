"""Feeds: which entries each selects, under whose ids it published them, what it left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.models import DateHow, FeedSpec, Pin
from aggregator.store import faults, feed_schema, schema, sql
from aggregator.store.columns import naming_faults, number, text
from aggregator.store.rows import from_unix, pin_row, unix
from aggregator.store.sql import insert, upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_entry, _pin, _absorbed = schema.entry, feed_schema.pin, feed_schema.absorbed
_pks = sql.each("pks")
_add_pin = insert(_pin)
_ADD_PINS = Bulk(
    _add_pin.on_conflict_do_update(
        index_elements=["feed", "pk"],
        set_={
            name: _add_pin.excluded[name]
            for name in ("as_pk", "representative_pk", "representative_key", "updated_unix")
        },
    )
)
_publishing = feed_schema.publishing
_COUNT_PUBLISHING = (
    insert(_publishing)
    .values(feed=sa.bindparam("of_feed"), sequence=1)
    .on_conflict_do_update(index_elements=["feed"], set_={"sequence": _publishing.c.sequence + 1})
)
_SEQUENCE = sa.select(_publishing.c.sequence).where(_publishing.c.feed == sa.bindparam("of_feed"))
_of_feed = feed_schema.feed_source
_SOURCES_OF_FEED = sa.select(_of_feed.c.source).where(_of_feed.c.feed == sa.bindparam("of_feed"))
_ADD_SOURCES_OF_FEED = (
    insert(_of_feed)
    .from_select(
        ["feed", "source"],
        sa.select(sa.bindparam("of_feed"), _entry.c.source)
        .where(_entry.c.pk.in_(sa.select(_pks.c.value)))
        .distinct(),
    )
    .on_conflict_do_nothing()
)
_ADD_ABSORBED = Bulk(upsert(_absorbed, keys=["feed", "pk"]))
# Of so few sources each is walked by itself; each further one is a statement more (0.2 ms), where
# walking by time passes over the entries of all others.
_FEW_SOURCES = 8


class Walked(NamedTuple):
    """An entry that a feed selects: its story, when it was published, and whether that is known."""

    story: int
    published: datetime
    is_dated: bool


class Feeds:
    """The reads and writes of one unit of work over published feeds."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def walk(self, feed: FeedSpec, page_size: int) -> Iterator[list[Walked]]:
        """Read the entries that a feed selects, the newest first, in pages.

        Those of one time come in one order, whichever was stored first. Where some cannot be read,
        they come in any, and one may come twice.
        """
        try:
            yield from self._pages(feed, page_size)
        except (StoreError, *faults.FAULTS) as error:
            if not faults.is_damage(error):
                raise
            yield from self._readable_pages(feed, page_size)

    def _pages(self, feed: FeedSpec, page_size: int) -> Iterator[list[Walked]]:
        """Read the rows one by one: of few sources the newest of each, merged; of many, by time."""
        apart = [[source] for source in feed.sources]
        walks = apart if len(apart) <= _FEW_SOURCES else [list(feed.sources)]
        with ExitStack() as stack:
            newest_first = [
                stack.enter_context(
                    closing(
                        self._connection.execute(
                            _newest_first(feed, sources), execution_options={"yield_per": page_size}
                        )
                    )
                )
                for sources in walks
            ]
            rows = merge(*newest_first, key=lambda row: from_unix(row.published_unix), reverse=True)
            while page := list(islice(rows, page_size)):
                yield list(map(_walked, page))

    def _readable_pages(self, feed: FeedSpec, page_size: int) -> Iterator[list[Walked]]:
        """Read as ``_pages`` does around what cannot be read: first numbers, which an index has."""
        # As an expression it is looked up in no index, which may be what is damaged.
        query = _shown_of(feed, _entry.c.source.concat(""), feed.sources).where(
            _entry.c.pk.in_(sa.select(_pks.c.value))
        )

        def read(pks: Sequence[int]) -> list[tuple[int, Walked]]:
            rows = self._connection.execute(query, {"pks": pks})
            return [(row.pk, _walked(row)) for row in rows]

        numbers = sa.select(_entry.c.pk).order_by(_entry.c.published_unix.desc())
        pks = list(self._connection.execute(numbers).scalars())
        for start in range(0, len(pks), page_size):
            page = pks[start : start + page_size]
            rows = dict(self._unreadable.read_entries(self._connection, read, page))
            yield [rows[pk] for pk in page if pk in rows]

    def arrived(self, feed: FeedSpec, after: int, at_most: int) -> dict[int, int]:
        """Return entries after a number that a feed selects, the longest known first.

        Number of the entry → of its story.
        """
        query = (
            _shown_of(feed, _entry.c.source.concat(""), feed.sources)
            .where(_entry.c.pk > after)
            .order_by(_entry.c.pk)
            .limit(at_most)
        )

        @naming_faults
        def read() -> dict[int, int]:
            return {row.pk: number(row.story) for row in self._connection.execute(query)}

        nothing: dict[int, int] = {}
        return self._unreadable.read(f"what arrived for {feed.name}", read, nothing)

    def newest_of(self, feed: FeedSpec, source: str, at_most: int) -> list[int]:
        """Return the stories of the newest entries that a feed selects of one of its sources."""
        query = (
            sa.select(_entry.c.story)
            .where(_entry.c.source == source, *_is_shown(feed))
            .order_by(_entry.c.published_unix.desc(), _entry.c.position, _entry.c.id)
            .limit(at_most)
        )

        @naming_faults
        def read() -> list[int]:
            return [number(story) for story in self._connection.execute(query).scalars()]

        nothing: list[int] = []
        return self._unreadable.read(f"the newest entries of {source}", read, nothing)

    def pinned_elsewhere(self, feed: FeedSpec) -> list[int]:
        """Return the newest stories that a feed published under ids of sources it has no more.

        They come in any order, and of each source as many as the feed shows.
        """

        @naming_faults
        def read() -> list[int]:
            return [
                number(story)
                for source in self._former_sources(feed)
                for story in self._connection.execute(_pinned_of(feed, source)).scalars()
            ]

        return self._unreadable.read(f"what {feed.name} published of former sources", read, [])

    def _former_sources(self, feed: FeedSpec) -> list[str]:
        published = self._connection.execute(_SOURCES_OF_FEED, {"of_feed": feed.name}).scalars()
        return sorted({*published} - {*feed.sources})

    def pin(self, feed: str, pins: Mapping[int, Pin]) -> None:
        """Remember under whose ids a feed publishes entries from now on: number → its pin.

        Where an entry is pinned already its sequence stays the older one, even where the id is
        another entry's from now on.
        """
        self._connection.execute(_COUNT_PUBLISHING, {"of_feed": feed})
        sequence = int(self._connection.execute(_SEQUENCE, {"of_feed": feed}).scalar_one())
        rows = [pin_row(feed, pk, pin, sequence) for pk, pin in pins.items()]
        _ADD_PINS.run(self._connection, rows)
        as_pks = sorted({pin.as_pk for pin in pins.values()})
        self._connection.execute(_ADD_SOURCES_OF_FEED, {"of_feed": feed, "pks": as_pks})

    def absorbed(self, feed: FeedSpec, pks: Iterable[int]) -> list[tuple[int, int]]:
        """Return which entries another is shown in place of: (absorbed, absorbing).

        Pairs whose absorbing entry the feed cannot show any more are left out.
        """
        query = (
            sa.select(_absorbed.c.pk, _absorbed.c.by_pk)
            .join(_entry, _entry.c.pk == _absorbed.c.by_pk)
            .where(
                _absorbed.c.feed == feed.name,
                _absorbed.c.pk.in_(sa.select(_pks.c.value)),
                _entry.c.purged_unix.is_(None),
                *_is_selected(feed),
            )
        )

        def read(wanted: Sequence[int]) -> list[tuple[int, int]]:
            return [(row[0], row[1]) for row in self._connection.execute(query, {"pks": wanted})]

        return self._unreadable.read_rows("what absorbed entry", read, sorted(pks))

    def absorb(self, feed: str, absorbed: Mapping[int, int]) -> None:
        """Remember which entries a feed does not show: absorbed → the one shown in its place."""
        _ADD_ABSORBED.run(
            self._connection,
            [{"feed": feed, "pk": pk, "by_pk": by_pk} for pk, by_pk in absorbed.items()],
        )

    def left_out(self, feed: FeedSpec, since: datetime) -> dict[str, int]:
        """Count the entries of a feed's sources since a time that it leaves out, by language."""
        if "*" in feed.languages or not feed.sources:
            return {}
        query = (
            sa.select(_entry.c.language, sa.func.count())
            .where(
                _entry.c.source.in_(feed.sources),
                _entry.c.language.not_in(feed.languages),
                _entry.c.published_unix >= unix(since),
                _entry.c.purged_unix.is_(None),
            )
            .group_by(_entry.c.language)
            .order_by(_entry.c.language)
        )

        @naming_faults
        def read() -> dict[str, int]:
            return {text(language): count for language, count in self._connection.execute(query)}

        nothing: dict[str, int] = {}
        return self._unreadable.read(
            f"the number of entries that {feed.name} leaves out", read, nothing
        )


def _pinned_of(feed: FeedSpec, source: str) -> sa.Select[int]:
    """Return the query for the newest stories that a feed published under ids of one source."""
    return (
        sa.select(_entry.c.story)
        .join(_pin, sa.and_(_pin.c.pk == _entry.c.pk, _pin.c.as_pk == _entry.c.pk))
        .where(_pin.c.feed == feed.name, _entry.c.source == source)
        .order_by(_entry.c.published_unix.desc(), _entry.c.pk.desc())
        .limit(feed.limit)
    )


@naming_faults
def _walked(row: sa.Row[int, int, int, bool]) -> Walked:
    return Walked(number(row.story), from_unix(row.published_unix), row.is_dated)


def _newest_first(feed: FeedSpec, sources: Sequence[str]) -> sa.Select[int, int, int, bool]:
    """Return the query for what a feed shows of some of its sources, the newest first."""
    # Joined with nothing, the column is no longer the index's: by source, all entries of the
    # sources were sorted for each page (306,000 entries: 460 ms in place of 1.5).
    source = _entry.c.source if len(sources) == 1 else _entry.c.source.concat("")
    return _shown_of(feed, source, sources).order_by(
        _entry.c.published_unix.desc(), _entry.c.position, _entry.c.id
    )


def _shown_of(
    feed: FeedSpec, source: sa.ColumnElement[str], sources: Sequence[str]
) -> sa.Select[int, int, int, bool]:
    """Return the query for the entries that a feed shows of some of its sources, in any order."""
    is_dated = (_entry.c.date_how != DateHow.FIRST_SEEN.value).label("is_dated")
    return sa.select(_entry.c.pk, _entry.c.story, _entry.c.published_unix, is_dated).where(
        source.in_(sources), *_is_shown(feed)
    )


def _is_selected(feed: FeedSpec) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on entries that a feed's sources and languages make."""
    return [_entry.c.source.in_(feed.sources), *_is_readable(feed)]


def _is_readable(feed: FeedSpec) -> list[sa.ColumnElement[bool]]:
    """Return the condition on entries that a feed's languages make, if they make one."""
    return [] if "*" in feed.languages else [_entry.c.language.in_(feed.languages)]


def _is_shown(feed: FeedSpec) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on entries, of whatever source, that a feed can show."""
    return [
        *_is_readable(feed),
        _entry.c.characters.is_not(None),
        _entry.c.purged_unix.is_(None),
        _entry.c.is_backlog == sa.false(),
    ]
