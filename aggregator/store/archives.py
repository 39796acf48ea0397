"""Archives: which entries of a feed stand in which archive document, and which wait for one.

Knows members and numbers; refuses to know when a document is closed, and what it looks like.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import columns, schema, sql
from aggregator.store.archive_schema import archive, archive_entry, archiving
from aggregator.store.columns import naming_faults
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_pks, _numbers = sql.each("pks"), sql.each("numbers")
_of_feed: sa.BindParameter[str] = sa.bindparam("of_feed")
_wanted = sa.select(_pks.c.value)
# ``written_as`` of a document that is absent, or must be replaced.
_ABSENT, _STALE = "", "stale"
_GONE = "gone"  # of one that was removed, as all that stood in it left; its number stays taken
_WAITS = 0  # the number of no document: an entry waits for one

_PROGRESS = sa.select(archiving.c.seen_pk, archiving.c.selection).where(
    archiving.c.feed == _of_feed
)
_REMEMBER_PROGRESS = Bulk(upsert(archiving, keys=["feed"]))
_UNDECIDED = sa.select(sa.func.min(schema.entry.c.pk)).where(
    schema.entry.c.is_clustered == sa.false()
)
_LAST_ENTRY = sa.select(sa.func.coalesce(sa.func.max(schema.entry.c.pk), 0))
_CLOSED = (
    sa.select(archive_entry.c.pk)
    .where(
        archive_entry.c.feed == _of_feed,
        archive_entry.c.pk.in_(_wanted),
        archive_entry.c.number != _WAITS,
    )
    .distinct()
)
_WAITING = sa.select(archive_entry.c.pk, archive_entry.c.is_due).where(
    archive_entry.c.feed == _of_feed, archive_entry.c.number == _WAITS
)
_MEMBERS = sa.select(archive_entry.c.pk).where(
    archive_entry.c.feed == _of_feed, archive_entry.c.number == sa.bindparam("of_number")
)
_WAIT = Bulk(upsert(archive_entry, keys=["feed", "pk", "number"]))
_FORGET = sa.delete(archive_entry).where(
    archive_entry.c.feed == _of_feed,
    archive_entry.c.pk.in_(_wanted),
    archive_entry.c.number == _WAITS,
)
_PUT_INTO = (
    sa.update(archive_entry)
    .where(
        archive_entry.c.feed == _of_feed,
        archive_entry.c.pk.in_(_wanted),
        archive_entry.c.number == _WAITS,
    )
    .values(number=sa.bindparam("into"))
)
_LAST = sa.select(sa.func.coalesce(sa.func.max(archive.c.number), 0)).where(
    archive.c.feed == _of_feed
)
_TO_WRITE = (
    sa.select(archive.c.number, archive.c.written_as)
    .where(
        archive.c.feed == _of_feed,
        archive.c.written_as.not_in((sa.bindparam("wanted"), sa.literal(_GONE))),
    )
    .order_by(archive.c.number)
)
_FIRST = sa.select(sa.func.min(archive.c.number)).where(
    archive.c.feed == _of_feed, archive.c.written_as != _GONE
)
# The first document that an entry stands in.
_FIRST_WITH_ENTRY = sa.select(sa.func.min(archive_entry.c.number)).where(
    archive_entry.c.feed == _of_feed, archive_entry.c.number > _WAITS
)
_ADD = Bulk(sql.insert(archive))
_MARK_WRITTEN = (
    sa.update(archive)
    .where(archive.c.feed == _of_feed, archive.c.number.in_(sa.select(_numbers.c.value)))
    .values(written_as=sa.bindparam("as_now"))
)

# --- What is purged ------------------------------------------------------------------------------

# By feed and number of entry, so that the rows are found by their keys.
_OF_PURGED = (
    archive_entry.c.feed.in_(sa.select(archiving.c.feed)),
    archive_entry.c.pk.in_(_wanted),
)
_TAKE_OUT = (
    sa.update(archive)
    .where(
        sa.tuple_(archive.c.feed, archive.c.number).in_(
            sa.select(archive_entry.c.feed, archive_entry.c.number).where(*_OF_PURGED)
        ),
        archive.c.written_as != _ABSENT,
    )
    .values(written_as=_STALE),
    sa.delete(archive_entry).where(*_OF_PURGED),
)


def take_out(connection: Connection, pks: Sequence[int]) -> None:
    """Forget that purged entries stand in archives; the documents that hold them become stale."""
    for statement in _TAKE_OUT:
        connection.execute(statement, {"pks": pks})


def leave(connection: Connection, pks: Sequence[int]) -> None:
    """Forget that entries stand in archives that leave by their age; documents stay as written."""
    connection.execute(_TAKE_OUT[-1], {"pks": pks})


class Archives:
    """The reads and writes of one unit of work over the archives of feeds."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    # --- Which entries there are -----------------------------------------------------------------

    def progress(self, feed: str) -> tuple[int, str]:
        """Return up to which entry a feed's archives know what is stored, of which selection."""

        @naming_faults
        def read() -> tuple[int, str]:
            row = self._connection.execute(_PROGRESS, {"of_feed": feed}).one_or_none()
            return (columns.number(row.seen_pk), columns.text(row.selection)) if row else (0, "")

        return self._unreadable.read(f"how far the archives of {feed} are", read, (0, ""))

    def remember_progress(self, feed: str, seen: int, selection: str) -> None:
        """Remember up to which entry a feed's archives know what is stored."""
        row = {"feed": feed, "seen_pk": seen, "selection": selection}
        _REMEMBER_PROGRESS.run(self._connection, [row])

    def last_decided(self) -> int:
        """Return the last entry up to which the story of every entry is decided."""

        def read() -> int:
            undecided = self._connection.execute(_UNDECIDED).scalar_one()
            if undecided is not None:
                return int(undecided) - 1
            return int(self._connection.execute(_LAST_ENTRY).scalar_one())

        return self._unreadable.read("which entries have their story", read, 0)

    def closed(self, feed: str, pks: Collection[int]) -> set[int]:
        """Return which of these entries stand in a closed document of a feed."""

        @naming_faults
        def read(wanted: Sequence[int]) -> list[int]:
            values = {"of_feed": feed, "pks": wanted}
            return [
                columns.number(pk) for pk in self._connection.execute(_CLOSED, values).scalars()
            ]

        return set(self._unreadable.read_rows(f"an archived entry of {feed}", read, sorted(pks)))

    def waiting(self, feed: str) -> dict[int, bool]:
        """Return the entries that wait for an archive document: number → whether it is due."""

        @naming_faults
        def read() -> dict[int, bool]:
            rows = self._connection.execute(_WAITING, {"of_feed": feed})
            return {columns.number(row.pk): row.is_due for row in rows}

        nothing: dict[int, bool] = {}
        return self._unreadable.read(f"what waits for an archive of {feed}", read, nothing)

    def wait(self, feed: str, due: Mapping[int, bool]) -> None:
        """Let entries wait for an archive document: number → whether it is due."""
        rows = [
            {"feed": feed, "pk": pk, "number": _WAITS, "is_due": is_due}
            for pk, is_due in due.items()
        ]
        _WAIT.run(self._connection, rows)

    def forget(self, feed: str, pks: Sequence[int]) -> None:
        """Let entries wait no longer, as the feed tells them under other ids or not at all."""
        self._connection.execute(_FORGET, {"of_feed": feed, "pks": pks})

    # --- The documents ---------------------------------------------------------------------------

    def close(self, feed: str, documents: Sequence[Sequence[int]]) -> None:
        """Close archive documents of these entries, each numbered after the last one."""
        first = self._last(feed) + 1
        numbered = list(enumerate(documents, first))
        rows = [{"feed": feed, "number": number, "written_as": _ABSENT} for number, _ in numbered]
        _ADD.run(self._connection, rows)
        for number, pks in numbered:
            values = {"of_feed": feed, "pks": pks, "into": number}
            self._connection.execute(_PUT_INTO, values)

    def last(self, feed: str) -> int:
        """Return the number of a feed's last archive document, 0 where it has none."""
        return self._unreadable.read(f"the last archive of {feed}", lambda: self._last(feed), 0)

    def _last(self, feed: str) -> int:
        return int(self._connection.execute(_LAST, {"of_feed": feed}).scalar_one())

    def first(self, feed: str) -> int:
        """Return the number of a feed's first archive document that was not removed."""

        def read() -> int:
            first = self._connection.execute(_FIRST, {"of_feed": feed}).scalar()
            return self._last(feed) + 1 if first is None else int(first)

        return self._unreadable.read(f"the first archive of {feed}", read, 1)

    def emptied(self, feed: str) -> list[int]:
        """Return the documents, from the first on, in which no entry stands any more."""

        def read() -> list[int]:
            first = self._connection.execute(_FIRST, {"of_feed": feed}).scalar()
            if first is None:
                return []
            kept = self._connection.execute(_FIRST_WITH_ENTRY, {"of_feed": feed}).scalar()
            return list(range(first, self._last(feed) + 1 if kept is None else int(kept)))

        nothing: list[int] = []
        return self._unreadable.read(f"which archives of {feed} are empty", read, nothing)

    def mark_gone(self, feed: str, numbers: Sequence[int]) -> None:
        """Remember that archive documents were removed for good."""
        self.mark_written(feed, numbers, _GONE)

    def to_write(self, feed: str, written_as: str) -> dict[int, str]:
        """Return the documents that are not in place as ``written_as`` says, in order.

        Number → as what it was put in place last, empty where it is not there at all.
        """

        @naming_faults
        def read() -> dict[int, str]:
            rows = self._connection.execute(_TO_WRITE, {"of_feed": feed, "wanted": written_as})
            return {columns.number(row.number): columns.text(row.written_as) for row in rows}

        nothing: dict[int, str] = {}
        return self._unreadable.read(f"which archives of {feed} are written", read, nothing)

    def members(self, feed: str, number: int) -> list[int]:
        """Return the entries of one archive document."""

        @naming_faults
        def read() -> list[int]:
            values = {"of_feed": feed, "of_number": number}
            return [
                columns.number(pk) for pk in self._connection.execute(_MEMBERS, values).scalars()
            ]

        nothing: list[int] = []
        return self._unreadable.read(f"the archive {number} of {feed}", read, nothing)

    def mark_lost(self, feed: str, numbers: Sequence[int]) -> None:
        """Remember that archive documents are not there any more."""
        self.mark_written(feed, numbers, _ABSENT)

    def mark_written(self, feed: str, numbers: Sequence[int], written_as: str) -> None:
        """Remember that archive documents are in place."""
        values = {"of_feed": feed, "numbers": numbers, "as_now": written_as}
        self._connection.execute(_MARK_WRITTEN, values)
