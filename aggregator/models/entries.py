"""Entries: drafts, what is remembered of them, what was decided of them, and as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregator.models.stories import Related


class DateHow(StrEnum):
    """How a date was had: ``stated`` in full, ``inferred``, or the time of ``first-seen``."""

    STATED = "stated"
    INFERRED = "inferred"
    FIRST_SEEN = "first-seen"


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
class KnownEntry:
    """An entry as far as identity needs it; ``pk`` is the store's own number."""

    pk: int
    id: str
    content_key: str
    published: datetime
    title: str = ""
    link: str = ""
    is_purged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeadline:
    """An entry as far as telling needs it whether its headline is sent again."""

    title: str
    content_key: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAliases:
    """What the store remembers of the aliases and ids that a document's drafts ask about.

    ``nameless`` are aliases that the source once gave to several entries.
    """

    own: Mapping[Alias, KnownEntry] = field(default_factory=dict)
    nameless: Set[Alias] = frozenset()
    foreign: Mapping[Alias, KnownEntry] = field(default_factory=dict)
    taken_ids: Set[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """The draft is an entry never seen before.

    ``position`` is its place in the document, which orders entries of the same time; ``same`` are
    other sources' entries, by their numbers, that were seen with its text. ``reused`` are
    aliases of an older entry that its source gave to this one.
    """

    draft: Draft
    id: str
    position: int
    aliases: tuple[Alias, ...]
    same: tuple[int, ...] = ()
    reused: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The draft is a newer form of an entry we have; ``material`` where its words changed."""

    draft: Draft
    known: KnownEntry
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


Decision = New | Changed | Repeated


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
    related: tuple[Related, ...] = ()
