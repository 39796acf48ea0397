"""What the index for searching answers, in either database.

An entry stands in it under a number that begins with the day of its publication, so that the newest
come first without sorting. Texts come as the words by which they are found. Refuses to know what
else is stored. ``search_fts5`` is SQLite's, ``search_vectors`` is PostgreSQL's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from aggregator.models import IndexedWords, SearchQuery, SearchTerm

# What stands before a word to say where it stands: characters for private use, which no word has.
IN_TITLE, OFTEN = "\ue000", "\ue001"
# A text says a word often that has it three times, as a tenth of its words do.
_OFTEN_TIMES = 3
_DAY_SECONDS = 86_400
# With the day alone before the entry's number, an entry takes 950 bytes (1,100 characters of text);
# with its number alone 900, with the second of its publication 1,670, as numbers lie far apart.
_PK_BITS = 30
AFTER_ALL = 1 << 62  # above the number of any entry


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


def is_phrase(term: SearchTerm) -> bool:
    """Tell whether a term is of several words."""
    return any(" " in one for one in term.alternatives)


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How a database writes that a text has words: what joins them, and what stands around one.

    In quotes nothing is syntax, and no word has a quote.
    """

    both: str
    either: str
    but_not: str
    quote: str

    def expression(self, query: SearchQuery, *, is_title: bool = False) -> str:
        """Return what is looked for; ``is_title`` looks for it in titles alone.

        Of a phrase all words are looked for; whether they follow each other is to be seen in the
        text, so that one that is to be absent keeps nothing out.
        """
        mark = IN_TITLE if is_title else ""
        wanted = self.both.join(self._any_of(term, mark) for term in query.wanted)
        alone = (term for term in query.excluded if term.alternatives and not is_phrase(term))
        excluded = self.either.join(self._any_of(term, mark) for term in alone)
        return f"({wanted}){self.but_not}({excluded})" if excluded else f"({wanted})"

    def emphasis(self, term: SearchTerm) -> str:
        """Return that a text has a term in its title or says it often."""
        return f"({self._any_of(term, IN_TITLE)}{self.either}{self._any_of(term, OFTEN)})"

    def _any_of(self, term: SearchTerm, mark: str) -> str:
        quote = self.quote
        each = (
            self.both.join(f"{quote}{mark}{word}{quote}" for word in one.split(" "))
            for one in term.alternatives
        )
        return "(" + self.either.join(f"({one})" for one in each) + ")"


def words_of(text: IndexedWords) -> list[str]:
    """Return the words under which a text is found: once each, and as marked, the title's first."""
    marked = [IN_TITLE + word for word in dict.fromkeys(text.title)]
    times = Counter(text.text)
    often = [OFTEN + word for word, count in times.items() if count >= _OFTEN_TIMES]
    return [*marked, *dict.fromkeys((*text.title, *times)), *often]


class SearchIndex(Protocol):
    """One index, by its number, within one transaction; IndexDamageError where it is damaged."""

    @property
    def syntax(self) -> Syntax:
        """Return how what is looked for is written."""
        ...

    def make(self) -> None:
        """Make it, empty."""
        ...

    def drop(self) -> None:
        """Drop it, with all that it holds."""
        ...

    def add(self, texts: Sequence[IndexedWords]) -> None:
        """Add the words of texts that it has not."""
        ...

    def remove(self, texts: Sequence[IndexedWords]) -> None:
        """Forget the words of texts as they were added."""
        ...

    def known(self, words: Sequence[str]) -> set[str]:
        """Return which of these words some text has, or had before it changed."""
        ...

    def forget_words(self, after: str) -> str | None:
        """Forget which of the next words no text has; return the last, ``None`` behind the last."""
        ...

    def rewrite(self, *, is_begun: bool) -> bool:
        """Write a part of it anew, without what was removed; tell whether there is more."""
        ...

    def newest(
        self, wanted: str, at_most: int, *, before: int = AFTER_ALL, first: int = 0
    ) -> list[int]:
        """Return the greatest numbers, from ``first`` and below ``before``, that match."""
        ...

    def until(self, deadline: float) -> AbstractContextManager[None]:
        """Raise OutOfTimeError where what is asked within the block takes too long.

        ``deadline`` is a time of ``time.monotonic``.
        """
        ...
