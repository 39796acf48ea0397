"""The ``Link`` header (RFC 8288): which addresses a server names, and as what."""

from __future__ import annotations

import re
from collections.abc import Iterator

# The text behind an address reaches to the next one, so that each character is looked at once.
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';[ \t]*rel[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def links_of(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each address of a ``Link`` header as it stands there, with its relations.

    >>> list(links_of('<https://hub.example/>; rel="hub", </feed>; title="x"; rel=self'))
    [('https://hub.example/', frozenset({'hub'})), ('/feed', frozenset({'self'}))]
    """
    for url, parameters in _LINK.findall(header):
        if match := _REL.search(parameters):
            relations = match[1] if match[1] is not None else match[2]
            yield url.strip(), frozenset(relations.lower().split())
