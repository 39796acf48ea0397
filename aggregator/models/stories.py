"""Stories: the entries that carry one text, what ties them, and how a feed presents a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.dates import DateHow


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
    """A stored entry with what deciding its story needs.

    ``is_dated`` says that its source stated the time. ``was_clustered`` says that its story was
    decided before, for an earlier form of its text. A purged entry has no text; ``tombstone`` is
    what recognises the text, where a person purged it.
    """

    pk: int
    source: str
    story: int
    published: datetime
    is_dated: bool
    was_clustered: bool
    is_purged: bool
    content_key: str
    link: str
    title: str
    content_html: str
    tombstone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """What a text is looked up by, made when it was read, so that it is not read again for that.

    ``address`` is canonical, and empty where it is nobody's own, as that of a front page.
    ``characters`` is the length of the text, ``signature`` its hashes as ``stories`` packs them.
    """

    address: str
    characters: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEntry:
    """A stored entry whose story is to be decided, without its text.

    The fields are those of ``StoryText``. ``signed`` is ``None`` where a text is still to be read
    to be looked up.
    """

    pk: int
    source: str
    story: int
    published: datetime
    is_dated: bool
    was_clustered: bool
    signed: SignedText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Under which entry's id a feed published an entry, remembered for ever.

    ``as_pk`` and ``as_id`` are the entry whose id it is. ``sequence`` counts a feed's publishings:
    the smaller, the longer the id has been seen. On the entry whose id it is, the pin also keeps
    which entry represented the story at the last publishing (``representative_pk``), with which
    text (``representative_key``, a content key), and when that text last changed (``updated``).
    """

    feed: str
    as_pk: int
    as_id: str
    sequence: int
    representative_pk: int | None = None
    representative_key: str = ""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """One entry of a story, with what choosing the story's presentation needs.

    ``characters`` is the length of its text. ``is_linked`` says that stories of the same event have
    been looked for, ``is_backlog`` that it has no date and is not shown, as its source sent too
    many of its kind at once. In what is damaged, letters were lost on the way: U+FFFD stands for
    them.
    """

    pk: int
    id: str
    story: int
    source: str
    language: str
    published: datetime
    date_how: DateHow
    updated: datetime
    position: int
    characters: int
    content_key: str
    is_purged: bool = False
    is_linked: bool = False
    is_backlog: bool = False
    is_title_damaged: bool = False
    is_text_damaged: bool = False
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NearEntry:
    """An entry of the days of a new story, with what choosing its story's fullest text needs.

    The fields are those of ``StoryMember``.
    """

    pk: int
    id: str
    story: int
    source: str
    published: datetime
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an entry begins with, and where it stands; ``link`` is empty where it has no address."""

    title: str
    summary: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWords:
    """The words of an entry by which stories of one event are found, cut to stems.

    ``stems`` are those of the first sentences and then those of the title that are not among them,
    each once, 8 bytes each (``event_words`` in ``stories``). ``in_title`` and ``in_lead`` say how
    often each stands in either, a byte each: of what counts in them no rule is part.
    """

    stems: bytes
    in_title: bytes
    in_lead: bytes

    def __post_init__(self) -> None:
        """Refuse counts of other stems with ValueError."""
        if not len(self.stems) == 8 * len(self.in_title) == 8 * len(self.in_lead):
            raise ValueError("there is not one count of each part for each stem")


class Relation(StrEnum):
    """What two stories have to do with each other that are told in other words.

    They tell of the ``same`` event, or of two ``step``s of one affair, as an arrest and a bail.
    """

    SAME = "same"
    STEP = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How a feed shows a story.

    The id and the time are those of ``pinned``, the text is that of ``representative``, and
    ``others`` are named beside it. ``absorbed`` are entries of other stories of the same event
    that this story is shown in place of.
    """

    pinned: StoryMember
    representative: StoryMember
    others: tuple[StoryMember, ...]
    updated: datetime
    absorbed: tuple[StoryMember, ...] = ()

    @property
    def members(self) -> tuple[StoryMember, ...]:
        """Return every entry of the story that is not purged."""
        return (self.representative, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Where else a story is told: with the same text, or in other words about the same event.

    ``title`` is the headline there, ``published`` its time, as ``date_how`` says it was had.
    ``page`` is the name of the file that ``link`` leads to, where that is a page of ours.
    """

    link: str
    source: str
    is_same_text: bool
    title: str = ""
    published: datetime | None = None
    date_how: DateHow = DateHow.STATED
    page: str = ""
