"""What a place would bring if it were a source: what it announces, holds, and lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.configured import NewSource
from aggregator.models.dates import DateHow
from aggregator.models.fetched import Rejected
from aggregator.models.stories import TieKind


class FoundKind(StrEnum):
    """What a page leads to that could be a source, the likeliest to be meant first.

    A ``feed`` that it announces; the news ``sitemap`` of its site; the ``page`` itself, where
    headlines recur on it; or a feed of its readers' ``comments``.
    """

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSource:
    """Something that a page leads to and that could be a source.

    ``title`` is what the page calls it, ``reason`` why it could be one, in words for a person.
    """

    kind: FoundKind
    address: str
    title: str = ""
    reason: str = ""


class FlawKind(StrEnum):
    """What is wrong with a source, or odd, by what it means for its entries.

    ``dates`` or ``ids`` are missing, or ``shared-ids`` name several entries; ``clock``: its times
    are all late; ``language``: most entries are in another than feeds show. What it prints around
    its texts is taken out, in Bengali (``boilerplate``) or in Latin letters
    (``latin-boilerplate``); texts are repaired (``repaired``), written in mixed Unicode forms
    (``unicode``) or ``damaged`` for good. It ``redirects``, it has ``rejected`` entries, is
    ``silent`` for long or ``empty``, or sends ``summaries`` alone, so that whole texts are to be
    had of its pages. An ``announced`` feed could not be read, a ``file`` of a
    folder; the whole is ``unread``, or is as its ``robots`` rules forbid to fetch it.
    """

    DATES = "dates"
    IDS = "ids"
    SHARED_IDS = "shared-ids"
    CLOCK = "clock"
    LANGUAGE = "language"
    BOILERPLATE = "boilerplate"
    LATIN_BOILERPLATE = "latin-boilerplate"
    UNICODE = "unicode"
    REPAIRED = "repaired"
    DAMAGED = "damaged"
    REDIRECTS = "redirects"
    REJECTED = "rejected"
    SILENT = "silent"
    EMPTY = "empty"
    SUMMARIES = "summaries"
    ANNOUNCED = "announced"
    FILE = "file"
    ROBOTS = "robots"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong with a source, in words; ``count`` is of how many of its entries."""

    kind: FlawKind
    text: str
    count: int = 0


class PreviewState(StrEnum):
    """What would become of an entry.

    It is ``new``, ``known`` of this source already, ``changed`` in the words of a known one, a
    ``repeat`` of another of its document, ``hidden``, as it came without a date among too many, or
    ``purged``: its text was taken away for good.
    """

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"
    REPEAT = "repeat"
    HIDDEN = "hidden"
    PURGED = "purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedStory:
    """The stored story that an entry would join, and by what it is one with it.

    ``title`` and ``source`` are those of the entry that it is tied to, ``sources`` the names of all
    sources that have the story.
    """

    title: str
    source: str
    sources: tuple[str, ...]
    kind: TieKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEntry:
    """An entry as it would be published. ``picture`` is an address, empty where it has none.

    ``story`` is ``None`` where it would begin one of its own, or ``repeats`` the title of another
    entry of its document.
    """

    state: PreviewState
    title: str
    link: str
    published: datetime
    date_how: DateHow
    authors: tuple[str, ...]
    language: str
    picture: str
    repairs: tuple[str, ...]
    characters: int
    categories: tuple[str, ...] = ()
    story: JoinedStory | None = None
    repeats: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would come of a source, without any of it stored.

    ``target`` is the address or path that was asked for, ``proposed`` what would be configured, and
    ``configured`` the name of the source that is there already. ``page`` is the page that was had,
    ``found`` what it leads to, and ``read`` the address or pattern that was read in the end.
    ``entries_per_day`` is ``None`` where nothing tells. Of a folder, as many of its ``files`` were
    read as ``files_read`` says. ``not_compared`` says why no stored story was looked up.
    """

    target: str
    proposed: NewSource
    read: str
    configured: str = ""
    page: str = ""
    found: tuple[FoundSource, ...] = ()
    entries: tuple[PreviewEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    entries_per_day: float | None = None
    files: int = 0
    files_read: int = 0
    not_compared: str = ""

    @property
    def is_unread(self) -> bool:
        """Tell whether nothing could be read of it."""
        return any(flaw.kind in (FlawKind.UNREAD, FlawKind.ROBOTS) for flaw in self.flaws)
