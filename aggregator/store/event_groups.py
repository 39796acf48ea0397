"""Event groups: which entries' stories are told of one event, and what ties them and events.

An entry stands for its story, as stories become one later. Knows what was judged and decided;
refuses to know why. An event only grows: where two become one, all entries of both are of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import event_schema, sql
from aggregator.store.columns import naming_faults, number
from aggregator.store.sql import Bulk, insert, upsert
from aggregator.store.unreadable import Unreadable

Pair = tuple[int, int]
"""Two entries, the smaller number first."""
Scores = Mapping[Pair, float]
"""How sure it is of pairs of entries."""

_link, _step = event_schema.event_link, event_schema.event_step
_member = event_schema.event_member
_pks, _events = sql.each("pks"), sql.each("events")
_wanted = sa.select(_pks.c.value)


def _both_ways(
    pairs: sa.Table, condition: sa.ColumnElement[bool] | None = None
) -> sa.CompoundSelect[Any]:
    """Return the query of the pairs that some entries are in: each one, the other, the score."""
    both = [
        sa.select(one, other, pairs.c.score).where(one.in_(_wanted))
        for one, other in ((pairs.c.a, pairs.c.b), (pairs.c.b, pairs.c.a))
    ]
    return sa.union(*(query if condition is None else query.where(condition) for query in both))


_LINKS, _STEPS = _both_ways(_link), _both_ways(_step)
_STEPS_OF_ONE_PAPER = _both_ways(_step, _step.c.is_one_paper)
_ADD_LINKS, _ADD_STEPS = (Bulk(insert(table).on_conflict_do_nothing()) for table in (_link, _step))
_EVENTS = sa.select(_member.c.pk, _member.c.event).where(_member.c.pk.in_(_wanted))
_MEMBERS = sa.select(_member.c.event, _member.c.pk).where(
    _member.c.event.in_(sa.select(_events.c.value))
)
_JOIN = (
    sa.update(_member)
    .where(_member.c.event.in_(sa.select(_events.c.value)))
    .values(event=sa.bindparam("becomes"))
)
_ADD_MEMBERS = Bulk(upsert(_member, keys=["pk"]))


def entries_beside(pks: sa.Select[Any]) -> sa.Select[Any]:
    """Return the query of the entries that can be named beside those of some stories.

    ``pks`` are all entries of these stories. Named are those of their events, and of events that
    are steps of one affair with these. Each step of it is a table of its own (``WITH``): nested in
    one another they are more than SQLite's parser takes.
    """
    told = pks.cte("told")
    of_event = sa.union(_all(told), _of_their_events(told)).cte("of_event")
    ends = [
        sa.select(other).where(one.in_(_all(of_event)))
        for pairs in (_link, _step)
        for one, other in ((pairs.c.a, pairs.c.b), (pairs.c.b, pairs.c.a))
    ]
    of_affair = sa.union(_all(of_event), *ends).cte("of_affair")
    beside = sa.union(_all(of_affair), _of_their_events(of_affair)).cte("beside")
    return _all(beside)


def _all(entries: sa.CTE) -> sa.Select[Any]:
    return sa.select(entries.c[0])


def _of_their_events(entries: sa.CTE) -> sa.Select[Any]:
    events = sa.select(_member.c.event).where(_member.c.pk.in_(_all(entries)))
    return sa.select(_member.c.pk).where(_member.c.event.in_(events))


class EventGroups:
    """The reads and writes of one unit of work over events and affairs."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def links(self, pks: Collection[int]) -> list[tuple[int, int, float]]:
        """Return which entries were judged to be of one event: (one of ``pks``, other, score)."""
        return self._pairs(_LINKS, "an event of entry", pks)

    def steps(self, pks: Collection[int]) -> list[tuple[int, int, float]]:
        """Return which entries are steps of one affair: (one of ``pks``, the other, score)."""
        return self._pairs(_STEPS, "an affair of entry", pks)

    def steps_of_one_paper(self, pks: Collection[int]) -> list[tuple[int, int, float]]:
        """Return which of these steps would be of one event if they were two papers'."""
        return self._pairs(_STEPS_OF_ONE_PAPER, "an affair of entry", pks)

    def _pairs(
        self, query: sa.CompoundSelect[Any], what: str, pks: Collection[int]
    ) -> list[tuple[int, int, float]]:
        def read(wanted: Sequence[int]) -> list[tuple[int, int, float]]:
            rows = self._connection.execute(query, {"pks": wanted})
            return [(row[0], row[1], row[2]) for row in rows]

        return self._unreadable.read_rows(what, read, sorted(pks))

    def events_of(self, pks: Collection[int]) -> dict[int, int]:
        """Return the events of entries, by their numbers; what is told alone has none."""

        @naming_faults
        def read(wanted: Sequence[int]) -> list[tuple[int, int]]:
            rows = self._connection.execute(_EVENTS, {"pks": wanted})
            return [(pk, number(event)) for pk, event in rows]

        return dict(self._unreadable.read_rows("the event of entry", read, sorted(pks)))

    def members(self, events: Iterable[int]) -> dict[int, list[int]]:
        """Return the entries of events: event → numbers."""
        members: dict[int, list[int]] = {}

        def read(wanted: Sequence[int]) -> list[tuple[int, int]]:
            rows = self._connection.execute(_MEMBERS, {"events": wanted})
            return [(row[0], row[1]) for row in rows]

        for event, pk in self._unreadable.read_rows("an entry of event", read, sorted({*events})):
            members.setdefault(event, []).append(pk)
        return members

    def remember(self, links: Scores, steps: Scores, of_one_paper: Collection[Pair]) -> None:
        """Remember what was judged of pairs of entries; what is known of one stays.

        ``of_one_paper`` are the steps that would be of one event if they were two papers'.
        """
        _ADD_LINKS.run(
            self._connection,
            [{"a": a, "b": b, "score": score} for (a, b), score in links.items()],
        )
        _ADD_STEPS.run(
            self._connection,
            [
                {"a": a, "b": b, "score": score, "is_one_paper": (a, b) in of_one_paper}
                for (a, b), score in steps.items()
            ],
        )

    def join(self, pks: Collection[int]) -> None:
        """Make entries one event, with all that are of an event with one of them."""
        events = {*self.events_of(pks).values()}
        event = min(events or pks)
        if events - {event}:
            values = {"events": sorted(events - {event}), "becomes": event}
            self._connection.execute(_JOIN, values)
        _ADD_MEMBERS.run(self._connection, [{"pk": pk, "event": event} for pk in sorted(pks)])
