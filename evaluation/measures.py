"""What tells one event from another step, beside the cosine: ``python -m evaluation.measures``.

For each set of measures a logistic model is fitted to the labelled pairs of two papers that no veto
keeps apart: to nine tenths of them, and the tenth that it never saw is judged. Pairs of one affair
are in one tenth. What counts as one event is chosen on the nine tenths, too: the lowest score above
which nine in ten are right. Printed are how well unseen pairs are ordered (average precision), how
they are judged, and what each measure weighs, brought to one scale. Runs where ``FEED_SAMPLES``
names the folder of the feeds.
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aggregator.bengali.text import words
from aggregator.stories import event_vetoes, event_words
from aggregator.stories.counts import counts_of
from evaluation import real_pairs, sample_days
from evaluation.sample_days import Day, Label
from evaluation.sample_feeds import RealEntry

Numbers = NDArray[np.float64]
Vector = Mapping[str, float]
_FOLDS, _RIGHT = 10, 0.9
# Keeps weights small where a measure says little; with 0.5 and with 8 the cosine is the best, too.
_RIDGE = 2.0
_NEWTON_STEPS = 30  # far more than it takes to come to rest
_OPENING_STEMS = 40  # some 250 characters
_LITTLE_CHARACTERS, _LEAD_CHARACTERS = 60, 600
SETS = (
    ("cosine",),
    ("larger cosine",),
    ("larger cosine", "hours apart"),
    ("larger cosine", "headlines held", "shared counts"),
    ("larger cosine", "headlines held", "shared counts", "hours apart", "little text"),
    (
        "cosine",
        "larger cosine",
        "cosine of headlines",
        "headlines held",
        "shared in headlines",
        "shared counts",
        "other counts",
        "hours apart",
        "little text",
    ),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair of a day: what is measured of it, whether it is one event, and its affair's tenth."""

    measures: Mapping[str, float]
    is_same: bool
    fold: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How unseen pairs were ordered and judged by a set of measures."""

    average_precision: float
    judged_same: int
    rightly: int
    same: int
    weights: Mapping[str, float]


def measured(day: Day) -> list[Measured]:
    """Measure the labelled pairs of two papers of a day that no veto keeps apart."""
    places = {name: place for place, name in enumerate(day.hashes)}
    labelled = {
        (places[a], places[b]): pair.label
        for (a, b), pair in sample_days.labelled().items()
        if a in places and b in places
    }
    affair_of = _affairs(
        [pair for pair, label in labelled.items() if label in (Label.SAME, Label.STEP)]
    )
    texts = _Texts(day.entries)
    found = []
    for (a, b), label in sorted(labelled.items()):
        one, other = day.entries[a], day.entries[b]
        is_one_paper = one.dated.site == other.dated.site
        if is_one_paper or event_vetoes.between_stories(one.text, other.text):
            continue
        if not real_pairs.is_one_text(one, other):
            affair = day.hashes[min(affair_of.get(a, a), affair_of.get(b, b))]
            fold = int(hashlib.sha256(affair.encode()).hexdigest(), 16) % _FOLDS
            found.append(Measured(texts.measures(a, b), label is Label.SAME, fold))
    return found


def _affairs(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the least entry of each entry's affair: what pairs join, however far."""
    affair_of: dict[int, int] = {}
    for a, b in pairs:
        one, other = affair_of.setdefault(a, a), affair_of.setdefault(b, b)
        for entry, affair in affair_of.items():
            if affair in (one, other):
                affair_of[entry] = min(one, other)
    return affair_of


class _Texts:
    """The texts of a day as vectors of stems, weighed by how rare they are on it."""

    def __init__(self, entries: Sequence[RealEntry]) -> None:
        self._entries = entries
        self._titles = [event_words.stems_of_title(entry.text) for entry in entries]
        self._leads = [event_words.stems_of_lead(entry.text) for entry in entries]
        self._stems = [
            {*title, *lead} for title, lead in zip(self._titles, self._leads, strict=True)
        ]
        among = Counter(stem for stems in self._stems for stem in stems)
        self._rarity = {
            stem: math.log((len(entries) + 400) / (n + 0.5)) for stem, n in among.items()
        }

    def measures(self, a: int, b: int) -> dict[str, float]:
        """Measure a pair by the places of its entries."""
        cosine = self._cosine(a, b, None)
        one, other = self._counted(a), self._counted(b)
        apart = self._entries[a].dated.published - self._entries[b].dated.published
        held = (self._held(a, b), self._held(b, a))
        characters = min(self._entries[place].text.body_characters for place in (a, b))
        return {
            "cosine": cosine,
            "larger cosine": max(cosine, self._cosine(a, b, _OPENING_STEMS)),
            "cosine of headlines": self._cosine(a, b, 0),
            "headlines held": min(held),
            "shared in headlines": len({*self._titles[a]} & {*self._titles[b]}),
            "shared counts": min(len(one & other), 2),
            "other counts": bool(one and other and not one & other),
            "hours apart": abs(apart).total_seconds() / 3600,
            "little text": characters < _LITTLE_CHARACTERS,
        }

    def _cosine(self, a: int, b: int, lead_stems: int | None) -> float:
        one, other = self._vector(a, lead_stems), self._vector(b, lead_stems)
        return sum(weight * other[stem] for stem, weight in one.items() if stem in other)

    def _vector(self, place: int, lead_stems: int | None) -> Vector:
        counts = Counter([*self._leads[place][:lead_stems], *self._titles[place] * 2])
        vector = {stem: (1 + math.log(n)) * self._rarity[stem] for stem, n in counts.items()}
        length = math.sqrt(sum(weight**2 for weight in vector.values())) or 1.0
        return {stem: weight / length for stem, weight in vector.items()}

    def _held(self, a: int, b: int) -> float:
        """Return how much of a headline the other text has, the rare stems first."""
        title = {*self._titles[a]}
        held = sum(self._rarity[stem] for stem in sorted(title & self._stems[b]))
        return held / (sum(self._rarity[stem] for stem in sorted(title)) or 1.0)

    def _counted(self, place: int) -> set[object]:
        text = self._entries[place].text
        return {*counts_of(words(f"{text.title} {text.body[:_LEAD_CHARACTERS]}"))}


def judge(pairs: Sequence[Measured], names: Sequence[str]) -> Judged:
    """Judge each pair by a model of some measures that was fitted to pairs of other affairs."""
    values = np.array([[pair.measures[name] for name in names] for pair in pairs], dtype=float)
    values = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-9)
    same = np.array([pair.is_same for pair in pairs], dtype=float)
    folds = np.array([pair.fold for pair in pairs])
    scores, is_judged = np.zeros(len(pairs)), np.zeros(len(pairs), dtype=bool)
    for fold in range(_FOLDS):
        seen = folds != fold
        weights = _fitted(values[seen], same[seen])
        scores[~seen] = _scores(values[~seen], weights)
        is_judged[~seen] = scores[~seen] >= _lowest(_scores(values[seen], weights), same[seen])
    return Judged(
        _average_precision(scores, same),
        int(is_judged.sum()),
        int(same[is_judged].sum()),
        int(same.sum()),
        dict(zip(names, _fitted(values, same)[:-1].tolist(), strict=True)),
    )


def _fitted(values: Numbers, same: Numbers) -> Numbers:
    """Return the weights of a logistic model, that of no measure last (Newton's method)."""
    with_one = np.column_stack([values, np.ones(len(values))])
    ridge = np.diag([*[_RIDGE] * values.shape[1], 1e-9])
    weights = np.zeros(with_one.shape[1])
    for _ in range(_NEWTON_STEPS):
        share = 1 / (1 + np.exp(-with_one @ weights))
        slope = with_one.T @ (share - same) + ridge @ weights
        curve = (with_one.T * (share * (1 - share))) @ with_one + ridge
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def _scores(values: Numbers, weights: Numbers) -> Numbers:
    scores: Numbers = values @ weights[:-1] + weights[-1]
    return scores


def _lowest(scores: Numbers, same: Numbers) -> float:
    """Return the lowest score from which on at least nine in ten pairs are right."""
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= _RIGHT)
    return float(scores[order][enough[-1]]) if len(enough) else math.inf


def _average_precision(scores: Numbers, same: Numbers) -> float:
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    return float(precision[same[order] > 0].mean())


def _rows(pairs: Sequence[Measured]) -> Iterator[str]:
    for names in SETS:
        judged = judge(pairs, names)
        weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in judged.weights.items())
        yield (
            f"| {weights} | {judged.average_precision:.3f} | {judged.judged_same} | "
            f"{judged.rightly / max(judged.judged_same, 1):.3f} | "
            f"{judged.rightly / judged.same:.3f} |\n"
        )


def main() -> None:
    """Print how unseen pairs of the day of news are judged by each set of measures."""
    folder = os.environ.get("FEED_SAMPLES")
    if not folder:
        sys.exit("FEED_SAMPLES names no folder with samples/feeds, so there is nothing to measure.")
    pairs = measured(sample_days.days(Path(folder))["news"])
    sys.stdout.write(f"{len(pairs)} pairs, {sum(pair.is_same for pair in pairs)} of one event\n")
    sys.stdout.write("| measures | average precision | found | precision | recall |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    sys.stdout.writelines(_rows(pairs))


if __name__ == "__main__":
    main()
