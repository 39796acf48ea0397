"""What is published, and what is told of a pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from aggregator.models.configured import FeedSpec, Site, Source
from aggregator.models.entries import Entry
from aggregator.models.fetched import Rejected
from aggregator.models.pages import NO_FRAME, Frame
from aggregator.models.stories import Related


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry ready to be rendered, with all that its bytes depend on, whatever feed shows it.

    Of its source are the name, the title, the address of the feed, where it is one, the categories
    and the time zone. ``related`` and ``earlier`` have the title of each one's source beside it,
    and ``picture_source_title`` is that of the source of the story's picture, if it is another's.
    ``timezone`` and ``language`` are the site's. ``topic_feed`` is the name of the feed of the
    entry's topic, empty where there is none. ``page_address`` is that of the entry's own page,
    empty where it has none.
    """

    entry: Entry
    source: str
    source_title: str
    source_feed: str | None
    source_categories: tuple[str, ...]
    source_timezone: str
    related: tuple[tuple[Related, str], ...]
    timezone: str
    language: str
    picture_source_title: str = ""
    topic_feed: str = ""
    page_address: str = ""
    earlier: tuple[tuple[Related, str], ...] = ()

    @property
    def address(self) -> str:
        """Return where the text is read: at its source, else on its own page; else nothing."""
        return self.entry.link or self.page_address


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """One feed ready to be rendered: its specification, its entries in order, and its sources.

    It is the feed as it is now, or the archive document with the number ``archive``.
    ``prev_archive`` is the number of the archive document before it, ``next_archive`` of the one
    after it. ``frame`` is what its page shows besides. ``today`` is the site's day, where the page
    is to call days today and yesterday. ``query`` stands behind its addresses, where it is what a
    search finds.
    """

    spec: FeedSpec
    site: Site
    entries: tuple[Entry, ...]
    sources: dict[str, Source]
    updated: datetime
    archive: int | None = None
    prev_archive: int | None = None
    next_archive: int | None = None
    frame: Frame = NO_FRAME
    today: date | None = None
    query: str = ""

    def each(self) -> Iterator[EntryView]:
        """Yield the entries in order, each with what is shown beside it."""
        feed_of_topic = {topic.title: topic.feed for topic in self.frame.topics}
        for entry in self.entries:
            source, picture = self.sources[entry.source], entry.picture
            yield EntryView(
                entry=entry,
                source=source.name,
                source_title=source.title,
                source_feed=source.feed,
                source_categories=source.categories,
                source_timezone=source.timezone,
                related=self._named(entry.related),
                earlier=self._named(entry.earlier),
                timezone=self.site.timezone,
                language=self.site.language,
                picture_source_title=self.sources[picture.source].title if picture else "",
                topic_feed=feed_of_topic.get(entry.topic, ""),
                page_address=f"{self.site.url}{entry.page}" if entry.page else "",
            )

    def _named(self, told: tuple[Related, ...]) -> tuple[tuple[Related, str], ...]:
        return tuple((related, self.sources[related.source].title) for related in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One file to put in place: its name within the output folder, its bytes and its time."""

    name: str
    body: bytes
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file as it stands in the published folder, by its path there; one that is gone has no body.

    ``modified_ns`` is its time in nanoseconds, ``digest`` the SHA-256 of its bytes.
    """

    name: str
    body: bytes | None
    modified_ns: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What a published file is known by; ``size`` is ``None`` of one that is gone."""

    modified_ns: int
    digest: str
    size: int | None


Stamp = tuple[int, int, int, int]  # a file's number and size, and its times of writing and change


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Entries that changed, by number, and how often changes had been taken by then."""

    taken: int
    pks: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a feed was put in place last.

    ``fingerprint`` is of the configuration and the program that it was made by, ``digest`` of all
    that was rendered. ``stamps`` are of its files, by name, ``left_out`` counts entries by
    language. ``is_current`` says that no entry that it can show has changed since.
    """

    feed: str
    is_current: bool
    fingerprint: str
    digest: str
    stamps: Mapping[str, Stamp]
    entries: int
    left_out: Mapping[str, int]


class Outcome(StrEnum):
    """What became of one source in one pass."""

    OK = "ok"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one pass did with one source: counts of entries, and the error where it failed.

    ``revised`` entries have new words; ``refreshed`` ones have the same words and something else
    that is new; ``quarantined`` ones are held back by a mass change. ``note`` says what was
    corrected for the source as a whole, or is odd about it. ``url`` is the address that was asked,
    without what is secret in it; ``status`` the answer's HTTP status, where one was received.
    """

    source: str
    outcome: Outcome
    new: int = 0
    revised: int = 0
    refreshed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    rejected: tuple[Rejected, ...] = field(default=())
    note: str = ""
    error: str = ""
    url: str = ""
    status: int | None = None
    # Of asking, reading and parsing; two reports are equal however long that took.
    duration_seconds: float | None = field(default=None, compare=False)

    @property
    def is_news(self) -> bool:
        """Tell whether anything that is published may have changed."""
        return bool(self.new or self.revised or self.refreshed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """What one pass did with one published feed; ``left_out`` counts entries by language.

    ``held_back`` says why what was published before stays, where the feed lost nearly everything.
    ``archives_written`` counts archive documents; ``has_more`` says that more are to be made of
    what is stored. ``pages_written`` counts pages of entries, in the report of the files that list
    the feeds.
    """

    feed: str
    entries: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    files_written: tuple[str, ...] = ()
    archives_written: int = 0
    pages_written: int = 0
    has_more: bool = False
    error: str = ""
    held_back: str = ""
