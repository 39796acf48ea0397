"""Why an entry stands where it does: everything that is known of it, for a person to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models.entries import Alias, Entry
from aggregator.models.fetched import Quarantined
from aggregator.models.full_texts import FullText
from aggregator.models.stories import StoryMember, Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an entry said until its words changed; ``characters`` is the length of its text."""

    until: datetime
    title: str
    characters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Another entry that an entry was compared with, and the verdict.

    ``shared_minima`` counts what the lookup found in common. ``verdict`` is the kind of tie, empty
    where there is none; ``vetoes`` keep the two apart.
    """

    pk: int
    title: str
    source: str
    shared_minima: int
    jaccard: float
    containment: float
    verdict: str
    vetoes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPosition:
    """Where a story stands in a published feed, counted from 1, or why it is not there."""

    feed: str
    position: int | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that is known of one entry; ``entry`` is ``None`` where it was purged.

    ``aliases`` name the entry; ``ambiguous`` are those that its source gave to several entries.
    ``titles`` are those of the other entries that are named here, by number. ``events`` are (number
    of an entry of the same event, score). ``page`` is the name of the file of its own page, if it
    has one. ``full_text`` is what became of the page that it links to, if that was ever wanted.
    """

    member: StoryMember
    entry: Entry | None
    first_seen: datetime
    date_how: str
    related: tuple[str, ...]
    aliases: tuple[Alias, ...]
    ambiguous: tuple[Alias, ...]
    revisions: tuple[Revision, ...]
    story: tuple[StoryMember, ...]
    titles: dict[int, str]
    ties: tuple[Tie, ...]
    events: tuple[tuple[int, float], ...]
    comparisons: tuple[Comparison, ...]
    positions: tuple[FeedPosition, ...]
    page: str = ""
    full_text: FullText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question found: entries, what was rejected (source, reason), what is quarantined.

    ``further`` counts entries that were found and are not explained, as they are too many.
    """

    entries: tuple[Explanation, ...]
    rejected: tuple[tuple[str, str], ...] = field(default=())
    quarantined: Mapping[str, Quarantined] = field(default_factory=dict)
    further: int = 0
