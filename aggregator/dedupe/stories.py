"""Which entries are one story, and what a feed shows of it: pure decisions.

Two entries are tied by what the two say and when, whatever else is there; a story is what ties
connect. So stories are the same whatever the order in which entries came, and they only grow: what
was once shown as one is not shown as two later.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.bengali.text import key
from aggregator.dedupe.grams import hash_of, minima
from aggregator.dedupe.similarity import (
    ENOUGH_CHARACTERS,
    Similarity,
    Text,
    compare,
    contradictions,
)
from aggregator.dedupe.traits import Veto
from aggregator.models import Member, Shown, TieKind

# --- Finding -------------------------------------------------------------------------------------

# Bands of one era lie together in the index, so that what is new is written to few places however
# much is stored, and found by looking at an era and its neighbour.
_ERA_SECONDS = 64 * 86400
LONGEST_WINDOW = timedelta(seconds=_ERA_SECONDS)
_BAND_BITS = 32
# One shared minimum is a common phrase, two are hardly ever (see ``grams``).
SHARED_MINIMA = 2
# A tombstone's text is gone: it is known again by half of its minima, a Jaccard similarity of 0.5.
SHARED_WITH_TOMBSTONE = 13


@dataclass(frozen=True, slots=True)
class Bands:
    """What an entry is found by: minima of its text, and its headline."""

    text: tuple[int, ...]
    headline: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Give all of them, each once."""
        return tuple(dict.fromkeys((*self.text, *self.headline)))

    def within(self, eras: Iterable[int]) -> Bands:
        """Give them as they stand in the index for entries of these eras."""
        high = [era << _BAND_BITS for era in eras]
        return Bands(
            text=tuple(era | one for era in high for one in self.text),
            headline=tuple(era | one for era in high for one in self.headline),
        )


def bands(text: Text) -> Bands:
    """Give the bands of a text; none of its words where it is too short to be found by them."""
    found: tuple[int, ...] = ()
    if len(text.title) + len(text.body) >= ENOUGH_CHARACTERS:
        whole, lead = minima(f"{text.title} {text.body}", text.body)
        found = (*whole, *lead)
    is_headline = text.headline.count(" ") >= _FEWEST_WORDS - 1
    return Bands(text=found, headline=(hash_of(text.headline),) if is_headline else ())


def era_of(published: datetime) -> int:
    """Give the era that a time lies in."""
    return int(published.timestamp()) // _ERA_SECONDS


def eras_near(published: datetime, window: timedelta) -> range:
    """Give the eras in which entries of a window around a time lie."""
    return range(era_of(published - window), era_of(published + window) + 1)


# --- Judging -------------------------------------------------------------------------------------

# A desk takes over its background from one report to the next: those of one affair have up to 0.48
# in common in the samples, and what was published twice 0.64 and more.
_REPEATED_JACCARD, _REPEATED_CONTAINMENT = 0.6, 0.95
# How far apart two entries of one headline can be, by its words: of six within two days (and the
# hours by which dates are rounded) all were one text in the samples, of eight within two weeks.
_LONG_HEADLINE_WORDS, _LONG_HEADLINE = 8, timedelta(days=14)
_HEADLINE_WORDS, _HEADLINE = 6, timedelta(days=2, hours=12)
# Shorter ones of two sources on one day were, too, but for those that say nothing of their own.
_FEWEST_WORDS, _SHORT_HEADLINE = 3, timedelta(hours=36)
_FEWEST_CHARACTERS = 16
# With what headlines of editorials end that say nothing of their own: … কার্যকর পদক্ষেপ নিন.
_ADMONISHING = frozenset(
    key(word) for word in "নিন করুন দিন চাই কাম্য জরুরি প্রয়োজন হোক হবে কেন উচিত দরকার থামান আনুন".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry as it is judged: its text, its source, and when it was published.

    ``is_dated`` says that its source stated the time.
    """

    text: Text
    source: str
    published: datetime
    is_dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What ties two entries, if anything does, and what they have in common and against it."""

    kind: TieKind | None
    similarity: Similarity
    vetoes: tuple[Veto, ...]


def judge(a: Told, b: Told, window: timedelta) -> Verdict:
    """Judge whether two entries carry one text, the same whichever comes first."""
    similarity = compare(a.text, b.text)
    apart = abs(a.published - b.published)
    if apart > window:
        vetoes = (*similarity.vetoes, Veto.APART)
        return Verdict(kind=None, similarity=similarity, vetoes=vetoes)
    if similarity.is_same:
        if a.source == b.source and not _is_repeated(similarity):
            return Verdict(kind=None, similarity=similarity, vetoes=(Veto.ONE_SOURCE,))
        return Verdict(kind=TieKind.COPY, similarity=similarity, vetoes=())
    if a.text.headline != b.text.headline or Veto.LITTLE_TEXT not in similarity.vetoes:
        return Verdict(kind=None, similarity=similarity, vetoes=similarity.vetoes)
    vetoes = _against_headline(a, b, apart)
    kind = None if vetoes else TieKind.HEADLINE
    return Verdict(kind=kind, similarity=similarity, vetoes=vetoes)


def _is_repeated(similarity: Similarity) -> bool:
    """Tell whether two entries of one source are more alike than reports on one affair are."""
    return (
        similarity.jaccard >= _REPEATED_JACCARD or similarity.containment >= _REPEATED_CONTAINMENT
    )


def _against_headline(a: Told, b: Told, apart: timedelta) -> tuple[Veto, ...]:
    """Give what keeps two entries of one headline, of which one has little text, from being one."""
    vetoes = contradictions(a.text, b.text)
    words = a.text.headline.split()
    if a.text.is_standing:
        return (*vetoes, Veto.TEMPLATE)
    if len(words) >= _HEADLINE_WORDS:
        limit = _LONG_HEADLINE if len(words) >= _LONG_HEADLINE_WORDS else _HEADLINE
        return (*vetoes, Veto.APART) if apart > limit else vetoes
    is_telling = len(words) >= _FEWEST_WORDS and len(a.text.headline) >= _FEWEST_CHARACTERS
    if not is_telling or a.source == b.source or not (a.is_dated and b.is_dated):
        return (*vetoes, Veto.LITTLE_TEXT)
    if words[-1] in _ADMONISHING:
        return (*vetoes, Veto.TEMPLATE)
    return (*vetoes, Veto.APART) if apart > _SHORT_HEADLINE else vetoes


# --- Joining -------------------------------------------------------------------------------------


def joined(ties: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Give for each story that ties connect with others the smallest of them."""
    parents: dict[int, int] = {}

    def root(one: int) -> int:
        while parents.setdefault(one, one) != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    for a, b in ties:
        low, high = sorted((root(a), root(b)))
        parents[high] = low
    return {one: root(one) for one in parents}


# --- Showing -------------------------------------------------------------------------------------

# A text is fuller where it is longer by half: the same text in two feeds differs by credits.
_FULLER = 1.5


def represent(
    members: Sequence[Member],
    *,
    sources: Set[str],
    languages: Set[str],
    priorities: Mapping[str, int],
) -> Shown | None:
    """Decide what a feed of these sources and languages shows of a story; nothing where it is none.

    The id and the time are those under which it was published first, whoever tells it now. The
    text is the fullest, of those the one of the better source, of those the earliest.
    """
    told = [
        one
        for one in members
        if one.source in sources and ("*" in languages or one.language in languages)
    ]
    if not told or any(one.is_purged for one in members):
        return None
    pinned = _pinned(members, told, priorities)
    lead = min(told, key=lambda one: (-_fullness(one), *_order(one, priorities)))
    others = sorted(
        (one for one in members if one is not lead), key=lambda one: _order(one, priorities)
    )
    revised = [one.revised for one in told if one.revised is not None]
    return Shown(
        pinned=pinned, lead=lead, others=tuple(others), updated=max((pinned.updated, *revised))
    )


def _pinned(
    members: Sequence[Member], told: Sequence[Member], priorities: Mapping[str, int]
) -> Member:
    """Give the member under whose id a story is published: the first it ever was in this feed."""
    by_pk = {one.pk: one for one in members}
    for some in (told, members):
        shown = [
            (one.shown_since, by_pk[one.shown_as].published, by_pk[one.shown_as].id, one.shown_as)
            for one in some
            if one.shown_as in by_pk
        ]
        if shown:
            return by_pk[min(shown)[-1]]
    return min(told, key=lambda one: _order(one, priorities))


def _order(one: Member, priorities: Mapping[str, int]) -> tuple[int, datetime, int, str]:
    return -priorities.get(one.source, 0), one.published, one.position, one.id


def _fullness(one: Member) -> int:
    return int(math.log(max(one.characters, 1), _FULLER))
