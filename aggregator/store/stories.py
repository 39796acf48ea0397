"""What one transaction reads and writes to tell which entries are one story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import AliasKind, Pin, StoryText, Tie
from aggregator.store import schema
from aggregator.store.bulk import Bulk, upsert
from aggregator.store.rows import stored_from_row, tie_from_row, unix

_entry, _text, _band, _tie = schema.entry, schema.entry_text, schema.band, schema.tie
# Of what more entries share than this, the first are looked at: a common phrase says nothing, and
# of a text that so many carry the first are its story as well as the last.
_MOST_SHARING = 32

_asked = sa.func.json_each(sa.bindparam("asked", type_=sa.String)).table_valued("value")
_remains = schema.remains
_STORED = (
    sa.select(_entry, _text.c.title, _text.c.content_html, _text.c.link, _remains.c.remains)
    .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
    .join(_remains, _remains.c.pk == _entry.c.pk, isouter=True)
)
_TO_JOIN = (
    sa.select(_entry.c.pk, sa.func.length(_text.c.content_html))
    .join(_text, _text.c.pk == _entry.c.pk, isouter=True)
    .where(_entry.c.is_joined == sa.false())
    .order_by(_entry.c.pk)
    .limit(sa.bindparam("at_most"))
)
_COUNT_TO_JOIN = sa.select(sa.func.count()).where(_entry.c.is_joined == sa.false())
_BY_PK = _STORED.where(_entry.c.pk.in_(sa.select(_asked.c.value))).order_by(_entry.c.pk)
_OF_STORIES = (
    _STORED.where(
        _entry.c.story.in_(sa.select(_asked.c.value)),
        _entry.c.is_joined == sa.true(),
        _entry.c.purged_unix.is_(None),
    )
    .order_by(_entry.c.characters.desc(), _entry.c.id)
    .limit(sa.bindparam("at_most"))
)
_alias = schema.alias
_NAMELESS = sa.select(_alias.c.source, _alias.c.value).where(
    _alias.c.kind == AliasKind.URL,
    _alias.c.value.in_(sa.select(_asked.c.value)),
    _alias.c.pk.is_(None),
)
_HAS_REMAINS = sa.select(sa.exists(sa.select(_remains.c.pk)))
_first = (
    sa.select(_band.c.pk)
    .where(_band.c.band == _asked.c.value)
    .order_by(_band.c.pk)
    .limit(_MOST_SHARING)
    .correlate(_asked)
    .subquery()
)
_sharing = sa.select(sa.func.group_concat(_first.c.pk)).correlate(_asked).scalar_subquery()
_SHARING = sa.select(_asked.c.value, _sharing).where(_sharing.is_not(None))
_TIES_A = sa.select(_tie).where(_tie.c.a.in_(sa.select(_asked.c.value)))
_TIES_B = sa.select(_tie).where(_tie.c.b.in_(sa.select(_asked.c.value)))
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

_pin = insert(schema.shown)
_PIN = Bulk(
    _pin.on_conflict_do_update(
        index_elements=["feed", "pk"],
        set_={
            name: _pin.excluded[name] for name in ("as_pk", "lead_pk", "lead_key", "updated_unix")
        },
    )
)
_ABSORB = Bulk(upsert(schema.absorbed, keys=["feed", "pk"]))
_LAST_PUBLISHING = sa.select(sa.func.coalesce(sa.func.max(schema.shown.c.since), 0)).where(
    schema.shown.c.feed == sa.bindparam("of")
)
_ADD_EVENTS = Bulk(insert(schema.event).on_conflict_do_nothing())
_LINKED = (
    sa.update(_entry).where(_entry.c.pk.in_(sa.select(_asked.c.value))).values(is_linked=sa.true())
)

_wanted = sa.select(_asked.c.value)
_TAKE_AWAY = (
    sa.delete(_text).where(_text.c.pk.in_(_wanted)),
    sa.delete(schema.history).where(schema.history.c.pk.in_(_wanted)),
)
_PURGED = (
    sa.update(_entry)
    .where(_entry.c.pk.in_(_wanted), _entry.c.purged_unix.is_(None))
    .values(purged_unix=sa.bindparam("at"), is_joined=sa.true())
)
_ADD_REMAINS = Bulk(insert(_remains).on_conflict_do_nothing())


class Joining:
    """The reads and writes of one transaction, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_to_join(self) -> int:
        """Count the entries that are new or have new words."""
        return int(self._connection.execute(_COUNT_TO_JOIN).scalar_one())

    def to_join(self, at_most: int, characters: int) -> list[StoryText]:
        """Give entries that are new or have new words, the longest known first, of so much text."""
        pks: list[int] = []
        total = 0
        for pk, length in self._connection.execute(_TO_JOIN, {"at_most": at_most}):
            total += length or 0
            if pks and total > characters:
                break
            pks.append(pk)
        return self.stored(pks)

    def stored(self, pks: Iterable[int]) -> list[StoryText]:
        """Give entries by their numbers."""
        rows = self._connection.execute(_BY_PK, {"asked": json.dumps(sorted(pks))})
        return [stored_from_row(row) for row in rows.mappings()]

    def of_story(self, story: int, at_most: int) -> list[StoryText]:
        """Give the entries of a story with the fullest texts."""
        asked = {"asked": json.dumps([story]), "at_most": at_most}
        rows = self._connection.execute(_OF_STORIES, asked)
        return [stored_from_row(row) for row in rows.mappings()]

    def has_remains(self) -> bool:
        """Tell whether anything was purged by hand."""
        return bool(self._connection.execute(_HAS_REMAINS).scalar_one())

    def nameless(self, addresses: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Tell which addresses name nothing, as their sources gave them to several entries."""
        rows = self._connection.execute(_NAMELESS, {"asked": json.dumps(sorted(addresses))})
        return frozenset((row[0], row[1]) for row in rows)

    def add_bands(self, bands: Mapping[int, Sequence[int]]) -> None:
        """Remember what entries are found by: pk → bands."""
        _ADD_BANDS.run(
            self._connection,
            [{"band": band, "pk": pk} for pk, found in bands.items() for band in found],
        )

    def sharing(self, bands: Iterable[int]) -> dict[int, list[int]]:
        """Give which entries have these bands, of each the first: band → entries."""
        asked = {"asked": json.dumps(sorted(set(bands)))}
        rows = self._connection.execute(_SHARING, asked)
        return {band: [int(pk) for pk in pks.split(",")] for band, pks in rows}

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

    def ties_of(self, pks: Sequence[int]) -> list[Tie]:
        """Give what ties these entries already."""
        asked = {"asked": json.dumps(pks)}
        rows = [
            row for query in (_TIES_A, _TIES_B) for row in self._connection.execute(query, asked)
        ]
        return [tie_from_row(row) for row in rows]

    def merge(self, stories: Mapping[int, int]) -> None:
        """Make stories one, in this order: what each of them becomes."""
        for was, becomes in stories.items():
            self._connection.execute(_MERGE, {"was": was, "becomes": becomes})

    def mark_joined(self, characters: Mapping[int, int]) -> None:
        """Remember that these entries were looked at, and how long their texts are."""
        rows = [{"of": pk, "length": length} for pk, length in characters.items()]
        if rows:
            self._connection.execute(_JOINED, rows)

    def pin(self, feed: str, pins: Mapping[int, Pin]) -> None:
        """Remember under whose ids a feed publishes entries from now on: pk → its pin.

        Where an entry has one, it stays the older, though it may be another's id from now on.
        """
        last = self._connection.execute(_LAST_PUBLISHING, {"of": feed}).scalar_one()
        since = max(int(last), 0) + 1
        _PIN.run(
            self._connection,
            [
                {
                    "feed": feed,
                    "pk": pk,
                    "as_pk": pin.as_pk,
                    "since": since,
                    "lead_pk": pin.representative_pk,
                    "lead_key": pin.representative_key,
                    "updated_unix": None if pin.updated is None else unix(pin.updated),
                }
                for pk, pin in pins.items()
            ],
        )

    def absorb(self, feed: str, absorbed: Mapping[int, int]) -> None:
        """Remember which entries a feed does not show, and which is shown in their place."""
        _ABSORB.run(
            self._connection,
            [{"feed": feed, "pk": pk, "by_pk": by_pk} for pk, by_pk in absorbed.items()],
        )

    def add_events(self, scores: Mapping[tuple[int, int], float], linked: Iterable[int]) -> None:
        """Remember what tells of one happening, and of which entries this was asked."""
        _ADD_EVENTS.run(
            self._connection,
            [{"a": a, "b": b, "score": score} for (a, b), score in scores.items()],
        )
        self._connection.execute(_LINKED, {"asked": json.dumps(sorted(linked))})

    def purge(self, pks: Iterable[int], now: datetime) -> None:
        """Take the texts of entries away for good; what they are known again by stays."""
        asked = {"asked": json.dumps(sorted(pks))}
        if asked["asked"] != "[]":
            for statement in _TAKE_AWAY:
                self._connection.execute(statement, asked)
            self._connection.execute(_PURGED, {**asked, "at": unix(now)})

    def add_remains(self, remains: Mapping[int, str]) -> None:
        """Remember what is left of entries, so that their texts are known again."""
        _ADD_REMAINS.run(
            self._connection, [{"pk": pk, "remains": left} for pk, left in remains.items()]
        )
