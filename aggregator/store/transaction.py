"""What one transaction reads and writes: states, aliases, entries, the dump ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import (
    Alias,
    AliasKind,
    DateHow,
    Decision,
    Draft,
    DumpFile,
    FetchState,
    FileRead,
    Known,
    Memory,
    New,
    Rejected,
    Repeated,
    Seen,
)
from aggregator.store import schema
from aggregator.store.rows import state_from_row, state_row, text_row, unix

# SQLite takes 32,766 parameters a statement (since 3.32); a chunk of aliases uses one each.
_CHUNK = 5000

T = TypeVar("T")


class Transaction:
    """The reads and writes of one transaction, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def states(self) -> dict[str, FetchState]:
        """Give the state of every source that was ever checked."""
        rows = self._connection.execute(sa.select(schema.source_state)).mappings()
        return {row["source"]: state_from_row(row) for row in rows}

    def save_state(self, source: str, state: FetchState) -> None:
        """Remember a source's state in place of the last one."""
        row = state_row(source, state)
        statement = insert(schema.source_state).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["source"], set_=row)
        )

    def count_since(self, source: str, since: datetime) -> int:
        """Count a source's entries published since a time."""
        entry = schema.entry
        query = sa.select(sa.func.count()).where(
            entry.c.source == source, entry.c.published_unix >= unix(since)
        )
        return int(self._connection.execute(query).scalar_one())

    def known_digests(self, source: str, digests: Sequence[str]) -> dict[str, int]:
        """Tell which of these fingerprints are those of entries as they are stored: digest → pk."""
        table = schema.digest
        found: dict[str, int] = {}
        for chunk in _chunks(digests):
            query = sa.select(table.c.digest, table.c.pk).where(
                table.c.source == source, table.c.digest.in_(chunk)
            )
            found.update((row.digest, row.pk) for row in self._connection.execute(query))
        return found

    def memory(self, source: str, aliases: Iterable[Alias], ids: Iterable[str]) -> Memory:
        """Give what is remembered of these aliases, and which of these ids are taken."""
        entry, alias = schema.entry, schema.alias
        own: dict[Alias, Known] = {}
        foreign: dict[Alias, Known] = {}
        nameless: set[Alias] = set()
        by_kind: dict[AliasKind, list[str]] = {}
        for name in dict.fromkeys(aliases):
            by_kind.setdefault(name.kind, []).append(name.value)
        for kind, values in by_kind.items():
            for chunk in _chunks(values):
                query = (
                    sa.select(alias.c.value, alias.c.source, entry)
                    .outerjoin(entry, entry.c.pk == alias.c.pk)
                    .where(alias.c.kind == kind, alias.c.value.in_(chunk))
                    .order_by(entry.c.pk)
                )
                for row in self._connection.execute(query):
                    if row.pk is None:
                        nameless |= {Alias(kind, row.value)} if row[1] == source else set()
                        continue
                    known = Known(
                        pk=row.pk, id=row.id, story=row.story, content_key=row.content_key
                    )
                    if row[1] == source:
                        own.setdefault(Alias(kind, row.value), known)
                    elif kind is not AliasKind.NATIVE:
                        foreign.setdefault(Alias(kind, row.value), known)
        taken: set[str] = set()
        for chunk in _chunks(list(dict.fromkeys(ids))):
            query = sa.select(entry.c.id).where(entry.c.id.in_(chunk))
            taken.update(self._connection.execute(query).scalars())
        return Memory(own=own, foreign=foreign, nameless=nameless, taken_ids=frozenset(taken))

    def apply(self, source: str, decisions: Sequence[Decision], now: datetime) -> None:
        """Store what was decided of the entries of one source's document."""
        pks: dict[int | str, int] = {}
        new = [decision for decision in decisions if isinstance(decision, New)]
        seen = [decision for decision in decisions if isinstance(decision, Seen)]
        if new:
            pks.update(self._add(new, now))
        for one in seen:
            self._revise(one, now)
        self._add_aliases(
            [(one.draft, one.aliases, pks[one.id]) for one in new]
            + [(one.draft, one.aliases, one.known.pk) for one in seen]
        )
        sent = [(one.draft.digest, pks[one.id]) for one in new]
        sent += [(one.draft.digest, one.known.pk) for one in seen]
        sent += [
            (one.draft.digest, pks.get(one.of, one.of if isinstance(one.of, int) else 0))
            for one in decisions
            if isinstance(one, Repeated) and one.is_same
        ]
        if sent:
            statement = insert(schema.digest)
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["source", "digest"], set_={"pk": statement.excluded.pk}
                ),
                [{"source": source, "digest": digest, "pk": pk} for digest, pk in sent],
            )

    def _add(self, decisions: Sequence[New], now: datetime) -> dict[str, int]:
        """Store entries that were never seen before: id → pk."""
        entry = schema.entry
        rows = [_entry_row(decision, now) for decision in decisions]
        pks: dict[str, int] = {}
        for chunk in _chunks(rows):
            added = self._connection.execute(
                sa.insert(entry).returning(entry.c.id, entry.c.pk), chunk
            )
            pks.update((row.id, row.pk) for row in added)
        self._connection.execute(
            sa.update(entry).where(entry.c.story.is_(None)).values(story=entry.c.pk)
        )
        self._connection.execute(
            sa.insert(schema.entry_text),
            [text_row(pks[decision.id], decision.draft) for decision in decisions],
        )
        return pks

    def _revise(self, decision: Seen, now: datetime) -> None:
        """Store a newer form of a known entry; ``published`` and the id stay as they were."""
        entry, text, digest = schema.entry, schema.entry_text, schema.digest
        draft, pk = decision.draft, decision.known.pk
        change: dict[str, Any] = {"language": draft.language}
        if decision.material:
            # The source's own time of update counts if it moved; else it is now.
            stated = unix(draft.updated) if draft.updated and draft.updated <= now else 0
            change |= {
                "content_key": draft.content_key,
                "updated_unix": sa.case((entry.c.updated_unix < stated, stated), else_=unix(now)),
            }
        self._connection.execute(sa.update(entry).where(entry.c.pk == pk).values(change))
        self._connection.execute(sa.update(text).where(text.c.pk == pk).values(text_row(pk, draft)))
        self._connection.execute(sa.delete(digest).where(digest.c.pk == pk))

    def forget_names(self, source: str, aliases: Iterable[Alias]) -> None:
        """Remember that these aliases were given to several entries and name none."""
        rows = [
            {"kind": one.kind, "value": one.value, "source": source, "pk": None} for one in aliases
        ]
        if rows:
            statement = insert(schema.alias)
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["kind", "value", "source"], set_={"pk": None}
                ),
                rows,
            )

    def _add_aliases(self, named: Iterable[tuple[Draft, tuple[Alias, ...], int]]) -> None:
        rows = [
            {"kind": name.kind, "value": name.value, "source": draft.source, "pk": pk}
            for draft, names, pk in named
            for name in names
        ]
        if rows:
            self._connection.execute(insert(schema.alias).on_conflict_do_nothing(), rows)

    def add_rejected(self, source: str, rejected: Iterable[Rejected], now: datetime) -> None:
        """Remember what was not used and why, once."""
        rows = [
            {
                "source": source,
                "reason": one.reason,
                "excerpt": one.excerpt,
                "first_seen_unix": unix(now),
            }
            for one in rejected
        ]
        if rows:
            self._connection.execute(insert(schema.rejected).on_conflict_do_nothing(), rows)

    def files_read(self, source: str) -> list[FileRead]:
        """Give the ledger of a dump source."""
        table = schema.dump_file
        rows = self._connection.execute(sa.select(table).where(table.c.source == source))
        return [
            FileRead(
                file=DumpFile(path=row.path, size=row.size, modified_ns=row.modified_ns),
                sha256=row.sha256,
                error=row.error,
            )
            for row in rows
        ]

    def save_file_read(self, source: str, read: FileRead) -> None:
        """Remember that a file was read as it is now."""
        row = {
            "source": source,
            "path": read.file.path,
            "size": read.file.size,
            "modified_ns": read.file.modified_ns,
            "sha256": read.sha256,
            "error": read.error,
        }
        statement = insert(schema.dump_file).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["source", "path"], set_=row)
        )


def _entry_row(decision: New, now: datetime) -> dict[str, Any]:
    draft = decision.draft
    published = draft.published or now
    updated = draft.updated or published
    return {
        "id": decision.id,
        "source": draft.source,
        "story": decision.story,
        "language": draft.language,
        "published_unix": unix(published),
        "updated_unix": unix(max(published, updated)),
        "first_seen_unix": unix(now),
        "how": draft.how if draft.published else DateHow.FIRST_SEEN,
        "position": decision.position,
        "content_key": draft.content_key,
    }


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
