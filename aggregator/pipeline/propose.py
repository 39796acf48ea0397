"""What a source could be called: a name, a title and categories to propose, pure.

A name becomes part of permanent ids and of addresses, so it is short, ASCII, and not taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from ipaddress import ip_address
from itertools import chain, count
from pathlib import PurePath
from urllib.parse import urlsplit

from aggregator.bengali.text import display, key
from aggregator.markup import title_text
from aggregator.printable import printable

# A name as the configuration takes it (config/values.py).
_MOST_CHARACTERS = 64
_NO_NAME = re.compile("[^a-z0-9]+")
# First labels of hosts, and last segments of paths, that say nothing of a paper.
_HOST_PREFIXES = frozenset(("www", "www2", "m", "mobile", "rss", "feed", "feeds", "news"))
_FEED_SEGMENTS = frozenset(
    ("rss", "feed", "feeds", "atom", "index", "rss2", "rdf", "xml", "json", "default", "php")
)
# Second-level labels under which countries give out names: com.bd, net.bd, co.in, gov.bd.
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "info", "mil", "net", "org"))
_COUNTRY_CHARACTERS = 2
# The titles of the shipped configuration have up to 22; what is longer is a slogan behind a name.
_MOST_TITLE_CHARACTERS = 60
# A paper of one subject files nearly all under it; what fewer entries have is one section of many.
_LEAST_SHARE = 0.5


def name_for(place: str, taken: Container[str]) -> str:
    """Return a name for an address or a path that is not taken.

    >>> name_for("https://www.kagoj.com.bd/feed/", set())
    'kagoj'
    >>> name_for("https://bangla.khobor.example/khela/rss.xml", {"khobor"})
    'khobor-khela'
    >>> name_for("http://127.0.0.1:8000/feed", set()), name_for("archive/খবর", set())
    ('site', 'archive')
    """
    if "://" in place:
        words = _words_of_address(place) or ["site"]
    else:
        words = _words_of_path(place) or ["dump"]
    by_words = (_cut("-".join(words[:length])) for length in range(1, len(words) + 1))
    by_number = (f"{_cut(words[0])}-{number}" for number in count(2))
    return next(name for name in chain(by_words, by_number) if name not in taken)


def _cut(name: str) -> str:
    """Return a name with room for a number behind it."""
    return name[: _MOST_CHARACTERS - 4].strip("-")


def _words_of_address(address: str) -> list[str]:
    """Return the label of a host that says whose it is, then what its path says."""
    parts = urlsplit(address)
    segments = [_word(PurePath(part).stem) for part in parts.path.split("/")]
    told = [part for part in segments if part and part not in _FEED_SEGMENTS]
    host = (parts.hostname or "").rstrip(".")
    try:
        ip_address(host)
    except ValueError:
        labels = [label for label in host.split(".") if label]
    else:
        return told
    if len(labels) > 1:
        last = labels.pop()
        if len(last) == _COUNTRY_CHARACTERS and len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
            labels.pop()
    while len(labels) > 1 and labels[0] in _HOST_PREFIXES:
        labels.pop(0)
    # An international name in Punycode says nothing to a person.
    own = [
        word
        for label in reversed(labels)
        if not label.startswith("xn--") and (word := _word(label))
    ]
    return [*own[:1], *told]


def _words_of_path(path: str) -> list[str]:
    """Return the folders of a path, the innermost first, but for wildcards."""
    parts = [_word(PurePath(part).stem) for part in PurePath(path).parts if "*" not in part]
    return [part for part in reversed(parts) if part]


def _word(text: str) -> str:
    return _NO_NAME.sub("-", text.lower()).strip("-")


def title_for(said: str, place: str) -> str:
    """Return a title: what a source calls itself, or else whose address or folder it is.

    >>> title_for("  আমার কাগজ &amp; খবর ", "https://kagoj.example/rss")
    'আমার কাগজ & খবর'
    >>> title_for("", "https://kagoj.example/rss"), title_for("", "archive/old")
    ('kagoj.example', 'old')
    """
    title = " ".join(printable(display(title_text(said)[0])).split()) if said else ""
    if title and len(title) <= _MOST_TITLE_CHARACTERS:
        return title
    if title:
        return title[:_MOST_TITLE_CHARACTERS].rsplit(" ", 1)[0]
    if "://" in place:
        return (urlsplit(place).hostname or place).removeprefix("www.")
    return PurePath(place.rstrip("/*")).name or place


def categories_for(sent: Sequence[Sequence[str]], known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the category of a source: a known one that half of its entries have, or none.

    ``sent`` are the categories of each entry, ``known`` has those that mean something here by their
    keys. Others, as *Featured*, would make a feed of their own where feeds are split by category.
    """
    meant = (
        dict.fromkeys(known[folded] for name in names if (folded := key(name)) in known)
        for names in sent
    )
    counts = Counter(name for names in meant for name in names)
    of_half = [name for name, number in counts.most_common() if number >= _LEAST_SHARE * len(sent)]
    return tuple(of_half[:1])
