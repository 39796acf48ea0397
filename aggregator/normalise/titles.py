"""A name glued onto the titles of a site: … - প্রথম আলো, … . [ সমকাল ], or a section's: …সম্পাদকীয়.

One title that ends so may mean it: headlines name speakers and parts of a series so (… - প্রধানমন্ত্রী,
… [ভিডিও]). A name is glued where every title of a document, of a host in it, or nearly every title
known of a source carries it; where the titles of a whole document have the form, each with a name
of its own; and in brackets, where it stands behind several. Readers see the source beside each
entry anyway. Refuses to know what a source is called: only the titles decide.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

# Fewer titles can share an ending by chance, as the parts of one series do.
_LEAST_TITLES = 5
# A document whose titles come from many papers has a name behind nearly each of them: nine in ten
# leave room for titles that were cut. Twenty titles are the least such a document was seen with.
_MERGED_SHARE = 0.9
_LEAST_MERGED = 20
# What stands between a title and a glued name, and how long a name may be: the longest in the
# shipped configuration has 20 characters.
_GLUED = re.compile(r"(?:\s+[-–—|:»]+\s+|\s*\.?\s*\[\s*)[^-–—|:»\[\]]{2,40}\]?\s*$")
_BRACKETED = re.compile(r"\s*\.?\s*\[\s*[^\[\]]{2,40}?\s*\]\s*$")
_DASHES = "-–—|»"  # most titles have none, and single searches are faster than a pattern
_DASHED = re.compile(r"\s+[-–—|»]+\s+[^-–—|:»\[\]]{2,40}$")
# What papers themselves put in brackets behind a headline.
_MARK = re.compile(
    "ভিডিও|ছবি|ফটো|অডিও|লাইভ|পর্ব|কিস্তি|গ্যালারি|কার্টুন|আপডেট|সরাসরি|[০-৯0-9]|video|photo|live|part", re.I
)
# The section of a title: glued onto its last word, or behind a separator.
_SECTION = re.compile(
    r"(?:(?<=[\u0981-\u09cd\u0985-\u09b9\u09bc\u09ce।?!])(?<!উপ)|\s+[-–—|»:]+\s*|\s*।\s*)"
    r"(?:সম্পাদকীয়|উপ-?সম্পাদকীয়)\s*$"
)
_SECTION_WORD = "সম্পাদকীয়"
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GluedNames:
    """The endings that are no part of a document's titles.

    ``endings`` are such endings as they stand; where ``has_any`` every ending of the form is one.
    """

    endings: frozenset[str] = frozenset()
    has_any: bool = False

    def stripped(self, title: str) -> str:
        """Return a title without the name glued onto it; one that is nothing else stays."""
        known = max(
            (end for end in self.endings if title.endswith(end.rstrip())), key=len, default=""
        )
        if self.has_any and not known:
            known = ending_of(title)
        short = title.removesuffix(known.rstrip()).rstrip() if known else title
        return short or title


NO_NAMES = GluedNames()


def without_section(title: str) -> str:
    """Return a title without the name of its section; one of a single word stays.

    >>> without_section("নদী বাঁচানোর সময় এখনইসম্পাদকীয়")
    'নদী বাঁচানোর সময় এখনই'
    >>> without_section("আজকের সম্পাদকীয়")
    'আজকের সম্পাদকীয়'
    """
    if _SECTION_WORD not in title:
        return title
    short = _SECTION.sub("", title)
    return short if len(short.split()) >= _LEAST_WORDS else title


def ending_of(title: str) -> str:
    """Return what a title ends with that could be a name glued onto it; empty if nothing could."""
    match = _BRACKETED.search(title) if "[" in title else None
    if match is None and any(dash in title for dash in _DASHES):
        match = _DASHED.search(title)
    return match.group() if match and match.start() else ""


def glued_name(titles: Sequence[str]) -> str:
    """Return the separator and name that all titles end with; the empty text where there is none.

    >>> glued_name([f"খবর {number} - আমার কাগজ" for number in range(5)])
    ' - আমার কাগজ'
    >>> glued_name(["একটি খবর - আমার কাগজ"] * 4)
    ''
    """
    if len(titles) < _LEAST_TITLES or len(set(titles)) < _LEAST_TITLES:
        return ""
    reversed_titles = [title.rstrip()[::-1] for title in titles]
    ending = os.path.commonprefix(reversed_titles)[::-1]  # noqa: RUF071 - characters are compared
    match = _GLUED.search(ending)
    if match is None or any(len(title.rstrip()) <= len(match.group()) for title in titles):
        return ""
    return match.group()


def glued_names(titles: Iterable[tuple[str, str]], known: Set[str] = frozenset()) -> GluedNames:
    """Find the names glued onto a document's titles; each title comes with its link's host.

    ``known`` holds the endings that nearly all earlier titles of the source had.
    """
    by_host: dict[str, list[str]] = {}
    distinct = dict.fromkeys(titles)
    for title, host in distinct:
        by_host.setdefault(host, []).append(title)
    every = [title for title, _ in distinct]
    names = {glued_name(every)}
    if len(by_host) > 1:
        names.update(glued_name(of_host) for of_host in by_host.values())
    endings = [ending for title in set(every) if (ending := ending_of(title))]
    counts = Counter(" ".join(ending.split()) for ending in endings)
    names |= {
        ending
        for ending, count in counts.items()
        if (count >= _LEAST_TITLES and ending.endswith("]") and not _MARK.search(ending))
        or ending in known
    }
    return GluedNames(endings=frozenset(names - {""}), has_any=_is_merged(counts, len(set(every))))


def _is_merged(counts: Counter[str], title_count: int) -> bool:
    """Tell whether a document's titles come from many papers, each with its paper's name."""
    if title_count < _LEAST_MERGED or counts.total() < _MERGED_SHARE * title_count:
        return False
    recurring = sum(count for count in counts.values() if count > 1)
    return len(counts) > 1 and recurring >= counts.total() / 2
