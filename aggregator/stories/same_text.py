"""Which entries are one story: pure decisions.

Two entries are tied by what the two say and when, whatever else is there; a story is what ties
connect. So stories are the same whatever the order in which entries came, and they only grow: what
was once shown as one is not shown as two later. The one exception is a bridge: a text that holds
two others (a digest, a live blog) belongs to the one that it came to first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.bengali.text import key, words
from aggregator.models import TieKind
from aggregator.stories.facts import Veto
from aggregator.stories.signature import FEWEST_WORDS, HEADLINE_WINDOW
from aggregator.stories.similarity import (
    Comparable,
    Similarity,
    bodies_overlap,
    contradictions,
    likeness,
    vetoes,
)

# A desk takes over its background from one report to the next: those of one affair have up to 0.48
# in common in the samples, and what was published twice 0.64 and more.
_REPEATED_JACCARD, _REPEATED_CONTAINMENT = 0.6, 0.95
# How far apart two entries of one headline can be, by its words: of six within a day and a half
# (dates are rounded to days) all were one text in the samples, of eight within four days.
_LONG_HEADLINE_WORDS = 8
_HEADLINE_WORDS, _HEADLINE = 6, timedelta(hours=36)
# Shorter ones of two sites on one day were, too, but for those that say nothing of their own.
_FEWEST_CHARACTERS = 16
# One site sends one headline again within hours, where it corrects an address; a column has it
# every day.
_OF_ONE_SITE = timedelta(hours=12)
_A_DAY = timedelta(hours=20)
# Two headlines of one text share that much of the words of the shorter.
_KIN = 0.34
_STEM_CHARACTERS = 4
# With what headlines of editorials end that say nothing of their own: … কার্যকর পদক্ষেপ নিন.
_ADMONISHING = frozenset(
    key(word) for word in "নিন করুন দিন চাই কাম্য জরুরি প্রয়োজন হোক হবে কেন উচিত দরকার থামান আনুন".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """One entry as it is judged: its text, its site, and when it was published.

    The ``site`` is the host of its address; ``is_dated`` says that its source stated the time.
    """

    text: Comparable
    site: str
    published: datetime
    is_dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What ties two entries, if anything does, and what they have in common and against it."""

    kind: TieKind | None
    similarity: Similarity


def judge(a: Dated, b: Dated, window: timedelta, *, has_address: bool = False) -> Verdict:
    """Judge whether two entries carry one text, the same whichever comes first.

    ``has_address`` says that the two have one address.
    """
    found = likeness(a.text, b.text)
    apart = abs(a.published - b.published)
    if apart > window:
        return Verdict(kind=None, similarity=replace(found, vetoes=(Veto.APART,)))
    if has_address and (are_kin(a.text, b.text) or not found.is_unlike):
        against = contradictions(a.text, b.text, jaccard=found.jaccard)
        kind = None if against else TieKind.ADDRESS
        return Verdict(kind=kind, similarity=replace(found, vetoes=against))
    has_headline = a.text.headline == b.text.headline
    if not (found.is_alike or has_headline):
        return Verdict(kind=None, similarity=found)
    found = replace(found, vetoes=vetoes(a.text, b.text, found.jaccard))
    if found.is_same:
        if a.site == b.site and not _is_repeated(found):
            return Verdict(kind=None, similarity=replace(found, vetoes=(Veto.ONE_SOURCE,)))
        return Verdict(kind=TieKind.COPY, similarity=found)
    if not has_headline or Veto.LITTLE_TEXT not in found.vetoes:
        return Verdict(kind=None, similarity=found)
    against = _against_headline(a, b, apart)
    kind = None if against else TieKind.HEADLINE
    return Verdict(kind=kind, similarity=replace(found, vetoes=against))


def are_kin(a: Comparable, b: Comparable) -> bool:
    """Tell whether two headlines share words, as those of one text mostly do."""
    stems_a, stems_b = ({word[:_STEM_CHARACTERS] for word in words(one.headline)} for one in (a, b))
    return len(stems_a & stems_b) >= _KIN * max(min(len(stems_a), len(stems_b)), 1)


def _is_repeated(similarity: Similarity) -> bool:
    """Tell whether two entries of one site are more alike than reports on one affair are."""
    return (
        similarity.jaccard >= _REPEATED_JACCARD or similarity.containment >= _REPEATED_CONTAINMENT
    )


def _against_headline(a: Dated, b: Dated, apart: timedelta) -> tuple[Veto, ...]:
    """Give what keeps two entries of one headline, of which one has little text, from being one."""
    against = contradictions(a.text, b.text)
    headline = a.text.headline.split()
    if a.text.is_standing or not bodies_overlap(a.text, b.text):
        return (*against, Veto.TEMPLATE)
    if len(headline) < _HEADLINE_WORDS:
        is_telling = len(headline) >= FEWEST_WORDS and len(a.text.headline) >= _FEWEST_CHARACTERS
        if not is_telling or a.site == b.site or not (a.is_dated and b.is_dated):
            return (*against, Veto.LITTLE_TEXT)
        if headline[-1] in _ADMONISHING:
            return (*against, Veto.TEMPLATE)
    limit = HEADLINE_WINDOW if len(headline) >= _LONG_HEADLINE_WORDS else _HEADLINE
    limit = min(limit, _OF_ONE_SITE) if a.site == b.site else limit
    return (*against, Veto.APART) if apart > limit else against


def is_telling(headline: str) -> bool:
    """Tell whether a headline has so many words that it says by itself which text it is of."""
    return len(headline.split()) >= _HEADLINE_WORDS


def is_column(told: Iterable[tuple[str, datetime]]) -> bool:
    """Tell whether entries of one headline are a column: a site has it on two days."""
    first: dict[str, datetime] = {}
    for site, published in sorted(told):
        if published - first.setdefault(site, published) >= _A_DAY:
            return True
    return False


def are_a_bridge(one: Sequence[Comparable], other: Sequence[Comparable]) -> bool:
    """Tell whether two stories hold texts that have nothing in common, so that a tie bridges them.

    The tied texts are among them; only long ones count, as of short ones little can be told.
    """
    return any(likeness(a, b).is_unlike for a in one if a.is_long for b in other if b.is_long)


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
