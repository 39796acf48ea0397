"""Which entries become one story: ties found among candidates, and the stories that they join.

Knows what ties two entries and what keeps a tie from joining two stories. Refuses to know the
store: texts, stories and the index are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aggregator.models import DedupeRules, Tie, TieKind
from aggregator.stories import same_text
from aggregator.stories.candidates import Candidate, Overlap
from aggregator.stories.comparable import Dated
from aggregator.stories.same_text import Verdict
from aggregator.stories.vetoes import Veto

# The fullest texts of a story say what it is about.
TEXTS_OF_A_STORY = 6


class Clusters:
    """Numbers in sets that only grow; the smallest number of a set stands for it (union–find)."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def root(self, number: int) -> int:
        """Return the smallest number of the set that holds a number."""
        while (parent := self._parents.get(number, number)) != number:
            self._parents[number] = self._parents.get(parent, parent)
            number = parent
        return number

    def join(self, a: int, b: int) -> None:
        """Make the sets of two numbers one."""
        low, high = sorted((self.root(a), self.root(b)))
        if low != high:
            self._parents[high] = low

    def joined(self) -> dict[int, int]:
        """Return every number that is not the smallest of its set → the smallest, largest first."""
        return {
            number: self.root(number)
            for number in sorted(self._parents, reverse=True)
            if self.root(number) != number
        }


def verdicts_of(
    candidate: Candidate,
    overlap_of: Mapping[int, Overlap],
    candidates: Mapping[int, Candidate],
    rules: DedupeRules,
) -> Iterator[tuple[int, Verdict]]:
    """Judge a candidate against each that it overlaps with, and yield (number, verdict).

    A copy of a site's notice, and a headline of a recurring column, tie nothing: that takes more
    than two entries to see. A number of ``overlap_of`` that is not among ``candidates`` is a purged
    entry's.
    """
    near = {pk: candidates[pk] for pk in overlap_of if pk in candidates}
    same_headline = [candidate, *(near[pk] for pk in near if overlap_of[pk].has_headline)]
    is_column = same_text.is_recurring_column(
        (entry.site, entry.entry.published) for entry in same_headline
    )
    notices = candidate.notice_sites(overlap_of, near)
    for pk, other in near.items():
        verdict = same_text.judge(
            candidate.dated,
            other.dated,
            rules.window,
            has_address=overlap_of[pk].has_address,
        )
        is_notice = candidate.site in notices or other.site in notices
        if verdict.kind is TieKind.COPY and is_notice:
            verdict = verdict.against(Veto.NOTICE)
        elif verdict.kind is TieKind.HEADLINE and is_column:
            verdict = verdict.against(Veto.COLUMN)
        yield pk, verdict


def ties_of(
    candidate: Candidate,
    overlap_of: Mapping[int, Overlap],
    candidates: Mapping[int, Candidate],
    rules: DedupeRules,
) -> Iterator[Tie]:
    """Judge a candidate against each that it overlaps with, and yield the ties."""
    for pk, verdict in verdicts_of(candidate, overlap_of, candidates, rules):
        if verdict.kind is None:
            continue
        low, high = sorted((candidate.entry.pk, pk))
        yield Tie(
            a=low,
            b=high,
            kind=verdict.kind,
            jaccard=round(verdict.similarity.jaccard, 3),
            containment=round(verdict.similarity.containment, 3),
        )


def surest_first(ties: Sequence[Tie]) -> list[Tie]:
    """Return ties in the order in which they join stories, the same whatever order they came in."""
    return sorted(ties, key=lambda tie: (-tie.jaccard, tie.a, tie.b))


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Which ties join entries, and which stories become which: number → the smaller number."""

    ties: tuple[Tie, ...]
    stories: Mapping[int, int]


def merge(
    ties: Sequence[Tie],
    story_of: Mapping[int, int],
    texts_of: Mapping[int, Sequence[Dated]],
) -> Merge:
    """Join stories tie by tie, but for a tie that only bridges two stories.

    ``story_of`` tells the story of each tied entry that is not purged; a tie to any other entry
    joins nothing. ``texts_of`` holds some texts of each story that ties connect with another.
    """
    clusters = Clusters()
    texts = {story: list(of_story) for story, of_story in texts_of.items()}
    kept = []
    for tie in ties:
        if tie.a not in story_of or tie.b not in story_of:
            continue
        low, high = sorted((clusters.root(story_of[tie.a]), clusters.root(story_of[tie.b])))
        if low != high:
            if tie.kind is not TieKind.TEXT and same_text.is_bridge(
                texts[low], texts[high], tie.kind
            ):
                continue
            clusters.join(low, high)
            texts[low] = [*texts[low], *texts[high]][:TEXTS_OF_A_STORY]
        kept.append(tie)
    return Merge(ties=tuple(kept), stories=clusters.joined())
