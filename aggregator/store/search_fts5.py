"""The index for searching in SQLite: FTS5 over the words of texts, which are not stored in it.

Knows FTS5: how a table of it is made, filled, asked and written anew. Beside it is a table of the
words there are.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection

from aggregator.errors import IndexDamageError
from aggregator.models import IndexedWords
from aggregator.store import faults
from aggregator.store.search_index import AFTER_ALL, OutOfTimeError, Syntax, words_of

# Contentless, as texts are stored once. FTS5 forgets a text of such a table where it is told its
# words again; ``contentless_delete`` needs SQLite 3.43, and Debian 12 has 3.40. Nothing is kept but
# which entries have a word: with the places of words an entry takes 1,010 bytes in place of 410.
# Without the sizes of texts (``columnsize=0``) it cannot be scanned, and no program dump the store.
# To ``ascii`` every other character is part of a word, so that a word here is one there.
_MAKE = "USING fts5(words, content='', detail=none, tokenize=\"ascii tokenchars '.,:/'\")"
_TABLES = (
    "SELECT CAST(substr(name, 8) AS INTEGER) FROM sqlite_master WHERE name GLOB 'search_[0-9]*' "
    "AND sql LIKE 'CREATE VIRTUAL TABLE%'"
)
# The words of which it is looked in one commit whether a text has them still: 0.1 s.
_WORDS_TOGETHER = 5_000
_STEPS_BETWEEN_LOOKS = 1_000  # of SQLite's machine, some 0.1 ms
# The pages of the index that are written anew in one commit: 0.1 s.
_PAGES_TOGETHER = 1_000
_PRIMARY_CODE = 0xFF


def tables(connection: Connection) -> list[int]:
    """Return the numbers of the indexes there are: one, or more where one could not be dropped."""
    return sorted(int(number) for (number,) in connection.exec_driver_sql(_TABLES))


class Fts5Index:
    """One index, by its number, within one transaction; IndexDamageError where it is damaged."""

    syntax = Syntax(both=" AND ", either=" OR ", but_not=" NOT ", quote='"')

    def __init__(self, connection: Connection, number: int) -> None:
        self._driver: Any = connection.connection.driver_connection
        self._number = number
        self._name = f"search_{number}"
        self._words = f"search_{number}_words"

    def make(self) -> None:
        """Make it, empty."""
        self._run(f"CREATE VIRTUAL TABLE {self._name} {_MAKE}")
        self._run(f"DROP TABLE IF EXISTS {self._words}")  # of one that was lost
        # FTS5 only tells which words there are by reading where each of them stands.
        self._run(f"CREATE TABLE {self._words} (word TEXT PRIMARY KEY) WITHOUT ROWID")

    def drop(self) -> None:
        """Drop it, with all that it holds."""
        self._run(f"DROP TABLE IF EXISTS {self._words}")
        self._run(f"DROP TABLE {self._name}")

    def add(self, texts: Sequence[IndexedWords]) -> None:
        """Add the words of texts that it has not.

        In the order of the numbers, as FTS5 writes to the disk where one is less than the last.
        """
        statement = f"INSERT INTO {self._name} (rowid, words) VALUES (?, ?)"  # noqa: S608
        self._run_each(statement, sorted(map(_row, texts)))
        words = {word for text in texts for some in (text.title, text.text) for word in some}
        # As one statement, as one for each word takes half as long again.
        statement = f"INSERT OR IGNORE INTO {self._words} (word) SELECT value FROM json_each(?)"  # noqa: S608
        self._run(statement, json.dumps(sorted(words), ensure_ascii=False))

    def remove(self, texts: Sequence[IndexedWords]) -> None:
        """Forget the words of texts as they were added.

        They stay on the disk until the index is rewritten and ``forget_words`` looked for them.
        """
        name = self._name
        statement = f"INSERT INTO {name} ({name}, rowid, words) VALUES ('delete', ?, ?)"  # noqa: S608
        self._run_each(statement, sorted(map(_row, texts)))

    def known(self, words: Sequence[str]) -> set[str]:
        """Return which of these words some text has, or had before it changed."""
        statement = (
            f"SELECT word FROM {self._words} "  # noqa: S608
            "WHERE word IN (SELECT value FROM json_each(?))"
        )
        return {row[0] for row in self._run(statement, json.dumps(words))}

    def forget_words(self, after: str) -> str | None:
        """Forget which of the next words no text has; return the last, ``None`` behind the last."""
        statement = f"SELECT word FROM {self._words} WHERE word > ? ORDER BY word LIMIT ?"  # noqa: S608
        words = [row[0] for row in self._run(statement, after, _WORDS_TOGETHER)]
        statement = (
            f"DELETE FROM {self._words} WHERE word = ? AND NOT EXISTS "  # noqa: S608
            f"(SELECT 1 FROM {self._name} WHERE {self._name} MATCH ?)"
        )
        self._run_each(statement, [(word, f'"{word}"') for word in words])
        return words[-1] if words else None

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
        with _naming_damage(self._number):
            rows: list[tuple[Any, ...]] = self._driver.execute(statement, values).fetchall()
            return rows

    def _run_each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with _naming_damage(self._number):
            self._driver.executemany(statement, rows).close()


def _row(text: IndexedWords) -> tuple[int, str]:
    """Return what FTS5 is told of a text: its number and its words."""
    return text.number, " ".join(words_of(text))


@contextmanager
def _naming_damage(number: int) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        # FTS5 says "error" where a table of its own is missing or cannot be read as one; what it
        # says may hold damaged bytes, which the driver cannot decode.
        is_damage = isinstance(error, UnicodeDecodeError) or faults.is_damage(error)
        if not is_damage and code != sqlite3.SQLITE_ERROR:
            raise
        reason = faults.reason_of(error)
        raise IndexDamageError(f"the index for searching failed: {reason}", number) from error
