"""Rhythms: how much sources publish by hour, and how often all of them are asked together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import Rhythm, Tempo
from aggregator.store import rhythm_schema, sql
from aggregator.store.rows import unix
from aggregator.store.sql import upsert
from aggregator.store.state_rows import rhythm_from_row, rhythm_row, tempo_from_row
from aggregator.store.statements import Bulk
from aggregator.store.unreadable import Unreadable

_rhythm, _tempo = rhythm_schema.rhythm, rhythm_schema.tempo
_sources = sql.each_text("sources")
_RHYTHMS = sa.select(_rhythm).where(_rhythm.c.source.in_(sa.select(_sources.c.value)))
_SAVE_RHYTHMS = Bulk(upsert(_rhythm, keys=["source"]))
_TEMPO = sa.select(_tempo)
_SAVE_TEMPO = upsert(_tempo, keys=["pk"])
_ONLY = 1  # the number of the one row


class Rhythms:
    """The reads and writes of one unit of work over rhythms and the tempo.

    What cannot be read is measured anew.
    """

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def of(self, sources: Sequence[str]) -> dict[str, Rhythm]:
        """Return the rhythms of those of several sources that were measured, by name."""

        def read(names: Sequence[str]) -> list[tuple[str, Rhythm]]:
            rows = self._connection.execute(_RHYTHMS, {"sources": names}).mappings()
            return [(row["source"], rhythm_from_row(row)) for row in rows]

        return dict(self._unreadable.read_rows("the rhythm of source", read, sources))

    def save(self, rhythms: Mapping[str, Rhythm]) -> None:
        """Remember the rhythms of several sources, by name, in place of the last ones."""
        rows = [rhythm_row(source, rhythm) for source, rhythm in rhythms.items()]
        _SAVE_RHYTHMS.run(self._connection, rows)

    def tempo(self) -> Tempo | None:
        """Return the tempo at which sources are asked, ``None`` where it was never found."""

        def read() -> Tempo | None:
            row = self._connection.execute(_TEMPO).mappings().first()
            return tempo_from_row(row) if row else None

        return self._unreadable.read("the tempo of polls", read, None)

    def save_tempo(self, tempo: Tempo) -> None:
        """Remember the tempo in place of the last one."""
        self._connection.execute(
            _SAVE_TEMPO,
            {
                "pk": _ONLY,
                "factor": tempo.factor,
                "measured_unix": unix(tempo.measured),
                "fingerprint": tempo.fingerprint,
            },
        )
