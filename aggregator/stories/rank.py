"""What most papers report: which sources are one paper, and where a story stands by its papers.

A story stands as if it had been published some hours later for each time that its papers double:
with twice as many papers it is level with one that is so much younger. So the order of two stories
never changes with the time of day, only with their papers: it is the logarithm of the papers with
an exponential decay of their age, as Reddit's "hot" is (log10 of the votes + seconds / 45,000),
without a clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from aggregator.bengali.text import key
from aggregator.models import Source
from aggregator.stories.cluster import Clusters

# Three doublings are a day: so long what eight papers report stands before what one reports later.
# With 3.8 hours, as Reddit has, it would be eleven hours, and the morning's news be gone at night;
# with 16 it would be two days, and yesterday's stand before today's.
DOUBLING = timedelta(hours=8)
# The stories of two days compete: with 64 papers, more than are shipped, a story would stand before
# new ones for as long.
SPAN = timedelta(days=2)


def paper_of_each(sources: Sequence[Source]) -> dict[str, str]:
    """Return the paper of each source by its name: of one title, or one host, they are one paper.

    A paper is named by the first of its sources. The host of a feed counts where it has a name, as
    an address by number may serve many papers; ``www.`` before it does not.
    """
    papers = Clusters()
    first: dict[tuple[str, str], int] = {}
    for index, source in enumerate(sources):
        for mark in _marks(source):
            papers.join(first.setdefault(mark, index), index)
    return {source.name: sources[papers.root(index)].name for index, source in enumerate(sources)}


def _marks(source: Source) -> list[tuple[str, str]]:
    """Return what a source has in common with others of its paper: its title and its host."""
    host = (urlsplit(source.address).hostname or "").removeprefix("www.")
    return [("title", key(source.title)), *([("host", host)] if _is_name(host) else [])]


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host
    return False


def papers_of(sources: Sequence[str], paper_of: Mapping[str, str]) -> tuple[str, ...]:
    """Return the papers of sources, each once, in order; former sources have none."""
    return tuple(sorted({paper_of[source] for source in sources if source in paper_of}))


def placed_at(published: datetime, papers: int) -> datetime:
    """Return the time at which a story stands that so many papers report, in whole seconds.

    >>> placed_at(datetime(2026, 11, 24, 6), 4).isoformat()
    '2026-11-24T22:00:00'
    """
    seconds = DOUBLING.total_seconds() * math.log2(max(papers, 1))
    return published + timedelta(seconds=round(seconds))
