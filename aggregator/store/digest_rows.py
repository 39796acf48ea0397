"""The digests of entries: which are stored, and how many of an entry are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import schema, sql
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk, Read

_digest = schema.digest
_digests, _pks = sql.each_text("digests"), sql.each("pks")
_KNOWN = Read(
    sa.select(_digest.c.digest, _digest.c.pk).where(
        _digest.c.source == sa.bindparam("of_source"),
        _digest.c.digest.in_(sa.select(_digests.c.value)),
    )
)
_SAVE = Bulk(upsert(_digest, keys=["source", "digest"]))
# Of an entry, the newest: some sources send it once more under another address at every poll. No
# document of 14 feeds repeats one text so often. What is sent again without a digest is looked at.
_MOST_DIGESTS = 32
_order = sql.insertion_order(_digest)
_ranked = (
    sa.select(
        _order.label("row"),
        sa.func.row_number().over(partition_by=_digest.c.pk, order_by=_order.desc()).label("place"),
    )
    .where(_digest.c.pk.in_(sa.select(_pks.c.value)))
    .subquery()
)
_FORGET = sa.delete(_digest).where(
    _order.in_(sa.select(_ranked.c.row).where(_ranked.c.place > _MOST_DIGESTS))
)


def known(connection: Connection, source: str, digests: Sequence[str]) -> list[tuple[str, int]]:
    """Return which digests are those of a source's entries as they are stored, with their numbers.

    What cannot be read raises; whoever asks reads around it.
    """
    rows = _KNOWN.rows(connection, of_source=source, digests=digests)
    return [(digest, pk) for digest, pk in rows]


def save(connection: Connection, source: str, digests: Iterable[tuple[str, int]]) -> None:
    """Remember digests of a source with the numbers of their entries."""
    rows = [{"source": source, "digest": digest, "pk": pk} for digest, pk in digests]
    _SAVE.run(connection, rows)


def forget_oldest(connection: Connection, pks: Iterable[int]) -> None:
    """Forget of each of these entries all digests but the newest."""
    connection.execute(_FORGET, {"pks": sorted(pks)})
