"""Ids of entries that were never published, which may still be given to another source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import AliasKind
from aggregator.store import schema, sql

_entry, _alias = schema.entry, schema.alias
_ids, _names = sql.each_text("ids"), sql.each_text("names")
# Its story was never decided, so no feed has shown it.
_HOLDERS = sa.select(_entry.c.pk, _entry.c.id, _entry.c.source, _entry.c.content_key).where(
    sql.key_of(_entry.c.id).in_(sa.select(sql.key_of(_ids.c.value))),
    _entry.c.characters.is_(None),
)
_NAMED = sa.select(_alias.c.value, _alias.c.source, _alias.c.pk).where(
    _alias.c.kind == AliasKind.NATIVE,
    sql.key_of(_alias.c.value).in_(sa.select(sql.key_of(_names.c.value))),
)
_RENAME = sa.update(_entry).where(_entry.c.pk == sa.bindparam("of")).values(id=sa.bindparam("as"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An entry that has an id and was never published."""

    pk: int
    id: str
    source: str
    content_key: str


class SharedIds:
    """The reads and writes of one unit of work over ids that may change hands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def holders(self, ids: Iterable[str]) -> list[Holder]:
        """Return the entries with these ids that were never published."""
        rows = self._connection.execute(_HOLDERS, {"ids": sorted(ids)})
        return [
            Holder(pk=row.pk, id=row.id, source=row.source, content_key=row.content_key)
            for row in rows
        ]

    def named(self, native_ids: Iterable[str]) -> dict[tuple[str, str], int | None]:
        """Return which entries sources gave these ids of their own: (id, source) → number."""
        rows = self._connection.execute(_NAMED, {"names": sorted(native_ids)})
        return {(row.value, row.source): row.pk for row in rows}

    def rename(self, pk: int, published_id: str) -> None:
        """Write another id for an entry that was never published."""
        self._connection.execute(_RENAME, {"of": pk, "as": published_id})
