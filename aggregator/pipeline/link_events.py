"""Link: which of the stories that are about to be published tell of one happening.

Asked once for each story, when it is published first, among the stories of its days; what was found
is remembered, so that what is published does not change as other stories come and go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from aggregator.models import Presentation, StoryMember
from aggregator.store.reading import Reading
from aggregator.store.store import Store
from aggregator.stories import same_event
from aggregator.stories.similarity import ComparableText

# Papers tell of a happening within a day; what is dated by its print edition comes half a day late.
_WINDOW = timedelta(hours=36)
# Stories that are looked at together span at most so long, so that a window has few stories: in an
# archive the newest two hundred can span years.
_TOGETHER = timedelta(days=4)
# The most that one window compares; the fifty sites of the shipped configuration bring some 3,000
# entries in three days.
_MOST_STORIES = 5_000


def link_events(store: Store, shown: Sequence[Presentation]) -> None:
    """Find and remember what tells of the same happening as stories that were never asked."""
    new = {one.representative.story: one for one in shown if not _is_linked(one)}
    if not new:
        return
    found: dict[tuple[int, int], float] = {}
    with store.reading() as reading:
        for together in _clusters(list(new.values())):
            found |= _linked(reading, together)
    linked = [member.pk for one in new.values() for member in (one.representative, *one.others)]
    with store.joining() as transaction:
        transaction.add_events(found, linked)


def _is_linked(one: Presentation) -> bool:
    return any(member.is_linked for member in (one.representative, *one.others))


def _clusters(shown: list[Presentation]) -> Iterator[list[Presentation]]:
    """Divide stories into those whose times lie together, the oldest first."""
    shown.sort(key=lambda one: (one.representative.published, one.representative.id))
    together: list[Presentation] = []
    for one in shown:
        if together and (
            one.representative.published - together[-1].representative.published > _WINDOW
            or one.representative.published - together[0].representative.published > _TOGETHER
        ):
            yield together
            together = []
        together.append(one)
    if together:
        yield together


def _linked(reading: Reading, together: Sequence[Presentation]) -> dict[tuple[int, int], float]:
    first, last = (
        together[0].representative.published - _WINDOW,
        together[-1].representative.published + _WINDOW,
    )
    leads = {one.representative.story: one.representative for one in together}
    others = leads | _one_of_each(reading.near(first, last, _MOST_STORIES), leads)
    members = sorted(others.values(), key=lambda one: one.id)
    texts = _texts(reading, members)
    members = [one for one in members if one.pk in texts]
    window = same_event.Window([same_event.gist(texts[one.pk]) for one in members])
    found: dict[tuple[int, int], float] = {}
    for place, one in enumerate(members):
        if one.story not in leads:
            continue
        for other_place, score in window.near(window.gists[place]).items():
            other = members[other_place]
            if (
                other.pk != one.pk
                and abs(other.published - one.published) <= _WINDOW
                and not same_event.event_vetoes(texts[one.pk], texts[other.pk])
            ):
                pair = (min(one.pk, other.pk), max(one.pk, other.pk))
                found[pair] = round(score, 3)
    return found


def _one_of_each(
    near: Sequence[StoryMember], leads: Mapping[int, StoryMember]
) -> dict[int, StoryMember]:
    """Give of each further story the entry with the fullest text."""
    found: dict[int, StoryMember] = {}
    for one in sorted(near, key=lambda one: (-one.characters, one.published, one.id)):
        if one.story not in leads:
            found.setdefault(one.story, one)
    return found


def _texts(reading: Reading, members: Sequence[StoryMember]) -> dict[int, ComparableText]:
    entries = reading.entries([one.pk for one in members])
    return {pk: ComparableText.of(entry.title, entry.summary) for pk, entry in entries.items()}
