"""Statements that are compiled once and handed to the driver, past what SQLAlchemy does for each.

Knows how the parameters of many rows are written. Refuses to know any table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import arrays, faults
from aggregator.store.sql import POSTGRESQL, Insert, is_postgresql

_WriteRow = Callable[[Mapping[str, Any]], Any]
_Process = Callable[[Any], Any]


class Bulk:
    """An insert of whole rows; every row has a value for each column of the table.

    SQLAlchemy prepares the parameters of every row anew, which costs more than SQLite takes to
    store them (11 µs a row of four columns, 2 µs here), and takes 30 µs to hand them on. The
    compiled statement and the way its types write values are SQLAlchemy's; the rest is ours.
    """

    def __init__(self, statement: Insert) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[_Many, _WriteRow]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows, if there are any."""
        if rows:
            many, write_row = self._compile(connection)
            with faults.refusing_unstorable():
                many.run(connection, [write_row(row) for row in rows])

    def _compile(self, connection: Connection) -> tuple[_Many, _WriteRow]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            table = self._statement.table
            compiled = self._statement.compile(
                dialect=dialect, column_keys=[column.name for column in table.c]
            )
            names: Sequence[str] = compiled.positiontup or ()  # as both engines write them
            processors = {
                name: process
                for name in names
                if (process := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
            }
            many = _Many(self._statement, str(compiled), dialect, names)
            self._compiled[dialect.name] = (many, _writing(names, processors))
        return self._compiled[dialect.name]


class Write:
    """A statement that is run for many rows of numbers, texts and bytes as they lie.

    The driver is handed the rows as they come: to prepare one of two numbers takes SQLAlchemy
    several µs, and to make a mapping of it for ``Bulk`` takes longer than SQLite takes to store it.
    """

    def __init__(self, statement: Insert | sa.Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Many] = {}

    def run(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run the statement for each row, whose values stand in the order of its parameters."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            compiled = self._statement.compile(dialect=dialect)
            names: Sequence[str] = compiled.positiontup or ()
            self._compiled[dialect.name] = _Many(self._statement, str(compiled), dialect, names)
        self._compiled[dialect.name].run(connection, rows)


class Read:
    """A read of numbers and texts as they lie, which the driver is asked for itself.

    For each statement SQLAlchemy takes 20 to 50 µs, of which SQLite needs 5 to 15.
    """

    def __init__(self, statement: sa.Select[Any]) -> None:
        self._prepared = _Prepared(statement)

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of the statement with these values bound to its names."""
        statement, bound = self._prepared.bound(connection, values)
        if is_postgresql(connection):
            result = connection.exec_driver_sql(statement, tuple(bound))
            return [tuple(row) for row in result]
        driver: Any = connection.connection.driver_connection
        rows: list[tuple[Any, ...]] = driver.execute(statement, bound).fetchall()
        return rows


class Change:
    """A change of what there is, run once for all of its values, as ``Read`` reads."""

    def __init__(self, statement: sa.Update | sa.Delete) -> None:
        self._prepared = _Prepared(statement)

    def run(self, connection: Connection, **values: Any) -> None:
        """Run the statement with these values bound to its names."""
        statement, bound = self._prepared.bound(connection, values)
        if is_postgresql(connection):
            connection.exec_driver_sql(statement, tuple(bound))
        else:
            driver: Any = connection.connection.driver_connection
            driver.execute(statement, bound).close()


class _Prepared:
    """A statement as each driver is handed it, compiled when it is first asked for."""

    def __init__(self, statement: sa.Select[Any] | sa.Update | sa.Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[Mapping[str, Any]], list[Any]]]] = {}

    def bound(self, connection: Connection, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Return the statement, and these values in the order of its parameters."""
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = self._compile(connection.dialect)
        statement, write = self._compiled[name]
        return statement, write(values)

    def _compile(self, dialect: sa.Dialect) -> tuple[str, Callable[[Mapping[str, Any]], list[Any]]]:
        compiled: Any = self._statement.compile(dialect=dialect)
        constants = compiled.params
        bound = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup
        ]

        def write(values: Mapping[str, Any]) -> list[Any]:
            every = constants | values
            return [process(every[name]) if process else every[name] for name, process in bound]

        return str(compiled), write


def _writing(names: Sequence[str], processors: Mapping[str, _Process]) -> _WriteRow:
    in_order: Callable[[Mapping[str, Any]], tuple[Any, ...]] = itemgetter(*names)
    if not processors and len(names) > 1:  # of one name, itemgetter makes no tuple
        return in_order
    converted = [
        (position, processors[name]) for position, name in enumerate(names) if name in processors
    ]

    def by_position(row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(in_order(row)) if len(names) > 1 else [row[names[0]]]
        for position, process in converted:
            values[position] = process(values[position])
        return tuple(values)

    return by_position


class _Many:
    """A compiled statement that is run for many rows, as each database takes them soonest."""

    def __init__(
        self, statement: Insert | sa.Update, text: str, dialect: sa.Dialect, names: Sequence[str]
    ) -> None:
        self._text = text
        self._arrays: arrays.ArrayInsert | None = None
        if dialect.name == POSTGRESQL and isinstance(statement, Insert):
            self._arrays = arrays.ArrayInsert.of(statement, dialect, names)

    def run(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run the statement for each row: SQLite's driver is asked for itself."""
        if not is_postgresql(connection):
            driver: Any = connection.connection.driver_connection
            driver.executemany(self._text, rows).close()
        elif every := list(rows):
            if len(every) == 1:
                connection.exec_driver_sql(self._text, every[0])
            elif self._arrays is None or len(every) < arrays.FEWEST_ROWS:
                connection.exec_driver_sql(self._text, every)
            else:
                self._arrays.run(connection, every)
