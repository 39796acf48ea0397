"""What another configuration would change, before it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntryFate(StrEnum):
    """What becomes of an entry of a feed under another configuration."""

    APPEARS = "appears"
    GOES = "goes"
    MERGES = "merges"
    NEW_ID = "gets another id"
    RETOLD = "is told by another text"
    MOVES = "moves"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """What becomes of one entry: its places count from 1, ``None`` where it has none.

    ``other`` is the id of what it merges into, or that it gets. ``why`` says why it goes.
    """

    fate: EntryFate
    id: str
    title: str
    old_place: int | None = None
    new_place: int | None = None
    other: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A key whose value is another one, both as a person reads them."""

    key: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDiff:
    """What becomes of one published feed; ``old_entries`` and ``new_entries`` count them."""

    feed: str
    is_new: bool = False
    is_gone: bool = False
    settings: tuple[SettingChange, ...] = ()
    entries: tuple[EntryChange, ...] = ()
    old_entries: int = 0
    new_entries: int = 0

    @property
    def is_change(self) -> bool:
        """Tell whether anything of it would be another."""
        return bool(self.is_new or self.is_gone or self.settings or self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDiff:
    """What becomes of one source; ``keys`` are those that change, without their values."""

    source: str
    is_new: bool = False
    is_gone: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigDiff:
    """What becomes of everything: ``settings`` are of no feed and no source."""

    settings: tuple[SettingChange, ...]
    sources: tuple[SourceDiff, ...]
    feeds: tuple[FeedDiff, ...]

    @property
    def is_change(self) -> bool:
        """Tell whether anything would be another."""
        return bool(self.settings or self.sources or any(feed.is_change for feed in self.feeds))
