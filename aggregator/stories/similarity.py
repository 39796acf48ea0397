"""How alike two texts are: pure, and the same whichever of the two comes first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aggregator.stories import vetoes
from aggregator.stories.comparable import RETOLD_JACCARD, SAME_JACCARD, Comparable
from aggregator.stories.ngrams import set_similarity
from aggregator.stories.vetoes import Veto

# No pair of the gate lies between 0.70 and 0.90; an edited excerpt keeps about 0.85.
_SAME_CONTAINMENT = 0.80
# Two beginnings of one text differ by a rewritten sentence; those of two texts share 4 %.
_SAME_BEGINNING = 0.6
# Well above what unrelated texts have in common, and below what any edit leaves.
_UNLIKE_JACCARD, _UNLIKE_CONTAINMENT = 0.1, 0.3
# What is in one story has more in common than reports that were tied one to the next: the ends of
# such chains had 0.11 to 0.17. Of 6,800 pairs of two edits of one article, 43 are below it, nearly
# all of them two that each changed 40 %; with 0.25 and 0.45 it would be 186.
_STRANGERS_JACCARD, _STRANGERS_CONTAINMENT = 0.2, 0.4


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two texts are, and what keeps them from being one.

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
        return self.jaccard >= SAME_JACCARD or self.is_excerpt

    @property
    def is_excerpt(self) -> bool:
        """Tell whether one text is the beginning of the other."""
        return self.containment >= _SAME_CONTAINMENT and self.is_beginning

    @property
    def is_unlike(self) -> bool:
        """Tell whether the two have no more in common than any two texts."""
        return self.jaccard < _UNLIKE_JACCARD and self.containment < _UNLIKE_CONTAINMENT

    @property
    def are_strangers(self) -> bool:
        """Tell whether the two have too little in common for one story, whatever lies between."""
        return self.jaccard < _STRANGERS_JACCARD and self.containment < _STRANGERS_CONTAINMENT

    @property
    def is_same(self) -> bool:
        """Tell whether the two are one text: copied, edited, or an excerpt of the other."""
        return self.is_alike and not self.vetoes


def compare(a: Comparable, b: Comparable) -> Similarity:
    """Return how alike two texts are, with the vetoes against their being one."""
    similarity = likeness(a, b)
    return replace(similarity, vetoes=vetoes.between_texts(a, b, similarity.jaccard))


def likeness(a: Comparable, b: Comparable) -> Similarity:
    """Return how alike two texts are, without asking what they state differently."""
    shared = set_similarity(a.ngrams, b.ngrams)
    is_excerpt = shared.containment >= _SAME_CONTAINMENT and shared.jaccard < RETOLD_JACCARD
    return Similarity(
        jaccard=shared.jaccard,
        containment=shared.containment,
        is_beginning=is_excerpt
        and set_similarity(a.opening, b.opening).containment >= _SAME_BEGINNING,
    )
