"""Which events the sample days have, as groups: ``python -m evaluation.event_groups``.

Prints the ten events that most papers tell, with all members and the steps that were found beside
them, and how many of the pairs of two papers that all groups hold are labelled SAME
(``sample_days``); fails where that is less than a floor. Runs where the feeds are
(``FEED_SAMPLES``).
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from aggregator.models import Relation
from aggregator.stories.event_groups import Telling, grown, medoid, ties_of
from evaluation import real_pairs, sample_days
from evaluation.sample_days import Addresses, Day, Label, Labelled

_SHOWN_GROUPS = 10
_SHOWN_CHARACTERS = 90
# Of the pairs of two papers within the groups of news: a little less than is reached.
FLOORS = {"precision": 0.93, "right": 47}

Scores = Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The events of a day by the places of entries; what fits in them, and the steps between."""

    groups: Sequence[tuple[Telling, ...]]
    ties: Scores
    fits: Scores
    steps: Scores

    def pairs(self, day: Day) -> list[tuple[int, int]]:
        """Return the pairs of two papers that the groups hold, but for those of one text."""
        return [
            (a, b)
            for group in self.groups
            for a, b in combinations(sorted(telling.story for telling in group), 2)
            if day.entries[a].dated.site != day.entries[b].dated.site
            and not real_pairs.is_one_text(day.entries[a], day.entries[b])
        ]


def grouped(day: Day) -> Grouped:
    """Group the entries of some days as if they came one by one."""
    verdicts = {(near.a, near.b): near.verdict for near in real_pairs.near_of(day).values()}
    ties, steps = (
        {pair: each.score for pair, each in verdicts.items() if each.relation is relation}
        for relation in (Relation.SAME, Relation.STEP)
    )
    fits = ties | {pair: score for pair, score in steps.items() if not verdicts[pair].vetoes}
    tellings = [
        Telling(entry.dated.published, name, place)
        for place, (name, entry) in enumerate(zip(day.hashes, day.entries, strict=True))
    ]
    groups = grown([], tellings, ties_of(ties), ties_of(fits))
    return Grouped(groups=groups, ties=ties, fits=fits, steps=steps)


def counted(
    day: Day, pairs: Sequence[tuple[int, int]], labelled: Mapping[Addresses, Labelled]
) -> Counter[str]:
    """Count pairs by what was said of them; what nobody has read is *unread*."""
    labels = (labelled.get(day.addresses(*pair)) for pair in pairs)
    return Counter(str(each.label) if each else "unread" for each in labels)


def _papers(day: Day, group: Sequence[Telling]) -> int:
    return len({day.entries[telling.story].dated.site for telling in group})


def _lines(day: Day, found: Grouped, labelled: Mapping[Addresses, Labelled]) -> list[str]:
    """Return the groups that most papers tell, and what is beside them, as lines."""
    fits = ties_of(found.fits)
    lines = []
    biggest = sorted(found.groups, key=lambda group: (-_papers(day, group), -len(group), group))
    for number, group in enumerate(biggest[:_SHOWN_GROUPS], start=1):
        first, last = group[0].published, group[-1].published
        papers = _papers(day, group)
        lines.append(f"{number}. {papers} papers, {first:%d %H:%M} to {last:%d %H:%M} UTC")
        middle = medoid(group, fits)
        for telling in group:
            entry = day.entries[telling.story]
            mark = "*" if telling == middle else " "
            title = entry.text.title[:_SHOWN_CHARACTERS]
            lines.append(f"   {mark} {entry.dated.site} [{telling.story}]: {title}")
        for pair in combinations(sorted(telling.story for telling in group), 2):
            read = labelled.get(day.addresses(*pair))
            score = f"{found.fits[pair]:.2f}" if pair in found.fits else "not near"
            label = read.label if read else "unread"
            lines.append(f"     {pair[0]} and {pair[1]}: {score}, {label}")
        stories = {telling.story for telling in group}
        pairs = [pair for pair in (*found.ties, *found.steps) if stories & {*pair}]
        lines += [
            f"     beside it [{place}]: {day.entries[place].text.title[:_SHOWN_CHARACTERS]}"
            for place in sorted({place for pair in pairs for place in pair} - stories)
        ]
    return lines


def main() -> None:
    """Print the groups of each of the sample days, and fail where the floors are not reached."""
    folder = os.environ.get("FEED_SAMPLES")
    if not folder:
        sys.stdout.write("FEED_SAMPLES names no folder with samples/feeds, so no day is grouped.\n")
        return
    labelled = sample_days.labelled()
    is_reached = True
    for name, day in sample_days.days(Path(folder)).items():
        found = grouped(day)
        if not found.groups:
            continue
        pairs = found.pairs(day)
        counts = counted(day, pairs, labelled)
        sizes = Counter(len(group) for group in found.groups)
        sys.stdout.write(
            f"{name}: {len(found.groups)} events of {len(day.entries)} entries, by size "
            f"{dict(sorted(sizes.items()))}; {len(pairs)} pairs of two papers {dict(counts)}; "
            f"{len(found.ties.keys() - {*pairs})} ties in no group\n"
        )
        sys.stdout.write("\n".join(_lines(day, found, labelled)) + "\n\n")
        if name == "news":
            right = counts[Label.SAME]
            is_reached = right >= FLOORS["right"] and right / len(pairs) >= FLOORS["precision"]
    if not is_reached:
        sys.exit(f"The groups of the news are below the floors: {FLOORS}")


if __name__ == "__main__":
    main()
