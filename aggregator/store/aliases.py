"""The ledger of aliases: which entry each names, of whatever source, less what is unreadable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Alias, AliasKind, KnownEntry
from aggregator.store import schema, sql
from aggregator.store.rows import known_entry_from_row, unreadable_entry
from aggregator.store.statements import Read
from aggregator.store.unreadable import Unreadable

# (alias, source that gave it, the entry it names; none where it is ambiguous)
Aliased = tuple[Alias, str, KnownEntry | None]

_entry, _text, _alias = schema.entry, schema.entry_text, schema.alias
# The columns of which ``known_entry_from_row`` reads an entry, in its order.
KNOWN_ENTRY = (
    *(_entry.c.pk, _entry.c.id, _entry.c.content_key, _text.c.title, _text.c.link),
    *(_entry.c.published_unix, _entry.c.purged_unix, _entry.c.date_how),
    *(_entry.c.first_seen_unix, _entry.c.alias_count),
)
_names = sql.each_pair("aliases")
_is_named = sa.and_(
    _alias.c.kind == _names.c.a, sql.key_of(_alias.c.value) == sql.key_of(_names.c.b)
)
_ENTRIES = Read(
    sa.select(_alias.c.kind, _alias.c.value, _alias.c.source, *KNOWN_ENTRY)
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
        rows = _ENTRIES.rows(connection, aliases=wanted)
        return [
            (
                Alias(AliasKind(kind), value),
                source,
                None if entry[0] is None else known_entry_from_row(entry),
            )
            for kind, value, source, *entry in rows
        ]

    def without_entry(alias: Alias) -> list[Aliased]:
        rows = connection.execute(_WITHOUT_ENTRIES, {"aliases": [alias]})
        return [(alias, row[0], row[1] and unreadable_entry(row[1])) for row in rows]

    names = list(dict.fromkeys(aliases))
    return unreadable.read_rows("the entry of alias", read, names, without_entry)
