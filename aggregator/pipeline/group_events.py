"""Group events: of which events new stories are, given which stories they are tied to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from aggregator.models import NearEntry, Relation, StoryMember
from aggregator.pipeline.happenings import Events
from aggregator.store.unit import UnitOfWork
from aggregator.stories.cluster import Clusters
from aggregator.stories.event_groups import Telling, grown, ties_of
from aggregator.stories.same_event import Verdict

Judged = Mapping[tuple[NearEntry, NearEntry], Verdict]


def is_of_one_paper(verdict: Verdict) -> bool:
    """Tell whether two stories are steps of one affair only as one paper tells both."""
    return verdict.relation is Relation.STEP and not verdict.vetoes


def events_grown(unit: UnitOfWork, new: Set[int], judged: Judged) -> list[set[int]]:
    """Return the events that are not as they were, now that pairs of ``new`` stories are judged.

    Each is the entries that stand for its stories. What was of one event before stays so.
    """
    pk_of = {
        entry.story: entry.pk
        for pair, verdict in judged.items()
        if verdict.relation is Relation.SAME
        for entry in pair
    }
    members = unit.stories.members(pk_of)
    events = Events(
        unit, {entry.pk: story for story, entries in members.items() for entry in entries}
    )
    standing = _apart(
        events.stories(story) for story in pk_of if story not in new or events.numbers(story)
    )
    members |= unit.stories.members(story for stories in standing for story in stories)
    telling_of = {
        story: telling for story, entries in members.items() if (telling := _telling(entries))
    }
    ties = _ties(unit, members, judged)
    groups = grown(
        [{telling_of[story] for story in stories & telling_of.keys()} for stories in standing],
        [telling_of[story] for story in pk_of.keys() & new & telling_of.keys()],
        ties_of(ties),
        ties_of(_fitting(unit, members, judged) | ties),
    )
    grown_ones = [{telling.story for telling in group} for group in groups]
    return [
        {pk_of[story] for story in stories & pk_of.keys()}.union(*map(events.entries, stories))
        for stories in grown_ones
        if stories not in standing
    ]


def ties_between(
    unit: UnitOfWork, members: Mapping[int, Sequence[StoryMember]]
) -> dict[tuple[int, int], float]:
    """Return how like each other stories are that fit; ``members`` are the entries of each."""
    return _fitting(unit, members, {}) | _ties(unit, members, {})


def _apart(groups: Iterable[Set[int]]) -> list[set[int]]:
    """Return groups of stories of which no two share one; what does is one group."""
    clusters = Clusters()
    stories: set[int] = set()
    for group in groups:
        stories |= group
        for story in group:
            clusters.join(min(group), story)
    apart: dict[int, set[int]] = {}
    for story in stories:
        apart.setdefault(clusters.root(story), set()).add(story)
    return list(apart.values())


def _telling(entries: Sequence[StoryMember]) -> Telling | None:
    """Return a story by its first report; nothing of one that was purged."""
    if any(entry.is_purged for entry in entries):
        return None
    first = min(entries, key=lambda entry: (entry.published, entry.id))
    return Telling(first.published, first.id, first.story)


def _ties(
    unit: UnitOfWork, members: Mapping[int, Sequence[StoryMember]], judged: Judged
) -> dict[tuple[int, int], float]:
    """Return how sure it is of pairs of stories that they are of one event, known or new."""
    new = {pair: each for pair, each in judged.items() if each.relation is Relation.SAME}
    return _by_story(unit.event_groups.links, members, new)


def _fitting(
    unit: UnitOfWork, members: Mapping[int, Sequence[StoryMember]], judged: Judged
) -> dict[tuple[int, int], float]:
    """Return how like each other stories are that one paper alone keeps from being tied."""
    new = {pair: each for pair, each in judged.items() if is_of_one_paper(each)}
    return _by_story(unit.event_groups.steps_of_one_paper, members, new)


def _by_story(
    read: Callable[[Set[int]], Sequence[tuple[int, int, float]]],
    members: Mapping[int, Sequence[StoryMember]],
    new: Judged,
) -> dict[tuple[int, int], float]:
    story_of = {entry.pk: story for story, entries in members.items() for entry in entries}
    pairs = [
        (story_of[pk], story_of[other], score)
        for pk, other, score in read(story_of.keys())
        if other in story_of
    ]
    pairs += [(a.story, b.story, verdict.score) for (a, b), verdict in new.items()]
    scores: dict[tuple[int, int], float] = {}
    for a, b, score in pairs:
        pair = (min(a, b), max(a, b))
        scores[pair] = max(score, scores.get(pair, 0.0))
    return {(a, b): score for (a, b), score in scores.items() if a != b}
