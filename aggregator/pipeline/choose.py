"""Choose: what a feed shows that leaves stories out, or goes by how many papers report them.

It reads its sources' entries from the newest on, until it has what it shows, and no further than
``MOST_READ`` entries: what is older is not looked at, however few were found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.models import Config, EventDisplay, FeedOrder, FeedSpec, Presentation
from aggregator.pipeline.presented import Presented, by_time, merge_events
from aggregator.pipeline.refusals import Refusals
from aggregator.store.feeds import Walked
from aggregator.store.unit import UnitOfWork
from aggregator.stories.rank import SPAN, Happening
from aggregator.stories.share import choose, most_of_a_source

# What fifty papers bring in two days and a half. To read them takes 0.16 s, and 0.5 s where all
# texts are looked into (performance.md), whenever something new came of the feed's sources.
MOST_READ = 5_000
# Entries that are looked at together.
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a feed shows, and whose events that goes by.

    ``candidates`` are the stories of which it is counted how many papers report them, and else
    those that are shown. Where not all stories were looked at, those published ``since`` a time
    were. ``happenings`` are what papers report of stories, and ``placed`` the times that say how
    big they are, both by number of the story.
    """

    shown: Sequence[Presentation]
    candidates: Sequence[Presentation]
    happenings: dict[int, Happening] = field(default_factory=dict)
    placed: dict[int, datetime] = field(default_factory=dict)
    since: datetime | None = None


def choose_stories(unit: UnitOfWork, feed: FeedSpec, config: Config, refusals: Refusals) -> Choice:
    """Return what a feed shows of its stories, in its order."""
    choosing = _Choosing(unit, feed, config, refusals)
    choosing.read()
    return choosing.choice()


class _Choosing:
    """The stories of one feed as they are read, and those of them that it lets in."""

    def __init__(
        self, unit: UnitOfWork, feed: FeedSpec, config: Config, refusals: Refusals
    ) -> None:
        self._unit, self._feed, self._refusals = unit, feed, refusals
        self._presented = Presented(unit, feed, config)
        self._let_in: dict[int, Presentation] = {}
        self._refused: set[int] = set()
        self._happenings: dict[int, Happening] = {}
        self._since: datetime | None = None

    def read(self) -> None:
        """Read entries from the newest on, until there are enough, or as many as are looked at."""
        feed, count = self._feed, 0
        newest: datetime | None = None
        newest_dated: datetime | None = None
        self._add(self._unit.feeds.pinned_elsewhere(feed) if feed.sources else ())
        for page in self._unit.feeds.walk(feed, _PAGE):
            if not page:  # nothing of it can be read
                continue
            self._add(entry.story for entry in page)
            newest = newest or page[0].published
            newest_dated = newest_dated or _newest_dated(page)
            last, count = page[-1].published, count + len(page)
            if feed.order is FeedOrder.TOP:
                if newest_dated is not None and last < newest_dated - SPAN:
                    break
            elif self._has_enough(last):
                return
            if count >= MOST_READ:
                self._since = last
                break
        if feed.order is FeedOrder.TOP and newest is not None:
            since = (newest_dated or newest) - SPAN
            self._since = max(since, self._since or since)

    def _add(self, stories: Iterable[int]) -> None:
        read = list(stories)
        of_others = self._refusals.of_other_topics(read, self._feed)
        self._refused |= of_others
        new = self._presented.add(story for story in read if story not in of_others)
        reasons = self._refusals.reasons(new, self._feed)
        let_in = [story for story in new if story.representative.story not in reasons]
        self._refused.update(reasons)
        self._let_in |= {story.representative.story: story for story in let_in}
        if self._feed.counts_papers:
            self._happenings |= self._refusals.happenings(let_in)

    def _is_reported(self, story: Presentation) -> bool:
        """Tell whether as many papers report a story as the feed wants."""
        happening = self._happenings.get(story.representative.story)
        return happening is not None and len(happening.papers) >= self._feed.min_sources

    def _has_enough(self, last: datetime) -> bool:
        """Tell whether what was published after a time fills a page on which all had their turn."""
        feed = self._feed
        wanted = feed.limit * 2 if feed.events is EventDisplay.MERGE else feed.limit
        told = Counter(
            story.representative.source
            for story in self._let_in.values()
            if story.pinned.published > last and (feed.min_sources < 2 or self._is_reported(story))
        )
        most = most_of_a_source(feed) * wanted // feed.limit
        within = sum(min(count, most) for count in told.values())
        return told.total() >= wanted and within >= min(wanted, most * len(feed.sources))

    def choice(self) -> Choice:
        """Return what the feed shows of what was read."""
        feed, since = self._feed, self._since
        candidates = sorted(
            (
                story
                for story in self._let_in.values()
                if since is None or story.pinned.published >= since
            ),
            key=by_time,
        )
        shown = [story for story in candidates if feed.min_sources < 2 or self._is_reported(story)]
        if feed.events is EventDisplay.MERGE:
            shown = merge_events(self._unit, shown, feed, hides_others=self._hider(shown))
        placed = {
            story.representative.story: self._refusals.placed_as(
                story, self._happenings[story.representative.story]
            )
            for story in (shown if feed.order is FeedOrder.TOP else ())
        }
        if placed:
            shown.sort(key=lambda story: _biggest_first(story, placed))
        chosen = choose(shown, feed)
        return Choice(
            shown=chosen,
            candidates=candidates if feed.counts_papers else chosen,
            happenings=self._happenings,
            placed=placed,
            since=since,
        )

    def _hider(self, shown: Sequence[Presentation]) -> Callable[[int], bool]:
        """Return what tells whether a story still hides others of its event.

        What the feed refuses does not. Nor does what is too old, where the order is by papers: else
        nobody would be told how the event goes on.
        """
        numbers = {story.representative.story for story in shown}
        let_in, refused = self._let_in.keys(), self._refused
        if self._feed.order is FeedOrder.TOP:
            return numbers.__contains__
        return lambda story: story in numbers or story not in refused | let_in


def _biggest_first(
    story: Presentation, placed: Mapping[int, datetime]
) -> tuple[float, float, int, str]:
    return -placed[story.representative.story].timestamp(), *by_time(story)


def _newest_dated(page: Sequence[Walked]) -> datetime | None:
    """Return when the newest entry of a page was published whose time is known.

    What has no date is dated by its first sight: one such entry beside an archive would be newer by
    years than all that it has, and the only one of the two days that compete.
    """
    return next((entry.published for entry in page if entry.is_dated), None)
