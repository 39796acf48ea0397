"""The expressions that databases write differently, and inserts of many rows.

Knows how SQLite hands over a list, joins numbers, searches a text and resolves a conflict; the rest
of the store builds its statements of these and of SQLAlchemy's common ones. Refuses to know any
table. Another database is another way to compile the constructs here, and another engine beside
``sqlite``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles

from aggregator.store import faults, sqlite

__all__ = [
    "LOST_LETTER",
    "Bulk",
    "Insert",
    "Read",
    "Write",
    "contains",
    "each",
    "each_pair",
    "each_text",
    "insert",
    "insertion_order",
    "is_damaged",
    "is_postgresql",
    "joined_numbers",
    "last_number",
    "savepoint",
    "triggers",
    "upsert",
]

_POSTGRESQL = "postgresql"
# A decoder puts it where it could not read.
LOST_LETTER = "\ufffd"

_TRIGGERS = {
    "sqlite": sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    _POSTGRESQL: sa.text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"),
}

_WriteRow = Callable[[Mapping[str, Any]], Any]
_Process = Callable[[Any], Any]


class _Numbers(sa.types.TypeDecorator[Iterable[int]]):
    """A list of numbers bound as one value, so that a statement is the same however long it is.

    SQLAlchemy compiles such a statement once, and no limit on the number of parameters is met.
    SQLite is handed an array of JSON, PostgreSQL an array.
    """

    impl = sa.Text
    cache_ok = True
    members: sa.types.TypeEngine[Any] = sa.BigInteger()

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == _POSTGRESQL:
            return dialect.type_descriptor(postgresql.ARRAY(self.members))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: sa.Dialect) -> Any:
        members = list(value or ())
        return members if dialect.name == _POSTGRESQL else json.dumps(members)


class _Words(_Numbers):
    """A list of texts bound as one value."""

    cache_ok = True
    members = sa.Text()


class _Members(sa.sql.functions.FunctionElement[Any]):
    """The members of a list as rows of one column, value."""

    inherit_cache = True


@compiles(_Members)
def _members_in_sqlite(element: _Members, compiler: Any, **options: Any) -> str:
    return f"json_each{_arguments(element, compiler, options)}"


@compiles(_Members, _POSTGRESQL)
def _members_in_postgresql(element: _Members, compiler: Any, **options: Any) -> str:
    # The planner knows how many rows an array has, and uses an index where these are few.
    return f"(SELECT unnest{_arguments(element, compiler, options)} AS value)"


def each(name: str) -> sa.TableValuedAlias:
    """Return the numbers of the list that is bound to ``name`` as a table of one column, value."""
    return _Members(sa.bindparam(name, type_=_Numbers)).table_valued(
        sa.column("value", sa.BigInteger)
    )


def each_text(name: str) -> sa.TableValuedAlias:
    """Return the texts of the list that is bound to ``name`` as a table of one column, value."""
    return _Members(sa.bindparam(name, type_=_Words)).table_valued(sa.column("value", sa.Text))


class _Pairs(sa.types.TypeDecorator[Iterable[tuple[str, str]]]):
    """A list of pairs of texts bound as one array of JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, _dialect: sa.Dialect) -> str:
        return json.dumps(list(value or ()))


class _PairRows(sa.sql.functions.FunctionElement[Any]):
    """The pairs of a list as rows of one column, value: a pair as an array of JSON."""

    inherit_cache = True


@compiles(_PairRows)
def _pair_rows_in_sqlite(element: _PairRows, compiler: Any, **options: Any) -> str:
    return f"json_each{_arguments(element, compiler, options)}"


@compiles(_PairRows, _POSTGRESQL)
def _pair_rows_in_postgresql(element: _PairRows, compiler: Any, **options: Any) -> str:
    pairs = _arguments(element, compiler, options)
    return f"(SELECT json_array_elements(CAST({pairs} AS json)) AS value)"


class _InPair(sa.sql.functions.FunctionElement[str]):
    """The text at a place, 0 or 1, of a pair that is an array of JSON."""

    inherit_cache = True
    type = sa.Text()


@compiles(_InPair)
def _in_pair_in_sqlite(element: _InPair, compiler: Any, **options: Any) -> str:
    pair, place = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({pair}, '$[{place}]')"


@compiles(_InPair, _POSTGRESQL)
def _in_pair_in_postgresql(element: _InPair, compiler: Any, **options: Any) -> str:
    pair, place = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({pair} ->> {place})"


def each_pair(name: str) -> sa.Subquery:
    """Return the pairs of texts that are bound to ``name`` as a table of two columns, a and b."""
    pairs = _PairRows(sa.bindparam(name, type_=_Pairs)).table_valued("value")
    return sa.select(
        _InPair(pairs.c.value, sa.literal_column("0")).label("a"),
        _InPair(pairs.c.value, sa.literal_column("1")).label("b"),
    ).subquery()


class _JoinedNumbers(sa.sql.functions.FunctionElement[str]):
    inherit_cache = True
    type = sa.Text()


@compiles(_JoinedNumbers)
def _joined_in_sqlite(element: _JoinedNumbers, compiler: Any, **options: Any) -> str:
    return f"group_concat{_arguments(element, compiler, options)}"


@compiles(_JoinedNumbers, _POSTGRESQL)
def _joined_in_postgresql(element: _JoinedNumbers, compiler: Any, **options: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **options)} AS text), ',')"


def joined_numbers(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """Return the numbers of a group as one text, with commas between them."""
    return _JoinedNumbers(column)


class _Place(sa.sql.functions.FunctionElement[int]):
    inherit_cache = True
    type = sa.Integer()


@compiles(_Place)
def _place_in_sqlite(element: _Place, compiler: Any, **options: Any) -> str:
    return f"instr{_arguments(element, compiler, options)}"


@compiles(_Place, _POSTGRESQL)
def _place_in_postgresql(element: _Place, compiler: Any, **options: Any) -> str:
    return f"strpos{_arguments(element, compiler, options)}"


def contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column contains a text, letter by letter as it stands."""
    return _Place(column, sa.literal(text)) > 0


def is_postgresql(connection: Connection) -> bool:
    """Tell whether a connection is one to PostgreSQL."""
    return connection.dialect.name == _POSTGRESQL


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what is written within the block where an error leaves it."""
    if is_postgresql(connection):
        with connection.begin_nested():
            yield
    else:
        with sqlite.savepoint(connection):
            yield


def _arguments(element: Any, compiler: Any, options: dict[str, Any]) -> str:
    return f"({compiler.process(element.clauses, **options)})"


def is_damaged(column: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Return whether a text has lost letters, under the name ``is_COLUMN_damaged``."""
    return contains(column, LOST_LETTER).label(f"is_{column.name}_damaged")


def last_number(column: sa.Column[int]) -> sa.Select[Any]:
    """Return the query of the greatest number in a column, 0 where there is none."""
    return sa.select(sa.func.coalesce(sa.func.max(column), 0))


def triggers(connection: Connection) -> frozenset[str]:
    """Return the names of the database's triggers."""
    return frozenset(connection.execute(_TRIGGERS[connection.dialect.name]).scalars())


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
        self._statement = statement
        self._compiled: dict[str, tuple[str, Callable[[Mapping[str, Any]], list[Any]]]] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of the statement with these values bound to its names."""
        if connection.dialect.name not in self._compiled:
            self._compiled[connection.dialect.name] = self._compile(connection.dialect)
        statement, write = self._compiled[connection.dialect.name]
        if is_postgresql(connection):
            result = connection.exec_driver_sql(statement, tuple(write(values)))
            return [tuple(row) for row in result]
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
