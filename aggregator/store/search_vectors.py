"""The index for searching in PostgreSQL: a table of ``tsvector`` and a GIN index over it.

The words are lexemes as they come: no dictionary of PostgreSQL's knows Bengali. Each word that some
text has is a key of the GIN index, so that no table of words is needed beside it.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import IndexedWords
from aggregator.store.search_index import AFTER_ALL, OutOfTimeError, Syntax, words_of

_TABLES = (
    "SELECT CAST(substr(relname, 8) AS integer) FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = current_schema()::regnamespace AND relname ~ '^search_[0-9]+$'"
)
# PostgreSQL keeps no longer lexeme, and less than 1 MB of all of a text (its manual, 12.11).
# Of more it says nothing where they come as an array, and reads other words in place of the last.
_MOST_BYTES_OF_WORD, _MOST_BYTES_OF_TEXT = 2_046, (1 << 20) - 1
_CANCELLED = "57014"  # a statement that took longer than statement_timeout (its manual, appendix A)
_LEAST_MILLISECONDS = 1  # 0 is no limit


def tables(connection: Connection) -> list[int]:
    """Return the numbers of the indexes there are."""
    return sorted(int(number) for (number,) in connection.exec_driver_sql(_TABLES))


class VectorIndex:
    """One index, by its number, within one transaction (``SearchIndex``)."""

    syntax = Syntax(both=" & ", either=" | ", but_not=" & !", quote="'")

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection, self._name = connection, f"search_{number}"

    def make(self) -> None:
        """Make it, empty."""
        self._run(f"CREATE TABLE {self._name} (number bigint PRIMARY KEY, words tsvector NOT NULL)")
        self._run(f"CREATE INDEX {self._name}_words ON {self._name} USING gin (words)")

    def drop(self) -> None:
        """Drop it, with all that it holds."""
        self._run(f"DROP TABLE {self._name}")

    def add(self, texts: Sequence[IndexedWords]) -> None:
        """Add the words of texts that it has not."""
        if texts:
            rows = [(text.number, _lexemes(text)) for text in texts]
            self._connection.exec_driver_sql(
                f"INSERT INTO {self._name} VALUES (%s, array_to_tsvector(%s)) "  # noqa: S608
                "ON CONFLICT (number) DO UPDATE SET words = EXCLUDED.words",
                rows,
            )

    def remove(self, texts: Sequence[IndexedWords]) -> None:
        """Forget texts; VACUUM takes what they were from the disk."""
        numbers = [text.number for text in texts]
        self._run(f"DELETE FROM {self._name} WHERE number = ANY(%s)", numbers)  # noqa: S608

    def known(self, words: Sequence[str]) -> set[str]:
        """Return which of these words some text has."""
        query = "CAST('''' || word || '''' AS tsquery)"
        statement = (
            "SELECT word FROM unnest(%s::text[]) AS word WHERE EXISTS "  # noqa: S608
            f"(SELECT FROM {self._name} WHERE words @@ {query})"
        )
        return {row[0] for row in self._run(statement, list(words))}

    def forget_words(self, after: str) -> str | None:
        """Forget nothing: a word goes with the last text that has it."""
        return None

    def rewrite(self, *, is_begun: bool) -> bool:
        """Write nothing anew: that is autovacuum's."""
        return False

    def newest(
        self, wanted: str, at_most: int, *, before: int = AFTER_ALL, first: int = 0
    ) -> list[int]:
        """Return the greatest numbers, from ``first`` and below ``before``, that match."""
        statement = (
            f"SELECT number FROM {self._name} WHERE words @@ CAST(%s AS tsquery) "  # noqa: S608
            "AND number >= %s AND number < %s ORDER BY number DESC LIMIT %s"
        )
        return [row[0] for row in self._run(statement, wanted, first, before, at_most)]

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Raise OutOfTimeError where a statement within the block takes too long.

        A savepoint, as the rest of the transaction goes on.
        """
        milliseconds = max(_LEAST_MILLISECONDS, int((deadline - time.monotonic()) * 1000))
        try:
            with self._connection.begin_nested():
                self._connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
                yield
                self._connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _CANCELLED:
                raise
            raise OutOfTimeError from error

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        result = self._connection.exec_driver_sql(statement, values)
        return [tuple(row) for row in result] if result.returns_rows else []


def _lexemes(text: IndexedWords) -> list[str]:
    """Return a text's words, less what is no word that anybody looks for.

    Of a text with more words than PostgreSQL keeps, the first.
    """
    words = [word for word in words_of(text) if len(word.encode()) <= _MOST_BYTES_OF_WORD]
    so_far = accumulate(len(word.encode()) for word in words)
    return words[: bisect_right(list(so_far), _MOST_BYTES_OF_TEXT)]
