"""What one transaction reads and writes to tell which entries are one story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import DateHow, Stored, Tie
from aggregator.store import schema
from aggregator.store.bulk import Bulk
from aggregator.store.rows import from_unix

_entry, _text, _band, _tie = schema.entry, schema.entry_text, schema.band, schema.tie
# Of what more entries share than this, the first are looked at: a common phrase says nothing, and
# of a text that so many carry the first are its story as well as the last.
_MOST_SHARING = 64

_asked = sa.func.json_each(sa.bindparam("asked", type_=sa.String)).table_valued("value")
_STORED = sa.select(_entry, _text.c.title, _text.c.content_html).join(
    _text, _text.c.pk == _entry.c.pk, isouter=True
)
_TO_JOIN = (
    _STORED.where(_entry.c.is_joined == sa.false())
    .order_by(_entry.c.pk)
    .limit(sa.bindparam("at_most"))
)
_BY_PK = _STORED.where(_entry.c.pk.in_(sa.select(_asked.c.value))).order_by(_entry.c.pk)
_further = _band.alias("further")
_last = (
    sa.select(_further.c.pk)
    .where(_further.c.band == _asked.c.value)
    .order_by(_further.c.pk)
    .offset(_MOST_SHARING - 1)
    .limit(1)
    .scalar_subquery()
)
_SHARING = (
    sa.select(_band.c.band, _band.c.pk)
    .select_from(_asked)
    .join(_band, _band.c.band == _asked.c.value)
    .where(_band.c.pk <= sa.func.coalesce(_last, 2**62))
)
_a, _b = _entry.alias("entry_a"), _entry.alias("entry_b")
_STORIES_TIED = (
    sa.select(_a.c.story, _b.c.story)
    .select_from(_tie)
    .join(_a, _a.c.pk == _tie.c.a)
    .join(_b, _b.c.pk == _tie.c.b)
    .where(_a.c.story != _b.c.story)
)
_TIED_A = _STORIES_TIED.where(_tie.c.a.in_(sa.select(_asked.c.value)))
_TIED_B = _STORIES_TIED.where(_tie.c.b.in_(sa.select(_asked.c.value)))
_ADD_BANDS = Bulk(insert(_band).on_conflict_do_nothing())
_ADD_TIES = Bulk(insert(_tie).on_conflict_do_nothing())
_MERGE = (
    sa.update(_entry)
    .where(_entry.c.story == sa.bindparam("was"))
    .values(story=sa.bindparam("becomes"))
)
_JOINED = (
    sa.update(_entry)
    .where(_entry.c.pk == sa.bindparam("of"))
    .values(is_joined=sa.true(), characters=sa.bindparam("length"))
)

_PIN = Bulk(insert(schema.shown).on_conflict_do_nothing())
_LAST_PUBLISHING = sa.select(sa.func.coalesce(sa.func.max(schema.shown.c.since), 0))
_ADD_EVENTS = Bulk(insert(schema.event).on_conflict_do_nothing())
_LINKED = (
    sa.update(_entry).where(_entry.c.pk.in_(sa.select(_asked.c.value))).values(is_linked=sa.true())
)


class Joining:
    """The reads and writes of one transaction, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def to_join(self, at_most: int) -> list[Stored]:
        """Give entries that are new or have new words, the longest known first."""
        rows = self._connection.execute(_TO_JOIN, {"at_most": at_most})
        return [_stored(row) for row in rows]

    def stored(self, pks: Iterable[int]) -> list[Stored]:
        """Give entries by their numbers."""
        rows = self._connection.execute(_BY_PK, {"asked": json.dumps(sorted(pks))})
        return [_stored(row) for row in rows]

    def add_bands(self, bands: Mapping[int, Sequence[int]]) -> None:
        """Remember what entries are found by: pk → bands."""
        _ADD_BANDS.run(
            self._connection,
            [{"band": band, "pk": pk} for pk, found in bands.items() for band in found],
        )

    def sharing(self, bands: Iterable[int]) -> list[tuple[int, int]]:
        """Give which entries have these bands: (band, pk)."""
        rows = self._connection.execute(_SHARING, {"asked": json.dumps(sorted(set(bands)))})
        return [(row.band, row.pk) for row in rows]

    def add_ties(self, ties: Iterable[Tie]) -> None:
        """Remember what makes entries one story."""
        _ADD_TIES.run(
            self._connection,
            [
                {
                    "a": tie.a,
                    "b": tie.b,
                    "kind": tie.kind,
                    "jaccard": tie.jaccard,
                    "containment": tie.containment,
                }
                for tie in ties
            ],
        )

    def stories_tied(self, pks: Sequence[int]) -> list[tuple[int, int]]:
        """Give the pairs of different stories that ties of these entries make one."""
        asked = {"asked": json.dumps(pks)}
        return [
            (row[0], row[1])
            for query in (_TIED_A, _TIED_B)
            for row in self._connection.execute(query, asked)
        ]

    def merge(self, stories: Mapping[int, int]) -> None:
        """Make stories one: what each of them becomes."""
        rows = [{"was": was, "becomes": becomes} for was, becomes in stories.items()]
        if rows := [row for row in rows if row["was"] != row["becomes"]]:
            self._connection.execute(_MERGE, rows)

    def mark_joined(self, characters: Mapping[int, int]) -> None:
        """Remember that these entries were looked at, and how long their texts are."""
        rows = [{"of": pk, "length": length} for pk, length in characters.items()]
        if rows:
            self._connection.execute(_JOINED, rows)

    def pin(self, shown: Mapping[int, int]) -> None:
        """Remember under whose ids entries are published from now on: pk → the other's pk."""
        since = int(self._connection.execute(_LAST_PUBLISHING).scalar_one()) + 1
        _PIN.run(
            self._connection,
            [{"pk": pk, "as_pk": as_pk, "since": since} for pk, as_pk in shown.items()],
        )

    def add_events(self, scores: Mapping[tuple[int, int], float], linked: Iterable[int]) -> None:
        """Remember what tells of one happening, and of which entries this was asked."""
        _ADD_EVENTS.run(
            self._connection,
            [{"a": a, "b": b, "score": score} for (a, b), score in scores.items()],
        )
        self._connection.execute(_LINKED, {"asked": json.dumps(sorted(linked))})


def _stored(row: sa.Row[tuple[object, ...]]) -> Stored:
    return Stored(
        pk=row.pk,
        source=row.source,
        story=row.story,
        published=from_unix(row.published_unix),
        is_dated=row.how != DateHow.FIRST_SEEN,
        is_purged=row.purged_unix is not None,
        title=row.title or "",
        content_html=row.content_html or "",
    )
