"""A store is copied into another database as it is, whole or not at all.

Knows how rows lie in either database: as the drivers hand them over they are the same in both, but
for JSON, which is read as its text. The index for searching is not copied: it is made anew of the
texts, as it is where it is lost.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from aggregator.errors import StoreError
from aggregator.sizes import count_text
from aggregator.store import schema, search_schema, sqlite
from aggregator.store.database import Database
from aggregator.store.databases import database_of
from aggregator.store.faults import naming_driver, naming_faults
from aggregator.store.place import is_postgresql, path_of, server_url, shown
from aggregator.store.sql import is_postgresql as is_to_postgresql
from aggregator.store.store import Store

_SEARCH = {
    search_schema.search_state.name,
    search_schema.search_waiting.name,
    search_schema.search_outdated.name,
}
# What grows with each row that is inserted, where something goes by it (``sql.insertion_order``).
_ORDERED_BY = {schema.digest.name: "rowid"}
_ROWS_TOGETHER = 5_000  # of a cursor of PostgreSQL's, which hands on one row at a time else
# One side is silent while the other counts a large table, or learns what is in it. A machine that
# is cut off meanwhile has the turn of the store for so long.
_PATIENT = "SET LOCAL idle_in_transaction_session_timeout = '1h'"
_SQLITE_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many rows were copied of entries, and of everything."""

    entries: int
    rows: int


def move(source_url: str, target_url: str) -> Moved:
    """Copy a store into a database that has none; StoreError where that cannot be done.

    The source is migrated first. Until the copy is committed, nobody makes passes over either and
    nobody writes into the source; it stays as it is.
    """
    if _place(source_url) == _place(target_url):
        raise StoreError(f"the store is {shown(target_url)} already")
    with (
        Store.open(source_url, may_make=False),
        _locked(target_url) as target,
        naming_faults("the store cannot be moved"),
        _transaction(database_of(source_url)) as reading,
        _transaction(target) as writing,
    ):
        _refuse_waiting(reading)
        if sa.inspect(writing).has_table(schema.entry.name):
            raise StoreError(
                f"there is a store {shown(target_url)} already, and nothing was changed"
            )
        target.make(writing)
        moved = _copy(reading, writing)
        reading.rollback()
        writing.commit()
    return moved


def _refuse_waiting(source: Connection) -> None:
    """Raise StoreError where hubs sent what nobody has stored; with SQLite that lies in files."""
    if is_to_postgresql(source):
        waiting = source.exec_driver_sql("SELECT count(*) FROM arrival").scalar_one()
        check_none_waits(waiting, "aggregator worker")


def check_none_waits(count: int, command: str) -> None:
    """Raise StoreError where hubs sent what is not stored yet, which a command stores."""
    if count:
        raise StoreError(
            f"hubs sent {count_text(count, 'thing', 'things')} that nobody has stored yet: let "
            f"`{command}` run for some seconds, end it, and move then"
        )


def _place(url: str) -> object:
    """Return what two URLs of one store have in common; of a server's, its database and schema."""
    return server_url(url) if is_postgresql(url) else path_of(url)


@contextmanager
def _locked(url: str) -> Iterator[Database]:
    """Hold the lock of a store that is not made yet; a file that was empty goes if it stays so."""
    target = database_of(url)
    held = target.lock()
    was_there = target.exists()
    try:
        if not was_there:
            target.prepare()
        yield target
    except BaseException:
        if not (was_there or is_postgresql(url)):
            _remove(url)
        raise
    finally:
        held.release()


def _remove(url: str) -> None:
    path = path_of(url)
    for suffix in sqlite.SUFFIXES:
        with suppress(OSError):  # what is left has no tables, and is taken for empty
            path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)


@contextmanager
def _transaction(database: Database) -> Iterator[Connection]:
    """Begin a writer's transaction; what is not committed within the block is undone."""
    engine: Engine = database.engine()
    try:
        with engine.execution_options(writes=True).connect() as connection:
            connection.begin()
            if is_to_postgresql(connection):
                connection.exec_driver_sql(_PATIENT)
            yield connection
    finally:
        engine.dispose()


def _copy(source: Connection, target: Connection) -> Moved:
    """Copy every table, count its rows in both, and let numbers go on behind the greatest."""
    counts: dict[str, int] = {}
    tables = [table for table in schema.metadata.sorted_tables if table.name not in _SEARCH]
    with _without_triggers(target, tables):
        for table in tables:
            columns = [column.name for column in table.columns]
            columns += [_ORDERED_BY[table.name]] if table.name in _ORDERED_BY else []
            with closing(_rows(source, table, columns)) as rows:
                _write(target, table.name, columns, rows)
            count = sa.select(sa.func.count()).select_from(table)
            found, written = source.scalar(count), target.scalar(count)
            if found != written:
                raise StoreError(f"{table.name} has {found} rows, and {written} were copied")
            counts[table.name] = int(written or 0)
    if is_to_postgresql(target):
        _go_on_numbering(target, tables)
        target.exec_driver_sql("ANALYZE")  # else the first passes go by guesses
    return Moved(entries=counts[schema.entry.name], rows=sum(counts.values()))


def _rows(source: Connection, table: sa.Table, columns: list[str]) -> Generator[tuple[Any, ...]]:
    """Read a table as its values lie, in the order of its key or of its rows' insertion."""
    json = {column.name for column in table.columns if isinstance(column.type, sa.JSON)}
    read = [f"CAST({name} AS text)" if name in json else name for name in columns]
    order = _ORDERED_BY.get(table.name) or ", ".join(key.name for key in table.primary_key)
    statement = f"SELECT {', '.join(read)} FROM {table.name} ORDER BY {order}"  # noqa: S608
    driver: Any = source.connection.driver_connection
    if not is_to_postgresql(source):
        yield from driver.execute(statement)
        return
    with (
        naming_driver(source, f"{table.name} cannot be copied"),
        driver.cursor(name="moved") as cursor,
    ):
        cursor.itersize = _ROWS_TOGETHER
        yield from cursor.execute(statement)


def _write(
    target: Connection, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    names = ", ".join(columns)
    driver: Any = target.connection.driver_connection
    if not is_to_postgresql(target):
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        driver.executemany(statement, rows).close()
        return
    with (
        naming_driver(target, f"{table} cannot be copied"),
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


@contextmanager
def _without_triggers(target: Connection, tables: list[sa.Table]) -> Iterator[None]:
    """Let no trigger note within the block what is copied, as what they note is copied as well."""
    if is_to_postgresql(target):
        for table in tables:
            target.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        yield
        for table in tables:
            target.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        return
    triggers = target.exec_driver_sql(_SQLITE_TRIGGERS).all()
    for name, _ in triggers:
        target.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, made_by in triggers:
        target.exec_driver_sql(made_by)


def _go_on_numbering(target: Connection, tables: list[sa.Table]) -> None:
    """Let each column that PostgreSQL numbers go on behind the greatest number in it."""
    numbered = [
        (table.name, table.primary_key.columns[0].name)
        for table in tables
        if len(table.primary_key.columns) == 1
        and isinstance(table.primary_key.columns[0].type, sa.Integer)
    ]
    for table, column in (*numbered, *_ORDERED_BY.items()):
        target.exec_driver_sql(
            "SELECT setval(sequence, last) FROM (SELECT "  # noqa: S608
            f"pg_get_serial_sequence('{table}', '{column}') AS sequence, "
            f"(SELECT max({column}) FROM {table}) AS last) AS numbered "
            "WHERE sequence IS NOT NULL AND last IS NOT NULL"
        )
