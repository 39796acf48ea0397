"""What is fetched and parsed: a source's state, its documents, entries as they were found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What is remembered of a source between polls; the same with every field at its default.

    ``asked`` is the address and interval it was asked with: another one starts anew. ``moved_to``
    is where it has redirected for good at its last ``moved_polls`` polls. ``shift`` is by how much
    its stated times are late, ``clock_skew_confirmed`` when that last showed. Until
    ``rests_until`` a whole host that it led to asked to be left alone.
    """

    asked: str = ""
    moved_to: str = ""
    moved_polls: int = 0
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    next_due: datetime | None = None
    checked: datetime | None = None
    failures: int = 0
    error: str | None = None
    shift: timedelta = timedelta(0)
    clock_skew_confirmed: datetime | None = None
    rests_until: datetime | None = None
    resting_host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A change of a source that is held back, and why.

    ``began`` is when anything was held back first, ``since`` when and ``polls`` at how many polls
    it was the same. ``marks`` are what its entries are known again by. ``is_released`` says that a
    person has let it through; it is at the next poll.
    """

    began: datetime
    since: datetime
    polls: int
    reason: str
    marks: frozenset[str] = frozenset()
    is_released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFile:
    """A file of a dump source as the file system tells it; the same values, the same content."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """What the ledger remembers of a file: how many of its records are read, and what went wrong.

    A file that is not done is gone on with behind its ``records``.
    """

    file: DumpFile
    records: int
    is_done: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing fetched from a source: its bytes, and where and when they were had.

    ``url`` is where the bytes came from after redirects (a ``file:`` URL for a dump).
    ``acquired`` is the latest moment at which the text can have been written.
    """

    source: str
    url: str
    body: bytes
    content_type: str
    acquired: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """What a parser found, as found: nothing repaired, nothing sanitised, dates as texts.

    ``dateline`` is text in which a date may stand when ``published`` is empty. ``related`` are the
    headlines of other stories that stood on the same page. ``acquired`` is when the page was had,
    where the record says so; ``place`` is the dump's file, which holds no other entry where it
    ``is_alone``. ``is_uncertain`` says that more or less than the article may be here.
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
    dateline: str = ""
    related: tuple[str, ...] = ()
    acquired: str = ""
    place: str = ""
    is_alone: bool = False
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Something a source sent that cannot be used, with the reason and its first words."""

    reason: str
    excerpt: str
