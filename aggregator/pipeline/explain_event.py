"""Explain an event: who tells of it with an entry, how big it is, and what is near an entry."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.models import Config, EventComparison, ExplainedEvent, StoryMember
from aggregator.pipeline.group_events import ties_between
from aggregator.pipeline.happenings import Events
from aggregator.pipeline.link_events import judged_of
from aggregator.store.unit import UnitOfWork
from aggregator.stories.event_groups import Telling, medoid, ties_of
from aggregator.stories.rank import Report, happening_of, paper_of_each

# The nearest say why an entry is of its event and of no other.
_MOST_NEAR = 8


def explain_event(
    unit: UnitOfWork, config: Config, member: StoryMember, story: Sequence[StoryMember]
) -> ExplainedEvent:
    """Return what is known of the event of an entry, whose story has these entries.

    The pairs are judged once more, by what is stored now.
    """
    stories = Events(unit, {entry.pk: member.story for entry in story}).stories(member.story)
    members = {
        number: entries
        for number, entries in unit.stories.members(stories).items()
        if not any(entry.is_purged for entry in entries)
    }
    reports = [
        Report(source=entry.source, published=entry.published)
        for entries in members.values()
        for entry in entries
    ]
    priorities = {source.name: source.priority for source in config.sources}
    happening = happening_of(reports, paper_of_each(config.sources), priorities)
    return ExplainedEvent(
        papers=tuple(happening.papers),
        entries=happening.reports,
        first=happening.first,
        latest=happening.latest,
        placed=happening.placed if happening.papers else None,
        medoid=_medoid(unit, members),
        compared=tuple(_compared(unit, member, members)),
    )


def _medoid(unit: UnitOfWork, members: dict[int, list[StoryMember]]) -> int:
    """Return the first entry of the story that is most like all others of an event."""
    first = [
        min(entries, key=lambda entry: (entry.published, entry.id)) for entries in members.values()
    ]
    tellings = {Telling(entry.published, entry.id, entry.story): entry.pk for entry in first}
    return tellings[medoid(tellings, ties_of(ties_between(unit, members)))]


def _compared(
    unit: UnitOfWork, member: StoryMember, members: dict[int, list[StoryMember]]
) -> list[EventComparison]:
    """Return what an entry is near to, that of its own event first, then the nearest."""
    judged = {
        b if a.story == member.story else a: verdict
        for (a, b), verdict in judged_of(unit, member).items()
    }
    titles = unit.choices.titles([entry.pk for entry in judged])
    compared = [
        EventComparison(
            pk=entry.pk,
            title=titles.get(entry.pk, ""),
            source=entry.source,
            cosine=verdict.score,
            relation=verdict.relation,
            vetoes=tuple(str(veto) for veto in verdict.vetoes),
            is_of_event=entry.story in members,
        )
        for entry, verdict in judged.items()
    ]
    compared.sort(key=lambda each: (not each.is_of_event, -each.cosine, each.pk))
    return compared[:_MOST_NEAR]
