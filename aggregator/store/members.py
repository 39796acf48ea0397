"""The entries of stories with pins and openings: what a feed decides by what it shows of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.models import Opening, Pin, StoryMember
from aggregator.store import faults, feed_schema, schema, sql
from aggregator.store.columns import binary, naming_faults, text
from aggregator.store.packed import unpack
from aggregator.store.rows import member_from_row, pin_from_row
from aggregator.store.statements import Read
from aggregator.store.unreadable import Unreadable

_entry, _text = schema.entry, schema.entry_text
_pks, _stories = sql.each("pks"), sql.each("stories")
_wanted, _wanted_stories = sa.select(_pks.c.value), sa.select(_stories.c.value)
_CLUSTERED = (
    sa.select(_entry, sql.is_damaged(_text.c.title), _text.c.is_text_damaged)
    .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
    .where(_entry.c.characters.is_not(None))
    .order_by(_entry.c.pk)
)
_MEMBERS = _CLUSTERED.where(_entry.c.story.in_(_wanted_stories))
_MEMBERS_BY_PK = _CLUSTERED.where(_entry.c.pk.in_(_wanted))
_OPENINGS = Read(
    sa.select(_text.c.pk, _text.c.title, _text.c.texts, _text.c.link).where(_text.c.pk.in_(_wanted))
)
# Answered by the index alone, so that no damaged row is met.
_PKS_OF = sa.select(_entry.c.pk).where(_entry.c.story.in_(_wanted_stories)).order_by(_entry.c.pk)
_as = _entry.alias("pinned_as")
_pin = feed_schema.pin
_ALL_PINS = sa.select(_pin, _as.c.id.label("as_id")).join(_as, _as.c.pk == _pin.c.as_pk)
_PIN_COLUMNS = tuple(_ALL_PINS.selected_columns.keys())
_PINS_OF_ENTRIES = _ALL_PINS.where(_pin.c.pk.in_(_wanted))
_PINS = Read(_PINS_OF_ENTRIES)
# With those from before feeds were told apart, which have no feed's name.
_PINS_OF_FEED = Read(
    _PINS_OF_ENTRIES.where(_pin.c.feed.in_((sa.bindparam("of_feed"), sa.literal(""))))
)
# As an expression it is looked up in no index: the table is read where the index is damaged.
_PINS_WITHOUT_INDEX = _ALL_PINS.where((_pin.c.pk + 0) == sa.bindparam("of_entry"))


def pks_of(connection: Connection, stories: Iterable[int]) -> list[int]:
    """Return the numbers of the entries of stories, in order."""
    return list(connection.execute(_PKS_OF, {"stories": sorted(stories)}).scalars())


class Members:
    """Reads the entries of stories within one unit of work, in which nothing of them is written.

    What the entries are is read once, and asked for by each feed, which differ in their pins.
    """

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable
        self._members: dict[int, list[StoryMember]] = {}

    def of(self, stories: Iterable[int], feed: str | None) -> dict[int, list[StoryMember]]:
        """Return the clustered entries of stories, each the longest known first: story → entries.

        They have the pins of one feed, or of all where ``feed`` is ``None``.
        """
        wanted = sorted({*stories})
        if not wanted:
            return {}
        new: dict[int, list[StoryMember]] = {
            story: [] for story in wanted if story not in self._members
        }
        if new:
            for member in _members_of(self._connection, self._unreadable, list(new)):
                # A damaged index may name an entry of another story.
                new.get(member.story, []).append(member)
            self._members |= new
        members = {story: found for story in wanted if (found := self._members[story])}
        pks = [member.pk for of_story in members.values() for member in of_story]
        pins = _pins_of(self._connection, self._unreadable, pks, feed)
        return {
            story: [
                replace(member, pins=tuple(pins[member.pk])) if member.pk in pins else member
                for member in of_story
            ]
            for story, of_story in members.items()
        }


def _members_of(
    connection: Connection, unreadable: Unreadable, stories: Sequence[int]
) -> list[StoryMember]:
    """Return the clustered entries of stories without their pins, the longest known first."""

    def read(query: sa.Select[Any], values: dict[str, Sequence[int]]) -> list[StoryMember]:
        return [member_from_row(row) for row in connection.execute(query, values).mappings()]

    try:
        return read(_MEMBERS, {"stories": stories})
    except (StoreError, *faults.FAULTS) as error:
        if not faults.is_damage(error):
            raise
    return unreadable.read_entries(
        connection,
        lambda pks: read(_MEMBERS_BY_PK, {"pks": pks}),
        pks_of(connection, stories),
    )


def openings_of(
    connection: Connection, unreadable: Unreadable, pks: Iterable[int]
) -> dict[int, Opening]:
    """Return what entries begin with, by number; purged ones are left out."""

    def read(wanted: Sequence[int]) -> list[tuple[int, Opening]]:
        rows = _OPENINGS.rows(connection, pks=wanted)
        return [(pk, _opening(title, texts, link)) for pk, title, texts, link in rows]

    return dict(unreadable.read_entries(connection, read, pks))


@naming_faults
def _opening(title: object, texts: object, link: object) -> Opening:
    summary, _ = unpack(binary(texts))
    return Opening(title=text(title), summary=summary, link=text(link))


def _pins_of(
    connection: Connection, unreadable: Unreadable, pks: Sequence[int], feed: str | None
) -> dict[int, list[Pin]]:
    """Return the pins of entries, in one feed or in all: number → pins."""
    query, of_feed = (_PINS, {}) if feed is None else (_PINS_OF_FEED, {"of_feed": feed})

    def read(wanted: Sequence[int]) -> list[tuple[int, Pin]]:
        rows = query.rows(connection, pks=wanted, **of_feed)
        named = (dict(zip(_PIN_COLUMNS, row, strict=True)) for row in rows)
        return [(row["pk"], pin_from_row(row)) for row in named]

    def without_index(pk: int) -> list[tuple[int, Pin]]:
        def read_all() -> list[tuple[int, Pin]]:
            rows = connection.execute(_PINS_WITHOUT_INDEX, {"of_entry": pk}).mappings()
            return [(pk, pin_from_row(row)) for row in rows]

        nothing: list[tuple[int, Pin]] = []
        return unreadable.read(f"every pin of entry {pk}", read_all, nothing)

    pins: dict[int, list[Pin]] = {}
    for pk, pin in unreadable.read_rows("a pin of entry", read, pks, without_index):
        pins.setdefault(pk, []).append(pin)
    return pins
