"""What a person looks for in everything that is stored, and what is found."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.entries import Entry

# How the words in the index for searching are made and kept. An index of another form is made anew,
# as the old words, by which a text is forgotten, could not be told again. The first part is a
# digest of what is indexed of some text; tests/test_search.py fails where it becomes another.
# Python's tables of Unicode are part of every key.
SEARCH_FORM = f"71064bf5 {unicodedata.unidata_version}"


class SearchOrder(StrEnum):
    """In which order stories that were found stand."""

    NEWEST = "newest"
    MATCH = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """One word in all its forms, or one phrase to the letter, as keys; ``text`` is as written.

    ``alternatives`` are the forms, of which results name those that occur in the store.
    """

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
    """Of which languages and sources entries are looked for; ``None`` is of all.

    ``only_titles`` looks for the words in titles alone, as for those that are to be absent.
    """

    languages: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    only_titles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry that has what is looked for, as the store found it; ``story`` is its story's."""

    pk: int
    story: int
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStories:
    """The first entry of each of the first stories that were found, in their order.

    ``count`` is how many stories were found, ``is_counted`` says that they are all; ``is_in_time``
    that the search was not cut off.
    """

    entries: tuple[FoundEntry, ...]
    count: int
    is_counted: bool
    is_in_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedText:
    """A text that is to be indexed or forgotten; ``number`` is its entry's in the index."""

    pk: int
    number: int
    title: str
    content_html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedWords:
    """The words by which a text is found, of its title and of the text itself, as often as said."""

    number: int
    title: tuple[str, ...]
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """A text and where it has what was looked for: (start, end) in code points, in their order.

    A mark is a whole word, with all its signs; no two overlap.
    """

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A story that was found: the entry that represents it, and its number.

    ``published`` is the time of the entry by which the story has its place among the others.
    ``title`` is the whole title, ``excerpt`` what stands around the first word of the text that was
    looked for, else its beginning. Another entry of the story may be the one that has the words.
    """

    story: int
    entry: Entry
    published: datetime
    title: MarkedText
    excerpt: MarkedText


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """A page of stories that were found.

    ``query`` is what was looked for, with those forms of each word that occur. ``count`` is how
    many stories were found, or, where ``is_counted`` is false, how many there are at least.
    ``has_more`` says that there are others behind the page; ``is_whole`` that everything stored was
    looked at, and not only what could be in the time there is or what is in the index by now.
    """

    query: SearchQuery
    hits: tuple[SearchHit, ...] = ()
    count: int = 0
    is_counted: bool = True
    has_more: bool = False
    is_whole: bool = True
