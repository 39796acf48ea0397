"""What is fetched and parsed: a source's state, its documents, and entries as they were found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.models.faults import FaultKind
from aggregator.models.media import Media
from aggregator.models.polled import NO_HINTS, DueWhy, FeedHints, IntervalHow

# Enough of what was rejected to recognise it by: two lines in a terminal.
EXCERPT_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What is remembered of a source between polls; all defaults before the first one.

    ``config_fingerprint`` holds the configuration that decides what is fetched; where it changes,
    the state starts anew. The source redirected permanently to ``moved_to`` at each of its last
    ``moved_polls`` polls; a source that is a page has there the announced feed that was read last,
    with 0 polls. ``clock_skew`` is subtracted from the times that the source states; it
    was last seen to be right at ``clock_skew_confirmed``. Until ``rests_until`` nothing on
    ``resting_host`` may be asked, as that host asked to be left alone (429 or 503). ``hints`` are
    what the feed and the last answer said of when to ask again. ``next_due`` was decided by an
    interval of ``interval_seconds``, found ``interval_how``, and by ``due_why`` (``NextPoll``).
    ``fault`` is the kind of ``error``. It last answered as it should at ``succeeded``, and fails at
    each poll since ``failing_since``.
    """

    config_fingerprint: str = ""
    moved_to: str = ""
    moved_polls: int = 0
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    next_due: datetime | None = None
    checked: datetime | None = None
    failures: int = 0
    error: str | None = None
    clock_skew: timedelta = timedelta(0)
    clock_skew_confirmed: datetime | None = None
    rests_until: datetime | None = None
    resting_host: str = ""
    hints: FeedHints = NO_HINTS
    interval_seconds: float | None = None
    interval_how: IntervalHow | None = None
    due_why: DueWhy | None = None
    fault: FaultKind | None = None
    succeeded: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A mass change of a source that is held back, and why.

    Something was first held back at ``began``, or there was a flood last; the present change has
    been the same since ``unchanged_since``, over ``polls`` polls. ``fingerprints`` recognise its
    entries at the next poll. ``is_released`` says that a person let it through; that happens at the
    next poll.
    """

    began: datetime
    unchanged_since: datetime
    polls: int
    reason: str
    fingerprints: frozenset[str] = frozenset()
    is_released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How many new entries a source brought, by day of UTC.

    ``today`` counts this day, ``days`` holds the counts of earlier ones that had any.
    ``is_first`` says that nothing was ever counted: the source is new.
    """

    today: int = 0
    days: tuple[int, ...] = ()
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFile:
    """A file of a dump source; the same path, size and time mean the same content."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How many records of a dump file are read, and what went wrong.

    Reading a file that is not done goes on behind its first ``records`` records.
    """

    file: DumpFile
    records: int
    is_done: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing fetched from a source: its bytes, and where and when they were had.

    ``url`` is where the bytes came from after redirects (a ``file:`` URL for a dump). ``acquired``
    is the latest moment at which the text can have been written.
    """

    source: str
    url: str
    body: bytes
    content_type: str
    acquired: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """An entry as a parser found it: nothing repaired, nothing sanitised, dates as texts.

    A title that is plain text stands in ``title_html`` escaped, so that a ``<`` in it is no markup.
    ``base`` is the address against which links in its texts are resolved, where its source says so.
    ``dateline`` is text in which a date may stand when ``published`` is empty. ``related`` are the
    headlines of other stories on the same page. ``acquired`` is when the page was had, where the
    record says so. ``media`` are the files that were sent beside the text, and ``rights_html`` says
    who holds rights in the entry. ``dump_path`` is the entry's file within its dump, and
    ``is_only_entry`` says that the file holds no other. ``is_uncertain`` says that the text may
    hold more or less than the article.
    """

    native_id: str = ""
    link: str = ""
    title_html: str = ""
    summary_html: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    base: str = ""
    dateline: str = ""
    related: tuple[str, ...] = ()
    acquired: str = ""
    media: tuple[Media, ...] = ()
    rights_html: str = ""
    dump_path: str = ""
    is_only_entry: bool = False
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Something a source sent that cannot be used: the reason, and its first words."""

    reason: str
    excerpt: str

    @classmethod
    def quoting(cls, reason: str, text: str) -> Rejected:
        """Reject with the beginning of a text, which is enough to find it again."""
        return cls(reason=reason, excerpt=text[:EXCERPT_CHARACTERS])
