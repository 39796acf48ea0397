"""What a person asks of the store: entries by id, address or words, and all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import Alias, AliasKind, Quarantined, Revision, Tie
from aggregator.store import schema
from aggregator.store.rows import from_unix, held_from_row, tie_from_row, unix

_entry, _text, _alias, _tie = schema.entry, schema.entry_text, schema.alias, schema.tie


class Looking:
    """Reads of one snapshot, and what a person tells the store to do, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_id(self, text: str) -> list[int]:
        """Give the entry of a published id."""
        return self._pks(sa.select(_entry.c.pk).where(_entry.c.id == text))

    def by_address(self, link: str, url_key: str) -> list[int]:
        """Give the entries that were seen under an address."""
        return self._pks(
            sa.select(_alias.c.pk).where(_alias.c.kind == AliasKind.URL, _alias.c.value == url_key)
        ) or self._pks(sa.select(_text.c.pk).where(_text.c.link == link))

    def by_title(self, text: str, at_most: int, *, is_whole: bool = False) -> list[int]:
        """Give the newest entries whose title contains a text, or is it as a whole."""
        title = _text.c.title
        return self._pks(
            sa.select(_text.c.pk)
            .join(_entry, _entry.c.pk == _text.c.pk)
            .where(title == text if is_whole else sa.func.instr(title, text) > 0)
            .order_by(_entry.c.published_unix.desc(), _entry.c.id)
            .limit(at_most)
        )

    def by_native_id(self, text: str) -> list[int]:
        """Give the entries to which their sources gave an id."""
        return self._pks(
            sa.select(_alias.c.pk).where(_alias.c.kind == AliasKind.NATIVE, _alias.c.value == text)
        )

    def _pks(self, query: sa.Select[tuple[int]]) -> list[int]:
        found: dict[int | None, None] = dict.fromkeys(self._connection.scalars(query))
        return [pk for pk in found if pk is not None]

    def aliases(self, pk: int, source: str) -> tuple[list[Alias], list[Alias]]:
        """Give the names of an entry, and those of its source that were found to name nothing."""
        own = sa.select(_alias.c.kind, _alias.c.value).where(_alias.c.pk == pk)
        nameless = sa.select(_alias.c.kind, _alias.c.value).where(
            _alias.c.pk.is_(None), _alias.c.source == source
        )
        found = (
            [Alias(AliasKind(row[0]), row[1]) for row in self._connection.execute(query)]
            for query in (own, nameless)
        )
        return next(found), next(found)

    def seen(self, pk: int) -> tuple[datetime, str, list[str]]:
        """Give when an entry was first seen, how its date was had, and its page's headlines."""
        row = self._connection.execute(
            sa.select(_entry.c.first_seen_unix, _entry.c.how, _text.c.related)
            .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
            .where(_entry.c.pk == pk)
        ).one()
        return from_unix(row[0]), row[1], row[2] or []

    def revisions(self, pk: int) -> list[Revision]:
        """Give what an entry said before, the oldest first."""
        table = schema.history
        query = sa.select(table).where(table.c.pk == pk).order_by(table.c.at_unix)
        return [
            Revision(until=from_unix(row.at_unix), title=row.title, characters=row.characters)
            for row in self._connection.execute(query)
        ]

    def ties(self, pks: Sequence[int]) -> list[Tie]:
        """Give what ties entries with each other."""
        query = sa.select(_tie).where(_tie.c.a.in_(pks), _tie.c.b.in_(pks))
        return [
            tie_from_row(row)
            for row in self._connection.execute(query.order_by(_tie.c.a, _tie.c.b))
        ]

    def rejected(self, text: str, at_most: int) -> list[tuple[str, str]]:
        """Give what was rejected whose first words contain a text: (source, reason)."""
        table = schema.rejected
        query = (
            sa.select(table.c.source, table.c.reason)
            .where(sa.func.instr(table.c.excerpt, text) > 0)
            .order_by(table.c.source, table.c.reason)
            .limit(at_most)
        )
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def held(self) -> dict[str, Quarantined]:
        """Give the sources of which a change is held back."""
        rows = self._connection.execute(sa.select(schema.held)).mappings()
        return {row["source"]: held_from_row(row) for row in rows}

    def release(self, source: str) -> bool:
        """Let through what is held back of a source, at its next poll, which is due at once."""
        table, state = schema.held, schema.source_state
        done = self._connection.execute(
            sa.update(table).where(table.c.source == source).values(is_released=True)
        )
        self._connection.execute(
            sa.update(state).where(state.c.source == source).values(next_due_unix=None)
        )
        return done.rowcount > 0

    def stories_before(self, before: datetime, at_most: int) -> list[int]:
        """Give stories whose entries were all published before a time and are not all purged."""
        younger = _entry.alias("younger")
        query = (
            sa.select(_entry.c.story)
            .distinct()
            .where(
                _entry.c.published_unix < unix(before),
                _entry.c.purged_unix.is_(None),
                ~sa.exists().where(
                    younger.c.story == _entry.c.story, younger.c.published_unix >= unix(before)
                ),
            )
            .limit(at_most)
        )
        return list(self._connection.execute(query).scalars())

    def entries_of(self, stories: Sequence[int]) -> list[int]:
        """Give the entries of stories that are not purged."""
        query = sa.select(_entry.c.pk).where(
            _entry.c.story.in_(stories), _entry.c.purged_unix.is_(None)
        )
        return list(self._connection.execute(query).scalars())

    def ask(self, name: str) -> None:
        """Ask the process that runs for something: ``publish``."""
        self._connection.execute(insert(schema.request).values(name=name).on_conflict_do_nothing())
