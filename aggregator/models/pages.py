"""What every page for people shows besides its own: the site's name and the ways through it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed as pages lead to it: what people call it, and its name in the names of files."""

    title: str
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLink:
    """A source as pages lead to it.

    ``home_page`` is the front page of its site, ``feed`` the name of a feed of that source alone;
    either is empty where there is none.
    """

    title: str
    home_page: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The ways through the site, the same on every page, as the configuration alone decides them.

    ``topics`` are the feeds of one topic or category each, ``feeds`` all others; the first of all
    feeds is the one of the front page. ``has_search`` says that a server answers searches.
    """

    title: str = ""
    language: str = "bn"
    timezone: str = "Asia/Dhaka"
    front: str = ""
    feeds: tuple[FeedLink, ...] = ()
    topics: tuple[FeedLink, ...] = ()
    sources: tuple[SourceLink, ...] = ()
    has_search: bool = False


# Of what is rendered without pages around it.
NO_FRAME = Frame()
