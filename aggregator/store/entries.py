"""What one transaction reads and writes: states, aliases, entries, the dump ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    DateHow,
    Decision,
    Draft,
    FetchState,
    KnownAliases,
    KnownEntry,
    KnownHeadline,
    New,
    Quarantined,
    Rejected,
    Repeated,
    TieKind,
)
from aggregator.store import schema
from aggregator.store.bulk import Bulk, upsert
from aggregator.store.ledger import Ledger
from aggregator.store.rows import (
    from_unix,
    held_from_row,
    state_from_row,
    state_row,
    text_row,
    unix,
)

# --- Statements, made once: SQLAlchemy finds what it compiled by them -----------------------------
# A list of values is handed over as one JSON array, so that a statement is the same however many
# there are.


def _each(name: str) -> sa.TableValuedAlias:
    """Give the members of the JSON array that is bound to a name."""
    return sa.func.json_each(sa.bindparam(name, type_=sa.String)).table_valued("value")


_entry, _text, _digest, _alias = schema.entry, schema.entry_text, schema.digest, schema.alias
_STATES = sa.select(schema.source_state)
_SAVE_STATE = upsert(schema.source_state, keys=["source"])
_COUNT_SINCE = sa.select(sa.func.count()).where(
    _entry.c.source == sa.bindparam("of"), _entry.c.published_unix >= sa.bindparam("since")
)
_asked = _each("asked")
_KNOWN_DIGESTS = sa.select(_digest.c.digest, _digest.c.pk).where(
    _digest.c.source == sa.bindparam("of"), _digest.c.digest.in_(sa.select(_asked.c.value))
)
_MEMORY = (
    sa.select(_alias.c.kind, _alias.c.value, _alias.c.source, _entry, _text.c.title, _text.c.link)
    .select_from(_asked)
    .join(
        _alias,
        sa.and_(
            _alias.c.kind == sa.func.json_extract(_asked.c.value, "$[0]"),
            _alias.c.value == sa.func.json_extract(_asked.c.value, "$[1]"),
        ),
    )
    .outerjoin(_entry, _entry.c.pk == _alias.c.pk)
    .outerjoin(_text, _text.c.pk == _alias.c.pk)
    .order_by(_entry.c.pk)
)
_TAKEN_IDS = sa.select(_entry.c.id).where(_entry.c.id.in_(sa.select(_asked.c.value)))
_LAST_PK = sa.select(sa.func.coalesce(sa.func.max(_entry.c.pk), 0))
_ADD_ENTRIES = Bulk(insert(_entry))
_ADD_TEXTS = Bulk(insert(_text))
_ADD_ALIASES = Bulk(insert(_alias).on_conflict_do_nothing())
_FORGET_NAMES = Bulk(upsert(_alias, keys=["kind", "value", "source"]))
_SAVE_DIGESTS = Bulk(upsert(_digest, keys=["source", "digest"]))
# More than any document holds of a source's entries that could be sent again.
_LATEST = 1_000
_LATEST_TITLES = (
    sa.select(_text.c.title, _entry.c.content_key, _entry.c.published_unix)
    .join(_entry, _entry.c.pk == _text.c.pk)
    .where(_entry.c.source == sa.bindparam("of"))
    .order_by(_entry.c.published_unix.desc())
    .limit(_LATEST)
)
_held = schema.held
_HELD = sa.select(_held).where(_held.c.source == sa.bindparam("of"))
_HOLD = upsert(_held, keys=["source"])
_LET_GO = sa.delete(_held).where(_held.c.source == sa.bindparam("of"))
_REMEMBER = (
    insert(schema.history)
    .from_select(
        ["pk", "at_unix", "title", "characters"],
        sa.select(
            _entry.c.pk, sa.bindparam("at", type_=sa.BigInteger), _text.c.title, _entry.c.characters
        )
        .join(_text, _text.c.pk == _entry.c.pk)
        .where(_entry.c.pk == sa.bindparam("of")),
    )
    .on_conflict_do_nothing()
)
_ADD_TIES = Bulk(insert(schema.tie).on_conflict_do_nothing())
_ADD_REJECTED = Bulk(insert(schema.rejected).on_conflict_do_nothing())


class Transaction:
    """The reads and writes of one transaction, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.ledger = Ledger(connection)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Let what follows stand or fall by itself within the transaction."""
        with self._connection.begin_nested():
            yield

    def states(self) -> dict[str, FetchState]:
        """Give the state of every source that was ever checked."""
        rows = self._connection.execute(_STATES).mappings()
        return {row["source"]: state_from_row(row) for row in rows}

    def save_state(self, source: str, state: FetchState) -> None:
        """Remember a source's state in place of the last one."""
        self._connection.execute(_SAVE_STATE, state_row(source, state))

    def count_since(self, source: str, since: datetime) -> int:
        """Count a source's entries published since a time."""
        found = self._connection.execute(_COUNT_SINCE, {"of": source, "since": unix(since)})
        return int(found.scalar_one())

    def known_digests(self, source: str, digests: Sequence[str]) -> dict[str, int]:
        """Tell which of these fingerprints are those of entries as they are stored: digest → pk."""
        asked = {"of": source, "asked": json.dumps(digests)}
        return {row.digest: row.pk for row in self._connection.execute(_KNOWN_DIGESTS, asked)}

    def memory(self, source: str, aliases: Iterable[Alias], ids: Iterable[str]) -> KnownAliases:
        """Give what is remembered of these aliases, and which of these ids are taken."""
        own: dict[Alias, KnownEntry] = {}
        foreign: dict[Alias, KnownEntry] = {}
        nameless: set[Alias] = set()
        names = json.dumps(list(dict.fromkeys(aliases)))
        for row in self._connection.execute(_MEMORY, {"asked": names}):
            name, is_own = Alias(AliasKind(row[0]), row[1]), row[2] == source
            if row.pk is None:
                nameless |= {name} if is_own else set()
                continue
            known = KnownEntry(
                pk=row.pk,
                id=row.id,
                content_key=row.content_key,
                title=row.title or "",
                link=row.link or "",
                published=from_unix(row.published_unix),
                is_purged=row.purged_unix is not None,
            )
            if is_own:
                own.setdefault(name, known)
            elif name.kind is AliasKind.TEXT:
                foreign.setdefault(name, known)
        taken = self.taken_ids(ids)
        return KnownAliases(own=own, foreign=foreign, ambiguous=nameless, taken_ids=taken)

    def taken_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Tell which of these ids are those of entries."""
        asked = {"asked": json.dumps(list(ids))}
        return frozenset(self._connection.execute(_TAKEN_IDS, asked).scalars())

    def apply(self, source: str, decisions: Sequence[Decision], now: datetime) -> None:
        """Store what was decided of the entries of one source's document."""
        pks: dict[int | str, int] = {}
        new = [decision for decision in decisions if isinstance(decision, New)]
        seen = [decision for decision in decisions if isinstance(decision, Changed)]
        if new:
            pks.update(self._add(new, now))
        for one in seen:
            self._revise(one, now)
        self.forget_names(source, [name for one in new for name in one.reused])
        self._add_aliases(
            [(one.draft, one.aliases, pks[one.id]) for one in new]
            + [(one.draft, one.aliases, one.known.pk) for one in seen]
        )
        sent = [(one.draft.digest, pks[one.id]) for one in new]
        sent += [(one.draft.digest, one.known.pk) for one in seen]
        sent += [
            (one.draft.digest, pks.get(one.of, one.of if isinstance(one.of, int) else 0))
            for one in decisions
            if isinstance(one, Repeated) and one.is_same_text
        ]
        if sent:
            _SAVE_DIGESTS.run(
                self._connection,
                [{"source": source, "digest": digest, "pk": pk} for digest, pk in sent],
            )

    def _add(self, decisions: Sequence[New], now: datetime) -> dict[str, int]:
        """Store entries that were never seen before: id → pk."""
        last = int(self._connection.execute(_LAST_PK).scalar_one())
        pks = {decision.id: last + place for place, decision in enumerate(decisions, start=1)}
        _ADD_ENTRIES.run(
            self._connection,
            [_entry_row(pks[decision.id], decision, now) for decision in decisions],
        )
        _ADD_TEXTS.run(
            self._connection, [text_row(pks[decision.id], decision.draft) for decision in decisions]
        )
        _ADD_TIES.run(
            self._connection,
            [
                {
                    "a": other,
                    "b": pks[decision.id],
                    "kind": TieKind.TEXT,
                    "jaccard": 1.0,
                    "containment": 1.0,
                }
                for decision in decisions
                for other in decision.same_text
            ],
        )
        return pks

    def _revise(self, decision: Changed, now: datetime) -> None:
        """Store a newer form of a known entry; ``published`` and the id stay as they were."""
        entry, text, digest = schema.entry, schema.entry_text, schema.digest
        draft, pk = decision.draft, decision.known.pk
        change: dict[str, Any] = {"language": draft.language}
        if decision.is_material:
            # The source's own time of update counts if it moved; else it is now.
            stated = unix(draft.updated) if draft.updated and draft.updated <= now else 0
            change |= {
                "content_key": draft.content_key,
                "is_joined": False,
                "updated_unix": sa.case((entry.c.updated_unix < stated, stated), else_=unix(now)),
            }
            self._connection.execute(_REMEMBER, {"of": pk, "at": unix(now)})
        self._connection.execute(sa.update(entry).where(entry.c.pk == pk).values(change))
        self._connection.execute(sa.update(text).where(text.c.pk == pk).values(text_row(pk, draft)))
        self._connection.execute(sa.delete(digest).where(digest.c.pk == pk))

    def forget_names(self, source: str, aliases: Iterable[Alias]) -> None:
        """Remember that these aliases were given to several entries and name none."""
        rows = [
            {"kind": one.kind, "value": one.value, "source": source, "pk": None} for one in aliases
        ]
        if rows:
            _FORGET_NAMES.run(self._connection, rows)

    def _add_aliases(self, named: Iterable[tuple[Draft, tuple[Alias, ...], int]]) -> None:
        rows = [
            {"kind": name.kind, "value": name.value, "source": draft.source, "pk": pk}
            for draft, names, pk in named
            for name in names
        ]
        if rows:
            _ADD_ALIASES.run(self._connection, rows)

    def latest_titles(self, source: str) -> list[KnownHeadline]:
        """Give the headlines of a source's entries, the newest first."""
        return [
            KnownHeadline(
                title=row.title,
                content_key=row.content_key,
                published=from_unix(row.published_unix),
            )
            for row in self._connection.execute(_LATEST_TITLES, {"of": source})
        ]

    def held(self, source: str) -> Quarantined | None:
        """Give what is held back of a source, if anything is."""
        row = self._connection.execute(_HELD, {"of": source}).mappings().first()
        return held_from_row(row) if row else None

    def hold(self, source: str, held: Quarantined) -> None:
        """Remember that a change of a source is held back."""
        row = {
            "source": source,
            "began_unix": unix(held.began),
            "since_unix": unix(held.unchanged_since),
            "polls": held.polls,
            "reason": held.reason,
            "marks": sorted(held.fingerprints),
            "is_released": held.is_released,
        }
        self._connection.execute(_HOLD, row)

    def let_go(self, source: str) -> None:
        """Forget that a change of a source is held back."""
        self._connection.execute(_LET_GO, {"of": source})

    def forget_requests(self, names: Iterable[str]) -> None:
        """Forget what a person asked, as it is done."""
        table = schema.request
        self._connection.execute(sa.delete(table).where(table.c.name.in_(list(names))))

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
            _ADD_REJECTED.run(self._connection, rows)


def _entry_row(pk: int, decision: New, now: datetime) -> dict[str, Any]:
    draft = decision.draft
    published = draft.published or now
    updated = draft.updated or published
    return {
        "pk": pk,
        "id": decision.id,
        "source": draft.source,
        "story": pk,
        "language": draft.language,
        "published_unix": unix(published),
        "updated_unix": unix(max(published, updated)),
        "first_seen_unix": unix(now),
        "how": draft.date_how if draft.published else DateHow.FIRST_SEEN,
        "position": decision.position,
        "content_key": draft.content_key,
        "characters": None,
        "is_joined": False,
        "is_linked": False,
        "purged_unix": None,
    }
