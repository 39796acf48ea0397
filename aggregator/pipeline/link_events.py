"""Link events: which of the stories that are about to be published tell of one event.

Decided once for each story, when it is first published, among the stories of its days, and then
remembered, so that what is published does not change as other stories come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime, timedelta
from operator import attrgetter

from aggregator import urls
from aggregator.models import EventWords, NearEntry, Opening, Presentation, Relation, StoryMember
from aggregator.pipeline.event_days import EventDays, texts_of
from aggregator.pipeline.group_events import events_grown, is_of_one_paper
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork
from aggregator.stories import event_words, same_event
from aggregator.stories.candidates import site_of
from aggregator.stories.same_event import Told, Verdict

# Papers tell of an event within a day; what is dated by its print edition comes half a day late.
_WINDOW = timedelta(hours=36)
# Stories that are compared together span at most so long, so that a window has few stories: in an
# archive the newest two hundred can span years.
_LONGEST_SPAN = timedelta(days=4)

Judged = dict[tuple[NearEntry, NearEntry], Verdict]
"""What pairs of entries have to do with each other, that with the smaller number first."""


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
    with run.store.read() as unit:
        judged, made = _judged(run, unit, representatives)
        # Most passes bring nothing that anything is near.
        groups = events_grown(unit, new.keys(), judged) if judged else []
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


def judged_of(unit: UnitOfWork, member: StoryMember) -> Judged:
    """Judge an entry and all that is near it in its days once more, as when its story was new."""
    new, first, last = _near(member), member.published - _WINDOW, member.published + _WINDOW
    days = EventDays.read(unit, first, last)
    days.show(unit, first, last, {new.story: new})
    return _judge(unit, days, [new])


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


def _judged(
    run: Run, unit: UnitOfWork, new: list[StoryMember]
) -> tuple[Judged, dict[NearEntry, EventWords]]:
    """Return what new stories and others have to do with each other, and words that were made.

    The newest days go on from those of the last pass of this process, and are kept for the next.
    """
    changes = unit.standings.changes()
    known, changed = run.known_days.take(changes) or (None, frozenset())
    if known:
        known.refresh(unit, changed)
    judged: Judged = {}
    made: dict[NearEntry, EventWords] = {}
    for group in _by_time(new):
        first, last = group[0].published - _WINDOW, group[-1].published + _WINDOW
        days = _days_of(unit, known, first, last)
        if not known or days.last >= known.last:
            known = days
        near = {member.story: _near(member) for member in group}
        made |= days.show(unit, first, last, near)
        judged |= _judge_new(unit, days, sorted(near.values(), key=attrgetter("id")))
    if known and changes and not (known.is_full or unit.is_damaged):
        run.known_days.keep(known, changes)
    return judged, made


def _days_of(
    unit: UnitOfWork, known: EventDays | None, first: datetime, last: datetime
) -> EventDays:
    """Return days that hold a window: those that are known, or others that are read."""
    if known and known.reaches(first, last):
        known.extend(unit, first, last)
        if not known.is_full:
            return known
    return EventDays.read(unit, first, last)


def _judge_new(unit: UnitOfWork, days: EventDays, new: Sequence[NearEntry]) -> Judged:
    """Return what new stories and any others of these days have to do with each other.

    Keys are pairs of entries, that with the smaller number first. What a new story is tied to is
    judged, too, where nobody has looked yet for its event: it can be of the same.
    """
    judged = _judge(unit, days, new)
    tied = {
        entry
        for pair, verdict in judged.items()
        if verdict.relation is Relation.SAME
        for entry in pair
    }
    unknown = tied.difference(new)
    unknown -= _linked(unit, unknown)
    asked = sorted(unknown, key=attrgetter("id"))
    return judged | (_judge(unit, days, asked, tied) if asked else {})


def _judge(
    unit: UnitOfWork,
    days: EventDays,
    asked: Iterable[NearEntry],
    among: Set[NearEntry] | None = None,
) -> Judged:
    """Return what some stories and those near them, or those ``among``, have to do together."""
    near = [
        (entry, other, cosine)
        for entry in asked
        for other, cosine in days.near(entry)
        if among is None or other in among
        if abs(entry.published - other.published) <= _WINDOW
    ]
    if not near:
        return {}
    told = _told(unit, {entry for a, b, _ in near for entry in (a, b)})
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


def _told(unit: UnitOfWork, entries: Iterable[NearEntry]) -> dict[int, Told]:
    """Return entries as they are judged, by number; none of what is purged or unreadable."""
    source_of = {entry.pk: entry.source for entry in entries}
    openings = unit.events.openings(source_of)
    return {
        pk: Told(text=text, site=_site(openings[pk], source_of[pk]))
        for pk, text in texts_of(openings)
    }


def _site(opening: Opening, source: str) -> str:
    return site_of(urls.canonical(opening.link) if opening.link else "", source)
