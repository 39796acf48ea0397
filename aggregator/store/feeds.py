"""What publishing reads of the store: stories in the order of time, their entries, their links."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Entry, FeedSpec, Pin, StoryMember
from aggregator.store import schema
from aggregator.store.rows import entry_from_row, from_unix, member_from_row, pin_from_row, unix

_entry, _text, _shown, _event = schema.entry, schema.entry_text, schema.shown, schema.event
_asked = sa.func.json_each(sa.bindparam("asked", type_=sa.String)).table_valued("value")
_MEMBERS = (
    sa.select(_entry)
    .where(_entry.c.story.in_(sa.select(_asked.c.value)), _entry.c.characters.is_not(None))
    .order_by(_entry.c.pk)
)
_as = _entry.alias("shown_as")
_PINS = (
    sa.select(_shown, _as.c.id.label("as_id"))
    .join(_as, _as.c.pk == _shown.c.as_pk)
    .where(_shown.c.pk.in_(sa.select(_asked.c.value)))
)
_ENTRIES = (
    sa.select(_entry, _text)
    .join(_text, _text.c.pk == _entry.c.pk)
    .where(_entry.c.pk.in_(sa.select(_asked.c.value)))
)
_NEAR = (
    sa.select(_entry)
    .where(
        _entry.c.published_unix.between(sa.bindparam("first"), sa.bindparam("last")),
        _entry.c.characters.is_not(None),
        _entry.c.purged_unix.is_(None),
    )
    .order_by(_entry.c.published_unix.desc(), _entry.c.id)
    .limit(sa.bindparam("at_most"))
)
_wanted = sa.select(_asked.c.value)
_EVENTS = sa.union(
    sa.select(_event.c.a, _event.c.b, _event.c.score).where(_event.c.a.in_(_wanted)),
    sa.select(_event.c.b, _event.c.a, _event.c.score).where(_event.c.b.in_(_wanted)),
)


class Reading:
    """The reads of one snapshot, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def walk(self, feed: FeedSpec, at_a_time: int) -> Iterator[list[tuple[int, datetime]]]:
        """Give the entries that a feed selects, the newest first: (story, published), in pages."""
        if not feed.sources:
            return
        query = (
            sa.select(_entry.c.story, _entry.c.published_unix)
            .where(*in_feed(feed), _entry.c.characters.is_not(None), _entry.c.purged_unix.is_(None))
            .order_by(_entry.c.published_unix.desc(), _entry.c.position, _entry.c.id)
            .limit(at_a_time)
        )
        offset = 0
        while True:
            rows = self._connection.execute(query.offset(offset)).all()
            yield [(row[0], from_unix(row[1])) for row in rows]
            if len(rows) < at_a_time:
                return
            offset += at_a_time

    def pinned_elsewhere(self, feed: FeedSpec) -> list[int]:
        """Give the newest stories that a feed published under ids of sources it has no more."""
        query = (
            sa.select(_entry.c.story)
            .join(_shown, sa.and_(_shown.c.pk == _entry.c.pk, _shown.c.as_pk == _entry.c.pk))
            .where(_shown.c.feed == feed.name, _entry.c.source.not_in(feed.sources))
            .order_by(_entry.c.published_unix.desc(), _entry.c.id)
            .limit(feed.limit)
        )
        return list(self._connection.execute(query).scalars())

    def absorbed(self, feed: FeedSpec, pks: Iterable[int]) -> list[tuple[int, int]]:
        """Give which entries others are shown in the place of, as far as those can be: (pk, by)."""
        absorbed = schema.absorbed
        query = (
            sa.select(absorbed.c.pk, absorbed.c.by_pk)
            .join(_entry, _entry.c.pk == absorbed.c.by_pk)
            .where(
                absorbed.c.feed == feed.name,
                absorbed.c.pk.in_(_wanted),
                _entry.c.purged_unix.is_(None),
                *in_feed(feed),
            )
        )
        rows = self._connection.execute(query, {"asked": json.dumps(sorted(pks))})
        return [(row[0], row[1]) for row in rows]

    def members(self, stories: Iterable[int]) -> dict[int, list[StoryMember]]:
        """Give the entries of stories, each the longest known first: story → members."""
        asked = {"asked": json.dumps(sorted(stories))}
        rows = self._connection.execute(_MEMBERS, asked).mappings().all()
        pins: dict[int, list[Pin]] = {}
        asked = {"asked": json.dumps([row["pk"] for row in rows])}
        for row in self._connection.execute(_PINS, asked).mappings():
            pins.setdefault(row["pk"], []).append(pin_from_row(row))
        found: dict[int, list[StoryMember]] = {}
        for row in rows:
            member = member_from_row(row, pins.get(row["pk"], ()))
            found.setdefault(member.story, []).append(member)
        return found

    def waiting(self, pk: int) -> StoryMember:
        """Give an entry that may wait to be joined."""
        query = sa.select(_entry).where(_entry.c.pk == pk)
        return member_from_row(self._connection.execute(query).mappings().one())

    def near(self, first: datetime, last: datetime, at_most: int) -> list[StoryMember]:
        """Give the newest entries that were published between two times."""
        asked = {"first": unix(first), "last": unix(last), "at_most": at_most}
        rows = self._connection.execute(_NEAR, asked).mappings()
        return [member_from_row(row) for row in rows]

    def entries(self, pks: Iterable[int]) -> dict[int, Entry]:
        """Give what entries show: pk → entry; purged ones show nothing and are left out."""
        rows = self._connection.execute(_ENTRIES, {"asked": json.dumps(sorted(pks))})
        return {row["pk"]: entry_from_row(row) for row in rows.mappings()}

    def events(self, pks: Sequence[int]) -> list[tuple[int, int, float]]:
        """Give what tells of the same happening as some entries: (entry, the other, score)."""
        rows = self._connection.execute(_EVENTS, {"asked": json.dumps(pks)})
        return [(row[0], row[1], row[2]) for row in rows]

    def stories_of(self, pks: Iterable[int]) -> dict[int, int]:
        """Give which stories entries belong to: pk → story."""
        query = sa.select(_entry.c.pk, _entry.c.story).where(_entry.c.pk.in_(_wanted))
        rows = self._connection.execute(query, {"asked": json.dumps(sorted(pks))})
        return {row[0]: row[1] for row in rows}


def in_feed(feed: FeedSpec) -> list[sa.ColumnElement[bool]]:
    """Give the conditions of a feed's sources and languages on entries."""
    conditions: list[sa.ColumnElement[bool]] = [_entry.c.source.in_(feed.sources)]
    if "*" not in feed.languages:
        conditions.append(_entry.c.language.in_(feed.languages))
    return conditions
