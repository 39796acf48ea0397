"""Many rows by one statement that is compiled once.

SQLAlchemy prepares the parameters of every row anew, which costs more than SQLite takes to store
them (11 µs a row of four columns, 2 µs here). What it compiled and how its types write values is
its own; only the loop over the rows is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import Connection

_Row = Callable[[Mapping[str, Any]], Any]


def upsert(table: sa.Table, *, keys: Sequence[str]) -> Insert:
    """Give a statement that inserts a row, or puts it in place of the one with its keys."""
    statement = insert(table)
    rest = {one.name: statement.excluded[one.name] for one in table.c if one.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=rest)


class Bulk:
    """An insert of whole rows: each column of the table has a value in every row."""

    def __init__(self, statement: Insert) -> None:
        self._statement = statement
        self._made: dict[str, tuple[str, _Row]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows, if there are any."""
        if rows:
            sql, row_of = self._compiled(connection)
            connection.exec_driver_sql(sql, [row_of(row) for row in rows])

    def _compiled(self, connection: Connection) -> tuple[str, _Row]:
        dialect = connection.dialect
        if dialect.name not in self._made:
            table = self._statement.table
            compiled = self._statement.compile(
                dialect=dialect, column_keys=[column.name for column in table.c]
            )
            names = compiled.positiontup or [column.name for column in table.c]
            written = {
                name: process
                for name in names
                if (process := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
            }

            def values_of(row: Mapping[str, Any]) -> list[Any]:
                return [written[n](row[n]) if n in written else row[n] for n in names]

            def by_place(row: Mapping[str, Any]) -> tuple[Any, ...]:
                return tuple(values_of(row))

            def by_name(row: Mapping[str, Any]) -> dict[str, Any]:
                return dict(zip(names, values_of(row), strict=True))

            is_by_place = compiled.positiontup is not None
            self._made[dialect.name] = str(compiled), by_place if is_by_place else by_name
        return self._made[dialect.name]
