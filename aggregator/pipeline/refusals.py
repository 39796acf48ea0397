"""Refusals: why a feed leaves a story out that its sources and languages would let in.

What is read for it (categories, titles, texts, who else has a story) is read once in a unit of
work, for all feeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache

from aggregator import markup
from aggregator.bengali.inflections import Phrase, first_of, phrase
from aggregator.bengali.text import display, key, keys_of_shown
from aggregator.bengali.topics import topics_of
from aggregator.models import Config, FeedPart, FeedSpec, MatchIn, Presentation, StoryMember, Topic
from aggregator.pipeline.happenings import Events
from aggregator.store.unit import UnitOfWork
from aggregator.stories.rank import Happening, Report, happening_of, paper_of_each
from aggregator.stories.representative import first_teller

# Texts are long, and only their keys are looked at: these are in memory together.
_TEXTS_TOGETHER = 64
# More lists of words than the feeds of a configuration have; the parts of one share theirs. Kept by
# the list: a list that is longer than a cache of words would make each anew for every page.
_LISTS = 200
# More categories than a day's entries have.
_CATEGORIES = 20_000


_Selection = tuple[tuple[str, ...], tuple[str, ...]]


class Refusals:
    """Tells within one unit of work why feeds leave stories out, and which papers report them."""

    def __init__(self, unit: UnitOfWork, config: Config) -> None:
        self._unit, self._config = unit, config
        self._priorities = {source.name: source.priority for source in config.sources}
        self._source_categories = {source.name: source.categories for source in config.sources}
        self._categories: dict[int, tuple[str, ...]] = {}
        self._title_keys: dict[int, str] = {}
        # By the sources and languages of feeds, which decide whose categories count.
        self._topics: dict[_Selection, dict[int, frozenset[str]]] = {}

    @cached_property
    def _paper_of(self) -> dict[str, str]:
        """Return the paper of each source, by its name."""
        return paper_of_each(self._config.sources)

    # --- Why a story is left out -----------------------------------------------------------------

    def reasons(self, stories: Sequence[Presentation], feed: FeedSpec) -> dict[int, str]:
        """Return why a feed leaves stories out, by their numbers; those it shows have no reason.

        How many papers report them is not looked at, as more may do so later.
        """
        reasons: dict[int, str] = {}
        for refuse in (self._of_other_parts, self._of_words, self._of_topics):
            left = [story for story in stories if story.representative.story not in reasons]
            reasons |= {
                story.representative.story: reason
                for story, reason in zip(left, refuse(left, feed), strict=True)
                if reason
            }
        return reasons

    def _of_other_parts(self, stories: Sequence[Presentation], feed: FeedSpec) -> Iterable[str]:
        part = feed.part
        if part is None or not part.sources:
            return [""] * len(stories)
        return [self._told_elsewhere(story, feed, part) for story in stories]

    def _told_elsewhere(self, story: Presentation, feed: FeedSpec, part: FeedPart) -> str:
        members = [
            member
            for member in story.members
            if member.source in part.sources
            and _is_readable(member, feed)
            and not member.is_backlog
        ]
        first = first_teller(members, self._priorities)
        if first is None or first.source in feed.sources:
            return ""
        return f"{first.source} told it first, so it stands in that one's part"

    def _of_words(self, stories: Sequence[Presentation], feed: FeedSpec) -> Iterable[str]:
        if not feed.include and not feed.exclude:
            return [""] * len(stories)
        include, exclude = _phrases(feed.include), _phrases(feed.exclude)
        pks = [story.representative.pk for story in stories]
        keyed = self._keyed(pks, feed.match_in, lambda text: _reason(text, include, exclude))
        return [keyed.get(pk, "its text cannot be read") for pk in pks]

    def _of_topics(self, stories: Sequence[Presentation], feed: FeedSpec) -> Iterable[str]:
        if not _has_topics(feed):
            return [""] * len(stories)
        return [_other_topic(topics, feed) for topics in self.topics(stories, feed)]

    def of_other_topics(self, stories: Iterable[int], feed: FeedSpec) -> set[int]:
        """Return which stories are known to be of other topics, as another feed asked for them.

        So of the parts of a feed that is split by topics only the first reads each story.
        """
        if not _has_topics(feed):
            return set()
        known = self._topics.get((feed.sources, feed.languages), {})
        return {story for story in stories if story in known and _other_topic(known[story], feed)}

    def topics(self, stories: Sequence[Presentation], feed: FeedSpec) -> list[frozenset[str]]:
        """Return the topics of stories: those of its entries, or else of their sources.

        A source's own category says least, as a paper of the whole country writes of everything.
        """
        of_each = [
            [
                member
                for member in story.members
                if member.source in feed.sources and _is_readable(member, feed)
            ]
            for story in stories
        ]
        self._read_categories(member.pk for members in of_each for member in members)
        topics = [self._topics_of(members) for members in of_each]
        known = self._topics.setdefault((feed.sources, feed.languages), {})
        known |= zip((story.representative.story for story in stories), topics, strict=True)
        return topics

    def _topics_of(self, members: Sequence[StoryMember]) -> frozenset[str]:
        own = [name for member in members for name in self._categories.get(member.pk, ())]
        of_sources = [
            name for member in members for name in self._source_categories.get(member.source, ())
        ]
        return self._named(own) or self._named(of_sources)

    def _named(self, categories: Iterable[str]) -> frozenset[str]:
        return topics_of(map(category_key, categories), topic_of_each(self._config.topics))

    # --- Which papers report it ------------------------------------------------------------------

    def happenings(self, stories: Sequence[Presentation]) -> dict[int, Happening]:
        """Return what papers report of the events of stories: number of the story → happening.

        They have the story itself, or one that is of the same event.
        """
        reports = {
            story.representative.story: [
                Report(source=member.source, published=member.published) for member in story.members
            ]
            for story in stories
        }
        if self._config.dedupe.events:
            self._add_of_events(stories, reports)
        return {
            story: happening_of(told, self._paper_of, self._priorities)
            for story, told in reports.items()
        }

    def placed_as(self, story: Presentation, happening: Happening) -> datetime:
        """Return the time that says how big a happening is where a story stands for it."""
        source = story.representative.source
        return happening.placed_as(self._paper_of.get(source, source), story.pinned.published)

    def _add_of_events(
        self, stories: Sequence[Presentation], reports: Mapping[int, list[Report]]
    ) -> None:
        owner_of = {
            member.pk: story.representative.story for story in stories for member in story.members
        }
        events = Events(self._unit, owner_of)
        others = {story: events.stories(story) - {story} for story in reports}
        told = self._unit.choices.reports_of(set().union(*others.values()))
        for story, of_event in others.items():
            reports[story] += [
                Report(source=source, published=published)
                for other in sorted(of_event)
                for source, published in told.get(other, ())
            ]

    # --- What is read ----------------------------------------------------------------------------

    def know_categories(self, categories: Mapping[int, tuple[str, ...]]) -> None:
        """Take over the categories that entries came with, which were read with their texts."""
        self._categories |= categories

    def _read_categories(self, pks: Iterable[int]) -> None:
        if new := {*pks} - self._categories.keys():
            self._categories |= dict.fromkeys(new, ())
            self._categories |= self._unit.choices.categories(new)

    def _keyed(
        self, pks: Sequence[int], match_in: MatchIn, judge: Callable[[str], str]
    ) -> dict[int, str]:
        """Return what is judged of the keys of entries, by number; of those that can be read."""
        if match_in is MatchIn.TITLE:
            if new := {*pks} - self._title_keys.keys():
                titles = self._unit.choices.titles(new)
                keys = keys_of_shown(list(titles.values()))
                self._title_keys |= dict(zip(titles, keys, strict=True))
            return {pk: judge(self._title_keys[pk]) for pk in pks if pk in self._title_keys}
        judged: dict[int, str] = {}
        for first in range(0, len(pks), _TEXTS_TOGETHER):
            entries = self._unit.entries.published(pks[first : first + _TEXTS_TOGETHER])
            texts = [
                f"{entry.title} । {entry.summary} । {markup.text_of(entry.content_html)}"
                for entry in entries.values()
            ]
            judged |= dict(zip(entries, map(judge, keys_of_shown(texts)), strict=True))
        return judged


def _has_topics(feed: FeedSpec) -> bool:
    return bool(feed.topics) or (feed.part is not None and bool(feed.part.topics))


def _is_readable(member: StoryMember, feed: FeedSpec) -> bool:
    return "*" in feed.languages or member.language in feed.languages


def _reason(text: str, include: Sequence[Phrase], exclude: Sequence[Phrase]) -> str:
    """Return why a text is left out by its words, of which it is the key."""
    if found := first_of(exclude, text):
        return f"it has {found} (exclude)"
    return "it has none of the words of include" if include and not first_of(include, text) else ""


def _other_topic(topics: frozenset[str], feed: FeedSpec) -> str:
    """Return why a story of these topics is left out."""
    named = ", ".join(sorted(topics)) or "no topic that is known"
    if feed.topics and not topics.intersection(feed.topics):
        return f"it is of {named}, and the feed of {', '.join(feed.topics)}"
    if feed.part is None or not feed.part.topics:
        return ""
    main = next((topic for topic in feed.part.topics if topic in topics), "")
    return "" if main == feed.part.topic else f"it is of {named}, and stands in the part of that"


@lru_cache(maxsize=2)  # 1 ms; of the configuration of a service, and the one before
def topic_of_each(topics: tuple[Topic, ...]) -> Mapping[str, str]:
    """Return the topic of each name of one, by its key."""
    names = [
        (name, topic.name) for topic in reversed(topics) for name in (topic.name, *topic.synonyms)
    ]
    keys = keys_of_shown([display(name) for name, _ in names])
    return dict(zip(keys, (topic for _, topic in names), strict=True))


@lru_cache(maxsize=_LISTS)
def _phrases(texts: tuple[str, ...]) -> tuple[Phrase, ...]:
    return tuple(map(phrase, texts))


@lru_cache(maxsize=_CATEGORIES)
def category_key(category: str) -> str:
    """Return what categories are compared by with names of topics."""
    return key(category)
