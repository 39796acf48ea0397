"""Entries: drafts, what the store remembers of them, what was decided of them, and as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregator.models.dates import DateHow
from aggregator.models.media import Media, StoryPicture
from aggregator.models.stories import Related

# The beginning of a text decides which text it is: no article of the samples is longer.
KEYED_CHARACTERS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A normalised entry that is not identified yet.

    The keys recognise the entry when it is sent again. ``url_key`` is its canonical address, empty
    where it links to no page of its own. ``text_key`` is a hash of title and text, empty where the
    text is too short to tell two entries apart. ``content_key`` is the same hash for a text of any
    length: it changes when title or text change materially. ``other_content_keys`` are hashes of
    the same words with what the site printed around them. ``digest`` changes with anything that
    the source sends. ``file_keys`` recognise a record of a dump by its file, id or address together
    with its title or its beginning. ``repairs`` names what was repaired; a name that ends in ``?``
    was found and left as it was. ``related`` are the headlines of other stories on its page.
    ``media`` are the files beside its text, with the first picture in it.
    ``title_key`` and ``body_key`` are the keys, unhashed, of ``title`` and of the first
    ``KEYED_CHARACTERS`` of the text that ``content_html`` shows.
    """

    source: str
    native_id: str
    link: str
    url_key: str
    text_key: str
    content_key: str
    title: str
    title_key: str
    summary: str
    content_html: str
    body_key: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str
    published: datetime | None
    updated: datetime | None
    date_how: DateHow
    digest: str
    repairs: tuple[str, ...] = ()
    file_keys: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    other_content_keys: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    rights: str = ""

    def has_words_of(self, content_key: str) -> bool:
        """Tell whether a content key is of its words, with or without what its site prints."""
        return content_key == self.content_key or content_key in self.other_content_keys


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
    """One entry of a document, with what tells it apart from the document's other entries.

    ``text_hash`` is a hash of its title and text as sent. ``pk`` is the stored entry that the
    source sent unchanged, ``None`` where what it sent is new or changed.
    """

    native_id: str
    url_key: str
    text_hash: str
    digest: str
    pk: int | None = None


# A title as one line of display text, and the host that its entry links to.
Headline = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """An item of a source's last document, and what was read of it that the next document needs.

    ``headline`` is ``None`` where the item has no title. Its mention has the number of its entry
    where that is stored unchanged.
    """

    mention: Mention
    headline: Headline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItems:
    """The items of a source's last document by hashes of their bytes, in the order of the document.

    ``context`` is a hash of what decides, outside an item, what it means: in another one its bytes
    may mean another entry.
    """

    context: str = ""
    items: Mapping[bytes, KnownItem] = field(default_factory=dict)


NOTHING_KNOWN = KnownItems()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """A stored entry with what identity needs of it; ``pk`` is the store's own number.

    ``first_seen`` is ``None`` where the entry's date is not the time of its first sight.
    ``alias_count`` is under how many aliases it is remembered.
    """

    pk: int
    id: str
    content_key: str
    published: datetime
    title: str = ""
    link: str = ""
    is_purged: bool = False
    first_seen: datetime | None = None
    alias_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeadline:
    """A stored headline, to notice a source that sends its headlines again as new entries."""

    title: str
    content_key: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAliases:
    """Which of a document's aliases and ids the store knows.

    ``own`` belong to entries of the document's source, ``foreign`` to those of other sources.
    ``ambiguous`` are aliases that the source has given to several entries, so that they name none.
    ``taken_ids`` are published ids that some entry already has. ``by_time`` are entries of the
    source by when they were published, for drafts that no alias names.
    """

    own: Mapping[Alias, KnownEntry] = field(default_factory=dict)
    ambiguous: Set[Alias] = frozenset()
    foreign: Mapping[Alias, KnownEntry] = field(default_factory=dict)
    taken_ids: Set[str] = frozenset()
    by_time: Mapping[datetime, Sequence[KnownEntry]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """The draft is an entry never seen before.

    ``position`` is its index in the document, which orders entries of the same time. ``same_text``
    are the numbers of other sources' entries that were seen with its text. ``reused`` are aliases
    of an older entry that the source gave to this one. ``is_backlog`` says that the entry has no
    date and came with more of its kind than a feed shows at once.
    """

    draft: Draft
    id: str
    position: int
    aliases: tuple[Alias, ...]
    same_text: tuple[int, ...] = ()
    reused: tuple[Alias, ...] = ()
    is_backlog: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The draft is a newer form of a known entry; ``is_material`` where its words changed.

    ``aliases`` are the draft's own, and of those to be stored the ones that are new.
    ``dated`` is the time that takes the place of the entry's first sight, ``None`` where its date
    stays.
    """

    draft: Draft
    known: KnownEntry
    aliases: tuple[Alias, ...]
    is_material: bool
    dated: datetime | None = None

    @property
    def waits_for_story(self) -> bool:
        """Tell whether the entry's story is to be decided anew: it has other words, or a date."""
        return self.is_material or self.dated is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The draft is the same entry as an earlier one of its document, or as a purged one.

    ``of`` is the number of that entry, or its id where it is new. ``is_same_text`` says that the
    two have the same words.
    """

    draft: Draft
    of: int | str
    is_same_text: bool


Decision = New | Changed | Repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A normalised entry with its permanent id, as the store holds it and a feed publishes it.

    ``related``, ``earlier``, ``picture`` and ``topic`` are of the story that a feed shows with the
    entry's text: where else it is told, what led to it, the best picture, and the topic by which
    pages call it, empty where none is known. ``page`` is the name of
    the file of the text's own page, empty where the text has an address (``link``).
    """

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
    date_how: DateHow
    repairs: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    media: tuple[Media, ...] = ()
    rights: str = ""
    picture: StoryPicture | None = None
    topic: str = ""
    page: str = ""
    earlier: tuple[Related, ...] = ()
