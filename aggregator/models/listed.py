"""A feed as it stands in a list of subscriptions, which readers write as OPML."""

from __future__ import annotations

from dataclasses import dataclass

# What our own attribute is called in, which has the name of an exported source: readers leave it
# out (OPML 2.0, "Extending OPML").
OPML_NAMESPACE = "urn:bengali-feed-aggregator:opml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """An outline of a list of subscriptions that is no folder.

    ``feed`` is the feed's address, empty where the outline names none. ``page`` is that of its
    site. ``folders`` are the names of those that it lies in, from the outside, then the categories
    that it names itself. ``name`` is the source's name in a list of our own. Lines count from 1.
    """

    title: str
    feed: str
    page: str = ""
    folders: tuple[str, ...] = ()
    name: str = ""
    line: int = 0
