"""What would come of documents: their entries as they would be stored and published, and flaws.

What a pass does with a document, up to where it writes; nothing here does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator import polling
from aggregator.markup import text_of
from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    Config,
    Decision,
    FetchState,
    Flaw,
    JoinedStory,
    New,
    ParsedEntry,
    PreviewEntry,
    PreviewState,
    Rejected,
    Repeated,
    Source,
    main_picture,
)
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.flaws import Looked, flaws_of
from aggregator.pipeline.joined_stories import Unstored, joined_stories
from aggregator.pipeline.normalised import Basis, Normalised, prepared_of
from aggregator.pipeline.normalised_feed import with_clock_skew
from aggregator.pipeline.site_texts import known_lines
from aggregator.pipeline.store_document import identified
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What would come of documents."""

    entries: tuple[PreviewEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    entries_per_day: float | None = None


@dataclass(slots=True)
class _Found:
    """What was found of one document after the other."""

    parsed: list[ParsedEntry] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sent_texts: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ambiguous: set[Alias] = field(default_factory=set)

    def add(self, unit: UnitOfWork, basis: Basis, clock_skew: timedelta, now: datetime) -> None:
        """Add one document."""
        texts = prepared_of(basis.entries)
        normalised = Normalised.of_prepared(basis, texts, clock_skew)
        found = identified(unit, normalised, now)
        sent_of = {each.mention.digest: each.sent.body.text for each in texts}
        every = basis.entries.parsed.values()
        self.parsed += [entry for _, entry in every if entry is not None]
        self.decisions += found.decisions
        self.sent_texts += [sent_of[one.draft.digest] for one in found.decisions]
        self.rejected += normalised.rejected()
        self.ambiguous |= found.ambiguous


def shown_of(
    unit: UnitOfWork,
    config: Config,
    source: Source,
    documents: Sequence[DocumentEntries],
    now: datetime,
) -> Shown:
    """Normalise, identify and join what documents hold, up to where it would be stored."""
    if not documents:
        return Shown()
    found, state = _Found(), unit.sources.states([source.name]).get(source.name, FetchState())
    for entries in documents:
        basis = Basis(entries=entries, lines=known_lines(unit, source))
        if source.address:
            state = with_clock_skew(state, basis.entries)
        found.add(unit, basis, state.clock_skew, now)
    looked = Looked(
        parsed=found.parsed,
        drafts=[decision.draft for decision in found.decisions],
        sent_texts=found.sent_texts,
        rejected=found.rejected,
        ambiguous=found.ambiguous,
        clock_skew=state.clock_skew,
        source=source,
    )
    newest = sorted((draft.published or now for draft in looked.drafts), reverse=True)
    times = [(published, now) for published in newest[: polling.RHYTHM_ENTRIES]]
    rhythm = polling.rhythm_of(times, now) if source.address else None
    return Shown(
        entries=_entries(unit, config, found, now),
        rejected=tuple(found.rejected),
        flaws=tuple(flaws_of(looked, config, now)),
        entries_per_day=None if rhythm is None else round(sum(rhythm.entries_by_hour), 2),
    )


def _entries(
    unit: UnitOfWork, config: Config, found: _Found, now: datetime
) -> tuple[PreviewEntry, ...]:
    """Return entries as they would be published, in their order, with the stories they join."""
    decisions = found.decisions
    new = {place: one for place, one in enumerate(decisions) if isinstance(one, New)}
    unstored = [
        Unstored(
            draft=one.draft,
            same_text=one.same_text,
            shares_address=Alias(AliasKind.URL, one.draft.url_key) in found.ambiguous,
        )
        for one in new.values()
    ]
    joined = joined_stories(unit, unstored, config.dedupe, now)
    stories = {place: joined.stories.get(number) for number, place in enumerate(new)}
    repeated = {one.of for one in decisions if isinstance(one, Repeated)}
    gone = unit.stories.purged_of(pk for pk in repeated if isinstance(pk, int))
    purged = {place for number, place in enumerate(new) if number in joined.purged}
    purged |= {
        place for place, one in enumerate(decisions) if isinstance(one, Repeated) and one.of in gone
    }
    title_of: dict[int | str, str] = {one.id: one.draft.title for one in new.values()}
    return tuple(
        replace(
            _entry(one, stories.get(place), now),
            state=PreviewState.PURGED if place in purged else _state(one),
            repeats=_repeats(one, title_of),
        )
        for place, one in enumerate(decisions)
    )


def _repeats(decision: Decision, title_of: dict[int | str, str]) -> str:
    return title_of.get(decision.of, "") if isinstance(decision, Repeated) else ""


def _entry(decision: Decision, story: JoinedStory | None, now: datetime) -> PreviewEntry:
    draft, picture = decision.draft, main_picture(decision.draft.media)
    return PreviewEntry(
        state=_state(decision),
        title=draft.title,
        link=draft.link,
        published=draft.published or now,
        date_how=draft.date_how,
        authors=draft.authors,
        language=draft.language,
        picture=picture.url if picture else "",
        repairs=draft.repairs,
        characters=len(text_of(draft.content_html)),
        categories=draft.categories,
        story=story,
    )


def _state(decision: Decision) -> PreviewState:
    if isinstance(decision, New):
        return PreviewState.HIDDEN if decision.is_backlog else PreviewState.NEW
    if isinstance(decision, Changed):
        return PreviewState.CHANGED if decision.is_material else PreviewState.KNOWN
    return PreviewState.REPEAT
