"""Events: which entries lie near a time, and the words by which they are compared.

The words of an entry are made of its title and summary when they are first needed, and kept, as
making them costs ten times what reading them does. The database forgets them by triggers where the
text changes or goes (``migrations/versions/v0014_event_words``), so that no writer can forget to,
nor a person by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import EventWords, NearEntry, Opening
from aggregator.store import event_schema, feed_schema, schema, sql
from aggregator.store.columns import binary, naming_faults, text
from aggregator.store.members import openings_of
from aggregator.store.rows import from_unix, unix
from aggregator.store.sql import upsert
from aggregator.store.statements import Bulk, Change, Read
from aggregator.store.unreadable import Unreadable

_entry, _words = schema.entry, event_schema.event_words
_pks = sql.each("pks")
_NEAR_COLUMNS = (
    _entry.c.pk,
    _entry.c.id,
    _entry.c.story,
    _entry.c.source,
    _entry.c.published_unix,
    _entry.c.characters,
)
_IS_COMPARED = (_entry.c.characters.is_not(None), _entry.c.purged_unix.is_(None))
_NEAR = Read(
    sa.select(*_NEAR_COLUMNS)
    .where(
        _entry.c.published_unix.between(sa.bindparam("first"), sa.bindparam("last")), *_IS_COMPARED
    )
    .order_by(_entry.c.published_unix.desc(), _entry.c.id)
    .limit(sa.bindparam("at_most"))
)
_NEAR_OF = Read(
    sa.select(*_NEAR_COLUMNS).where(_entry.c.pk.in_(sa.select(_pks.c.value)), *_IS_COMPARED)
)
_WORDS = Read(
    sa.select(_words.c.pk, _words.c.stems, _words.c.in_title, _words.c.in_lead).where(
        _words.c.pk.in_(sa.select(_pks.c.value)), _words.c.form == sa.bindparam("of_form")
    )
)
# A text that changes while words are made of it is noted, as every change is.
_CHANGED = Read(sa.select(feed_schema.changed.c.pk))
_TRIGGERS = event_schema.EVENT_WORDS_TRIGGERS | feed_schema.CHANGE_TRIGGERS
_KEEP = Bulk(upsert(_words, keys=["pk"]))
_FORGET = Change(sa.delete(_words).where(_words.c.published_unix < sa.bindparam("oldest")))


class Events:
    """The reads and writes of one unit of work over what events are found by."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def published_between(self, first: datetime, last: datetime, at_most: int) -> list[NearEntry]:
        """Return the newest clustered entries published between two times, inclusive, by number."""
        values = {"first": unix(first), "last": unix(last), "at_most": at_most}

        def read() -> dict[int, tuple[Any, ...]]:
            return {row[0]: row for row in _NEAR.rows(self._connection, **values)}

        nothing: dict[int, tuple[Any, ...]] = {}
        rows = self._unreadable.read("what was published near a time", read, nothing)
        return self._unreadable.read_entries(
            self._connection, lambda pks: _near_entries([rows[pk] for pk in pks]), rows
        )

    def near_entries(self, pks: Iterable[int]) -> list[NearEntry]:
        """Return some entries, by number; none that is not clustered, purged or gone."""
        return self._unreadable.read_entries(
            self._connection,
            lambda wanted: _near_entries(_NEAR_OF.rows(self._connection, pks=wanted)),
            pks,
        )

    def openings(self, pks: Iterable[int]) -> dict[int, Opening]:
        """Return what entries begin with, by number; not of purged ones."""
        return openings_of(self._connection, self._unreadable, pks)

    def words(self, pks: Iterable[int], form: int) -> dict[int, EventWords]:
        """Return the words of those entries of which they are kept in a form: number → words."""
        if not self._are_forgotten():
            return {}

        def read(wanted: Sequence[int]) -> list[tuple[int, EventWords]]:
            return _words_by_pk(_WORDS.rows(self._connection, pks=wanted, of_form=form))

        return dict(self._unreadable.read_rows("the words of entry", read, sorted(pks)))

    def _are_forgotten(self) -> bool:
        """Tell whether words are forgotten with their text: a table made anew has no triggers."""
        return sql.triggers(self._connection) >= _TRIGGERS

    def keep_words(
        self, words: Mapping[NearEntry, EventWords], form: int, oldest: datetime
    ) -> None:
        """Keep the words of entries in a form, and forget those of entries published before.

        Words of a text that changed since changes were last taken are not kept, as they may have
        been made before it did.
        """
        changed = {row[0] for row in _CHANGED.rows(self._connection)}
        rows = [
            {
                "pk": entry.pk,
                "published_unix": unix(entry.published),
                "form": form,
                "stems": known.stems,
                "in_title": known.in_title,
                "in_lead": known.in_lead,
            }
            for entry, known in words.items()
            if entry.published >= oldest and entry.pk not in changed
        ]
        if self._are_forgotten():
            _KEEP.run(self._connection, rows)
        _FORGET.run(self._connection, oldest=unix(oldest))


@naming_faults
def _near_entries(rows: Iterable[tuple[Any, ...]]) -> list[NearEntry]:
    return [
        NearEntry(
            pk=pk,
            id=text(id_),
            story=story,
            source=text(source),
            published=from_unix(published_unix),
            characters=int(characters),
        )
        for pk, id_, story, source, published_unix, characters in rows
    ]


@naming_faults
def _words_by_pk(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, EventWords]]:
    return [
        (pk, EventWords(stems=binary(stems), in_title=binary(in_title), in_lead=binary(in_lead)))
        for pk, stems, in_title, in_lead in rows
    ]
