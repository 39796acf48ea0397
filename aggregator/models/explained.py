"""Why an entry stands where it does: everything that is known of it, for a person to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models.entries import Alias, Entry
from aggregator.models.fetched import Quarantined
from aggregator.models.stories import Relation, StoryMember, Tie


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
class EventComparison:
    """An entry of another story that is near an entry in its words, and what was decided of both.

    ``relation`` is ``None`` where they have nothing to do with each other; ``vetoes`` keep them
    apart. ``is_of_event`` says whether its story is of the event of the entry's.
    """

    pk: int
    title: str
    source: str
    cosine: float
    relation: Relation | None
    vetoes: tuple[str, ...]
    is_of_event: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedEvent:
    """The event of an entry: which papers report it, in how many entries, since and until when.

    ``placed`` is the time that says how big it is, ``None`` where no paper that is configured
    reports it. ``medoid`` is an entry of the story that is most like all others.
    """

    papers: tuple[str, ...]
    entries: int
    first: datetime
    latest: datetime
    placed: datetime | None
    medoid: int
    compared: tuple[EventComparison, ...]


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
    ``titles`` are those of the other entries of its story, by number. ``event`` is ``None`` where
    none is looked for. ``page`` is the name of the file of its own page, if it has one.
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
    event: ExplainedEvent | None
    comparisons: tuple[Comparison, ...]
    positions: tuple[FeedPosition, ...]
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question found: entries, what was rejected (source, reason), what is quarantined.

    ``further`` counts entries that were found and are not explained, as they are too many.
    """

    entries: tuple[Explanation, ...]
    rejected: tuple[tuple[str, str], ...] = field(default=())
    quarantined: Mapping[str, Quarantined] = field(default_factory=dict)
    further: int = 0
