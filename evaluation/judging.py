"""How labelled pairs are counted, and whether the index of signatures finds one text by another."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.stories import signature
from aggregator.stories.comparable import ComparableText
from aggregator.stories.signature import Signature


@dataclass(slots=True)
class Score:
    """Counts over labelled pairs; ``faults`` describes each pair that was judged wrongly."""

    pairs: int = 0
    same: int = 0
    judged_same: int = 0
    rightly_judged_same: int = 0
    faults: list[str] = field(default_factory=list)

    def add(
        self, kind: str, title: str, *, is_same: bool, is_judged_same: bool, why: str = ""
    ) -> None:
        """Count one pair; ``title`` and ``why`` describe it where it was judged wrongly."""
        self.pairs += 1
        self.same += is_same
        self.judged_same += is_judged_same
        self.rightly_judged_same += is_same and is_judged_same
        if is_same != is_judged_same:
            label = "missed" if is_same else "WRONG"
            self.faults.append(f"{label} {kind}: {title} {why}")

    def rates(self) -> dict[str, float]:
        """Return precision, recall, and the share of different pairs that were kept apart.

        Each is 1.0 where there was nothing to get wrong.
        """
        right, different = self.rightly_judged_same, self.pairs - self.same
        wrong = self.judged_same - right
        return {
            "precision": right / self.judged_same if self.judged_same else 1.0,
            "recall": right / self.same if self.same else 1.0,
            "kept apart": 1 - wrong / different if different else 1.0,
        }


def is_found(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether the index of signatures finds one text by the other, as clustering asks it."""
    bands_a, bands_b = Signature.of(a), Signature.of(b)
    shared = len(set(bands_a.text) & set(bands_b.text))
    is_headline = bool(set(bands_a.headline) & set(bands_b.headline))
    return signature.is_worth_comparing(shared, has_rare=True) or is_headline
