"""Explain: why an entry is where it is, from what is stored and by judging it once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from aggregator import urls
from aggregator.bengali.text import display
from aggregator.models import (
    Answer,
    Comparison,
    Config,
    EventDisplay,
    Explanation,
    FeedPosition,
    FeedSpec,
    Presentation,
    StoryMember,
)
from aggregator.pipeline.select import select
from aggregator.store.joining import Joining
from aggregator.store.looking import Looking
from aggregator.store.reading import Reading
from aggregator.store.store import Store
from aggregator.stories import same_text
from aggregator.stories.candidates import Candidate, Overlap, candidates

# More than a screen holds; a question that finds more is to be put more narrowly.
MOST_ENTRIES = 5
_MOST_FOUND = 100


def explain(config: Config, store: Store, question: str, now: datetime) -> Answer:
    """Explain the entries that an id, an address, or words of a title ask for."""
    with store.looking() as (looking, reading, joining):
        pks = find(looking, question)
        shown = {feed.name: select(reading, feed, config) for feed in config.feeds if pks}
        return Answer(
            entries=tuple(
                _explained(pk, config, looking, reading, joining, shown, now)
                for pk in pks[:MOST_ENTRIES]
            ),
            further=max(len(pks) - MOST_ENTRIES, 0),
            rejected=tuple(looking.rejected(question, MOST_ENTRIES)) if question.strip() else (),
            quarantined=looking.held(),
        )


def find(looking: Looking, question: str, *, is_whole: bool = False) -> list[int]:
    """Find the entries that are asked for: by published id, source's id, address, or title.

    Of a title a part is enough, unless it ``is_whole``.
    """
    question = display(question).strip()
    if pks := looking.by_id(question) or looking.by_native_id(question):
        return pks
    if address := urls.canonical(question):
        return looking.by_address(question, address)
    if not question:
        return []
    return looking.by_title(question, _MOST_FOUND, is_whole=is_whole)


def _explained(
    pk: int,
    config: Config,
    looking: Looking,
    reading: Reading,
    joining: Joining,
    shown: dict[str, list[Presentation]],
    now: datetime,
) -> Explanation:
    members = reading.members(reading.stories_of([pk]).values())
    story = next(iter(members.values()), [])
    member = next((one for one in story if one.pk == pk), None)
    if member is None:  # it waits to be joined
        member, story = reading.waiting(pk), []
    compared = tuple(_compared(pk, config, joining, now)) if not member.is_purged else ()
    events = tuple((other, score) for _, other, score in reading.events([pk]))
    pks = {pk, *(one.pk for one in story), *(other for other, _ in events)}
    entries = reading.entries(pks)
    first_seen, how, related = looking.seen(pk)
    aliases, nameless = looking.aliases(pk, member.source)
    return Explanation(
        member=member,
        entry=entries.get(pk),
        first_seen=first_seen,
        date_how=how,
        related=tuple(related),
        aliases=tuple(aliases),
        ambiguous=tuple(nameless),
        revisions=tuple(looking.revisions(pk)),
        story=tuple(story),
        titles={one: entry.title for one, entry in entries.items()},
        ties=tuple(looking.ties([one.pk for one in story])),
        events=events,
        comparisons=compared,
        positions=tuple(_place(member, story, feed, shown[feed.name]) for feed in config.feeds),
    )


def _compared(pk: int, config: Config, joining: Joining, now: datetime) -> Iterator[Comparison]:
    """Look an entry up once more and judge what is found, tied or not."""
    (entry,) = joining.stored([pk])
    asking = Candidate.of(entry)
    probes = asking.probes(config.dedupe, now)
    found = candidates(probes, joining.sharing(probes.all), pk)
    for one in joining.stored(found):
        if not one.is_purged:
            yield _judged(asking, Candidate.of(one), found[one.pk], config)


def _judged(asking: Candidate, other: Candidate, found: Overlap, config: Config) -> Comparison:
    verdict = same_text.judge(
        asking.told, other.told, config.dedupe.window, has_address=found.has_address
    )
    return Comparison(
        pk=other.entry.pk,
        title=other.entry.title,
        source=other.entry.source,
        shared_minima=found.shared,
        jaccard=verdict.similarity.jaccard,
        containment=verdict.similarity.containment,
        verdict=str(verdict.kind or ""),
        vetoes=tuple(str(veto) for veto in verdict.similarity.vetoes),
    )


def _place(
    member: StoryMember, story: Sequence[StoryMember], feed: FeedSpec, shown: Sequence[Presentation]
) -> FeedPosition:
    """Tell where a feed shows an entry's story, or why it does not."""
    for place, one in enumerate(shown, start=1):
        if one.representative.story == member.story:
            if one.representative.pk == member.pk:
                return FeedPosition(feed=feed.name, position=place)
            why = "the story is told by another of its entries"
            return FeedPosition(feed=feed.name, position=place, why=why)
    return FeedPosition(feed=feed.name, position=None, why=_why_not(member, story, feed))


def _why_not(member: StoryMember, story: Sequence[StoryMember], feed: FeedSpec) -> str:
    if any(one.is_purged for one in (member, *story)):
        return "it was purged, and stays away"
    if not story:
        return "it waits to be joined; the next pass does that"
    if member.source not in feed.sources:
        return f"the feed does not take from {member.source}"
    if "*" not in feed.languages and member.language not in feed.languages:
        return f"the feed is of {', '.join(feed.languages)}, and this is {member.language}"
    if feed.events is EventDisplay.MERGE:
        return f"another of the same happening is shown, or it is older than {feed.limit} stories"
    return f"older than its newest {feed.limit} stories"
