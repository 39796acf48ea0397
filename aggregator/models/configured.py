"""What is configured: sources, feeds, the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a source is asked: its secrets, which no text shows, and its limits."""

    allow_private: bool = False
    timeout_seconds: float = 30.0
    max_bytes: int = 15_000_000
    spacing_seconds: float = 1.0
    discover: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing we ingest: a feed URL or the files that match a path pattern.

    ``fields`` are a dump's own names of the parts of a record: (part, name). The headlines of other
    stories on its pages are entries of their own where ``related_are_entries``. Of two sources that
    carry one text equally full, the one with the higher ``priority`` is shown.
    """

    name: str
    title: str
    feed: str | None = None
    dump: str | None = None
    every_seconds: int | None = None
    categories: tuple[str, ...] = ()
    timezone: str = "Asia/Dhaka"
    access: Access = Access()
    fields: tuple[tuple[str, str], ...] = ()
    related_are_entries: bool = False
    priority: int = 0


class EventDisplay(StrEnum):
    """What a feed does with stories of one happening: names them, shows one of them, or neither."""

    LINK = "link"
    MERGE = "merge"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """One feed that we publish: which entries it selects and what it is called."""

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    limit: int
    languages: tuple[str, ...]
    events: EventDisplay = EventDisplay.LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and as what the published folder is seen; ``url`` ends in a slash."""

    title: str
    url: str
    language: str
    timezone: str
    output: Path
    listen_host: str
    listen_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupeRules:
    """How entries become stories: ``joins`` where the same text is one, ``window`` within how long.

    Copies in real feeds were published up to 7 days apart (a print edition, a feed that dates
    anew). ``links`` says that stories of one happening are looked for, ``holds`` that a source of
    which nearly everything changes at once is held back.
    """

    joins: bool = True
    links: bool = True
    window: timedelta = timedelta(days=21)
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole, valid configuration; every path in it is absolute."""

    path: Path
    site: Site
    store_url: str
    sources: tuple[Source, ...]
    feeds: tuple[FeedSpec, ...]
    rules: DedupeRules = DedupeRules()
