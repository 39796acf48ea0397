"""What a feed may choose of its sources' stories, how it orders and shows them, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class FeedOrder(StrEnum):
    """In which order a feed shows its stories: the newest first, or what most papers report."""

    NEWEST = "newest"
    TOP = "top"


class MatchIn(StrEnum):
    """Where words of ``include`` and ``exclude`` are looked for: in titles, or in all texts."""

    TITLE = "title"
    ALL = "all"


class ContentShown(StrEnum):
    """How much of an entry's text a feed carries: all of it, or its summary."""

    FULL = "full"
    SUMMARY = "summary"


class SplitBy(StrEnum):
    """By what one ``[[feed]]`` is split into several feeds."""

    CATEGORY = "category"
    SOURCE = "source"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a story is about, with the categories by which papers say so.

    ``slug`` is its name in the names of files. ``synonyms`` are as people write them; they are
    compared by their keys.
    """

    name: str
    slug: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPart:
    """Which of the stories of a feed that was split are one part's: each story is in one part.

    ``by`` is what the feed was split by; it decides nothing that the rest does not, so it is not in
    the texts by which selections are told apart. ``label`` is what people call it. By topic: the
    stories whose main topic among ``topics``, those of all parts, is ``topic``; where that is
    empty, those of none. Else: the stories that a source of the part told first among ``sources``,
    those of all parts.
    """

    by: SplitBy = field(repr=False)
    label: str
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    topic: str = ""
