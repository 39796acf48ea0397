"""The expressions that databases write differently, and inserts of many rows.

Knows how SQLite hands over a list, joins numbers, searches a text and resolves a conflict; the rest
of the store builds its statements of these and of SQLAlchemy's common ones. Refuses to know any
table. Another database is another way to compile the constructs here, and another engine beside
``sqlite``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import Connection

from aggregator.store import faults

__all__ = [
    "LOST_LETTER",
    "Bulk",
    "Insert",
    "Read",
    "Write",
    "contains",
    "each",
    "each_pair",
    "insert",
    "insertion_order",
    "is_damaged",
    "joined_numbers",
    "last_number",
    "triggers",
    "upsert",
]

# A decoder puts it where it could not read.
LOST_LETTER = "\ufffd"

_TRIGGERS = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")

_WriteRow = Callable[[Mapping[str, Any]], Any]
_Process = Callable[[Any], Any]


class _JsonList(sa.types.TypeDecorator[Iterable[Any]]):
    """A list bound as one JSON array, so that a statement is the same however long the list is.

    SQLAlchemy compiles such a statement once, and no limit on the number of parameters is met.
    """

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, _dialect: sa.Dialect) -> str:
        return json.dumps(list(value or ()))


def each(name: str) -> sa.TableValuedAlias:
    """Return the members of the list that is bound to ``name`` as a table of one column, value."""
    return sa.func.json_each(sa.bindparam(name, type_=_JsonList)).table_valued("value")


def each_pair(name: str) -> sa.Subquery:
    """Return the list of pairs that is bound to ``name`` as a table of two columns, a and b."""
    pairs = each(name)
    return sa.select(
        sa.func.json_extract(pairs.c.value, "$[0]").label("a"),
        sa.func.json_extract(pairs.c.value, "$[1]").label("b"),
    ).subquery()


def joined_numbers(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """Return the numbers of a group as one text, with commas between them."""
    return sa.func.group_concat(column)


def contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column contains a text, letter by letter as it stands."""
    return sa.func.instr(column, text) > 0


def is_damaged(column: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Return whether a text has lost letters, under the name ``is_COLUMN_damaged``."""
    return contains(column, LOST_LETTER).label(f"is_{column.name}_damaged")


def last_number(column: sa.Column[int]) -> sa.Select[Any]:
    """Return the query of the greatest number in a column, 0 where there is none."""
    return sa.select(sa.func.coalesce(sa.func.max(column), 0))


def triggers(connection: Connection) -> frozenset[str]:
    """Return the names of the database's triggers."""
    return frozenset(connection.execute(_TRIGGERS).scalars())


def insertion_order(table: sa.Table) -> sa.ColumnElement[int]:
    """Return what grows with each row that is inserted into a table; a replaced row keeps its."""
    return sa.literal_column(f"{table.name}.rowid", sa.Integer)


def upsert(table: sa.Table, *, keys: Sequence[str]) -> Insert:
    """Return a statement that inserts a row, or replaces the row that has its keys."""
    statement = insert(table)
    rest = {
        column.name: statement.excluded[column.name]
        for column in table.c
        if column.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=list(keys), set_=rest)


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
            driver: Any = connection.connection.driver_connection
            with faults.refusing_unstorable():
                driver.executemany(statement, [write_row(row) for row in rows]).close()

    def _compile(self, connection: Connection) -> tuple[str, _WriteRow]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            table = self._statement.table
            compiled = self._statement.compile(
                dialect=dialect, column_keys=[column.name for column in table.c]
            )
            names = compiled.positiontup or [column.name for column in table.c]
            processors = {
                name: process
                for name in names
                if (process := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
            }

            self._compiled[dialect.name] = (
                str(compiled),
                _writing_by_name(names, processors)
                if compiled.positiontup is None
                else _writing_by_position(names, processors),
            )
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
        driver: Any = connection.connection.driver_connection
        driver.executemany(self._compiled[name], rows).close()


class Read:
    """A read of numbers and texts as they lie, which the driver is asked for itself.

    For each statement SQLAlchemy takes 20 to 50 µs, of which SQLite needs 5 to 15.
    """

    def __init__(self, statement: sa.Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[Mapping[str, Any]], list[Any]]]] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of the statement with these values bound to its names."""
        if connection.dialect.name not in self._compiled:
            self._compiled[connection.dialect.name] = self._compile(connection.dialect)
        statement, write = self._compiled[connection.dialect.name]
        driver: Any = connection.connection.driver_connection
        rows: list[tuple[Any, ...]] = driver.execute(statement, write(values)).fetchall()
        return rows

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


def _writing_by_position(names: Sequence[str], processors: Mapping[str, _Process]) -> _WriteRow:
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


def _writing_by_name(names: Sequence[str], processors: Mapping[str, _Process]) -> _WriteRow:
    def by_name(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: processors.get(name, _as_it_is)(row[name]) for name in names}

    return by_name


def _as_it_is(value: Any) -> Any:
    return value
