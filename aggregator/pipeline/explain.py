"""Explain: why an entry stands where it does, from what is stored and by judging it once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import (
    Answer,
    Comparison,
    Config,
    ExplainedEvent,
    Explanation,
    FeedPosition,
    FeedSpec,
    StoryMember,
    Tie,
)
from aggregator.pipeline.choose import Choice
from aggregator.pipeline.explain_event import explain_event
from aggregator.pipeline.find import MOST_ENTRIES, find_entries
from aggregator.pipeline.positions import standing_of, too_far_back, why_left_out, why_not
from aggregator.pipeline.presented import Presented
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.select import select
from aggregator.pipeline.texts import Texts
from aggregator.publish.entry_names import page_name
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.stories import cluster


def explain(config: Config, store: Store, question: str, now: datetime) -> Answer:
    """Explain the entries that an id, an address, or words of a title ask for."""
    with store.read() as unit:
        pks = find_entries(unit, question)
        refusals = Refusals(unit, config)
        shown = {feed.name: select(unit, feed, config, refusals) for feed in config.feeds if pks}
        explaining = _Explaining(unit=unit, config=config, shown=shown, refusals=refusals, now=now)
        is_asked = bool(question.strip())
        return Answer(
            entries=tuple(explaining.explain(pk) for pk in pks[:MOST_ENTRIES]),
            further=max(len(pks) - MOST_ENTRIES, 0),
            rejected=tuple(unit.lookup.rejected(question, MOST_ENTRIES)) if is_asked else (),
            quarantined=unit.sources.quarantines(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explaining:
    """What every entry is explained with; ``shown`` is what each feed shows, by its name."""

    unit: UnitOfWork
    config: Config
    shown: Mapping[str, Choice]
    refusals: Refusals
    now: datetime

    def explain(self, pk: int) -> Explanation:
        """Gather everything that is known of one entry."""
        stories, lookup = self.unit.stories, self.unit.lookup
        members = stories.members(stories.stories_of([pk]).values())
        story = next(iter(members.values()), [])
        member = next((entry for entry in story if entry.pk == pk), None)
        if member is None:  # its story is not decided yet
            member, story = stories.member(pk), []
        entries = self.unit.entries.published({pk, *(entry.pk for entry in story)})
        first_seen, date_how, related = lookup.first_seen(pk)
        aliases, ambiguous = lookup.aliases(pk, member.source)
        return Explanation(
            member=member,
            entry=entries.get(pk),
            first_seen=first_seen,
            page=page_name(member.id) if self.unit.pages.known([pk]) else "",
            date_how=date_how,
            related=tuple(related),
            aliases=tuple(aliases),
            ambiguous=tuple(ambiguous),
            revisions=tuple(lookup.revisions(pk)),
            story=tuple(story),
            titles={other: entry.title for other, entry in entries.items()},
            ties=tuple(self._ties_within(story)),
            event=self._event(member, story),
            comparisons=() if member.is_purged else tuple(self._comparisons(pk)),
            positions=tuple(self._position(member, story, feed) for feed in self.config.feeds),
        )

    def _event(self, member: StoryMember, story: Sequence[StoryMember]) -> ExplainedEvent | None:
        is_looked_for = self.config.dedupe.events and bool(story)
        if not is_looked_for or any(entry.is_purged for entry in story):
            return None
        return explain_event(self.unit, self.config, member, story)

    def _ties_within(self, story: Sequence[StoryMember]) -> list[Tie]:
        """Return the ties between entries of a story, each once, in the order of their numbers."""
        pks = {member.pk for member in story}
        ties = {
            (tie.a, tie.b): tie
            for tie in self.unit.stories.ties_of(sorted(pks))
            if tie.a in pks and tie.b in pks
        }
        return [ties[ends] for ends in sorted(ties)]

    def _comparisons(self, pk: int) -> Iterator[Comparison]:
        """Look an entry up once more and judge what is found, tied or not."""
        texts = Texts(self.unit)
        candidate = texts.read([pk])[pk]
        sought = candidate.sought()
        keys = sought.lookup_keys(self.config.dedupe, self.now)
        overlap_of = sought.overlaps(keys, self.unit.index.sharing(keys.all))
        others = texts.read(overlap_of)
        verdicts = cluster.verdicts_of(candidate, overlap_of, others, self.config.dedupe)
        for other_pk, verdict in sorted(verdicts, key=lambda pair: pair[0]):
            other = others[other_pk].entry
            yield Comparison(
                pk=other_pk,
                title=other.title,
                source=other.source,
                shared_minima=overlap_of[other_pk].shared_minima,
                jaccard=verdict.similarity.jaccard,
                containment=verdict.similarity.containment,
                verdict=str(verdict.kind or ""),
                vetoes=tuple(str(veto) for veto in verdict.similarity.vetoes),
            )

    def _position(
        self, member: StoryMember, story: Sequence[StoryMember], feed: FeedSpec
    ) -> FeedPosition:
        """Return where a feed shows an entry's story, or why it does not."""
        choice = self.shown[feed.name]
        for position, presentation in enumerate(choice.shown, start=1):
            if presentation.representative.story == member.story:
                is_itself = presentation.representative.pk == member.pk
                whose = "" if is_itself else "the story is told by another of its entries"
                why = "; ".join(filter(None, (whose, standing_of(presentation, feed, choice))))
                return FeedPosition(feed=feed.name, position=position, why=why)
        why = why_not(member, story, feed, choice.shown)
        if not why:
            presented = Presented(self.unit, feed, self.config).add([member.story])
            why = why_left_out(presented, feed, choice, self.refusals)
        return FeedPosition(feed=feed.name, position=None, why=why or too_far_back(feed))
