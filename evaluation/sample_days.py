"""Real pairs of several papers on one day, and their labels: ``python -m evaluation.sample_days``.

``pairs/sample_days.tsv`` holds the labels: two hashes of addresses, the stratum that the pair was
drawn from, and what one reader said of it. SAME: one happening. STEP: another step of one affair.
TOPIC: one theme, as two opinions have it. DIFFERENT: neither. Pairs of news were read twice, title
and beginning, the second time in another order, and in full where they were in doubt; opinions and
what was not drawn were read once. Stratum 0.00 holds what was not drawn, but found by the rules, so
that every link and every step of a day is labelled. No text of others is kept here, so that only
who has the feeds can judge the pairs (``FEED_SAMPLES``).

The program prints the pairs that have no label yet, for reading. Pairs are drawn by the cosine of
their stems, which says nothing of the rules that are measured: every pair of the upper strata, as
they are few, and some of the lower by their hash.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from aggregator.bengali import language
from aggregator.bengali.text import stems
from evaluation import sample_feeds
from evaluation.material import FOLDER
from evaluation.sample_feeds import RealEntry

_LABELS = FOLDER / "sample_days.tsv"
# Days of which the samples have several papers: the first and the last, and the lowest stratum that
# is drawn. The opinions are mostly headlines alone.
DAYS = {
    "news": (datetime(2026, 8, 10, tzinfo=UTC), datetime(2026, 8, 13, 6, tzinfo=UTC), 0.10),
    "opinions": (datetime(2025, 11, 14, tzinfo=UTC), datetime(2025, 11, 20, 23, tzinfo=UTC), 0.30),
}
# Nothing was chosen on these before they were read. Of them no pairs are drawn, as two papers
# hardly tell of one event there: what is found on them is read.
UNSEEN_DAYS = {
    "earlier opinions": (datetime(2025, 11, 8, tzinfo=UTC), datetime(2025, 11, 14, tzinfo=UTC)),
    "later opinions": (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC)),
}
ONE_PAPER = "one paper's news"
_WINDOW = timedelta(hours=36)  # as events are looked for
# Where each stratum begins, and how many of its pairs are drawn of a day; all, where it is None.
STRATA: Mapping[float, int | None] = {0.30: None, 0.20: None, 0.15: 60, 0.10: 30}
_STEM_CHARACTERS, _LEAD_CHARACTERS = 5, 600
_HASH_CHARACTERS = 12  # no two of some thousand addresses share 48 bits
_SHOWN_CHARACTERS = 170


class Label(StrEnum):
    """What two entries of two papers have to do with each other."""

    SAME = "SAME"
    STEP = "STEP"
    TOPIC = "TOPIC"
    DIFFERENT = "DIFFERENT"


Addresses = tuple[str, str]
"""The hashes of two addresses, the smaller first."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was said of a pair, and the stratum that it was drawn from; 0.0 where it was not."""

    label: Label
    stratum: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair of entries by their places in a day, and the stratum that it was drawn from."""

    a: int
    b: int
    stratum: float


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of some days, by the hashes of their addresses, and the stratum to draw from."""

    lowest: float
    hashes: Sequence[str]
    entries: Sequence[RealEntry]

    def addresses(self, a: int, b: int) -> Addresses:
        """Return the hashes of two entries by their places."""
        low, high = sorted((self.hashes[a], self.hashes[b]))
        return low, high

    def are_near(self, a: int, b: int) -> bool:
        """Tell whether two entries lie so near in time that they may tell of one event."""
        times = (self.entries[place].dated.published for place in (a, b))
        return abs(next(times) - next(times)) <= _WINDOW


def days(folder: Path) -> dict[str, Day]:
    """Read the days of which a folder of samples has several papers."""
    entries: dict[str, RealEntry] = {}
    for path in sample_feeds.files(folder):
        for address, entry in sample_feeds.entries_of(path):
            entries.setdefault(_hash(address), entry)
    unseen = {name: (*between, math.inf) for name, between in UNSEEN_DAYS.items()}
    found = {
        name: _day(
            {
                name: entry
                for name, entry in entries.items()
                if first <= entry.dated.published <= last and _is_bengali(entry)
            },
            lowest,
        )
        for name, (first, last, lowest) in (DAYS | unseen).items()
    }
    of_one_paper = {_hash(address): entry for address, entry in sample_feeds.records(folder)}
    return found | {ONE_PAPER: _day(of_one_paper, math.inf)}


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:_HASH_CHARACTERS]


def _day(entries: Mapping[str, RealEntry], lowest: float) -> Day:
    hashes = sorted(entries)
    return Day(lowest, hashes, [entries[name] for name in hashes])


def _is_bengali(entry: RealEntry) -> bool:
    """Tell whether an entry is in Bengali; some feeds have others among them."""
    return language.identify(f"{entry.text.title}\n{entry.text.body}") == "bn"


def labelled() -> dict[Addresses, Labelled]:
    """Read what was said of each pair, by the hashes of its addresses."""
    with _LABELS.open(encoding="utf-8", newline="") as file:
        return {
            (row["a"], row["b"]): Labelled(Label(row["label"]), float(row["stratum"]))
            for row in csv.DictReader(file, delimiter="\t")
        }


def drawn(day: Day) -> list[Drawn]:
    """Draw pairs of two papers by strata of their cosine, the same in every run."""
    of_stratum: dict[float, list[tuple[str, Drawn]]] = {start: [] for start in STRATA}
    for (a, b), cosine in _cosines(day):
        stratum = next((start for start in STRATA if cosine >= start), None)
        if stratum is not None and stratum >= day.lowest:
            order = hashlib.sha256("".join(day.addresses(a, b)).encode()).hexdigest()
            of_stratum[stratum].append((order, Drawn(a, b, stratum)))
    return [
        pair for start, pairs in of_stratum.items() for _, pair in sorted(pairs)[: STRATA[start]]
    ]


def _cosines(day: Day) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield all pairs of two papers that lie near in time, with the cosine of their stems."""
    counts = [_counts(entry) for entry in day.entries]
    among = Counter(stem for of_entry in counts for stem in of_entry)
    vectors = []
    for of_entry in counts:
        vector = {
            stem: (1 + math.log(count)) * math.log((len(counts) + 1) / among[stem])
            for stem, count in of_entry.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        vectors.append({stem: weight / norm for stem, weight in vector.items()})
    for a, b in itertools.combinations(range(len(vectors)), 2):
        is_one_paper = day.entries[a].dated.site == day.entries[b].dated.site
        if not is_one_paper and day.are_near(a, b):
            shared = sorted(vectors[a].keys() & vectors[b].keys())
            yield (a, b), sum(vectors[a][stem] * vectors[b][stem] for stem in shared)


def _counts(entry: RealEntry) -> Counter[str]:
    text = f"{entry.text.title} {entry.text.title} {entry.text.body[:_LEAD_CHARACTERS]}"
    return Counter(stems(text, characters=_STEM_CHARACTERS, shortest_word=2))


def main() -> None:
    """Print the drawn pairs that have no label, for reading."""
    folder = os.environ.get("FEED_SAMPLES")
    if not folder:
        sys.exit("FEED_SAMPLES names no folder with samples/feeds, so there are no pairs to read.")
    known = labelled()
    for name, day in days(Path(folder)).items():
        for pair in drawn(day):
            addresses = day.addresses(pair.a, pair.b)
            if addresses not in known:
                sys.stdout.write(f"{name} {' '.join(addresses)} {pair.stratum:.2f}\n")
                for place in (pair.a, pair.b):
                    text = day.entries[place].text
                    sys.stdout.write(f"  {text.title} | {text.body[:_SHOWN_CHARACTERS]!r}\n")


if __name__ == "__main__":
    main()
