"""Which stored stories entries would join that are not stored: looked up, and nothing written.

The look-up and the judgement are those by which a pass joins stories (``cluster``); entries that
are not stored have numbers below zero there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.models import (
    DateHow,
    DedupeRules,
    Draft,
    JoinedStory,
    StoryText,
    Tie,
    TieKind,
)
from aggregator.pipeline.cluster import find_ties, texts_of_story
from aggregator.pipeline.purge import find_purged
from aggregator.pipeline.texts import Texts
from aggregator.store.unit import UnitOfWork
from aggregator.stories import cluster
from aggregator.stories.candidates import Candidate
from aggregator.stories.comparable import Dated
from aggregator.stories.sought_together import SoughtTogether


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstored:
    """An entry that is not stored; ``same_text`` are stored ones that were seen with its text.

    Its address ties it to nothing where it ``shares_address`` with another of its document.
    """

    draft: Draft
    same_text: tuple[int, ...] = ()
    shares_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The stored stories that entries would join, and which of them carry a purged text.

    Entries are known by their places among those that were asked for.
    """

    stories: Mapping[int, JoinedStory]
    purged: Set[int]


def joined_stories(
    unit: UnitOfWork, entries: Sequence[Unstored], rules: DedupeRules, now: datetime
) -> Joined:
    """Return the stories that entries would join."""
    candidates = {
        -place: Candidate.of(_story_text(-place, entry.draft, now))
        for place, entry in enumerate(entries, start=1)
    }
    if not candidates:
        return Joined(stories={}, purged=frozenset())
    exact = [
        Tie(a=-place, b=pk, kind=TieKind.TEXT)
        for place, entry in enumerate(entries, start=1)
        for pk in entry.same_text
    ]
    sought = {number: one.sought() for number, one in candidates.items()}
    ambiguous = unit.stories.ambiguous_addresses({one.address for one in sought.values()})
    for number, one in sought.items():
        if entries[-number - 1].shares_address or (one.entry.source, one.address) in ambiguous:
            sought[number] = one.without_address()
    texts = Texts(unit, candidates.values())
    purged = find_purged(unit, sought, exact, texts)
    alive = {number: one for number, one in sought.items() if number not in purged}
    found: list[Tie] = []
    if rules.same_text and alive:
        found = find_ties(unit, SoughtTogether(list(alive.values())), texts, rules, now)
    ties = [tie for tie in (*exact, *found) if not {tie.a, tie.b} & purged]
    stories = _stories(unit, ties, candidates)
    return Joined(stories=stories, purged={-number - 1 for number in purged if number < 0})


def _stories(
    unit: UnitOfWork, ties: Sequence[Tie], candidates: Mapping[int, Candidate]
) -> dict[int, JoinedStory]:
    """Return the stored stories that ties join entries to, by the places of these."""
    ends = {pk for tie in ties for pk in (tie.a, tie.b) if pk > 0}
    story_of = unit.stories.stories_of(ends - unit.stories.purged_of(ends))
    merged = _merged(unit, ties, story_of, candidates)
    to_stored = [tie for tie in merged.ties if tie.a < 0 < tie.b]
    tie_of = {tie.a: tie for tie in reversed(to_stored)}  # the surest stays
    root_of = {number: merged.stories.get(number, number) for number in candidates}
    tie_of_root = {root_of[tie.a]: tie for tie in reversed(to_stored)}
    stories = _shown(unit, {tie.b: story_of[tie.b] for tie in to_stored})
    joined = {}
    for place, number in enumerate(candidates):
        tie = tie_of.get(number) or tie_of_root.get(root_of[number])
        if tie is not None and tie.b in stories:
            joined[place] = replace(stories[tie.b], kind=tie.kind)
    return joined


def _shown(unit: UnitOfWork, story_of: Mapping[int, int]) -> dict[int, JoinedStory]:
    """Return stored stories by the entries that others are tied to."""
    entries = unit.entries.published(story_of)
    members = unit.stories.members(set(story_of.values()))
    return {
        pk: JoinedStory(
            title=entry.title,
            source=entry.source,
            sources=tuple(dict.fromkeys(one.source for one in members.get(story_of[pk], []))),
            kind=TieKind.TEXT,
        )
        for pk, entry in entries.items()
    }


def _story_text(number: int, draft: Draft, now: datetime) -> StoryText:
    """Return an entry as if it had been stored just now."""
    return StoryText(
        pk=number,
        source=draft.source,
        story=number,
        published=draft.published or now,
        is_dated=draft.date_how is not DateHow.FIRST_SEEN,
        was_clustered=False,
        is_purged=False,
        content_key=draft.content_key,
        link=draft.link,
        title=draft.title,
        content_html=draft.content_html,
    )


def _merged(
    unit: UnitOfWork,
    ties: Sequence[Tie],
    story_of: Mapping[int, int],
    candidates: Mapping[int, Candidate],
) -> cluster.Merge:
    """Return the ties that join, without those that only bridge two stories, and what they join."""
    texts: dict[int, Sequence[Dated]] = {number: [one.dated] for number, one in candidates.items()}
    for story in set(story_of.values()):
        texts[story] = [one.dated for one in texts_of_story(unit, story)]
    everyone = {**story_of, **{number: number for number in candidates}}
    return cluster.merge(ties, everyone, texts)
