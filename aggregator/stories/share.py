"""One source's share of a feed: whose stories come first in being chosen for a page.

A site that sends thousands of entries at once would take every place of a feed, and its readers
would see nothing else. So a page is filled with the newest stories of which no source has more than
its share; only where these are too few, the rest of the page is filled with the newest others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

from aggregator.models import FeedSpec, Presentation

# 0.29 of 100 are 28.999… in binary.
_ROUNDING = 1e-9


def most_of_a_source(feed: FeedSpec) -> int:
    """Return how many of a feed's stories one source may tell before the others had their turn."""
    return max(1, int(feed.limit * feed.per_source + _ROUNDING))


def above_their_share(stories: Sequence[Presentation], feed: FeedSpec) -> Set[str]:
    """Return the sources that tell more of a feed's newest stories than their share.

    ``stories`` are in the feed's order. A source is that of the entry which represents a story.
    """
    told = Counter(story.representative.source for story in stories[: feed.limit])
    return {source for source, count in told.items() if count > most_of_a_source(feed)}


def has_its_share(source: str, shown: Sequence[Presentation], feed: FeedSpec) -> bool:
    """Tell whether a source tells as many of the stories that a feed shows as its share is."""
    told = sum(story.representative.source == source for story in shown)
    return feed.per_source < 1 and told >= most_of_a_source(feed)


def choose(stories: Sequence[Presentation], feed: FeedSpec) -> list[Presentation]:
    """Choose the stories of a page from the feed's stories in their order, and keep that order."""
    told: Counter[str] = Counter()
    within: list[int] = []
    beyond: list[int] = []
    for index, story in enumerate(stories):
        source = story.representative.source
        told[source] += 1
        (within if told[source] <= most_of_a_source(feed) else beyond).append(index)
    return [stories[index] for index in sorted((within + beyond)[: feed.limit])]
