"""Group events: of which events new stories are, given which stories they are tied to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from aggregator.models import NearEntry, StoryMember
from aggregator.pipeline.happenings import Events
from aggregator.store.unit import UnitOfWork
from aggregator.stories.cluster import Clusters
from aggregator.stories.event_groups import Telling, grown, ties_of


def events_grown(
    unit: UnitOfWork, new: Set[int], links: Mapping[tuple[NearEntry, NearEntry], float]
) -> list[set[int]]:
    """Return the events that are not as they were, now that ``new`` stories are linked.

    Each is the entries that stand for its stories. What was of one event before stays so.
    """
    pk_of = {entry.story: entry.pk for pair in links for entry in pair}
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
    groups = grown(
        [{telling_of[story] for story in stories & telling_of.keys()} for stories in standing],
        [telling_of[story] for story in pk_of.keys() & new & telling_of.keys()],
        ties_of(_ties(unit, members, links)),
    )
    grown_ones = [{telling.story for telling in group} for group in groups]
    return [
        {pk_of[story] for story in stories & pk_of.keys()}.union(*map(events.entries, stories))
        for stories in grown_ones
        if stories not in standing
    ]


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
    unit: UnitOfWork,
    members: Mapping[int, Sequence[StoryMember]],
    links: Mapping[tuple[NearEntry, NearEntry], float],
) -> dict[tuple[int, int], float]:
    """Return how sure it is of pairs of stories that they are of one event, known or new."""
    story_of = {entry.pk: story for story, entries in members.items() for entry in entries}
    pairs = [
        (story_of[pk], story_of[other], score)
        for pk, other, score in unit.event_groups.links(story_of)
        if other in story_of
    ]
    pairs += [(a.story, b.story, score) for (a, b), score in links.items()]
    ties: dict[tuple[int, int], float] = {}
    for a, b, score in pairs:
        pair = (min(a, b), max(a, b))
        ties[pair] = max(score, ties.get(pair, 0.0))
    return {(a, b): score for (a, b), score in ties.items() if a != b}
