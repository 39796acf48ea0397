"""A publisher's name glued onto every title of a source: … - প্রথম আলো, … . [ সমকাল ].

One title that ends so may mean it. Where every entry of a document carries the same ending it is
the source's own, and readers see the source beside each entry anyway. Refuses to know what a
source is called: only the titles decide.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

# Fewer titles can share an ending by chance, as the parts of one series do.
_LEAST_TITLES = 5
# What stands between a title and a glued name, and how long a name may be: the longest in the
# shipped configuration has 20 characters.
_GLUED = re.compile(r"(?:\s+[-–—|:»]+\s+|\s*\.?\s*\[\s*)[^-–—|:»\[\]]{2,40}\]?\s*$")


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
