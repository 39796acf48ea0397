"""Pages of entries: which entries have one, and how each was put in place.

Knows states; refuses to know which entries need a page, and what one looks like. A page shows its
entry, the others of its story, the stories of the same event, and what led to it: where one of
these changes, it is *stale*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import schema, sql
from aggregator.store.columns import naming_faults, number
from aggregator.store.event_groups import entries_beside
from aggregator.store.feed_schema import changed, entry_page
from aggregator.store.rows import from_unix
from aggregator.store.sql import Bulk, insert
from aggregator.store.unreadable import Unreadable

_entry = schema.entry
_pks = sql.each("pks")
_wanted = sa.select(_pks.c.value)
_state: sa.BindParameter[str] = sa.bindparam("state")
_at_most: sa.BindParameter[int] = sa.bindparam("at_most")
# ``written_as`` of a page that is not in place as it is to be, the most urgent first: a purged text
# is to be gone, what is absent is led to.
_PURGED, _ABSENT, _STALE = "purged", "", "stale"
_STATES = (_PURGED, _ABSENT, _STALE)

_KNOWN = sa.select(entry_page.c.pk).where(entry_page.c.pk.in_(_wanted))
_PRESENT = _KNOWN.where(entry_page.c.written_as != _ABSENT)
_WANT = Bulk(insert(entry_page).on_conflict_do_nothing())
_TO_WRITE = sa.select(entry_page.c.pk).order_by(entry_page.c.pk.desc()).limit(_at_most)
_IN_STATE = _TO_WRITE.where(entry_page.c.written_as == _state)
# Two ranges of the index, as all that stand are equal, in its order: by number alone SQLite would
# read them all.
_BY_LOOK = (entry_page.c.written_as.desc(), entry_page.c.pk.desc())
_IN_OTHER_LOOKS = tuple(
    sa.select(entry_page.c.pk).where(condition).order_by(*_BY_LOOK).limit(_at_most)
    for condition in (entry_page.c.written_as < _state, entry_page.c.written_as > _state)
)
_IN_PLACE = (
    sa.select(entry_page.c.pk, _entry.c.id)
    .join(_entry, _entry.c.pk == entry_page.c.pk)
    .where(entry_page.c.written_as != _ABSENT)
)
_FIRST_SEEN = sa.select(_entry.c.pk, _entry.c.first_seen_unix).where(_entry.c.pk.in_(_wanted))
_MARK = (
    sa.update(entry_page).where(entry_page.c.pk.in_(_wanted)).values(written_as=sa.bindparam("as_"))
)
_MARK_UNPURGED = _MARK.where(entry_page.c.written_as != _PURGED)
_HAS_ANY = sa.select(sa.exists(sa.select(entry_page.c.pk)))

# --- What becomes stale --------------------------------------------------------------------------

_IS_CURRENT = entry_page.c.written_as.not_in(_STATES)
_OUTDATE_ALL = sa.update(entry_page).where(_IS_CURRENT).values(written_as=_STALE)


def _outdating(pks: sa.Select[Any]) -> sa.Update:
    """Return the statement that makes stale what can show one of some entries."""
    stories = sa.select(_entry.c.story).where(_entry.c.pk.in_(pks))
    told = sa.select(_entry.c.pk).where(_entry.c.story.in_(stories))
    near = sa.select(_entry.c.story).where(_entry.c.pk.in_(entries_beside(told)))
    both = sa.union_all(pks, told, sa.select(_entry.c.pk).where(_entry.c.story.in_(near)))
    return _OUTDATE_ALL.where(entry_page.c.pk.in_(both))


_OUTDATE, _OUTDATE_CHANGED = _outdating(_wanted), _outdating(sa.select(changed.c.pk))


def outdate(connection: Connection, unreadable: Unreadable, pks: Sequence[int]) -> None:
    """Make stale the pages that can show one of these entries; all, where that cannot be read."""
    _outdate(connection, unreadable, _OUTDATE, {"pks": pks})


def outdate_changed(connection: Connection, unreadable: Unreadable) -> None:
    """Make stale the pages that can show an entry that changed, however many these are."""
    _outdate(connection, unreadable, _OUTDATE_CHANGED, {})


def outdate_all(connection: Connection) -> None:
    """Make every page stale that is in place."""
    connection.execute(_OUTDATE_ALL)


def _outdate(
    connection: Connection, unreadable: Unreadable, statement: sa.Update, values: dict[str, Any]
) -> None:
    if not connection.execute(_HAS_ANY).scalar_one():
        return

    def mark() -> bool:
        connection.execute(statement, values)
        return True

    if not unreadable.read("which pages of entries can have changed", mark, instead=False):
        outdate_all(connection)


def take_out(connection: Connection, pks: Sequence[int]) -> None:
    """Remember that a notice must take the place of the pages of purged entries."""
    connection.execute(_MARK, {"pks": pks, "as_": _PURGED})


class EntryPages:
    """The reads and writes of one unit of work over the pages of entries."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def known(self, pks: Collection[int]) -> set[int]:
        """Return which of these entries have a page, in place or about to be put there."""
        return self._of(_KNOWN, pks)

    def absent(self, pks: Collection[int]) -> set[int]:
        """Return which of these entries have no page in place."""
        return {*pks} - self._of(_PRESENT, pks)

    def _of(self, query: sa.Select[Any], pks: Collection[int]) -> set[int]:
        @naming_faults
        def read(wanted: Sequence[int]) -> list[int]:
            rows = self._connection.execute(query, {"pks": wanted})
            return [number(pk) for pk in rows.scalars()]

        return set(self._unreadable.read_rows("the page of entry", read, sorted(pks)))

    def want(self, pks: Collection[int]) -> None:
        """Let entries have a page from now on, to which those near them may lead."""
        outdate(self._connection, self._unreadable, sorted(pks))
        _WANT.run(self._connection, [{"pk": pk, "written_as": _ABSENT} for pk in sorted(pks)])

    def to_write(self, look: str, at_most: int) -> list[int]:
        """Return entries whose page is not in place in this look, the most urgent first."""

        @naming_faults
        def read() -> list[int]:
            asked = [(_IN_STATE, state) for state in _STATES]
            asked += [(query, look) for query in _IN_OTHER_LOOKS]
            found: dict[int, None] = {}
            for query, state in asked:
                if len(found) < at_most:
                    values = {"state": state, "at_most": at_most}
                    rows = self._connection.execute(query, values).scalars()
                    found.update(dict.fromkeys(map(number, rows)))
            return list(found)[:at_most]

        nothing: list[int] = []
        return self._unreadable.read("which pages of entries are to be written", read, nothing)

    def in_place(self) -> dict[int, str]:
        """Return every entry whose page was put in place: number → published id."""

        def read() -> dict[int, str]:
            return {row.pk: row.id for row in self._connection.execute(_IN_PLACE)}

        nothing: dict[int, str] = {}
        return self._unreadable.read("which pages of entries are in place", read, nothing)

    def first_seen(self, pks: Iterable[int]) -> dict[int, datetime]:
        """Return when entries were first seen, by number."""

        def read(wanted: Sequence[int]) -> list[tuple[int, datetime]]:
            rows = self._connection.execute(_FIRST_SEEN, {"pks": wanted})
            return [(row.pk, from_unix(row.first_seen_unix)) for row in rows]

        return dict(self._unreadable.read_entries(self._connection, read, pks))

    def mark_written(self, pks: Sequence[int], look: str) -> None:
        """Remember that pages are in place, but for those of entries that were purged meanwhile."""
        self._connection.execute(_MARK_UNPURGED, {"pks": pks, "as_": look})

    def mark_notices(self, pks: Sequence[int], look: str) -> None:
        """Remember that notices are in place of the pages of purged entries."""
        self._connection.execute(_MARK, {"pks": pks, "as_": look})

    def mark_absent(self, pks: Sequence[int]) -> None:
        """Remember that pages are not there any more, but for those that a purge takes away."""
        self._connection.execute(_MARK_UNPURGED, {"pks": pks, "as_": _ABSENT})
