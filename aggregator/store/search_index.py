"""The index for searching: SQLite's FTS5 over the words of texts, which are not stored in it.

Knows FTS5: how a table of it is made, filled, asked and written anew. An entry stands in it under a
number that begins with the day of its publication, so that the newest come first without sorting.
Refuses to know what else is stored; texts come as keys (``bengali.text.key``). Another database is
another module of these functions.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection

from aggregator.errors import StoreError
from aggregator.models import SearchQuery, SearchTerm
from aggregator.store import sqlite

# Contentless, as texts are stored once. FTS5 forgets a text of such a table where it is told its
# words again; ``contentless_delete`` needs SQLite 3.43, and Debian 12 has 3.40. The default
# categories lack marks, which cuts Bengali words at their vowel signs (কাল would find কালি).
_MAKE = (
    "USING fts5(title, text, content='', "
    "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'\")"
)
_TABLES = (
    "SELECT CAST(substr(name, 8) AS INTEGER) FROM sqlite_master WHERE name GLOB 'search_[0-9]*' "
    "AND sql LIKE 'CREATE VIRTUAL TABLE%'"
)
_DAY_SECONDS = 86_400
# With the day alone before the entry's number, an entry takes 950 bytes (1,100 characters of text);
# with its number alone 900, with the second of its publication 1,670, as numbers lie far apart.
_PK_BITS = 30
AFTER_ALL = 1 << 62  # above the number of any entry
_TITLE_WEIGHT = 4.0  # of a word in the title, against one in the text
_STEPS_BETWEEN_LOOKS = 1_000  # of SQLite's machine, some 0.1 ms
# So many pages of the index are written anew in one commit: 0.1 s.
_PAGES_TOGETHER = 1_000
_PRIMARY_CODE = 0xFF
# FTS5 says "error" where a table of its own is missing or cannot be read as one.
_IS_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)


class OutOfTimeError(Exception):
    """The time that a search may take is over."""


def number_of(pk: int, published_unix: int) -> int:
    """Return the number under which an entry stands in the index: the newest have the greatest."""
    return (published_unix // _DAY_SECONDS) << _PK_BITS | pk


def pk_of(number: int) -> int:
    """Return the number of the entry itself."""
    return number & ((1 << _PK_BITS) - 1)


def day_of(number: int) -> int:
    """Return the day on which an entry was published, in days since 1970 (UTC)."""
    return number >> _PK_BITS


def first_of_day(day: int) -> int:
    """Return the least number of a day."""
    return day << _PK_BITS


def expression(query: SearchQuery, *, is_title: bool = False) -> str:
    """Return what is looked for as FTS5 writes it; ``is_title`` looks for it in titles alone."""
    wanted = " AND ".join(map(_any_of, query.wanted))
    whole = f"{{title}} : ({wanted})" if is_title else f"({wanted})"
    excluded = " OR ".join(map(_any_of, query.excluded))
    return f"{whole} NOT ({excluded})" if excluded else whole


def _any_of(term: SearchTerm) -> str:
    """Return a term as FTS5 writes it; in quotes nothing is syntax."""
    quoted = (one.replace('"', " ") for one in term.alternatives)
    return "(" + " OR ".join(f'"{one}"' for one in quoted) + ")"


def tables(connection: Connection) -> list[int]:
    """Return the numbers of the indexes there are: one, or more where one could not be dropped."""
    return sorted(int(number) for (number,) in connection.exec_driver_sql(_TABLES))


class SearchIndex:
    """One index, by its number, within one transaction; StoreError where it is damaged."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._driver: Any = connection.connection.driver_connection
        self._name = f"search_{number}"

    def make(self) -> None:
        """Make it, empty."""
        self._run(f"CREATE VIRTUAL TABLE {self._name} {_MAKE}")

    def drop(self) -> None:
        """Drop it, with all that it holds."""
        self._run(f"DROP TABLE {self._name}")

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Add texts that it has not: (number, title, text).

        In the order of the numbers, as FTS5 writes to the disk where one is less than the last.
        """
        statement = f"INSERT INTO {self._name} (rowid, title, text) VALUES (?, ?, ?)"  # noqa: S608
        self._run_each(statement, sorted(rows))

    def remove(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Forget texts as they were added. Their words stay on the disk until it is rewritten."""
        name = self._name
        self._run_each(
            f"INSERT INTO {name} ({name}, rowid, title, text) VALUES ('delete', ?, ?, ?)",  # noqa: S608
            sorted(rows),
        )

    def rewrite(self, *, is_begun: bool) -> bool:
        """Write a part of it anew, without what was removed; tell whether there is more to write.

        FTS5 documents: a negative number takes all that is written into one merge, the next go on
        with it, and one that writes fewer than two rows has ended it.
        """
        name, before = self._name, self._driver.total_changes
        pages = _PAGES_TOGETHER if is_begun else -_PAGES_TOGETHER
        self._run(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', {pages})")  # noqa: S608
        return not is_begun or self._driver.total_changes - before >= 2

    def newest(
        self, wanted: str, at_most: int, *, before: int = AFTER_ALL, first: int = 0
    ) -> list[int]:
        """Return the greatest numbers, from ``first`` and below ``before``, that match."""
        statement = (
            f"SELECT rowid FROM {self._name} WHERE {self._name} MATCH ? AND rowid >= ? "  # noqa: S608
            "AND rowid < ? ORDER BY rowid DESC LIMIT ?"
        )
        return [row[0] for row in self._run(statement, wanted, first, before, at_most)]

    def scores(self, wanted: str, first: int) -> dict[int, float]:
        """Return how well each entry matches, from a number on: BM25, where more is better."""
        statement = (
            f"SELECT rowid, -bm25({self._name}, {_TITLE_WEIGHT}, 1.0) FROM {self._name} "  # noqa: S608
            f"WHERE {self._name} MATCH ? AND rowid >= ?"
        )
        return dict(self._run(statement, wanted, first))

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Raise OutOfTimeError where what is asked within the block takes too long.

        ``deadline`` is a time of ``time.monotonic``.
        """
        self._driver.set_progress_handler(
            lambda: int(time.monotonic() > deadline), _STEPS_BETWEEN_LOOKS
        )
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise OutOfTimeError from error
        finally:
            self._driver.set_progress_handler(None, 0)

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _naming_damage():
            rows: list[tuple[Any, ...]] = self._driver.execute(statement, values).fetchall()
            return rows

    def _run_each(self, statement: str, rows: Sequence[tuple[int, str, str]]) -> None:
        with _naming_damage():
            self._driver.executemany(statement, rows).close()


@contextmanager
def _naming_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        if code not in _IS_DAMAGED:
            raise
        reason = sqlite.reason_of(error)
        raise StoreError(f"the index for searching failed: {reason}", is_damage=True) from error
