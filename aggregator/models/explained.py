"""Why an entry is where it is: everything that is known of it, for a person to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models.entries import Alias, Entry
from aggregator.models.fetched import Quarantined
from aggregator.models.stories import StoryMember, Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an entry said until its words changed."""

    until: datetime
    title: str
    characters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Another entry that was found to be like one, and what came of it.

    ``verdict`` is the kind of tie, or nothing; ``vetoes`` say what is against it.
    """

    pk: int
    title: str
    source: str
    shared: int
    jaccard: float
    containment: float
    verdict: str
    vetoes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPlace:
    """Where a story stands in a published feed: its place, or why it is not there."""

    feed: str
    place: int | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that is known of one entry; ``entry`` is missing where it was purged."""

    member: StoryMember
    entry: Entry | None
    first_seen: datetime
    how: str
    related: tuple[str, ...]
    aliases: tuple[Alias, ...]
    nameless: tuple[Alias, ...]
    revisions: tuple[Revision, ...]
    story: tuple[StoryMember, ...]
    titles: dict[int, str]
    ties: tuple[Tie, ...]
    events: tuple[tuple[int, float], ...]
    compared: tuple[Comparison, ...]
    places: tuple[FeedPlace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found for a question: entries, and what of it was rejected or is held back."""

    entries: tuple[Explanation, ...]
    rejected: tuple[tuple[str, str], ...] = field(default=())
    held: Mapping[str, Quarantined] = field(default_factory=dict)
    further: int = 0
