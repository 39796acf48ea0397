"""Names proposed for new sources: a person keeps or changes them, before the first poll.

A name never changes afterwards, as ids are made of it. What is proposed is valid, unique, and as
short as a title or a host is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection
from urllib.parse import urlsplit

from aggregator.bengali.romanised import slug

# Half of the longest that a name may be: it becomes part of addresses.
_LONGEST = 32
# A letter becomes at most four in a name, and what is behind that is cut in any case.
_READ = 200
# Of the texts that are named by a hash alone, no name is proposed.
_LETTER = re.compile("[A-Za-z0-9\u0985-\u09b9\u09e6-\u09ef]")
# What lists and feeds are called that have no title of their own, and what stands beside a name.
# Digits are taken at once (++): taken apart in every way, thirty of them would take minutes.
_SAYS_NOTHING = re.compile(
    "(?:(?:all|atom|channel|feeds?|fetchrss|home|index|khobor|latest|main|news|of|page|recent|rss|"
    "search|songbad|sorboshesh|sources|the|top|untitled|xml|[0-9]++)-?)*"
)
# Between the name of a paper and what its feed is called: "bdnews24.com - Home".
_APART = re.compile(r"\s[-|»:\u2013\u2014\u00b7]+\s|[|»]")
# Labels of a host that name no site: where its feeds are served, and what comes at its end.
_OF_SERVERS = frozenset("www m rss feed feeds feeds2 news amp api".split())
_OF_COUNTRIES = frozenset("com co net org gov edu ac info".split())


def proposed_name(title: str, address: str, taken: Collection[str]) -> str:
    """Return a valid name that is not taken, of a title or else of an address's host.

    >>> proposed_name("প্রথম আলো | সব খবর", "https://feeds.example.com/rss", ["prothom-alo"])
    'prothom-alo-2'
    >>> proposed_name("Feed 12", "https://www.kagoj.com.bd/rss.xml", [])
    'kagoj'
    """
    parts = map(_short, _APART.split(title))
    telling = (part for part in parts if not _SAYS_NOTHING.fullmatch(part))
    base = next(telling, "") or _short(_site(address)) or "source"
    return base if base not in taken else f"{base}-{_free_number(base, taken)}"


def _free_number(base: str, taken: Collection[str]) -> int:
    """Return a number that makes a name free, the least where all before it are taken.

    Not by trying each: a list may have thirty thousand feeds of one title.
    """
    end = 2
    while f"{base}-{end}" in taken:
        end *= 2
    numbers = range(max(end // 2, 2), end + 1)
    return numbers[bisect_left(numbers, True, key=lambda n: f"{base}-{n}" not in taken)]


def _short(text: str) -> str:
    """Return a text as a name, of whole words; nothing where it has no letter that a name has."""
    if not _LETTER.search(text):
        return ""
    name = slug(text[:_READ], _READ)
    if len(name) <= _LONGEST:
        return name
    return name[: name.rfind("-", 0, _LONGEST) if "-" in name[:_LONGEST] else _LONGEST]


def _site(address: str) -> str:
    """Return what names a site in the host of an address: nothing where it has no host."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    if not labels[-1].isalpha():  # an IP address, or a name that is none
        return host
    known = [label for label in labels[:-1] if label not in _OF_SERVERS | _OF_COUNTRIES]
    return known[-1] if known else host
