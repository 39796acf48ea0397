"""The ledger of aliases: which entry each names, of whatever source, less what is unreadable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Alias, AliasKind, KnownEntry
from aggregator.store import schema, sql
from aggregator.store.rows import known_entry_from_row, unreadable_entry
from aggregator.store.unreadable import Unreadable

# (alias, source that gave it, the entry it names; none where it is ambiguous)
Aliased = tuple[Alias, str, KnownEntry | None]

_entry, _text, _alias = schema.entry, schema.entry_text, schema.alias
_names = sql.each_pair("aliases")
_is_named = sa.and_(_alias.c.kind == _names.c.a, _alias.c.value == _names.c.b)
_ENTRIES = (
    sa.select(_alias.c.kind, _alias.c.value, _alias.c.source, _entry, _text.c.title, _text.c.link)
    .select_from(_names)
    .join(_alias, _is_named)
    .outerjoin(_entry, _entry.c.pk == _alias.c.pk)
    .outerjoin(_text, _text.c.pk == _alias.c.pk)
    .order_by(_entry.c.pk)
)
_WITHOUT_ENTRIES = sa.select(_alias.c.source, _alias.c.pk).select_from(
    _names.join(_alias, _is_named)
)


def entries_of_aliases(
    connection: Connection, unreadable: Unreadable, aliases: Iterable[Alias]
) -> list[Aliased]:
    """Return what is remembered of aliases, the entries that are longest known first.

    An entry that cannot be read is returned as a purged one: what is sent for it changes it no
    more, and makes no second entry of it.
    """

    def read(wanted: Sequence[Alias]) -> list[Aliased]:
        rows = connection.execute(_ENTRIES, {"aliases": wanted}).mappings()
        return [
            (
                Alias(AliasKind(row[_alias.c.kind]), row[_alias.c.value]),
                row[_alias.c.source],
                None if row[_entry.c.pk] is None else known_entry_from_row(row),
            )
            for row in rows
        ]

    def without_entry(alias: Alias) -> list[Aliased]:
        rows = connection.execute(_WITHOUT_ENTRIES, {"aliases": [alias]})
        return [(alias, row[0], row[1] and unreadable_entry(row[1])) for row in rows]

    names = list(dict.fromkeys(aliases))
    return unreadable.read_rows("the entry of alias", read, names, without_entry)
