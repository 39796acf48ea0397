"""What a person looks for in everything that is stored, and what is found."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.entries import Entry

# How the words in the index for searching are made: the first number is raised where the key of a
# text, or its text without markup, becomes another. An index of another form is made anew, as the
# old words, by which a text is forgotten, could not be told again. Python's tables of Unicode are
# part of every key.
SEARCH_FORM = f"1 {unicodedata.unidata_version}"


class SearchOrder(StrEnum):
    """In which order stories that were found stand."""

    NEWEST = "newest"
    MATCH = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """One word in all its forms, or one phrase to the letter, as keys; ``text`` is as written."""

    text: str
    alternatives: tuple[str, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What a text is to have, all of it, and none of ``excluded``.

    ``left_out`` counts the words of the question that are not looked for, as it has too many.
    """

    wanted: tuple[SearchTerm, ...] = ()
    excluded: tuple[SearchTerm, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchScope:
    """Of which languages and sources entries are looked for; ``None`` is of all."""

    languages: frozenset[str] | None = None
    sources: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry that has what is looked for, as the store found it; ``story`` is its story's."""

    pk: int
    story: int
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A story that was found: the entry that represents it, and its number.

    ``published`` is the time of the entry by which the story has its place among the others.
    """

    story: int
    entry: Entry
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """A page of stories that were found.

    ``has_more`` says that there are others behind it; ``is_whole`` that everything stored was
    looked at, and not only what could be in the time there is or what is in the index by now.
    """

    query: SearchQuery
    hits: tuple[SearchHit, ...] = ()
    has_more: bool = False
    is_whole: bool = True
