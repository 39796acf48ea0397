"""Inserts of many rows as one statement, to which PostgreSQL is handed an array for each column.

A statement a row, even where many are sent at once, costs more than the row: of the 57 lookup keys
of a document with three entries the driver takes 0.20 ms so in place of 0.86, and the server 0.37
in place of 0.73. Refuses to know any table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, Insert
from sqlalchemy.engine import Connection

_Row = tuple[Any, ...]
# With three rows of four columns either way takes as long, and more columns need more rows.
FEWEST_ROWS = 4
# A dump's document may have a hundred thousand rows, and a statement's arrays are in memory twice.
_MOST_ROWS = 5_000


class ArrayInsert:
    """An insert of whole rows, as it is written for arrays; rows are tuples by ``names``."""

    def __init__(
        self, statement: Insert, table: sa.Table, dialect: sa.Dialect, names: Sequence[str]
    ) -> None:
        arrays = (sa.bindparam(name, type_=ARRAY(_kept(table.c[name].type))) for name in names)
        added = sa.func.unnest(*arrays).table_valued(*names).render_derived()
        selected = sa.select(*(added.c[name] for name in names))
        self._text = str(statement.from_select(list(names), selected).compile(dialect=dialect))
        self._writers = [_writer(table.c[name].type) for name in names]
        keys = [names.index(column.name) for column in table.primary_key]
        self._key_of = itemgetter(*keys)

    @classmethod
    def of(cls, statement: Insert, dialect: sa.Dialect, names: Sequence[str]) -> ArrayInsert | None:
        """Build it of an insert; ``None`` for a table with bytes or JSON.

        The driver writes each of these letter by letter: 20 rows of texts take twice as long so.
        """
        table = statement.table
        slow = (sa.LargeBinary, sa.JSON)
        if not isinstance(table, sa.Table) or any(isinstance(c.type, slow) for c in table.c):
            return None
        return cls(statement, table, dialect, names)

    def run(self, connection: Connection, rows: Sequence[_Row]) -> None:
        """Insert the rows, in their order; their values are written as the driver takes them."""
        for first in range(0, len(rows), _MOST_ROWS):
            for distinct in self._rounds(rows[first : first + _MOST_ROWS]):
                columns = zip(self._writers, zip(*distinct, strict=True), strict=True)
                arrays = tuple(write(column) for write, column in columns)
                connection.exec_driver_sql(self._text, arrays)

    def _rounds(self, rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
        """Yield the rows in rounds of which none has a key twice: no statement changes a row twice.

        So what comes of rows of one key is what comes of one statement after the other.
        """
        while rows:
            first: dict[Any, _Row] = {}
            again: list[_Row] = []
            for row in rows:
                if first.setdefault(self._key_of(row), row) is not row:
                    again.append(row)
            yield rows if not again else list(first.values())
            rows = again


def _writer(kind: sa.types.TypeEngine[Any]) -> Callable[[Sequence[Any]], Any]:
    """Return what writes a column's values for the driver, which looks at each of a list's.

    Numbers are most of what is inserted, and are written at once: 57 of them in 8 µs of 120.
    """
    return _numbers if isinstance(kind, sa.Integer) else list


def _numbers(values: Sequence[int | None]) -> str:
    return f"{{{','.join(map(str, values))}}}".replace("None", "NULL")


def _kept(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Return the type of a column without its length: a cast to that would cut a longer text."""
    return sa.Text() if isinstance(kind, sa.String) else kind
