"""How alike two texts are, and what keeps them from being one: pure, symmetric, of two texts alone.

Likeness is measured on keys, so that spelling, digits and quotes make no difference. It never
merges by itself: what the two say differently at the same place is a veto (``traits``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aggregator.bengali.text import key, words
from aggregator.dedupe.grams import COMPARED_CHARACTERS, Hashes, grams
from aggregator.dedupe.traits import Traits, Veto, traits

# Of shorter texts a name or a number is too large a part.
ENOUGH_CHARACTERS = 200
_LEAD_CHARACTERS = 300
_SAME_JACCARD = 0.30
_SAME_CONTAINMENT = 0.80
_COPY_JACCARD = 0.80
_REWRITTEN_JACCARD = 0.45
_SHORT_CHARACTERS = 450
_COLUMN_JACCARD = 0.6
_OPENING_CHARACTERS = 150
_REST_OF_A_COLUMN = 0.25
# Words in the headlines of standing columns and notices.
_STANDING = tuple(
    key(word)
    for word in (
        "রাশিফল নামাজ সময়সূচি সময়সূচী আবহাওয়া পূর্বাভাস টিভিতে সম্পাদকীয় বাজারদর উক্তি "
        "কার্টুন শব্দজট কুইজ রেসিপি ইফতার সেহরি হাদিস বিজ্ঞপ্তি দরপত্র শোকবার্তা"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text ready to be compared: the keys of its title and body, and what they say.

    ``headline`` is the title without punctuation; it ``is_standing`` where a column has it daily.
    """

    title: str
    body: str
    headline: str
    is_standing: bool
    grams: Hashes
    in_title: Traits
    in_lead: Traits
    in_all: Traits

    @classmethod
    def of(cls, title: str, body: str) -> Text:
        """Make one of a title and a plain body; keys are their own keys."""
        title, body = key(title), key(body)
        headline = words(title)
        return cls(
            title=title,
            body=body,
            headline=" ".join(headline),
            is_standing=any(word.startswith(_STANDING) for word in headline),
            grams=grams(f"{title} {body}", COMPARED_CHARACTERS),
            in_title=traits(title, is_headline=True),
            in_lead=traits(f"{title} {body[:_LEAD_CHARACTERS]}"),
            in_all=traits(f"{title} {body}"),
        )


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two texts are.

    ``jaccard`` is that of their character 5-grams, ``containment`` the share of the smaller one's
    5-grams that are in the other.
    """

    jaccard: float
    containment: float
    vetoes: tuple[Veto, ...]

    @property
    def is_same(self) -> bool:
        """Tell whether the two are one text: copied, edited, or an excerpt of the other."""
        alike = self.jaccard >= _SAME_JACCARD or self.containment >= _SAME_CONTAINMENT
        return alike and not self.vetoes


def compare(a: Text, b: Text) -> Similarity:
    """Compare two texts, with the same result whichever comes first."""
    shared = np.intersect1d(a.grams, b.grams, assume_unique=True).size
    smaller = min(a.grams.size, b.grams.size)
    either = a.grams.size + b.grams.size - shared
    jaccard = shared / either if either else 0.0
    vetoes = contradictions(a, b, jaccard=jaccard)
    if _are_one_column(a, b, jaccard):
        vetoes = (*vetoes, Veto.TEMPLATE)
    if min(len(a.title) + len(a.body), len(b.title) + len(b.body)) < ENOUGH_CHARACTERS:
        vetoes = (*vetoes, Veto.LITTLE_TEXT)
    return Similarity(
        jaccard=jaccard, containment=shared / smaller if smaller else 0.0, vetoes=vetoes
    )


def contradictions(a: Text, b: Text, *, jaccard: float = 0.0) -> tuple[Veto, ...]:
    """Give what two texts of that likeness say differently: numbers, days, places.

    The less alike they are, the less is asked for. Of texts that are short or hardly alike it is
    enough that their beginnings name no day or no place in common, of others that their headlines
    do not, and of copies only what stands at the same place between the same words counts.
    """
    found = set(_differing_slots(a, b))
    titles, leads = (a.in_title, b.in_title), (a.in_lead, b.in_lead)
    is_short = min(len(a.body), len(b.body)) < _SHORT_CHARACTERS
    if is_short or jaccard < _COPY_JACCARD:
        found |= {Veto.NUMBERS} if _numbers_differ(*titles) else set()
        found |= {Veto.DAYS} if _are_apart(a.in_title.days, b.in_title.days) else set()
        found |= {Veto.PLACES} if _are_apart(a.in_title.places, b.in_title.places) else set()
    if is_short or jaccard < _REWRITTEN_JACCARD:
        found |= {Veto.DAYS} if _are_apart(*map(_fixed_days, leads)) else set()
        found |= {Veto.PLACES} if _are_apart(a.in_lead.places, b.in_lead.places) else set()
    return tuple(veto for veto in Veto if veto in found)


def _are_one_column(a: Text, b: Text, jaccard: float) -> bool:
    """Tell whether two texts are of one column: by their headlines, or by a standing opening.

    What goes on differently behind one opening is no excerpt and no edit, but another day's.
    """
    if a.is_standing and b.is_standing:
        return jaccard < _COLUMN_JACCARD
    if not _SAME_JACCARD <= jaccard < _COLUMN_JACCARD:
        return False
    opening, rest = (
        _jaccard(*(grams(one.body[part], COMPARED_CHARACTERS) for one in (a, b)))
        for part in (slice(_OPENING_CHARACTERS), slice(_OPENING_CHARACTERS, None))
    )
    return rest < opening * _REST_OF_A_COLUMN


def _jaccard(a: Hashes, b: Hashes) -> float:
    shared = np.intersect1d(a, b, assume_unique=True).size
    either = a.size + b.size - shared
    return shared / either if either else 0.0


def _are_apart(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a and b and not a & b)


def _numbers_differ(a: Traits, b: Traits) -> bool:
    """Tell whether each has a number that the other has not: one may leave some out."""
    return bool(a.numbers - b.numbers and b.numbers - a.numbers)


def _fixed_days(found: Traits) -> frozenset[str]:
    """Give the days but for today and its neighbours: a paper's today is its site's yesterday."""
    return frozenset(day for day in found.days if not day.isalpha())


def _differing_slots(a: Text, b: Text) -> Iterator[Veto]:
    """Give the kinds of things that the two say differently between the same words.

    Once is enough in their beginnings; further on a copy may have one thing corrected.
    """
    for part_a, part_b, is_lead in ((a.in_lead, b.in_lead, True), (a.in_all, b.in_all, False)):
        shared = part_a.slots.keys() & part_b.slots.keys()
        differing = [slot for slot in shared if not part_a.slots[slot] & part_b.slots[slot]]
        if is_lead or 2 * len(differing) >= len(shared):
            yield from (slot.kind for slot in differing)
