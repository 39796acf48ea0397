"""Statements that are compiled once and handed to the driver, past what SQLAlchemy does for each.

Knows how the parameters of many rows are written. Refuses to know any table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.store import faults
from aggregator.store.sql import Insert, is_postgresql

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
        self._compiled: dict[str, tuple[str, _WriteRow]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows, if there are any."""
        if rows:
            statement, write_row = self._compile(connection)
            with faults.refusing_unstorable():
                _run_many(connection, statement, [write_row(row) for row in rows])

    def _compile(self, connection: Connection) -> tuple[str, _WriteRow]:
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
            self._compiled[dialect.name] = (str(compiled), _writing(names, processors))
        return self._compiled[dialect.name]


class Write:
    """A statement that is run for many rows of numbers, texts and bytes as they lie.

    The driver is handed the rows as they come: to prepare one of two numbers takes SQLAlchemy
    several µs, and to make a mapping of it for ``Bulk`` takes longer than SQLite takes to store it.
    """

    def __init__(self, statement: Insert | sa.Update) -> None:
        self._statement = statement
        self._compiled: dict[str, str] = {}

    def run(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run the statement for each row, whose values stand in the order of its parameters."""
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = str(self._statement.compile(dialect=connection.dialect))
        _run_many(connection, self._compiled[name], rows)


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


def _run_many(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Run a compiled statement for each row: SQLite's driver is asked for itself."""
    if is_postgresql(connection):
        if every := list(rows):
            connection.exec_driver_sql(statement, every)
        return
    driver: Any = connection.connection.driver_connection
    driver.executemany(statement, rows).close()
