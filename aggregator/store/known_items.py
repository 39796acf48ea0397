"""What the items of each source's last document were read as: one row a source, as bytes.

An item is known as long as it is stored unchanged, which its digest says. Purged entries have none,
as a title is among what is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import NOTHING_KNOWN, Headline, KnownItem, KnownItems, Mention
from aggregator.store import digest_rows, schema, sql
from aggregator.store.columns import naming_faults, text
from aggregator.store.packed import pack, unpack
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

_items, _digest, _entry = schema.known_items, schema.digest, schema.entry
_ITEMS_OF = Read(
    sa.select(_items.c.context, _items.c.packed).where(_items.c.source == sa.bindparam("of_source"))
)
_SAVE_ITEMS = Bulk(upsert(_items, keys=["source"]))
_digests = sql.each_text("digests")
_SHOWN = Read(
    sa.select(_digest.c.digest)
    .join(_entry, _entry.c.pk == _digest.c.pk)
    .where(
        _digest.c.source == sa.bindparam("of_source"),
        _digest.c.digest.in_(sa.select(_digests.c.value)),
        _entry.c.purged_unix.is_(None),
    )
)
# (hash, native id, canonical address, hash of the text, digest, headline or nothing)
_Row = tuple[str, str, str, str, str, Headline | None]


def load(connection: Connection, unreadable: Unreadable, source: str) -> KnownItems:
    """Return the items of a source's last document that are stored unchanged.

    Where they cannot be read, there are none.
    """

    def read() -> KnownItems:
        for context, packed in _ITEMS_OF.rows(connection, of_source=source):
            rows, digests = _unpacked(packed)
            stored = dict(digest_rows.known(connection, source, digests))
            return _known_items(context, rows, stored)
        return NOTHING_KNOWN

    return unreadable.read(f"which items of {source} are known", read, NOTHING_KNOWN)


def save(
    connection: Connection,
    unreadable: Unreadable,
    source: str,
    known: KnownItems,
    *,
    may_be_purged: bool,
) -> None:
    """Remember the items of a source's document in place of the last one's.

    Where there ``may_be_purged`` entries among them, only those are remembered that are stored
    unchanged and not purged: a purged entry may have come in other words as well. Where it cannot
    be written for damage, nothing is remembered.
    """

    def write() -> None:
        digests = {item.mention.digest for item in known.items.values()}
        kept = _shown(connection, source, digests) if may_be_purged else digests
        row = {"source": source, "context": known.context, "packed": _packed(known, kept)}
        _SAVE_ITEMS.run(connection, [row])

    unreadable.read(f"which items of {source} are known", write, None)


def _shown(connection: Connection, source: str, digests: Set[str]) -> frozenset[str]:
    """Return which digests are those of stored entries that are not purged."""
    rows = _SHOWN.rows(connection, of_source=source, digests=sorted(digests))
    return frozenset(digest for (digest,) in rows)


def _packed(known: KnownItems, kept: Set[str]) -> bytes:
    rows: list[_Row] = []
    for item_hash, item in known.items.items():
        told = item.mention
        if told.digest in kept:
            names = (told.native_id, told.url_key, told.text_hash, told.digest)
            rows.append((item_hash.hex(), *names, item.headline))
    return pack("", json.dumps(rows, ensure_ascii=False))


@naming_faults
def _unpacked(packed: bytes) -> tuple[list[_Row], list[str]]:
    """Return the rows of a source, and the digest of each."""
    rows: list[_Row] = json.loads(unpack(packed)[1])
    return rows, [digest for _, _, _, _, digest, _ in rows]


@naming_faults
def _known_items(context: str, rows: list[_Row], stored: Mapping[str, int]) -> KnownItems:
    items = {}
    for item_hash, native_id, url_key, text_hash, digest, headline in rows:
        pk = stored.get(digest)
        if pk is not None:
            mention = Mention(
                native_id=native_id, url_key=url_key, text_hash=text_hash, digest=digest, pk=pk
            )
            shown = None if headline is None else (headline[0], headline[1])
            items[bytes.fromhex(item_hash)] = KnownItem(mention=mention, headline=shown)
    return KnownItems(context=text(context), items=items)
