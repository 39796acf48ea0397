"""How alike two texts are, and what keeps them from being one: pure, symmetric, of two texts alone.

Likeness is measured on keys, so that spelling, digits and quotes make no difference. It never
merges by itself: what the two say differently at the same place is a veto (``facts_of``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from aggregator.bengali.text import key, words
from aggregator.stories.facts import Facts, Veto, facts_of
from aggregator.stories.ngrams import COMPARED_CHARACTERS, Hashes, grams, shared

# Of shorter texts a name or a number is too large a part.
_ENOUGH_CHARACTERS = 200
# What a report says first: who, where, when.
_LEAD_CHARACTERS = 300

# Each of these was moved by itself over the pairs of ``evaluation.stories``; precision and recall
# with the value that stands are 0.9965 and 0.9942. Unrelated articles have at most 0.17 in common.
_SAME_JACCARD = 0.30  # 0.25: 0.9930 and the same; 0.35: 0.9964 and 0.9744
_SAME_CONTAINMENT = 0.80  # no pair lies between 0.70 and 0.90; an edited excerpt keeps about 0.85
_COPY_JACCARD = 0.80  # 0.70: 0.9953 and the same; 0.90: the same and 0.9930
_REWRITTEN_JACCARD = 0.45  # 0.35: 0.9953 and 0.9953; 0.60: the same and 0.9919
_SHORT_CHARACTERS = 450  # 300: 0.9942 and the same; 600: the same and 0.9930
_COLUMN_JACCARD = 0.6  # nothing lies between 0.5 and 0.7
_OPENING_CHARACTERS = 150  # 100: 0.9942 and the same; 220: the same and 0.9802
_REST_OF_A_COLUMN = 0.25  # 0.15: 0.9942 and the same; 0.40: 0.9975 and 0.9244
# Behind the opening of an excerpt there are some sentences at most.
_SOME_GRAMS = 120
# Two beginnings of one text differ by a rewritten sentence; those of two texts share 4 %.
_SAME_BEGINNING = 0.6
# Well above what unrelated texts have in common, and below what any edit leaves.
_UNLIKE_JACCARD, _UNLIKE_CONTAINMENT = 0.1, 0.3
# Under a sentence a body says nothing; two teasers of one story share its names at least.
_A_SENTENCE, _SOME = 60, 0.15
# Words in the headlines of standing columns and notices.
_STANDING = tuple(
    key(word)
    for word in (
        "রাশিফল নামাজ সময়সূচি সময়সূচী আবহাওয়া পূর্বাভাস টিভিতে সম্পাদকীয় বাজারদর উক্তি "
        "কার্টুন শব্দজট কুইজ রেসিপি ইফতার সেহরি হাদিস বিজ্ঞপ্তি দরপত্র শোকবার্তা"
    ).split()
)


class Comparable(Protocol):
    """What is compared: a text, or what is left of one that was purged."""

    @property
    def headline(self) -> str:
        """Give the title without punctuation."""

    @property
    def body_characters(self) -> int:
        """Give the length of the body."""

    @property
    def is_long(self) -> bool:
        """Tell whether there is enough text to tell by that what it is."""

    @property
    def is_standing(self) -> bool:
        """Tell whether a column has this headline every day."""

    @property
    def grams(self) -> Hashes:
        """Give the n-grams of title and body."""

    @property
    def opening(self) -> Hashes:
        """Give the n-grams of the beginning of the body."""

    @property
    def rest(self) -> Hashes:
        """Give the n-grams of the body behind its beginning."""

    @property
    def facts_in_title(self) -> Facts:
        """Give what the headline says."""

    @property
    def facts_in_lead(self) -> Facts:
        """Give what the headline and the beginning say."""

    @property
    def facts_in_all(self) -> Facts:
        """Give what all of it says."""


@dataclass(frozen=True)
class ComparableText:
    """A text as it is compared: the keys of its title and body, and what they say, once asked."""

    title: str
    body: str

    @classmethod
    def of(cls, title: str, body: str) -> ComparableText:
        """Make one of a title and a plain body; keys are their own keys."""
        return cls(key(title), key(body))

    @cached_property
    def headline(self) -> str:
        """Give the title without punctuation."""
        return " ".join(words(self.title))

    @property
    def body_characters(self) -> int:
        """Give the length of the body."""
        return len(self.body)

    @property
    def is_long(self) -> bool:
        """Tell whether there is enough text to tell by that what it is."""
        return len(self.title) + len(self.body) >= _ENOUGH_CHARACTERS

    @property
    def is_standing(self) -> bool:
        """Tell whether a column has this headline every day."""
        return any(word.startswith(_STANDING) for word in self.headline.split())

    @cached_property
    def grams(self) -> Hashes:
        """Give the n-grams of title and body."""
        return grams(f"{self.title} {self.body}", COMPARED_CHARACTERS)

    @cached_property
    def opening(self) -> Hashes:
        """Give the n-grams of the beginning of the body."""
        return grams(self.body[:_OPENING_CHARACTERS], COMPARED_CHARACTERS)

    @cached_property
    def rest(self) -> Hashes:
        """Give the n-grams of the body behind its beginning."""
        return grams(self.body[_OPENING_CHARACTERS:], COMPARED_CHARACTERS)

    @cached_property
    def facts_in_title(self) -> Facts:
        """Give what the headline says."""
        return facts_of(self.title, is_headline=True)

    @cached_property
    def facts_in_lead(self) -> Facts:
        """Give what the headline and the beginning say."""
        return facts_of(f"{self.title} {self.body[:_LEAD_CHARACTERS]}")

    @cached_property
    def facts_in_all(self) -> Facts:
        """Give what all of it says."""
        return facts_of(f"{self.title} {self.body}")


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two texts are.

    ``jaccard`` is that of their character 5-grams, ``containment`` the share of the smaller one's
    5-grams that are in the other. ``is_beginning`` says that one may be the other's beginning.
    """

    jaccard: float
    containment: float
    is_beginning: bool = False
    vetoes: tuple[Veto, ...] = ()

    @property
    def is_alike(self) -> bool:
        """Tell whether the two have as much in common as copies, edits and excerpts have."""
        is_excerpt = self.containment >= _SAME_CONTAINMENT and self.is_beginning
        return self.jaccard >= _SAME_JACCARD or is_excerpt

    @property
    def is_unlike(self) -> bool:
        """Tell whether the two have no more in common than any two texts."""
        return self.jaccard < _UNLIKE_JACCARD and self.containment < _UNLIKE_CONTAINMENT

    @property
    def is_same(self) -> bool:
        """Tell whether the two are one text: copied, edited, or an excerpt of the other."""
        return self.is_alike and not self.vetoes


def compare(a: Comparable, b: Comparable) -> Similarity:
    """Compare two texts, with the same result whichever comes first."""
    found = likeness(a, b)
    return replace(found, vetoes=vetoes(a, b, found.jaccard))


def likeness(a: Comparable, b: Comparable) -> Similarity:
    """Measure how alike two texts are, without asking what they say differently."""
    jaccard, containment = _overlap(a.grams, b.grams)
    is_excerpt = containment >= _SAME_CONTAINMENT and jaccard < _SAME_JACCARD
    return Similarity(
        jaccard=jaccard,
        containment=containment,
        is_beginning=is_excerpt and _overlap(a.opening, b.opening)[1] >= _SAME_BEGINNING,
    )


def bodies_overlap(a: Comparable, b: Comparable) -> bool:
    """Tell whether two bodies have anything in common; one that is missing contradicts nothing."""
    if min(a.body_characters, b.body_characters) < _A_SENTENCE:
        return True
    return (
        max(
            _overlap(part, other)[1] for part, other in ((a.opening, b.grams), (b.opening, a.grams))
        )
        >= _SOME
    )


def vetoes(a: Comparable, b: Comparable, jaccard: float) -> tuple[Veto, ...]:
    """Give what keeps two texts of that likeness from being one."""
    found = list(contradictions(a, b, jaccard=jaccard))
    if _are_one_column(a, b, jaccard):
        found.append(Veto.TEMPLATE)
    if not (a.is_long and b.is_long):
        found.append(Veto.LITTLE_TEXT)
    return tuple(found)


def contradictions(a: Comparable, b: Comparable, *, jaccard: float = 0.0) -> tuple[Veto, ...]:
    """Give what two texts of that likeness say differently: numbers, days, places.

    The less alike they are, the less is asked for. Of texts that are short or hardly alike it is
    enough that their beginnings name no day or no place in common, of others that their headlines
    do not, and of copies only what stands at the same place between the same words counts.
    """
    found = set(_differing_slots(a, b))
    titles, leads = (a.facts_in_title, b.facts_in_title), (a.facts_in_lead, b.facts_in_lead)
    is_short = min(a.body_characters, b.body_characters) < _SHORT_CHARACTERS
    if is_short or jaccard < _COPY_JACCARD:
        found |= {Veto.NUMBERS} if _numbers_differ(*titles) else set()
        found |= {Veto.DAYS} if _are_apart(a.facts_in_title.days, b.facts_in_title.days) else set()
        found |= (
            {Veto.PLACES} if _are_apart(a.facts_in_title.places, b.facts_in_title.places) else set()
        )
    if is_short or jaccard < _REWRITTEN_JACCARD:
        found |= {Veto.DAYS} if _are_apart(*map(_fixed_days, leads)) else set()
        found |= (
            {Veto.PLACES} if _are_apart(a.facts_in_lead.places, b.facts_in_lead.places) else set()
        )
    return tuple(veto for veto in Veto if veto in found)


def _are_one_column(a: Comparable, b: Comparable, jaccard: float) -> bool:
    """Tell whether two texts are of one column: by their headlines, or by a standing opening.

    What goes on differently behind one opening is no excerpt and no edit, but another day's.
    """
    if a.is_standing and b.is_standing:
        return jaccard < _COLUMN_JACCARD
    if not _SAME_JACCARD <= jaccard < _COLUMN_JACCARD:
        return False
    if min(a.rest.size, b.rest.size) < _SOME_GRAMS:  # an excerpt is little more than the opening
        return False
    opening, rest = _overlap(a.opening, b.opening)[0], _overlap(a.rest, b.rest)[0]
    return rest < opening * _REST_OF_A_COLUMN


def _overlap(a: Hashes, b: Hashes) -> tuple[float, float]:
    """Give the Jaccard similarity of two sets of grams, and how much of the smaller is in both."""
    both = shared(a, b)
    smaller, either = min(a.size, b.size), a.size + b.size - both
    return (both / either if either else 0.0, both / smaller if smaller else 0.0)


def _are_apart(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a and b and not a & b)


def _numbers_differ(a: Facts, b: Facts) -> bool:
    """Tell whether each has a number that the other has not: one may leave some out."""
    return bool(a.numbers - b.numbers and b.numbers - a.numbers)


def _fixed_days(found: Facts) -> frozenset[str]:
    """Give the days but for today and its neighbours: a paper's today is its site's yesterday."""
    return frozenset(day for day in found.days if not day.isalpha())


def _differing_slots(a: Comparable, b: Comparable) -> Iterator[Veto]:
    """Give the kinds of things that the two say differently between the same words.

    Once is enough in their beginnings; further on a copy may have one thing corrected.
    """
    for part_a, part_b, is_lead in (
        (a.facts_in_lead, b.facts_in_lead, True),
        (a.facts_in_all, b.facts_in_all, False),
    ):
        shared = part_a.slots.keys() & part_b.slots.keys()
        differing = [slot for slot in shared if not part_a.slots[slot] & part_b.slots[slot]]
        if is_lead or 2 * len(differing) >= len(shared):
            yield from (slot.kind for slot in differing)
