"""What entries are looked up by: the index, and what was made of texts that wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import SignedText
from aggregator.store import schema, sql
from aggregator.store.columns import naming_faults
from aggregator.store.sql import insert, upsert
from aggregator.store.statements import Read, Write
from aggregator.store.unreadable import Unreadable

_lookup_key, _signed, _sign_anew = schema.lookup_key, schema.signed, schema.sign_anew
# Of a lookup key that more entries share, the first are looked at: a common phrase says nothing,
# and a text that more carry is found by the first as well as by the last.
_MOST_SHARING = 32

_keys = sql.each("keys")
_first = (
    sa.select(_lookup_key.c.pk)
    .where(_lookup_key.c.key == _keys.c.value)
    .order_by(_lookup_key.c.pk)
    .limit(_MOST_SHARING)
    .correlate(_keys)
    .subquery()
)
_sharing = sa.select(sql.joined_numbers(_first.c.pk)).correlate(_keys).scalar_subquery()
# Most keys nobody has, and a first look costs half of gathering nothing.
_HAVING = Read(
    sa.select(_keys.c.value).where(
        sa.exists(sa.select(_lookup_key.c.pk).where(_lookup_key.c.key == _keys.c.value))
    )
)
_SHARING = Read(sa.select(_keys.c.value, _sharing))
_HAS_KEYS = sa.select(
    sa.exists(
        sa.select(_lookup_key.c.key).where(
            _lookup_key.c.key.between(sa.bindparam("first"), sa.bindparam("last"))
        )
    )
)
_ADD_KEYS = Write(insert(_lookup_key).on_conflict_do_nothing())
_SIGN = Write(upsert(_signed, keys=["pk"]))
_TO_SIGN_ANEW = (
    sa.select(_sign_anew.c.pk).order_by(_sign_anew.c.pk.desc()).limit(sa.bindparam("at_most"))
)
_pks = sql.each("pks")
_SIGNED_ANEW = sa.delete(_sign_anew).where(_sign_anew.c.pk.in_(sa.select(_pks.c.value)))


class Index:
    """The reads and writes of one unit of work over what entries are looked up by."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def add(self, rows: Iterable[tuple[int, int]]) -> None:
        """Remember what entries are looked up by: (key, number).

        In the order of the keys, what lies together is written together.
        """
        _ADD_KEYS.run(self._connection, rows)

    def sharing(self, keys: Iterable[int]) -> dict[int, list[int]]:
        """Return which entries have these keys: key → the first numbers that have it."""

        @naming_faults
        def read(wanted: Sequence[int]) -> list[tuple[int, list[int]]]:
            having = [key for (key,) in _HAVING.rows(self._connection, keys=wanted)]
            rows = _SHARING.rows(self._connection, keys=having)
            return [(key, list(map(int, pks.split(",")))) for key, pks in rows]

        distinct = sorted(dict.fromkeys(keys))  # quick where they are in order
        return dict(self._unreadable.read_rows("lookup key", read, distinct))

    def has_any(self, keys: range) -> bool:
        """Tell whether any entry has one of the keys of a range."""
        values = {"first": keys.start, "last": keys.stop - 1}
        return bool(self._connection.execute(_HAS_KEYS, values).scalar_one())

    def sign(self, signed: Mapping[int, SignedText]) -> None:
        """Remember what was made of texts that wait for their story: number → what was made."""
        _SIGN.run(
            self._connection,
            ((pk, text.address, text.characters, text.signature) for pk, text in signed.items()),
        )

    # --- What an earlier version looked up otherwise ---------------------------------------------

    def to_sign_anew(self, at_most: int) -> list[int]:
        """Return entries whose texts are looked up as an earlier version did, the newest first."""
        return list(self._connection.execute(_TO_SIGN_ANEW, {"at_most": at_most}).scalars())

    def signed_anew(self, pks: Sequence[int]) -> None:
        """Remember that entries are looked up as this version does, or cannot be read."""
        if pks:
            self._connection.execute(_SIGNED_ANEW, {"pks": pks})
