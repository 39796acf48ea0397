"""How big a happening is now: which papers report it, how much each counts, and how fresh that is.

A report counts half as much with every eight hours of its age, and a happening is as big as its
papers' first reports together. That is forward decay (Cormode and others, ICDE 2009): a report at a
time t counts w · 2^(t / 8 h), whenever one looks. So two happenings keep their order until one of
them gains a paper, and nothing of the time of day is in a published byte. The size is told as a
time: when one paper alone would have to report to be as big. For n papers at one time that is
8 h · log2 n later, as in Reddit's "hot" (log10 of the votes + seconds / 45,000).

A paper counts once, however often it reports: else who writes of one thing all day would make it
the day's news. It counts by its first report, and a happening that more papers take up is fresher.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
# A paper counts twice as much with 100 more priority, the most that a source can have. It is
# given for other ends, too (whose words are shown), so it moves a story by eight hours at most.
PRIORITY_OF_TWO = 100
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One entry that tells of a happening: of which source, and when it was published."""

    source: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReport:
    """A paper's first report of a happening, and how much it counts: one of priority 0 is 1.0."""

    published: datetime
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What papers report of one event: by paper, and how many entries since when and until when."""

    papers: Mapping[str, PaperReport]
    reports: int
    first: datetime
    latest: datetime

    @property
    def placed(self) -> datetime:
        """Return the time that says how big this is; some paper that is configured reports it."""
        return placed_at(self.papers.values())

    def placed_as(self, paper: str, published: datetime) -> datetime:
        """Return the time that says how big this is where a story of a paper stands for it.

        That paper counts as if it had first reported when the story was published, so that a story
        that is told alone stands at its own time.
        """
        weight = self.papers[paper].weight if paper in self.papers else 1.0
        own = PaperReport(published=published, weight=weight)
        return placed_at({**self.papers, paper: own}.values())


def happening_of(
    reports: Sequence[Report], paper_of: Mapping[str, str], priority_of: Mapping[str, int]
) -> Happening:
    """Return a happening of its reports, of which there is one at least.

    Former sources are no paper's. A paper counts by the source of highest priority that reports it.
    """
    papers: dict[str, PaperReport] = {}
    for report in sorted(reports, key=lambda report: (report.published, report.source)):
        if paper := paper_of.get(report.source):
            weight = 2 ** (priority_of.get(report.source, 0) / PRIORITY_OF_TWO)
            known = papers.get(paper)
            papers[paper] = PaperReport(
                published=known.published if known else report.published,
                weight=max(weight, known.weight) if known else weight,
            )
    times = [report.published for report in reports]
    return Happening(
        papers=dict(sorted(papers.items())),
        reports=len(reports),
        first=min(times),
        latest=max(times),
    )


def placed_at(reports: Iterable[PaperReport]) -> datetime:
    """Return when one paper alone would have to report to be as big as these, in whole seconds.

    >>> six, seven = datetime(2026, 11, 24, 6), datetime(2026, 11, 24, 7)
    >>> placed_at([PaperReport(published=six, weight=1.0)] * 4).isoformat()
    '2026-11-24T22:00:00'
    >>> placed_at(PaperReport(published=hour, weight=1.0) for hour in (six, seven)).isoformat()
    '2026-11-24T14:30:39'
    """
    counted = list(reports)
    latest = max(report.published for report in counted)
    size = math.fsum(
        report.weight * 2 ** ((report.published - latest) / DOUBLING) for report in counted
    )
    return latest + timedelta(seconds=round(DOUBLING.total_seconds() * math.log2(size)))
