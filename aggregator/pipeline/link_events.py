"""Link events: which of the stories that are about to be published tell of one event.

Decided once for each story, when it is first published, among the stories of its days, and then
remembered, so that what is published does not change as other stories come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

from aggregator import urls
from aggregator.bengali.text import keys_of_shown
from aggregator.models import EventWords, NearEntry, Opening, Presentation, Relation, StoryMember
from aggregator.pipeline.group_events import events_grown, is_of_one_paper
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork
from aggregator.stories import event_index, event_words, same_event
from aggregator.stories.candidates import site_of
from aggregator.stories.comparable import ComparableText
from aggregator.stories.same_event import Told, Verdict

# Papers tell of an event within a day; what is dated by its print edition comes half a day late.
_WINDOW = timedelta(hours=36)
# Stories that are compared together span at most so long, so that a window has few stories: in an
# archive the newest two hundred can span years.
_LONGEST_SPAN = timedelta(days=4)
# The most that one window compares; the fifty sites of the shipped configuration bring some 3,000
# entries in three days.
_MOST_STORIES = 5_000


# So many openings are read at once where their words are not kept: what folds them takes many as
# quickly as all, and as many texts are in memory.
_OPENINGS_TOGETHER = 500


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
    representatives = [presentation.representative for presentation in new.values()]
    judged: dict[tuple[NearEntry, NearEntry], Verdict] = {}
    made: dict[NearEntry, EventWords] = {}
    with run.store.read() as unit:
        for group in _by_time(representatives):
            days = _Days.of(unit, group)
            judged |= days.judged(unit)
            made |= days.made
        groups = events_grown(unit, new.keys(), judged)
    links, steps = (
        {
            (a.pk, b.pk): verdict.score
            for (a, b), verdict in judged.items()
            if verdict.relation is relation
        }
        for relation in (Relation.SAME, Relation.STEP)
    )
    of_one_paper = {(a.pk, b.pk) for (a, b), verdict in judged.items() if is_of_one_paper(verdict)}
    linked = [member.pk for presentation in new.values() for member in presentation.members]
    newest = max(member.published for member in representatives)
    with run.store.write() as unit:
        unit.stories.mark_linked(linked)
        unit.event_groups.remember(links, steps, of_one_paper)
        for pks in groups:
            unit.event_groups.join(pks)
        changed = {pk for pair in (*links, *steps) for pk in pair}
        unit.standings.touch(changed.union(*groups), run.config.feeds)
        unit.events.keep_words(made, event_words.FORM, oldest=newest - _LONGEST_SPAN - _WINDOW)


def judged_of(unit: UnitOfWork, member: StoryMember) -> dict[tuple[NearEntry, NearEntry], Verdict]:
    """Judge an entry and all that is near it in its days once more, as when its story was new."""
    days = _Days.of(unit, [member])
    return days.judge(unit, days.new)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """The stories of some days, each by the entry with its fullest text, and that entry's words.

    ``new`` are those of which events are looked for, by their place among all, ``made`` the words
    that were not kept.
    """

    entries: Sequence[NearEntry]
    words: Sequence[EventWords]
    new: Sequence[int]
    made: Mapping[NearEntry, EventWords]

    @classmethod
    def of(cls, unit: UnitOfWork, group: Sequence[StoryMember]) -> _Days:
        """Read the stories of the days of a group of entries."""
        first, last = group[0].published - _WINDOW, group[-1].published + _WINDOW
        near = unit.events.published_between(first, last, _MOST_STORIES)
        new = {member.story: _near(member) for member in group}
        entries = sorted((new | _fullest_of_each(near, new)).values(), key=lambda entry: entry.id)
        kept = unit.events.words([entry.pk for entry in entries], event_words.FORM)
        made = _made(unit, [entry.pk for entry in entries if entry.pk not in kept])
        words = kept | made
        entries = [entry for entry in entries if entry.pk in words]
        return cls(
            entries=entries,
            words=[words[entry.pk] for entry in entries],
            new=[place for place, entry in enumerate(entries) if entry.story in new],
            made={entry: made[entry.pk] for entry in entries if entry.pk in made},
        )

    def judged(self, unit: UnitOfWork) -> dict[tuple[NearEntry, NearEntry], Verdict]:
        """Return what new stories and any others of these days have to do with each other.

        Keys are pairs of entries, that with the smaller number first. What a new story is tied to
        is judged, too, where nobody has looked yet for its event: it can be of the same.
        """
        judged = self.judge(unit, self.new)
        tied = {
            entry
            for pair, verdict in judged.items()
            if verdict.relation is Relation.SAME
            for entry in pair
        }
        known = {self.entries[place] for place in self.new}
        unknown = tied - known - _linked(unit, tied - known)
        asked = [place for place, entry in enumerate(self.entries) if entry in unknown]
        among = {place for place, entry in enumerate(self.entries) if entry in tied}
        return judged | (self.judge(unit, asked, among) if asked else {})

    def judge(
        self, unit: UnitOfWork, asked: Sequence[int], among: Set[int] | None = None
    ) -> dict[tuple[NearEntry, NearEntry], Verdict]:
        """Return what some stories and those near them, or those ``among``, have to do together.

        Stories are named by their places.
        """
        near = [
            (self.entries[place], self.entries[other], cosine)
            for place, cosines in event_index.near(self.words, asked).items()
            for other, cosine in cosines.items()
            if among is None or other in among
            if abs(self.entries[place].published - self.entries[other].published) <= _WINDOW
        ]
        told = _told(unit, {entry.pk for a, b, _ in near for entry in (a, b)}, self.entries)
        return {
            (a, b) if a.pk < b.pk else (b, a): same_event.judge(told[a.pk], told[b.pk], cosine)
            for a, b, cosine in near
            if a.pk in told and b.pk in told
        }


def _linked(unit: UnitOfWork, entries: Set[NearEntry]) -> set[NearEntry]:
    """Return the entries whose stories' events were looked for before."""
    members = unit.stories.members(entry.story for entry in entries)
    linked = {
        story for story, of_story in members.items() if any(each.is_linked for each in of_story)
    }
    return {entry for entry in entries if entry.story in linked}


def _near(member: StoryMember) -> NearEntry:
    return NearEntry(
        pk=member.pk,
        id=member.id,
        story=member.story,
        source=member.source,
        published=member.published,
        characters=member.characters,
    )


def _fullest_of_each(
    near: Sequence[NearEntry], new: Mapping[int, NearEntry]
) -> dict[int, NearEntry]:
    """Return the entry with the fullest text of each story that is not new: story → entry."""
    fullest: dict[int, NearEntry] = {}
    for entry in sorted(near, key=lambda entry: (-entry.characters, entry.published, entry.id)):
        if entry.story not in new:
            fullest.setdefault(entry.story, entry)
    return fullest


def _made(unit: UnitOfWork, pks: Sequence[int]) -> dict[int, EventWords]:
    """Return the words of entries, made of their texts; none of what is purged or unreadable."""
    return {
        pk: event_words.words_of(text)
        for start in range(0, len(pks), _OPENINGS_TOGETHER)
        for pk, text in _texts(unit.events.openings(pks[start : start + _OPENINGS_TOGETHER]))
    }


def _told(unit: UnitOfWork, pks: Set[int], entries: Iterable[NearEntry]) -> dict[int, Told]:
    """Return some of these entries as they are judged; none of what is purged or unreadable."""
    openings = unit.events.openings(pks)
    source_of = {entry.pk: entry.source for entry in entries if entry.pk in pks}
    return {
        pk: Told(text=text, site=_site(openings[pk], source_of[pk]))
        for pk, text in _texts(openings)
    }


def _site(opening: Opening, source: str) -> str:
    return site_of(urls.canonical(opening.link) if opening.link else "", source)


def _texts(openings: Mapping[int, Opening]) -> Iterator[tuple[int, ComparableText]]:
    keys = keys_of_shown(
        [text for opening in openings.values() for text in (opening.title, opening.summary)]
    )
    for pk, title, summary in zip(openings, keys[::2], keys[1::2], strict=True):
        yield pk, ComparableText(title, summary)
