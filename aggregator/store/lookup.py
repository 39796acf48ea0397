"""What a person asks: entries by id, address or words, and everything that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Alias, AliasKind, Revision
from aggregator.store import schema, sql
from aggregator.store.rows import from_unix, revision_from_row, unix

_entry, _text, _alias = schema.entry, schema.entry_text, schema.alias


class Lookup:
    """The reads of one unit of work that answer a person's questions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- Which entries are meant -----------------------------------------------------------------

    def by_id(self, entry_id: str) -> list[int]:
        """Return the number of the entry that has a published id."""
        return self._pks(sa.select(_entry.c.pk).where(sql.key_of(_entry.c.id) == _key(entry_id)))

    def by_native_id(self, native_id: str) -> list[int]:
        """Return the entries that were seen under a source's own id."""
        return self._pks_by_alias(AliasKind.NATIVE, native_id)

    def by_address(self, link: str, url_key: str) -> list[int]:
        """Return the entries that were seen under an address, else those that link to it."""
        return self._pks_by_alias(AliasKind.URL, url_key) or self._pks(
            sa.select(_text.c.pk).where(_text.c.link == link)
        )

    def by_title(self, words: str, at_most: int, *, is_whole: bool = False) -> list[int]:
        """Return the newest entries whose title contains some words, or is them as a whole."""
        title = _text.c.title
        return self._pks(
            sa.select(_text.c.pk)
            .join(_entry, _entry.c.pk == _text.c.pk)
            .where(title == words if is_whole else sql.contains(title, words))
            .order_by(_entry.c.published_unix.desc(), _entry.c.id)
            .limit(at_most)
        )

    def stories_before(self, before: datetime, at_most: int) -> list[int]:
        """Return stories whose entries were all published before a time and are not all purged."""
        younger = _entry.alias("younger")
        query = (
            sa.select(_entry.c.story)
            .distinct()
            .where(
                _entry.c.published_unix < unix(before),
                _entry.c.purged_unix.is_(None),
                _entry.c.story.is_not(None),  # one that waits for its story stays for now
                ~sa.exists().where(
                    younger.c.story == _entry.c.story, younger.c.published_unix >= unix(before)
                ),
            )
            .limit(at_most)
        )
        return list(self._connection.execute(query).scalars())

    def has_entries(self) -> bool:
        """Tell whether anything was ever stored."""
        return bool(self._connection.execute(sa.select(sa.exists(sa.select(_entry.c.pk)))).scalar())

    def oldest_of_newest(self, number: int) -> datetime | None:
        """Return when the oldest was published of the newest entries, ``number``, that have a text.

        ``None`` where there are no more than these.
        """
        query = (
            sa.select(_entry.c.published_unix)
            .where(_entry.c.purged_unix.is_(None))
            .order_by(_entry.c.published_unix.desc())
            .offset(number - 1)
            .limit(2)
        )
        found = list(self._connection.execute(query).scalars())
        return from_unix(found[0]) if len(found) == 2 else None

    def entries_of(self, stories: Sequence[int]) -> list[int]:
        """Return the entries of stories that are not purged."""
        query = sa.select(_entry.c.pk).where(
            _entry.c.story.in_(stories), _entry.c.purged_unix.is_(None)
        )
        return list(self._connection.execute(query).scalars())

    def _pks_by_alias(self, kind: AliasKind, value: str) -> list[int]:
        return self._pks(
            sa.select(_alias.c.pk).where(
                _alias.c.kind == kind, sql.key_of(_alias.c.value) == _key(value)
            )
        )

    def _pks(self, query: sa.Select[tuple[int]]) -> list[int]:
        pks: dict[int | None, None] = dict.fromkeys(self._connection.scalars(query))
        return [pk for pk in pks if pk is not None]

    # --- What is known of one --------------------------------------------------------------------

    def aliases(self, pk: int, source: str) -> tuple[list[Alias], list[Alias]]:
        """Return an entry's aliases, and those that its source gave to several entries."""
        columns = sa.select(_alias.c.kind, _alias.c.value)
        own = self._connection.execute(columns.where(_alias.c.pk == pk))
        ambiguous = self._connection.execute(
            columns.where(_alias.c.pk.is_(None), _alias.c.source == source)
        )
        return _aliases(own), _aliases(ambiguous)

    def first_seen(self, pk: int) -> tuple[datetime, str, list[str]]:
        """Return when an entry was first seen, how its date was had, and its page's headlines."""
        row = self._connection.execute(
            sa.select(_entry.c.first_seen_unix, _entry.c.date_how, _text.c.related)
            .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
            .where(_entry.c.pk == pk)
        ).one()
        return from_unix(row[0]), row[1], row[2] or []

    def revisions(self, pk: int) -> list[Revision]:
        """Return what an entry said before, the oldest first."""
        table = schema.revision
        query = sa.select(table).where(table.c.pk == pk).order_by(table.c.until_unix)
        return [revision_from_row(row) for row in self._connection.execute(query).mappings()]

    def rejected(self, words: str, at_most: int) -> list[tuple[str, str]]:
        """Return what was rejected whose excerpt contains some words: (source, reason)."""
        table = schema.rejected
        query = (
            sa.select(table.c.source, table.c.reason)
            .where(sql.contains(table.c.excerpt, words))
            .order_by(table.c.source, table.c.reason)
            .limit(at_most)
        )
        return [(row[0], row[1]) for row in self._connection.execute(query)]


def _key(text: str) -> sa.ColumnElement[str]:
    return sql.key_of(sa.literal(text))


def _aliases(rows: sa.CursorResult[Any]) -> list[Alias]:
    return [Alias(AliasKind(row.kind), row.value) for row in rows]
