"""The texts of entries as they are clustered, less those that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import StoryText
from aggregator.store import schema, sql
from aggregator.store.members import pks_of
from aggregator.store.statements import Read
from aggregator.store.story_rows import story_text_from_row
from aggregator.store.unreadable import Unreadable

_entry, _text, _tombstone = schema.entry, schema.entry_text, schema.tombstone
_pks = sql.each("pks")
_TEXTS = (
    sa.select(
        *(_entry.c.pk, _entry.c.source, _entry.c.story, _entry.c.published_unix),
        *(_entry.c.date_how, _entry.c.characters, _entry.c.purged_unix, _entry.c.content_key),
        *(_text.c.link, _text.c.title, _text.c.texts, _tombstone.c.content),
    )
    .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
    .join(_tombstone, _tombstone.c.pk == _entry.c.pk, isouter=True)
)
_TEXTS_BY_PK = Read(_TEXTS.where(_entry.c.pk.in_(sa.select(_pks.c.value))).order_by(_entry.c.pk))
_FULLEST_TEXTS = Read(
    _TEXTS.where(
        _entry.c.story == sa.bindparam("of_story"),
        _entry.c.is_clustered == sa.true(),
        _entry.c.purged_unix.is_(None),
    )
    .order_by(_entry.c.characters.desc(), _entry.c.id)
    .limit(sa.bindparam("at_most"))
)


def texts_of(connection: Connection, unreadable: Unreadable, pks: Iterable[int]) -> list[StoryText]:
    """Return entries by their numbers, in the order of the numbers."""

    def read(wanted: Sequence[int]) -> list[StoryText]:
        rows = _TEXTS_BY_PK.rows(connection, pks=wanted)
        return [story_text_from_row(row) for row in rows]

    return unreadable.read_entries(connection, read, pks)


def fullest_texts_of(
    connection: Connection, unreadable: Unreadable, story: int, at_most: int
) -> list[StoryText]:
    """Return the entries of a story with the longest texts; any, where one is unreadable."""

    def read(stories: Sequence[int]) -> list[StoryText]:
        rows = _FULLEST_TEXTS.rows(connection, of_story=stories[0], at_most=at_most)
        return [story_text_from_row(row) for row in rows]

    def others(_story: int) -> list[StoryText]:
        return texts_of(connection, unreadable, pks_of(connection, [story]))[:at_most]

    return unreadable.read_rows("story", read, [story], others)
