"""How feeds stand: what each was put in place as, and whether that can have changed since.

Whoever changes what an entry shows, the database notes the entry (``changed``). A feed can show it
only where it has the entry's source, a source of another entry of its story, or one of a story of
the same event, or of another step of its affair. Knows this; refuses to know what a feed selects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Changes, FeedSpec, Standing
from aggregator.store import entry_pages, event_groups, feed_schema, schema, sql
from aggregator.store.columns import naming_faults
from aggregator.store.rows import standing_from_row
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

_entry, _of_feed = schema.entry, feed_schema.feed_source
_standing, _changed = feed_schema.standing, feed_schema.changed
_taken = feed_schema.changes_taken
_pks, _stories, _feeds = sql.each("pks"), sql.each("stories"), sql.each_text("feeds")
# The feeds of more entries are not looked for one by one: an archive that was read has some of
# every feed's (2,000 entries: 25 ms, as long as selecting one feed anew).
_MOST_CHANGED = 2_000
_HAS_CHANGED = sa.select(sa.exists(sa.select(_changed.c.pk)))
_CHANGED = Read(sa.select(_changed.c.pk).limit(_MOST_CHANGED + 1))
_TIMES_TAKEN = Read(sa.select(_taken.c.times).where(_taken.c.pk == 1))
_COUNT_TAKING = (
    sql.insert(_taken)
    .values(pk=1, times=1)
    .on_conflict_do_update(index_elements=["pk"], set_={"times": _taken.c.times + 1})
)
_WHERE_STORIES = sa.select(_entry.c.source, _entry.c.story).where(
    _entry.c.pk.in_(sa.select(_pks.c.value))
)
_MEMBERS = sa.select(_entry.c.pk, _entry.c.source).where(
    _entry.c.story.in_(sa.select(_stories.c.value))
)
_BESIDE = event_groups.entries_beside(sa.select(_pks.c.value))
_OTHERS = _standing.c.feed.not_in(sa.select(_feeds.c.value))
_END_OTHERS = sa.update(_standing).where(_OTHERS).values(is_current=sa.false())
_FORGET_OTHERS = sa.delete(_standing).where(_OTHERS)
_REMEMBER = Bulk(upsert(_standing, keys=["feed"]))


class Standings:
    """The reads and writes of one unit of work over how feeds stand."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def known(self) -> dict[str, Standing]:
        """Return how each feed was put in place last, by its name."""

        def read() -> dict[str, Standing]:
            rows = self._connection.execute(sa.select(_standing)).mappings()
            return {row["feed"]: standing_from_row(row) for row in rows}

        nothing: dict[str, Standing] = {}
        return self._unreadable.read("how feeds were published", read, nothing)

    def has_changes(self) -> bool:
        """Tell whether any entry can have changed since ``take_changes`` was last called."""
        if not self._are_noted():
            return True
        return bool(self._connection.execute(_HAS_CHANGED).scalar_one())

    def changes(self) -> Changes | None:
        """Return which entries changed since ``take_changes`` was last called, and its number.

        ``None`` where that is not known, or they are more than are looked at one by one.
        """
        return self._known(self._changed())

    def _changed(self) -> list[int]:
        return [row[0] for row in _CHANGED.rows(self._connection)]

    def _known(self, pks: Sequence[int]) -> Changes | None:
        if len(pks) > _MOST_CHANGED or not self._are_noted():
            return None
        times = _TIMES_TAKEN.rows(self._connection)
        return Changes(taken=times[0][0] if times else 0, pks=frozenset(pks))

    def take_changes(self, feeds: Sequence[FeedSpec]) -> Changes | None:
        """Remember which of the feeds can show an entry that changed, and forget the changes.

        Return them as ``changes`` returned them before, with the number of this call.
        """
        changed = self._changed()
        changes = self._known(changed)
        if not self._are_noted():
            self._connection.execute(_END_OTHERS, {"feeds": []})
            entry_pages.outdate_all(self._connection)
        elif len(changed) > _MOST_CHANGED:
            self._connection.execute(_END_OTHERS, {"feeds": []})
            entry_pages.outdate_changed(self._connection, self._unreadable)
        else:
            self.touch(changed, feeds)
        self._connection.execute(sa.delete(_changed))
        self._connection.execute(_COUNT_TAKING)
        return replace(changes, taken=changes.taken + 1) if changes else None

    def _are_noted(self) -> bool:
        """Tell whether changes are noted: a table that a person made anew has no triggers."""
        return sql.triggers(self._connection) >= feed_schema.CHANGE_TRIGGERS

    def touch(self, pks: Iterable[int], feeds: Sequence[FeedSpec]) -> None:
        """Remember that the feeds that can show one of these entries are no longer current.

        Where what they can show cannot be read, or an entry is gone with its source, none is. The
        pages of entries that can show one of these are stale.
        """
        wanted = sorted(pks)
        if not wanted:
            return
        entry_pages.outdate(self._connection, self._unreadable, wanted)

        none: list[str] = []

        @naming_faults
        def read() -> list[str]:
            sources = self._sources_touched(wanted)
            if sources is None:
                return none
            former: dict[str, set[str]] = {}
            for feed, source in self._connection.execute(sa.select(_of_feed)):
                former.setdefault(feed, set()).add(source)
            return [
                feed.name
                for feed in feeds
                if not sources & {*feed.sources, *former.get(feed.name, ())}
            ]

        untouched = self._unreadable.read("which feeds can have changed", read, none)
        # With them those that are configured no more, as they may come back.
        self._connection.execute(_END_OTHERS, {"feeds": untouched})

    def _sources_touched(self, pks: Sequence[int]) -> set[str] | None:
        """Return the sources of entries, of their stories, and of what is named beside these.

        ``None`` where one of the entries is gone, as a person deletes it by hand.
        """
        rows = self._connection.execute(_WHERE_STORIES, {"pks": pks}).all()
        if len(rows) < len(pks):
            return None
        sources = {row.source for row in rows}
        of_story, members = self._members({row.story for row in rows} - {None})
        beside = {*self._connection.execute(_BESIDE, {"pks": members}).scalars()}
        rows = self._connection.execute(_WHERE_STORIES, {"pks": sorted(beside)}).all()
        of_affair, _ = self._members({row.story for row in rows} - {None})
        return sources | of_story | of_affair

    def _members(self, stories: Iterable[int]) -> tuple[set[str], list[int]]:
        """Return the sources and the numbers of the entries of stories."""
        rows = self._connection.execute(_MEMBERS, {"stories": sorted(stories)}).all()
        return {row.source for row in rows}, [row.pk for row in rows]

    def remember(self, standings: Iterable[Standing], feeds: Sequence[str]) -> None:
        """Remember how feeds were put in place, and forget those of all other feeds."""
        rows = [asdict(standing) for standing in standings]
        self._connection.execute(_FORGET_OTHERS, {"feeds": feeds})
        _REMEMBER.run(self._connection, rows)
