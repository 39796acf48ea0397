"""Stories: which entries wait to be clustered, what ties them, and what is left of purged ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import AliasKind, StoryMember, StoryText, Tie, WaitingEntry
from aggregator.store import archives, entry_pages, full_texts, schema, sql
from aggregator.store.columns import naming_faults, number
from aggregator.store.event_schema import event_words
from aggregator.store.members import Members
from aggregator.store.rows import member_from_row, tie_from_row, tie_row, unix
from aggregator.store.sql import insert
from aggregator.store.statements import Bulk, Change, Read, Write
from aggregator.store.story_rows import waiting_entry_from_row
from aggregator.store.texts import fullest_texts_of, texts_of
from aggregator.store.unreadable import Unreadable

_entry, _text, _alias = schema.entry, schema.entry_text, schema.alias
T = TypeVar("T")
_tie, _tombstone, _signed = schema.tie, schema.tombstone, schema.signed

# --- Entries as they are clustered ---------------------------------------------------------------

_pks = sql.each("pks")
_wanted = sa.select(_pks.c.value)
_left_out = sql.each("left_out")
_WAITING = (
    sa.select(_entry.c.pk)
    .where(_entry.c.is_clustered == sa.false(), _entry.c.pk.not_in(sa.select(_left_out.c.value)))
    .order_by(_entry.c.pk)
    .limit(sa.bindparam("at_most"))
)
_WAITING_ENTRIES = Read(
    sa.select(
        *(_entry.c.pk, _entry.c.source, _entry.c.story, _entry.c.published_unix),
        *(_entry.c.date_how, _entry.c.characters),
        # As bytes, as an address that is no UTF-8 would cost its entry.
        sa.cast(_signed.c.address, sa.LargeBinary),
        *(_signed.c.characters, _signed.c.signature),
    )
    .join(_signed, _signed.c.pk == _entry.c.pk, isouter=True)
    .where(_entry.c.pk.in_(_wanted))
    .order_by(_entry.c.pk)
)
_LENGTHS = sa.select(_text.c.pk, _text.c.markup_characters).where(_text.c.pk.in_(_wanted))
_COUNT_TO_CLUSTER = sa.select(sa.func.count()).where(_entry.c.is_clustered == sa.false())
_MARK_CLUSTERED = Write(
    sa.update(_entry)
    .where(_entry.c.pk == sa.bindparam("of_entry"))
    .values(is_clustered=sa.true(), characters=sa.bindparam("length"))
)
_FORGET_SIGNED = sa.delete(_signed).where(_signed.c.pk.in_(_wanted))
_addresses = sql.each_text("addresses")
_AMBIGUOUS_ADDRESSES = sa.select(_alias.c.source, _alias.c.value).where(
    _alias.c.kind == AliasKind.URL,
    sql.key_of(_alias.c.value).in_(sa.select(sql.key_of(_addresses.c.value))),
    _alias.c.pk.is_(None),
)

# --- Ties ----------------------------------------------------------------------------------------

_TIES = tuple(sa.select(_tie).where(end.in_(_wanted)) for end in (_tie.c.a, _tie.c.b))
_ADD_TIES = Bulk(insert(_tie).on_conflict_do_nothing())
_MERGE = (
    sa.update(_entry)
    .where(_entry.c.story == sa.bindparam("was"))
    .values(story=sa.bindparam("becomes"))
)

_HAS_TOMBSTONES = sa.select(sa.exists(sa.select(_tombstone.c.pk)))
_ADD_TOMBSTONES = Bulk(insert(_tombstone).on_conflict_do_nothing())
_DELETE_TEXTS = (
    sa.delete(_text).where(_text.c.pk.in_(_wanted)),
    sa.delete(schema.revision).where(schema.revision.c.pk.in_(_wanted)),
    _FORGET_SIGNED,
    sa.delete(event_words).where(event_words.c.pk.in_(_wanted)),
    # Titles are among them; the next document of the source fills it anew, without these entries.
    sa.delete(schema.known_items).where(
        schema.known_items.c.source.in_(sa.select(_entry.c.source).where(_entry.c.pk.in_(_wanted)))
    ),
)
_MARK_PURGED = (
    sa.update(_entry)
    .where(_entry.c.pk.in_(_wanted), _entry.c.purged_unix.is_(None))
    .values(purged_unix=sa.bindparam("at"), is_clustered=sa.true())
)

# --- Stories as they are shown -------------------------------------------------------------------

_MEMBER = sa.select(_entry).where(_entry.c.pk == sa.bindparam("of_entry"))
_STORIES_OF = sa.select(_entry.c.pk, _entry.c.story).where(_entry.c.pk.in_(_wanted))
_PURGED_OF = sa.select(_entry.c.pk).where(
    _entry.c.pk.in_(_wanted), _entry.c.purged_unix.is_not(None)
)
_MARK_LINKED = Change(sa.update(_entry).where(_entry.c.pk.in_(_wanted)).values(is_linked=sa.true()))


class Stories:
    """The reads and writes of one unit of work over stories and ties."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable
        self._members = Members(connection, unreadable)

    # --- Entries as they are clustered -----------------------------------------------------------

    def count_to_cluster(self) -> int:
        """Count the entries that are new or have new words."""
        return int(self._connection.execute(_COUNT_TO_CLUSTER).scalar_one())

    def to_cluster(self, at_most: int, characters: int) -> list[WaitingEntry]:
        """Return entries that are new or have new words, the longest known first.

        They are ``at_most`` in number, their texts have about ``characters`` in all, and there is
        one at least.
        """
        values = {"at_most": at_most, "left_out": self._unreadable.entries}
        waiting = list(self._connection.execute(_WAITING, values).scalars())
        entries = self._read(waiting, self._waiting_entries)
        unsigned = [entry.pk for entry in entries if entry.signed is None]
        lengths = dict(self._read(unsigned, lambda pks: self._rows(_LENGTHS, pks)))
        first: list[WaitingEntry] = []
        total = 0
        for entry in entries:
            total += entry.signed.characters if entry.signed else lengths.get(entry.pk) or 0
            if first and total > characters:
                break
            first.append(entry)
        return first

    def _waiting_entries(self, pks: Sequence[int]) -> list[WaitingEntry]:
        rows = _WAITING_ENTRIES.rows(self._connection, pks=pks)
        return [waiting_entry_from_row(row) for row in rows]

    def texts(self, pks: Iterable[int]) -> list[StoryText]:
        """Return entries by their numbers, in the order of the numbers."""
        return texts_of(self._connection, self._unreadable, pks)

    def fullest_texts(self, story: int, at_most: int) -> list[StoryText]:
        """Return the entries of a story with the longest texts."""
        return fullest_texts_of(self._connection, self._unreadable, story, at_most)

    def _read(self, pks: Iterable[int], read: Callable[[Sequence[int]], Iterable[T]]) -> list[T]:
        """Read entries by number, less those that cannot be read."""
        return self._unreadable.read_entries(self._connection, read, pks)

    def _rows(self, query: sa.Executable, pks: Sequence[int]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.execute(query, {"pks": pks})]

    def mark_clustered(self, characters: Mapping[int, int]) -> None:
        """Remember that the story of these entries is decided, and how long their texts are."""
        if characters:
            rows = ((length, pk) for pk, length in characters.items())
            _MARK_CLUSTERED.run(self._connection, rows)
            self._connection.execute(_FORGET_SIGNED, {"pks": list(characters)})

    def ambiguous_addresses(self, addresses: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Return which addresses name no entry, as their source gave them to several.

        The result holds pairs (source, address).
        """

        def read(wanted: Sequence[str]) -> list[tuple[str, str]]:
            rows = self._connection.execute(_AMBIGUOUS_ADDRESSES, {"addresses": wanted})
            return [(row[0], row[1]) for row in rows]

        return frozenset(self._unreadable.read_rows("address", read, sorted(addresses)))

    # --- Ties ------------------------------------------------------------------------------------

    def add_ties(self, ties: Iterable[Tie]) -> None:
        """Remember what makes entries one story."""
        _ADD_TIES.run(self._connection, [tie_row(tie) for tie in ties])

    def ties_of(self, pks: Sequence[int]) -> list[Tie]:
        """Return the ties that have one of these entries at either end; one may come twice."""

        def read(wanted: Sequence[int]) -> list[Tie]:
            values = {"pks": wanted}
            rows = [row for query in _TIES for row in self._connection.execute(query, values)]
            return [tie_from_row(row) for row in rows]

        return self._unreadable.read_rows("a tie of entry", read, pks)

    def merge(self, stories: Mapping[int, int]) -> None:
        """Make stories one, in this order: the number of each → the number it becomes."""
        for was, becomes in stories.items():
            self._connection.execute(_MERGE, {"was": was, "becomes": becomes})

    # --- What is left of a purged text -----------------------------------------------------------

    def purge(self, pks: Iterable[int], now: datetime) -> None:
        """Delete the texts of entries; their aliases and tombstones stay."""
        if numbers := sorted(pks):
            self._delete_texts(numbers, now)
            archives.take_out(self._connection, numbers)

    def leave(self, pks: Iterable[int], now: datetime) -> None:
        """Delete the texts of entries as they are old, which stay in archives that have them."""
        if numbers := sorted(pks):
            self._delete_texts(numbers, now)
            archives.leave(self._connection, numbers)

    def _delete_texts(self, pks: Sequence[int], now: datetime) -> None:
        for statement in _DELETE_TEXTS:
            self._connection.execute(statement, {"pks": pks})
        self._connection.execute(_MARK_PURGED, {"pks": pks, "at": unix(now)})
        entry_pages.take_out(self._connection, pks)
        full_texts.forget(self._connection, pks)

    def has_tombstones(self) -> bool:
        """Tell whether a person ever purged a text."""
        return bool(self._connection.execute(_HAS_TOMBSTONES).scalar_one())

    def add_tombstones(self, tombstones: Mapping[int, str]) -> None:
        """Remember what recognises purged texts: number → the tombstone as it is written."""
        _ADD_TOMBSTONES.run(
            self._connection,
            [{"pk": pk, "content": content} for pk, content in tombstones.items()],
        )

    # --- Stories as they are shown ---------------------------------------------------------------

    def members(
        self, stories: Iterable[int], feed: str | None = None
    ) -> dict[int, list[StoryMember]]:
        """Return the entries of stories, each the longest known first: story → members.

        They have the pins of one feed, or of all where ``feed`` is ``None``. What one unit of work
        asked for before is not read again, but for its pins.
        """
        return self._members.of(stories, feed)

    def member(self, pk: int) -> StoryMember:
        """Return one entry without its pins; its story may not be decided yet."""
        row = self._connection.execute(_MEMBER, {"of_entry": pk}).mappings().one()
        return member_from_row(row)

    def stories_of(self, pks: Iterable[int]) -> dict[int, int]:
        """Return which stories entries belong to: number of the entry → number of the story."""

        @naming_faults
        def read(wanted: Sequence[int]) -> list[tuple[int, int]]:
            return [(pk, number(story)) for pk, story in self._rows(_STORIES_OF, wanted)]

        return dict(self._read(pks, read))

    def purged_of(self, pks: Iterable[int]) -> set[int]:
        """Return which of these entries are purged."""
        return {row[0] for row in self._read(pks, lambda wanted: self._rows(_PURGED_OF, wanted))}

    def mark_linked(self, pks: Iterable[int]) -> None:
        """Remember for which entries stories of the same event were looked for."""
        _MARK_LINKED.run(self._connection, pks=sorted(pks))
