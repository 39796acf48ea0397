"""What a database's faults are called, and which of them a person is told in which words.

Knows the exceptions of SQLAlchemy and of the drivers, and that of a row that cannot be read (a
damaged page, a text that is no UTF-8). Refuses to know what a caller does about one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from aggregator.errors import StoreError

# PostgreSQL's driver is mostly asked through SQLAlchemy, which wraps what it raises; else see
# ``naming_driver``.
FAULTS = (sa.exc.SQLAlchemyError, sqlite3.Error)
# What a driver raises of a value that cannot be held: an integer of more than 64 bits, a text that
# is no Unicode.
_UNSTORABLE = (OverflowError, UnicodeEncodeError)
# The driver's message goes on with the text itself, which is no business of a log.
_NO_UTF8 = re.compile(r"Could not decode to UTF-8 column '([^']*)'")
PRIMARY_CODE = 0xFF  # the rest of an extended code of SQLite's says in which way
# PostgreSQL's classes of faults that are a damaged page or index (its manual, appendix A).
_DAMAGED = ("XX001", "XX002")

# What a person may have left out of the steps of docs/scale.md, in PostgreSQL's words: where no
# connection comes of it, libpq has no code of the fault.
_TO_DO = tuple(
    (re.compile(words), to_do)
    for words, to_do in (
        (
            "password authentication failed|no password supplied",
            "[store] url names a user and a password: compare the password in the environment, or "
            "set it anew by psql's \\password",
        ),
        ('database ".*" does not exist', "make it by createdb, with this user as its owner"),
        ('role ".*" does not exist', "make it by createuser"),
        ("no pg_hba.conf entry", "let this machine in by a line of PostgreSQL's pg_hba.conf"),
        (
            "permission denied for (schema|database)",
            "let this user own the database: ALTER DATABASE ... OWNER TO ...",
        ),
        (
            "Connection refused|No such file or directory|could not translate host name"
            "|failed to resolve host|No route to host|timeout expired",
            "see that PostgreSQL runs there, and that [store] url names its address and port",
        ),
    )
)


@contextmanager
def naming_faults(what_failed: str = "the store failed") -> Iterator[None]:
    """Turn every fault of the database that leaves the block into a StoreError, in its own words.

    Where what is undone after a fault fails as well, as a full disk has undone it already, the
    first fault is the one that is named.
    """
    try:
        yield
    except FAULTS as error:
        first: BaseException = error
        while isinstance(first.__context__, (*FAULTS, StoreError)):
            first = first.__context__
        if isinstance(first, StoreError):
            raise first from error
        message = f"{what_failed}: {reason_of(first)}{_advice(reason_of(first))}"
        raise StoreError(message, is_damage=is_damage(first)) from error


@contextmanager
def naming_driver(connection: sa.Connection, what_failed: str) -> Iterator[None]:
    """Turn what the driver raises where it is asked for itself into a StoreError."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise StoreError(f"{what_failed}: {reason_of(error)}") from error


def is_damage(error: BaseException) -> bool:
    """Tell whether a fault is that of rows or pages that cannot be read, and of nothing else."""
    if isinstance(error, StoreError):
        return error.is_damage
    original = getattr(error, "orig", None) or error
    if not isinstance(original, sqlite3.Error):
        return getattr(original, "sqlstate", None) in _DAMAGED
    code = getattr(original, "sqlite_errorcode", 0) & PRIMARY_CODE
    return code == sqlite3.SQLITE_CORRUPT or bool(_NO_UTF8.match(str(original)))


def refuse_unstorable(context: sa.engine.ExceptionContext) -> None:
    """Name a value that cannot be stored: the driver raises for it what is no fault of SQL's."""
    error = context.original_exception
    if isinstance(error, _UNSTORABLE):
        raise _unstorable(error)


@contextmanager
def refusing_unstorable() -> Iterator[None]:
    """Raise StoreError for a value that cannot be stored, where the driver is asked for itself."""
    try:
        yield
    except _UNSTORABLE as error:
        raise _unstorable(error) from error


def _unstorable(error: BaseException) -> StoreError:
    return StoreError(f"the store failed: a value cannot be stored ({reason_of(error)})")


def _advice(reason: str) -> str:
    """Return what can be done about a fault of PostgreSQL's that a person makes; else nothing."""
    return next((f" ({to_do})" for words, to_do in _TO_DO if words.search(reason)), "")


def reason_of(error: BaseException) -> str:
    """Return the database's own words, without the statement, its background, and any content."""
    if isinstance(error, UnicodeEncodeError):
        return error.reason
    words = str(getattr(error, "orig", None) or error)
    if undecodable := _NO_UTF8.match(words):
        return f"the column {undecodable[1]} holds a text that is no UTF-8"
    return (words.splitlines() or [type(error).__name__])[0]
