"""The frozen types that the stages hand to each other: one type per stage of knowledge.

``Source → Document → ParsedEntry → Draft → Entry → Story → FeedDocument``; each arrow is one
function in one stage. All times are aware ``datetime`` values in UTC unless a field says
otherwise. Markup is in fields whose name ends in ``_html``; every other text is plain.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class DateHow(StrEnum):
    """How a date was had: ``stated`` in full, ``inferred``, or the time of ``first-seen``."""

    STATED = "stated"
    INFERRED = "inferred"
    FIRST_SEEN = "first-seen"


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
    stories on its pages are entries of their own where ``related_are_entries``.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """One feed that we publish: which entries it selects and what it is called."""

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    limit: int
    languages: tuple[str, ...]


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
class Config:
    """A whole, valid configuration; every path in it is absolute."""

    path: Path
    site: Site
    store_url: str
    sources: tuple[Source, ...]
    feeds: tuple[FeedSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchState:
    """What is remembered of a source between polls; the same with every field at its default.

    ``asked`` is the address and interval it was asked with: another one starts anew. ``moved_to``
    is where it has redirected for good at its last ``moved_polls`` polls. ``shift`` is by how much
    its stated times are late, ``shift_confirmed`` when that last showed. Until
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
    shift_confirmed: datetime | None = None
    rests_until: datetime | None = None
    resting_host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpFile:
    """A file of a dump source as the file system tells it; the same values, the same content."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A normalised entry that is not identified yet.

    ``url_key`` and ``text_key`` are empty where there is no link to a page of its own, or too
    little text to tell two entries apart. ``content_key`` tells a material change, ``digest`` any
    change of what the source sent. ``repairs`` names what was mended in it; what ends in ``?`` was
    found and left alone. ``place_keys`` are what a record of a dump is known again by: its
    file, id or address with its title, and with its beginning; ``related`` other headlines.
    """

    source: str
    native_id: str
    link: str
    url_key: str
    text_key: str
    content_key: str
    title: str
    summary: str
    content_html: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str
    published: datetime | None
    updated: datetime | None
    how: DateHow
    digest: str
    repairs: tuple[str, ...] = ()
    place_keys: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


class AliasKind(StrEnum):
    """What kind of key an alias is, the strongest first."""

    NATIVE = "native"
    URL = "url"
    TEXT = "text"
    FILE = "file"


class Alias(NamedTuple):
    """One key that an entry was seen under."""

    kind: AliasKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One entry of a document, as far as telling it from the document's other entries needs.

    ``words`` is a fingerprint of its title and text, ``pk`` the entry that it is as it stands, or
    ``None`` where what the source sent is new or changed.
    """

    native_id: str
    url_key: str
    words: str
    digest: str
    pk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry as far as identity needs it; ``pk`` is the store's own number."""

    pk: int
    id: str
    story: int
    content_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the store remembers of the aliases and ids that a document's drafts ask about.

    ``nameless`` are aliases that the source once gave to several entries.
    """

    own: Mapping[Alias, Known] = field(default_factory=dict)
    nameless: Set[Alias] = frozenset()
    foreign: Mapping[Alias, Known] = field(default_factory=dict)
    taken_ids: Set[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """The draft is an entry never seen before; it joins ``story`` or founds its own.

    ``position`` is its place in the document, which orders entries of the same time.
    """

    draft: Draft
    id: str
    position: int
    aliases: tuple[Alias, ...]
    story: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The draft is a newer form of an entry we have; ``material`` where its words changed."""

    draft: Draft
    known: Known
    aliases: tuple[Alias, ...]
    material: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The draft is the same entry as an earlier one of the same document.

    ``of`` is that entry's pk, or its id where it is new; ``is_same`` says that its words are, too.
    """

    draft: Draft
    of: int | str
    is_same: bool


Decision = New | Seen | Repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A normalised entry with its permanent id, as the store holds it and a feed shows it."""

    id: str
    source: str
    link: str
    title: str
    summary: str
    content_html: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str
    published: datetime
    updated: datetime
    how: DateHow
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """One feed ready to be rendered: its specification, its entries in order, and its sources."""

    spec: FeedSpec
    site: Site
    entries: tuple[Entry, ...]
    sources: dict[str, Source]
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One file to put in place: its name within the output folder, its bytes and its time."""

    name: str
    body: bytes
    modified: datetime


class Outcome(StrEnum):
    """What became of one source in one pass."""

    OK = "ok"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one pass did with one source: counts of entries, and the error where it failed.

    ``revised`` entries have new words, ``refreshed`` ones the same words and something else that is
    new. ``note`` says what was put right for the source as a whole.
    """

    source: str
    outcome: Outcome
    new: int = 0
    revised: int = 0
    refreshed: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = field(default=())
    note: str = ""
    error: str = ""

    @property
    def is_news(self) -> bool:
        """Tell whether anything that is published may have changed."""
        return bool(self.new or self.revised or self.refreshed)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """What one pass did with one published feed; ``left_out`` counts entries by language."""

    feed: str
    entries: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    files_written: tuple[str, ...] = ()
    error: str = ""
