"""Stories: the entries that carry one text, what ties them, and what of them a feed shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TieKind(StrEnum):
    """Why two entries are one story.

    They were seen under one ``address`` or with one ``text``, are a ``copy`` of each other, or
    carry one ``headline`` within days.
    """

    ADDRESS = "address"
    TEXT = "text"
    COPY = "copy"
    HEADLINE = "headline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Two entries, by the store's numbers, that are one story; the smaller number comes first."""

    a: int
    b: int
    kind: TieKind
    jaccard: float = 1.0
    containment: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryText:
    """An entry as far as telling which story it belongs to needs it.

    ``is_dated`` says that its source stated the time, ``is_known`` that it was joined before, with
    other words. A purged entry has no text; ``remains`` is
    what it is known again by, where it was purged by hand.
    """

    pk: int
    source: str
    story: int
    published: datetime
    is_dated: bool
    is_known: bool
    is_purged: bool
    content_key: str
    link: str
    title: str
    content_html: str
    remains: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Under whose id an entry was published in a feed first, at which of its publishings.

    Of the entry whose id it is, ``lead_pk`` is who told the story at the last publishing,
    ``lead_key`` what it said, and ``updated`` when that had last changed.
    """

    feed: str
    as_pk: int
    as_id: str
    since: int
    lead_pk: int | None = None
    lead_key: str = ""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """One entry of a story as far as choosing what a feed shows needs it.

    ``characters`` is the length of its text. ``is_linked`` says that it was asked what else tells
    of the same happening.
    """

    pk: int
    id: str
    story: int
    source: str
    language: str
    published: datetime
    updated: datetime
    position: int
    characters: int
    content_key: str
    is_purged: bool = False
    is_linked: bool = False
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A story as a feed shows it: under whose id and time, with whose text, and beside whom.

    ``absorbed`` are entries of other stories of the same happening that it is shown in place of.
    """

    pinned: StoryMember
    lead: StoryMember
    others: tuple[StoryMember, ...]
    updated: datetime
    absorbed: tuple[StoryMember, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Where else a story is told: of the same text, or of the same happening in other words."""

    link: str
    source: str
    is_same_text: bool
