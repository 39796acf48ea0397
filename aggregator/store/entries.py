"""Entries: what they are known by, what they show, and what was decided of a document's drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    Decision,
    Draft,
    Entry,
    KnownAliases,
    KnownEntry,
    KnownHeadline,
    New,
    Repeated,
    Tie,
    TieKind,
)
from aggregator.store import digest_rows, schema, sql
from aggregator.store.aliases import KNOWN_ENTRY, entries_of_aliases
from aggregator.store.decided import changed_values, digests_of, new_entry_row, text_row
from aggregator.store.rows import entry_from_row, from_unix, known_entry_from_row, tie_row, unix
from aggregator.store.sql import insert, upsert
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

_entry, _text = schema.entry, schema.entry_text
_digest, _alias = schema.digest, schema.alias
_of = sql.each_text("sources")
_ids = sql.each_text("ids")
_TAKEN_IDS = Read(
    sa.select(_entry.c.id).where(sql.key_of(_entry.c.id).in_(sa.select(sql.key_of(_ids.c.value))))
)
_times = sql.each("times")
_AT_TIMES = Read(
    sa.select(*KNOWN_ENTRY)
    .outerjoin(_text, _text.c.pk == _entry.c.pk)
    .where(
        _entry.c.source == sa.bindparam("of_source"),
        _entry.c.published_unix.in_(sa.select(_times.c.value)),
    )
    .order_by(_entry.c.pk)
)
_pks = sql.each("pks")
_ENTRIES = (
    sa.select(_entry, _text)
    .join(_text, _text.c.pk == _entry.c.pk)
    .where(_entry.c.pk.in_(sa.select(_pks.c.value)))
)
_LAST_NUMBER = Read(sql.last_number(_entry.c.pk))
_ADD_ENTRIES = Bulk(insert(_entry))
_ADD_TEXTS = Bulk(insert(_text))
_ADD_ALIASES = Bulk(insert(_alias).on_conflict_do_nothing())
_MARK_AMBIGUOUS = Bulk(upsert(_alias, keys=["kind", "value", "source"]))
_ADD_TIES = Bulk(insert(schema.tie).on_conflict_do_nothing())
# More than any document holds of a source's entries that could be sent again.
_LATEST_HEADLINES_LIMIT = 1_000
_LATEST_HEADLINES = Read(
    sa.select(_text.c.title, _entry.c.content_key, _entry.c.published_unix)
    .join(_entry, _entry.c.pk == _text.c.pk)
    .where(_entry.c.source == sa.bindparam("of_source"))
    .order_by(_entry.c.published_unix.desc(), _entry.c.pk.desc())
    .limit(_LATEST_HEADLINES_LIMIT)
)
_revision = schema.revision
_COUNT_REVISIONS = (
    sa.select(_revision.c.pk, sa.func.count())
    .where(
        _revision.c.pk.in_(sa.select(_pks.c.value)),
        _revision.c.until_unix >= sa.bindparam("since"),
    )
    .group_by(_revision.c.pk)
)
_LATEST_TIMES = (
    sa.select(_entry.c.published_unix, _entry.c.first_seen_unix)
    .where(_entry.c.source == sa.bindparam("of_source"))
    .order_by(_entry.c.published_unix.desc(), _entry.c.pk.desc())
    .limit(sa.bindparam("count"))
)
# An index is looked into once for each source, as it is sorted by source and time.
_NEWEST_OF_EACH = sa.select(
    _of.c.value.label("source"),
    sa.select(sa.func.max(_entry.c.published_unix))
    .where(_entry.c.source == _of.c.value)
    .scalar_subquery()
    .label("published_unix"),
)
_REMEMBER_REVISION = (
    insert(_revision)
    .from_select(
        ["pk", "until_unix", "title", "characters"],
        sa.select(
            _entry.c.pk, sa.bindparam("at", type_=sa.BigInteger), _text.c.title, _entry.c.characters
        )
        .join(_text, _text.c.pk == _entry.c.pk)
        .where(_entry.c.pk == sa.bindparam("of_entry")),
    )
    .on_conflict_do_nothing()
)


class Entries:
    """The reads and writes of one unit of work over entries and what they are known by."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def published(self, pks: Iterable[int]) -> dict[int, Entry]:
        """Return what entries show, by number; purged ones show nothing and are left out."""

        def read(wanted: Sequence[int]) -> list[tuple[int, Entry]]:
            rows = self._connection.execute(_ENTRIES, {"pks": wanted})
            return [(row["pk"], entry_from_row(row)) for row in rows.mappings()]

        return dict(self._unreadable.read_entries(self._connection, read, pks))

    def known_digests(self, source: str, digests: Sequence[str]) -> dict[str, int]:
        """Return which digests are those of entries as they are stored: digest → number."""

        def read(wanted: Sequence[str]) -> list[tuple[str, int]]:
            return digest_rows.known(self._connection, source, wanted)

        return dict(self._unreadable.read_rows("digest", read, digests))

    def known_aliases(
        self, source: str, aliases: Iterable[Alias], ids: Iterable[str]
    ) -> KnownAliases:
        """Return what is remembered of these aliases, and which of these ids are taken."""
        own: dict[Alias, KnownEntry] = {}
        foreign: dict[Alias, KnownEntry] = {}
        ambiguous: set[Alias] = set()
        for alias, of_source, entry in entries_of_aliases(
            self._connection, self._unreadable, aliases
        ):
            is_own = of_source == source
            if entry is None:
                ambiguous |= {alias} if is_own else set()
            elif is_own:
                own.setdefault(alias, entry)
            elif alias.kind is AliasKind.TEXT:
                foreign.setdefault(alias, entry)
        return KnownAliases(
            own=own, foreign=foreign, ambiguous=ambiguous, taken_ids=self.taken_ids(ids)
        )

    def at_times(self, source: str, times: Iterable[datetime]) -> dict[datetime, list[KnownEntry]]:
        """Return the entries of a source that were published at these times, by the time."""

        def read(wanted: Sequence[int]) -> list[KnownEntry]:
            rows = _AT_TIMES.rows(self._connection, of_source=source, times=wanted)
            return [known_entry_from_row(row) for row in rows]

        entries: dict[datetime, list[KnownEntry]] = {}
        wanted = sorted(unix(time) for time in times)
        for entry in self._unreadable.read_rows(f"an entry of {source} at", read, wanted):
            entries.setdefault(entry.published, []).append(entry)
        return entries

    def count_revisions(self, pks: Iterable[int], since: datetime) -> dict[int, int]:
        """Count how often the words of entries changed since a time; of the others nothing."""
        values = {"pks": sorted(pks), "since": unix(since)}
        return {row[0]: row[1] for row in self._connection.execute(_COUNT_REVISIONS, values)}

    def taken_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Return which of these published ids some entry has."""
        return frozenset(entry_id for (entry_id,) in _TAKEN_IDS.rows(self._connection, ids=ids))

    def latest_headlines(self, source: str) -> list[KnownHeadline]:
        """Return the headlines of a source's newest entries, the newest first."""

        def read() -> list[KnownHeadline]:
            return [
                KnownHeadline(
                    title=title, content_key=content_key, published=from_unix(published_unix)
                )
                for title, content_key, published_unix in _LATEST_HEADLINES.rows(
                    self._connection, of_source=source
                )
            ]

        return self._unreadable.read(f"the headlines of {source}", read, [])

    def latest_times(self, source: str, count: int) -> list[tuple[datetime, datetime]]:
        """Return when a source's newest entries were published and when each was first seen."""

        def read() -> list[tuple[datetime, datetime]]:
            rows = self._connection.execute(_LATEST_TIMES, {"of_source": source, "count": count})
            return [(from_unix(row.published_unix), from_unix(row.first_seen_unix)) for row in rows]

        return self._unreadable.read(f"the latest times of {source}", read, [])

    def newest_of_each(self, sources: Sequence[str]) -> dict[str, datetime]:
        """Return when the newest entry of each source was published; of one without, nothing."""

        def read() -> dict[str, datetime]:
            rows = self._connection.execute(_NEWEST_OF_EACH, {"sources": list(sources)})
            return {
                row.source: from_unix(row.published_unix)
                for row in rows
                if row.published_unix is not None
            }

        nothing: dict[str, datetime] = {}
        return self._unreadable.read("the newest entries of sources", read, nothing)

    def apply(self, source: str, decisions: Sequence[Decision], now: datetime) -> dict[str, int]:
        """Store what was decided of the drafts of one source's document.

        Returns the numbers of new entries by their ids.
        """
        new = [decision for decision in decisions if isinstance(decision, New)]
        changed = [decision for decision in decisions if isinstance(decision, Changed)]
        pks = self._add(new, now) if new else {}
        for decision in changed:
            self._revise(decision, now)
        self.mark_ambiguous(source, [alias for decision in new for alias in decision.reused])
        self._add_aliases(
            [(decision.draft, decision.aliases, pks[decision.id]) for decision in new]
            + [(decision.draft, decision.aliases, decision.known.pk) for decision in changed]
        )
        digest_rows.save(self._connection, source, digests_of(decisions, pks))
        repeated = {
            decision.of
            for decision in decisions
            if isinstance(decision, Repeated) and isinstance(decision.of, int)
        }
        if repeated:
            digest_rows.forget_oldest(self._connection, repeated)
        return pks

    def _add(self, decisions: Sequence[New], now: datetime) -> dict[str, int]:
        """Store entries that were never seen before: id → number."""
        # Numbered here, as an insert that returns its numbers runs row by row.
        ((last,),) = _LAST_NUMBER.rows(self._connection)
        first = int(last) + 1  # nobody else takes it, as there is one writer
        pks = {decision.id: pk for pk, decision in enumerate(decisions, start=first)}
        _ADD_ENTRIES.run(
            self._connection,
            [new_entry_row(pks[decision.id], decision, now) for decision in decisions],
        )
        _ADD_TEXTS.run(
            self._connection, [text_row(pks[decision.id], decision.draft) for decision in decisions]
        )
        ties = [
            Tie(a=other, b=pks[decision.id], kind=TieKind.TEXT, jaccard=1.0, containment=1.0)
            for decision in decisions
            for other in decision.same_text
        ]
        _ADD_TIES.run(self._connection, [tie_row(tie) for tie in ties])
        return pks

    def _revise(self, decision: Changed, now: datetime) -> None:
        """Store a newer form of a known entry; its id and ``published`` stay as they were."""
        draft, pk = decision.draft, decision.known.pk
        if decision.is_material:
            self._connection.execute(_REMEMBER_REVISION, {"of_entry": pk, "at": unix(now)})
        values = changed_values(decision, now)
        self._connection.execute(sa.update(_entry).where(_entry.c.pk == pk).values(values))
        self._connection.execute(
            sa.update(_text).where(_text.c.pk == pk).values(text_row(pk, draft))
        )
        self._connection.execute(sa.delete(_digest).where(_digest.c.pk == pk))

    def mark_ambiguous(self, source: str, aliases: Iterable[Alias]) -> None:
        """Remember that a source gave these aliases to several entries, so that they name none."""
        _MARK_AMBIGUOUS.run(
            self._connection,
            [
                {"kind": alias.kind.value, "value": alias.value, "source": source, "pk": None}
                for alias in aliases
            ],
        )

    def _add_aliases(self, named: Iterable[tuple[Draft, tuple[Alias, ...], int]]) -> None:
        _ADD_ALIASES.run(
            self._connection,
            [
                {"kind": alias.kind.value, "value": alias.value, "source": draft.source, "pk": pk}
                for draft, aliases, pk in named
                for alias in aliases
            ],
        )
