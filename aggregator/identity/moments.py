"""Entries that keep nothing but their words and their time, or their number and their time.

Some sources give an entry another id and another address at every fetch (Google News), others put
the headline into the address and change it with every retitling (``/article/268301/<headline>``).
What stays is when the entry was published: with equal words, or with the number in the address, it
names one entry of its source, however short the text is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from aggregator import urls
from aggregator.models import DateHow, Draft, KnownEntry

# A number of four digits or more that stands before the last part of a path: shorter ones number
# sections and pages (/page/2/<headline>). Years are told apart below.
_NUMBERED = re.compile("^(https?://[^/]+/(?:[^/?#]+/)*([0-9]{4,}))/[^/?#]+$")
_YEAR = re.compile("(?:19|20)[0-9]{2}")


def has_moment(draft: Draft) -> bool:
    """Tell whether a draft's source stated when it was published; only then its time names it."""
    return (
        draft.published is not None
        and draft.date_how is DateHow.STATED
        and not draft.file_keys  # records of a dump are known by their file and their beginning
    )


def numbered_address(link: str) -> str:
    """Return an address up to the number before its last part; empty where it has none.

    >>> numbered_address("https://example.org/news/article/268301/notun-setu")
    'https://example.org/news/article/268301'
    >>> numbered_address("https://example.org/2026/notun-setu")
    ''
    """
    match = _NUMBERED.match(urls.canonical(link)) if link else None
    return match[1] if match and not _YEAR.fullmatch(match[2]) else ""


def same_words(draft: Draft, entries: Iterable[KnownEntry]) -> KnownEntry | None:
    """Return which of a source's entries of the draft's time has its headline and words."""
    return next((entry for entry in entries if draft.has_words_of(entry.content_key)), None)


def same_number(draft: Draft, entries: Collection[KnownEntry]) -> KnownEntry | None:
    """Return which of a source's entries of the draft's time has its number in the address."""
    address = numbered_address(draft.link) if entries else ""
    if not address:
        return None
    return next((entry for entry in entries if numbered_address(entry.link) == address), None)
