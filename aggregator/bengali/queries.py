"""A person's question → what is looked for: words in all their forms, phrases, words to be absent.

Knows how a question is written: ``বন্দর মাশুল`` are two words that a text has both, ``"বন্দর মাশুল"``
is a phrase to the letter, ``-মাশুল`` a word that it has not. Any text is a question; of what has no
letter or digit nothing is looked for. Refuses to know where is looked.
"""

from __future__ import annotations

import re

from aggregator.bengali.inflections import forms
from aggregator.bengali.text import key, words
from aggregator.models import SearchQuery, SearchTerm

# The rest of a question is not read: nobody types as much, and each word of it takes time.
_MOST_CHARACTERS = 1_000
# This number takes 16 ms where 100,000 entries are looked through (p95), or 25 by match.
_MOST_TERMS = 8
_QUOTES = '"“”„‟«»'
_PART = re.compile(
    f"(?P<minus>-?)(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\\s{_QUOTES}]+))"
)
_SEPARATOR = re.compile("[.,:/]")  # within a number, as ``words`` has them
_SEPARATED = re.compile("[0-9][.,:/][0-9]")
_BETWEEN = "[^0-9A-Za-z\u0980-\u09f1]*"  # what ``words`` has never within a word


def search_query(question: str) -> SearchQuery:
    """Return what a question looks for; the first words of it, where they are too many.

    >>> query = search_query("বন্দরের মাশুল -ট্রাক")
    >>> [term.text for term in query.wanted], [term.text for term in query.excluded]
    (['বন্দরের', 'মাশুল'], ['ট্রাক'])
    >>> search_query('AND * " ( NEAR').wanted[1].alternatives
    ('near',)
    """
    wanted: dict[tuple[str, ...], SearchTerm] = {}
    excluded: dict[tuple[str, ...], SearchTerm] = {}
    left_out = 0
    for part in _PART.finditer(question[:_MOST_CHARACTERS]):
        terms = excluded if part["minus"] else wanted
        for term in _terms(part["word"], part["phrase"], is_excluded=bool(part["minus"])):
            if term.alternatives in terms:
                continue
            if len(wanted) + len(excluded) < _MOST_TERMS:
                terms[term.alternatives] = term
            else:
                left_out += 1
    return SearchQuery(
        wanted=tuple(wanted.values()), excluded=tuple(excluded.values()), left_out=left_out
    )


def searched_words(keyed: str) -> list[str]:
    """Return the words by which a text is found, of its key: each, then the parts of its numbers.

    >>> searched_words(key("১২/৫/২০২৬ তারিখে"))
    ['12/5/2026', 'তারিখে', '12', '5', '2026']
    """
    found = words(keyed)
    if _SEPARATED.search(keyed) is None:
        return found
    return found + [part for word in found if len(parts := _parts(word)) > 1 for part in parts]


def _parts(word: str) -> list[str]:
    """Return the numbers that a word consists of; itself, where it is no number with separators."""
    return _SEPARATOR.split(word) if word[0].isascii() else [word]


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern that the key of each text has which has a phrase; some others have it, too.

    It takes a tenth of the time of dividing a text into words.
    """
    return re.compile(_BETWEEN.join(map(re.escape, phrase.split(" "))))


def _terms(word: str | None, phrase: str | None, *, is_excluded: bool) -> list[SearchTerm]:
    """Return what a part of a question looks for.

    What is joined by other signs, as বিএনপি-জামায়াত, is several words; where it is to be absent, it
    is a phrase, as a text that has one of them is not meant.
    """
    if word is not None:
        parts = words(key(word))
        if len(parts) == 1 or not is_excluded:
            return [SearchTerm(text=one, alternatives=forms(one), is_exact=False) for one in parts]
    parts = words(key(word or phrase or ""))
    if not parts:
        return []
    text = " ".join(parts)
    return [SearchTerm(text=text, alternatives=(text,), is_exact=True)]
