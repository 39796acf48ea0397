"""Whole texts: what became of the pages that entries link to, and the articles that were had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import AliasKind, FullText, FullTextCounts, FullTextOutcome
from aggregator.store import schema, sql
from aggregator.store.columns import naming_faults
from aggregator.store.full_text_schema import full_text as _full_text
from aggregator.store.packed import pack, unpack
from aggregator.store.rows import from_unix, unix
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

# What is remembered saves a request where an entry changes that still stands in its feed. Of seven
# papers whose feeds were looked at, each has what three days brought at most, and quiet ones more.
_KEPT = timedelta(days=60)
# A row takes 2.2 kB with an article of 2,245 characters, the mean of 154 real ones: 110 MB in all.
_MOST_ROWS = 50_000

_addresses, _pks = sql.each_text("addresses"), sql.each("pks")
_alias, _entry = schema.alias, schema.entry
_of_source = _full_text.c.source == sa.bindparam("of_source")
_address_key = sql.key_of(_full_text.c.address)
_KNOWN = sa.select(_full_text).where(
    _of_source, _address_key.in_(sa.select(sql.key_of(_addresses.c.value)))
)
_LENGTHS = (
    sa.select(_full_text.c.feed_characters)
    .where(_of_source)
    .order_by(_full_text.c.tried_unix.desc(), _full_text.c.feed_characters)
    .limit(sa.bindparam("at_most"))
)
_PURGED = (
    sa.select(_alias.c.value)
    .join(_entry, _entry.c.pk == _alias.c.pk)
    .where(
        _alias.c.kind.in_((AliasKind.URL.value, AliasKind.NATIVE.value)),
        _alias.c.source == sa.bindparam("of_source"),
        sql.key_of(_alias.c.value).in_(sa.select(sql.key_of(_addresses.c.value))),
        _entry.c.purged_unix.is_not(None),
    )
)
_SAVE = Bulk(upsert(_full_text, keys=["source", "address"]))
_PRUNE_OLD = sa.delete(_full_text).where(_full_text.c.tried_unix < sa.bindparam("before"))
_PRUNE_MORE = sa.delete(_full_text).where(
    _full_text.c.tried_unix
    < sa.select(_full_text.c.tried_unix)
    .order_by(_full_text.c.tried_unix.desc())
    .limit(1)
    .offset(sa.bindparam("most"))
    .scalar_subquery()
)
_OF_ENTRIES = (
    sa.select(_alias.c.source, sql.key_of(_alias.c.value).label("key"))
    .where(_alias.c.kind == AliasKind.URL.value, _alias.c.pk.in_(sa.select(_pks.c.value)))
    .subquery()
)
_FORGET = sa.delete(_full_text).where(
    sa.tuple_(_full_text.c.source, _address_key).in_(sa.select(_OF_ENTRIES))
)
# An address that a source gave to several entries names none, and could be that of any of them.
_NAMES_ONE = sa.exists().where(
    _alias.c.kind == AliasKind.URL.value,
    sql.key_of(_alias.c.value) == _address_key,
    _alias.c.source == _full_text.c.source,
    _alias.c.pk.is_not(None),
)
_FORGET_NAMELESS = sa.delete(_full_text).where(
    _full_text.c.source.in_(
        sa.select(_alias.c.source).where(_alias.c.pk.in_(sa.select(_pks.c.value)))
    ),
    ~_NAMES_ONE,
)
_OF_ENTRY = (
    sa.select(_full_text)
    .join(
        _OF_ENTRIES,
        sa.and_(_OF_ENTRIES.c.source == _full_text.c.source, _OF_ENTRIES.c.key == _address_key),
    )
    .order_by(_full_text.c.tried_unix.desc(), _full_text.c.address)
)
_COUNTS = (
    sa.select(_full_text.c.source, _full_text.c.outcome, sa.func.count().label("entries"))
    .where(_full_text.c.tried_unix >= sa.bindparam("since"))
    .group_by(_full_text.c.source, _full_text.c.outcome)
)
_REASONS = (
    sa.select(_full_text.c.source, _full_text.c.reason)
    .where(_full_text.c.tried_unix >= sa.bindparam("since"), _full_text.c.reason != "")
    .order_by(_full_text.c.tried_unix, _full_text.c.address)
)


class FullTexts:
    """The reads and writes of one unit of work over whole texts."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def known(self, source: str, addresses: Sequence[str]) -> dict[str, FullText]:
        """Return what is remembered of some of a source's pages, by address."""

        def read(wanted: Sequence[str]) -> list[FullText]:
            values = {"of_source": source, "addresses": wanted}
            return [_from_row(row) for row in self._connection.execute(_KNOWN, values).mappings()]

        found = self._unreadable.read_rows("the whole text of", read, addresses)
        return {each.address: each for each in found}

    def lengths(self, source: str, at_most: int) -> list[int]:
        """Return how long the texts were that a source's feed sent last, of the newest rows."""
        values = {"of_source": source, "at_most": at_most}

        def read() -> list[int]:
            return list(self._connection.execute(_LENGTHS, values).scalars())

        return self._unreadable.read(f"how long the texts of {source} are", read, [])

    def purged(self, source: str, names: Sequence[str]) -> frozenset[str]:
        """Return which addresses and native ids are those of a source's purged entries.

        Where that cannot be read, it is every one, so that no purged text comes back.
        """
        values = {"of_source": source, "addresses": names}

        def read() -> frozenset[str]:
            return frozenset(self._connection.execute(_PURGED, values).scalars())

        what = f"which entries of {source} are purged"
        return self._unreadable.read(what, read, frozenset(names))

    def save(self, texts: Sequence[FullText], now: datetime) -> None:
        """Remember what became of pages; what is old, and the oldest of too many, is forgotten."""
        if texts:
            _SAVE.run(self._connection, [_row(text) for text in texts])
            self._connection.execute(_PRUNE_OLD, {"before": unix(now - _KEPT)})
            self._connection.execute(_PRUNE_MORE, {"most": _MOST_ROWS - 1})

    def of_entry(self, pk: int) -> FullText | None:
        """Return what became of the page that an entry links to, if it was ever wanted."""

        def read() -> FullText | None:
            rows = self._connection.execute(_OF_ENTRY, {"pks": [pk]}).mappings()
            return next((_from_row(row) for row in rows), None)

        return self._unreadable.read(f"the whole text of entry {pk}", read, None)

    def counts(self, since: datetime) -> Mapping[str, FullTextCounts]:
        """Return what became of the pages of each source that were wanted since a time."""

        def read() -> Mapping[str, FullTextCounts]:
            values = {"since": unix(since)}
            reasons = self._connection.execute(_REASONS, values).mappings()
            return _counted(reasons, self._connection.execute(_COUNTS, values).mappings())

        return self._unreadable.read("how many whole texts came", read, {})


def forget(connection: Connection, pks: Iterable[int]) -> None:
    """Forget the articles of entries whose texts are taken away, and those that could be theirs."""
    numbers = sorted(pks)
    connection.execute(_FORGET, {"pks": numbers})
    connection.execute(_FORGET_NAMELESS, {"pks": numbers})


@naming_faults
def _counted(
    reasons: Iterable[sa.RowMapping], counts: Iterable[sa.RowMapping]
) -> Mapping[str, FullTextCounts]:
    """Return the counts of each source, with the last reason."""
    last = {row["source"]: row["reason"] for row in reasons}
    by_source: dict[str, dict[FullTextOutcome, int]] = {}
    for row in counts:
        by_source.setdefault(row["source"], {})[FullTextOutcome(row["outcome"])] = row["entries"]
    return {
        source: FullTextCounts(
            had=of_source.get(FullTextOutcome.HAD, 0),
            missing=sum(count for outcome, count in of_source.items() if _is_final(outcome)),
            waiting=of_source.get(FullTextOutcome.WAITING, 0),
            reason=last.get(source, ""),
        )
        for source, of_source in by_source.items()
    }


def _is_final(outcome: FullTextOutcome) -> bool:
    return outcome.is_missing and outcome is not FullTextOutcome.WAITING


@naming_faults
def _from_row(row: sa.RowMapping) -> FullText:
    title, content_html = unpack(row["article"]) if row["article"] else ("", "")
    return FullText(
        source=row["source"],
        address=row["address"],
        outcome=FullTextOutcome(row["outcome"]),
        reason=row["reason"],
        tried=from_unix(row["tried_unix"]),
        tries=row["tries"],
        feed_words=row["feed_words"],
        feed_characters=row["feed_characters"],
        title=title,
        content_html=content_html,
    )


def _row(text: FullText) -> dict[str, Any]:
    return {
        "source": text.source,
        "address": text.address,
        "outcome": text.outcome.value,
        "reason": text.reason,
        "tried_unix": unix(text.tried),
        "tries": text.tries,
        "feed_words": text.feed_words,
        "feed_characters": text.feed_characters,
        "article": pack(text.title, text.content_html) if text.content_html else None,
    }
