"""Link events: which of the stories that are about to be published tell of one event.

Decided once for each story, when it is first published, among the stories of its days, and then
remembered, so that what is published does not change as other stories come and go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from aggregator.bengali.text import keys_of_shown
from aggregator.models import Presentation, StoryMember
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork
from aggregator.stories import same_event
from aggregator.stories.comparable import ComparableText

# Papers tell of an event within a day; what is dated by its print edition comes half a day late.
_WINDOW = timedelta(hours=36)
# Stories that are compared together span at most so long, so that a window has few stories: in an
# archive the newest two hundred can span years.
_LONGEST_SPAN = timedelta(days=4)
# The most that one window compares; the fifty sites of the shipped configuration bring some 3,000
# entries in three days.
_MOST_STORIES = 5_000


def link_events(run: Run, shown: Sequence[Presentation]) -> None:
    """Find and remember which stories tell of the same event as stories that are newly shown.

    The feeds that can show a story of which another one now tells are no longer current.
    """
    new = {
        presentation.representative.story: presentation
        for presentation in shown
        if not any(member.is_linked for member in presentation.members)
    }
    if not new:
        return
    scores: dict[tuple[int, int], float] = {}
    with run.store.read() as unit:
        for group in _by_time([presentation.representative for presentation in new.values()]):
            scores |= _scores(unit, group)
    linked = [member.pk for presentation in new.values() for member in presentation.members]
    with run.store.write() as unit:
        unit.stories.add_event_links(scores, linked)
        unit.standings.touch({pk for pair in scores for pk in pair}, run.config.feeds)


def _by_time(members: list[StoryMember]) -> Iterator[list[StoryMember]]:
    """Divide entries into groups whose times lie together, the oldest first."""
    members.sort(key=lambda member: (member.published, member.id))
    group: list[StoryMember] = []
    for member in members:
        if group and (
            member.published - group[-1].published > _WINDOW
            or member.published - group[0].published > _LONGEST_SPAN
        ):
            yield group
            group = []
        group.append(member)
    if group:
        yield group


def _scores(unit: UnitOfWork, group: Sequence[StoryMember]) -> dict[tuple[int, int], float]:
    """Return how surely stories of a group and of its days tell of one event.

    Keys are pairs of the numbers of entries, the smaller first.
    """
    first, last = group[0].published - _WINDOW, group[-1].published + _WINDOW
    new = {member.story: member for member in group}
    near = unit.stories.published_between(first, last, _MOST_STORIES)
    members = sorted((new | _fullest_of_each(near, new)).values(), key=lambda member: member.id)
    texts = _texts(unit, members)
    members = [member for member in members if member.pk in texts]
    window = same_event.Window([same_event.term_weights(texts[member.pk]) for member in members])
    scores: dict[tuple[int, int], float] = {}
    for index, member in enumerate(members):
        if member.story not in new:
            continue
        for other_index, score in window.near(index).items():
            other = members[other_index]
            if (
                other.pk != member.pk
                and abs(other.published - member.published) <= _WINDOW
                and not same_event.event_vetoes(texts[member.pk], texts[other.pk])
            ):
                pair = (min(member.pk, other.pk), max(member.pk, other.pk))
                scores[pair] = round(score, 3)
    return scores


def _fullest_of_each(
    near: Sequence[StoryMember], new: Mapping[int, StoryMember]
) -> dict[int, StoryMember]:
    """Return the entry with the fullest text of each story that is not new: story → entry."""
    fullest: dict[int, StoryMember] = {}
    for member in sorted(near, key=lambda entry: (-entry.characters, entry.published, entry.id)):
        if member.story not in new:
            fullest.setdefault(member.story, member)
    return fullest


def _texts(unit: UnitOfWork, members: Sequence[StoryMember]) -> dict[int, ComparableText]:
    openings = unit.feeds.openings(member.pk for member in members)
    keys = keys_of_shown([text for opening in openings.values() for text in opening])
    return {
        pk: ComparableText(title, summary)
        for pk, title, summary in zip(openings, keys[::2], keys[1::2], strict=True)
    }
