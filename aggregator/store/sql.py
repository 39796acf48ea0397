"""The expressions that databases write differently.

Knows how SQLite hands over a list, joins numbers, searches a text and resolves a conflict; the rest
of the store builds its statements of these and of SQLAlchemy's common ones. Refuses to know any
table. Another database is another way to compile the constructs here, and another engine beside
``sqlite``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles

from aggregator.store import columns, sqlite

__all__ = [
    "LOST_LETTER",
    "POSTGRESQL",
    "Insert",
    "contains",
    "each",
    "each_pair",
    "each_text",
    "insert",
    "insertion_order",
    "is_damaged",
    "is_postgresql",
    "joined_numbers",
    "key_of",
    "last_number",
    "savepoint",
    "triggers",
    "upsert",
]

POSTGRESQL = "postgresql"
# As the indexes of postgresql.sql have it, which says why.
_KEY_IN_POSTGRESQL = "(CASE WHEN octet_length({0}) <= 500 THEN {0} ELSE hash_of_long({0}) END)"
# A decoder puts it where it could not read.
LOST_LETTER = "\ufffd"

_TRIGGERS = {
    "sqlite": sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    POSTGRESQL: sa.text(
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    ),
}
# Where a connection remembers them, with the version of the schema that has them.
_KNOWN_TRIGGERS = "triggers"


class _Numbers(sa.types.TypeDecorator[Iterable[int]]):
    """A list of numbers bound as one value, so that a statement is the same however long it is.

    SQLAlchemy compiles such a statement once, and no limit on the number of parameters is met.
    SQLite is handed an array of JSON, PostgreSQL an array.
    """

    impl = sa.Text
    cache_ok = True
    members: sa.types.TypeEngine[Any] = sa.BigInteger()

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == POSTGRESQL:
            return dialect.type_descriptor(postgresql.ARRAY(self.members))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Iterable[Any] | None, dialect: sa.Dialect) -> Any:
        members = list(value or ())
        return members if dialect.name == POSTGRESQL else json.dumps(members)


class _Words(_Numbers):
    """A list of texts bound as one value."""

    cache_ok = True
    members = sa.Text()


class _Written(sa.sql.functions.FunctionElement[Any]):
    """A call as each database writes it, with the arguments in place of the numbers."""

    inherit_cache = True
    in_sqlite: str
    in_postgresql: str


@compiles(_Written)
def _write(element: _Written, compiler: Any, **options: Any) -> str:
    is_other = compiler.dialect.name == POSTGRESQL
    form = element.in_postgresql if is_other else element.in_sqlite
    return form.format(*(compiler.process(clause, **options) for clause in element.clauses))


class _Members(_Written):
    """The members of a list as rows of one column, value."""

    inherit_cache = True
    in_sqlite = "json_each({0})"
    # The planner knows how many rows an array has, and uses an index where these are few.
    in_postgresql = "(SELECT unnest({0}) AS value)"


def each(name: str) -> sa.TableValuedAlias:
    """Return the numbers of the list that is bound to ``name`` as a table of one column, value."""
    return _Members(sa.bindparam(name, type_=_Numbers)).table_valued(
        sa.column("value", sa.BigInteger)
    )


def each_text(name: str) -> sa.TableValuedAlias:
    """Return the texts of the list that is bound to ``name`` as a table of one column, value."""
    return _Members(sa.bindparam(name, type_=_Words)).table_valued(sa.column("value", sa.Text))


class _PairList(sa.types.TypeDecorator[Iterable[tuple[str, str]]]):
    """A list of pairs of texts bound as one array of JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, _dialect: sa.Dialect) -> str:
        return json.dumps(list(value or ()))


class _Pairs(_Written):
    """The pairs of a list as rows of one column, value: a pair as an array of JSON."""

    inherit_cache = True
    in_sqlite = "json_each({0})"
    in_postgresql = "(SELECT json_array_elements(CAST({0} AS json)) AS value)"


class _InPair(_Written):
    """The text at a place, 0 or 1, of such a pair."""

    inherit_cache = True
    type = sa.Text()
    in_sqlite = "json_extract({0}, '$[' || {1} || ']')"
    in_postgresql = "({0} ->> {1})"


def each_pair(name: str) -> sa.Subquery:
    """Return the pairs of texts that are bound to ``name`` as a table of two columns, a and b."""
    pairs = _Pairs(sa.bindparam(name, type_=_PairList)).table_valued("value")
    return sa.select(
        _InPair(pairs.c.value, sa.literal_column("0")).label("a"),
        _InPair(pairs.c.value, sa.literal_column("1")).label("b"),
    ).subquery()


class _JoinedNumbers(_Written):
    inherit_cache = True
    type = sa.Text()
    in_sqlite = "group_concat({0})"
    in_postgresql = "string_agg(CAST({0} AS text), ',')"


def joined_numbers(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """Return the numbers of a group as one text, with commas between them."""
    return _JoinedNumbers(column)


class _Place(_Written):
    """Where a text stands in another, counted from 1; 0 where it does not."""

    inherit_cache = True
    type = sa.Integer()
    in_sqlite = "instr({0}, {1})"
    in_postgresql = "strpos({0}, {1})"


def contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column contains a text, letter by letter as it stands."""
    return _Place(column, sa.literal(text)) > 0


class _Key(_Written):
    """A text as an index holds it: a row of PostgreSQL's B-trees has 2,704 bytes at most."""

    inherit_cache = True
    type = sa.Text()
    in_sqlite = "{0}"
    in_postgresql = _KEY_IN_POSTGRESQL


def key_of(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return what a text of any length is looked up by: itself, or a hash of a long one.

    Both sides of a comparison are to be keys. Such a column has ``columns.IS_LONG``.
    """
    return _Key(text)


def is_postgresql(connection: Connection) -> bool:
    """Tell whether a connection is one to PostgreSQL."""
    return connection.dialect.name == POSTGRESQL


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what is written within the block where an error leaves it."""
    if is_postgresql(connection):
        with connection.begin_nested():
            yield
    else:
        with sqlite.savepoint(connection):
            yield


def is_damaged(column: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Return whether a text has lost letters, under the name ``is_COLUMN_damaged``."""
    return contains(column, LOST_LETTER).label(f"is_{column.name}_damaged")


def last_number(column: sa.Column[int]) -> sa.Select[Any]:
    """Return the query of the greatest number in a column, 0 where there is none."""
    return sa.select(sa.func.coalesce(sa.func.max(column), 0))


def triggers(connection: Connection) -> frozenset[str]:
    """Return the names of the database's triggers.

    SQLite counts the changes of its schema, so that they are read once for each state of it. That
    is asked for several times a pass, and takes 0.1 ms.
    """
    query = _TRIGGERS[connection.dialect.name]
    if is_postgresql(connection):
        return frozenset(connection.execute(query).scalars())
    version = sqlite.schema_version(connection)
    known: tuple[int, frozenset[str]] | None = connection.info.get(_KNOWN_TRIGGERS)
    if known is None or known[0] != version:
        known = version, frozenset(connection.execute(query).scalars())
        connection.info[_KNOWN_TRIGGERS] = known
    return known[1]


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
    elements = [
        key_of(table.c[name]) if table.c[name].info.get(columns.IS_LONG) else name for name in keys
    ]
    return statement.on_conflict_do_update(index_elements=elements, set_=rest)
