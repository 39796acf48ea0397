"""Archive: which of a feed's entries are closed into which archive document.

Each entry that a feed selects is closed into a document, by its arrival, whether or not the feed
ever showed it, and into a later one again where its words change while the feed shows it. Of what a
feed refuses by its words, topics or parts nothing is closed; and of one that counts papers only
what it showed, as nearly every story has one paper when it arrives.

What a feed showed, and does not refuse by now, is at any moment in the feed or in a document that
it leads to: first the store remembers that a document is closed, then its files are put in place,
and then those of the feed, which leads to it and shows its entries no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.models import (
    Config,
    EventDisplay,
    FeedSpec,
    Pin,
    Presentation,
    StoryMember,
)
from aggregator.pipeline.pins import new_pins
from aggregator.pipeline.refusals import Refusals
from aggregator.publish.archive import cut
from aggregator.store.unit import UnitOfWork
from aggregator.stories.representative import present

# The most entries that a feed's archives take up at one publishing: years are taken up in steps of
# about a second (100 entries: 54 ms), and news is not kept waiting.
ENTRIES_TOGETHER = 2_000
# The fewest entries that fill a document, as many as a feed shows by default: the history of a feed
# of five headlines would lie in twenty times as many files.
LEAST_SIZE = 100
# Where so few entries of other feeds arrived, it is not worth a commit to remember them.
_FEW_ENTRIES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlan:
    """What a publishing changes of a feed's archives, decided and not yet remembered.

    ``waiting`` are entries that wait for a document from now on: number → whether it is due, as
    readers see it and no document has it yet. Those that are ``covered`` wait no longer, as other
    entries tell their stories or the feed selects them no more. ``closed`` are the members of new
    documents. ``progress`` is up to which entry the store was looked through, and for which
    selection; ``is_whole`` says that this is all that is stored.
    """

    pins: Mapping[int, Pin]
    waiting: Mapping[int, bool]
    covered: Sequence[int]
    closed: Sequence[Sequence[int]]
    progress: tuple[int, str] | None
    is_whole: bool

    @property
    def is_change(self) -> bool:
        """Tell whether there is anything to remember."""
        return bool(self.waiting or self.covered or self.closed or self.progress)


NOTHING_TO_ARCHIVE = ArchivePlan(
    pins={}, waiting={}, covered=(), closed=(), progress=None, is_whole=True
)

# --- Which entries -------------------------------------------------------------------------------


def plan_archives(
    unit: UnitOfWork,
    feed: FeedSpec,
    config: Config,
    shown: Sequence[Presentation],
    refusals: Refusals,
) -> ArchivePlan:
    """Decide what becomes of a feed's archives now that it shows these stories.

    ``refusals`` are those of the unit. Nothing, where some of the store cannot be read: what seems
    to be gone may only be unreadable.
    """
    if not feed.archive:
        return NOTHING_TO_ARCHIVE
    arrived, progress, is_whole = _arrived(unit, feed, config)
    stories = _Stories(unit, feed, config, shown, refusals)
    new = stories.untold(arrived)
    closed = unit.archives.closed(feed.name, {*stories.shown, *new})
    before = unit.archives.waiting(feed.name)
    # Of a feed that did not count papers until now, also what it never showed waits.
    is_new = feed.counts_papers and progress is not None
    never_shown = {pk for pk, is_due in before.items() if is_new and not is_due} - {*stories.shown}
    before = {pk: is_due for pk, is_due in before.items() if pk not in never_shown}
    waiting = {pk: True for pk in stories.shown if pk not in closed and not before.get(pk)}
    waiting |= {pk: False for pk in new if pk not in closed and pk not in before}
    waiting |= {pk: False for pk in stories.revised() if pk in closed and pk not in before}
    documents, covered = stories.close({**before, **waiting}, new)
    if unit.is_damaged:
        return NOTHING_TO_ARCHIVE
    pins: dict[int, Pin] = {}
    for pk in waiting.keys() & new.keys():
        pins |= new_pins(feed.name, new[pk])
    return ArchivePlan(
        pins=pins,
        waiting=waiting,
        covered=[*never_shown, *covered],
        closed=documents,
        progress=progress,
        is_whole=is_whole,
    )


def _arrived(
    unit: UnitOfWork, feed: FeedSpec, config: Config
) -> tuple[list[int], tuple[int, str] | None, bool]:
    """Return the stories of what arrived since a feed's archives were last looked after.

    With them the progress that is worth remembering, and whether this is all that is stored. Where
    the feed selects otherwise than before, all of the store arrives anew; to a feed that counts
    papers, nothing does.
    """
    seen, selection = unit.archives.progress(feed.name)
    wanted = _selection(feed, config)
    if feed.counts_papers:
        return [], (0, wanted) if selection != wanted else None, True
    arrived = unit.feeds.arrived(feed, seen if selection == wanted else 0, ENTRIES_TOGETHER)
    is_whole = len(arrived) < ENTRIES_TOGETHER
    decided = unit.archives.last_decided()
    now_seen = decided if is_whole else min(decided, max(arrived))
    is_far = bool(arrived) or selection != wanted or now_seen > seen + _FEW_ENTRIES
    return list(arrived.values()), (now_seen, wanted) if is_far else None, is_whole


def remember_archives(unit: UnitOfWork, feed: str, plan: ArchivePlan) -> None:
    """Remember what was decided of a feed's archives."""
    unit.archives.wait(feed, plan.waiting)
    if plan.covered:
        unit.archives.forget(feed, plan.covered)
    if plan.closed:
        unit.archives.close(feed, plan.closed)
    if plan.progress:
        unit.archives.remember_progress(feed, *plan.progress)


def documents_together(feed: FeedSpec) -> int:
    """Return how many documents are written at one publishing: more than it can close."""
    return 2 * ENTRIES_TOGETHER // _size(feed) + 4


def _size(feed: FeedSpec) -> int:
    """Return how many entries fill an archive document: as many as the feed shows at once."""
    return max(feed.limit, LEAST_SIZE)


def _selection(feed: FeedSpec, config: Config) -> str:
    """Return what tells a selection of entries from another: then the store is looked through."""
    selected = repr((sorted(feed.sources), sorted(feed.languages)))
    if feed.is_choosy:
        chosen = (feed.topics, feed.include, feed.exclude, feed.match_in, feed.part)
        selected += repr((*chosen, feed.counts_papers, config.topics))
    return blake2b(selected.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class _Stories:
    """The stories of a feed, those that it shows and others, by the entry whose id each has."""

    def __init__(
        self,
        unit: UnitOfWork,
        feed: FeedSpec,
        config: Config,
        shown: Sequence[Presentation],
        refusals: Refusals,
    ) -> None:
        self._unit, self._feed, self._config, self._refusals = unit, feed, config, refusals
        self.shown = {story.pinned.pk: story for story in shown}
        self._shown_stories = {story.representative.story for story in shown}

    def revised(self) -> list[int]:
        """Return the stories shown whose words changed since the feed last showed them."""
        return [
            pk
            for pk, story in self.shown.items()
            if any(
                pin.feed == self._feed.name and pin.updated not in (None, story.updated)
                for pin in story.pinned.pins
            )
        ]

    def untold(self, stories: Iterable[int]) -> dict[int, Presentation]:
        """Return those of these stories that the feed selects and does not show.

        What another story covers is left out.
        """
        selected = self._selected({*stories} - self._shown_stories)
        absorbed = self._absorbed(selected)
        return {
            story.pinned.pk: story
            for story in selected
            if not any(member.pk in absorbed for member in story.members)
        }

    def _selected(self, stories: Set[int]) -> list[Presentation]:
        """Return those of these stories that the feed can present and does not refuse."""
        read = stories - self._refusals.of_other_topics(stories, self._feed)
        if not read:
            return []
        members = self._unit.stories.members(read, self._feed.name)
        presented = list(presented_by(members, self._feed, self._config).values())
        reasons = self._refusals.reasons(presented, self._feed)
        return [story for story in presented if story.representative.story not in reasons]

    def _absorbed(self, stories: Iterable[Presentation]) -> set[int]:
        """Return which entries of these stories another story is shown in place of.

        One that the feed refuses is shown in place of none.
        """
        if self._feed.events is not EventDisplay.MERGE:
            return set()
        now = {member.pk for story in self.shown.values() for member in story.absorbed}
        story_of = {member.pk: member.story for story in stories for member in story.members}
        pairs = self._unit.feeds.absorbed(self._feed, story_of)
        absorbing = self._unit.stories.stories_of(by_pk for _, by_pk in pairs)
        hiding = {*absorbing.values()}
        if self._feed.is_choosy:
            others = self._selected(hiding - self._shown_stories)
            hiding &= self._shown_stories.union(story.representative.story for story in others)
        return now | {
            pk
            for pk, by_pk in pairs
            if absorbing.get(by_pk) in hiding and absorbing[by_pk] != story_of[pk]
        }

    def close(
        self, waiting: Mapping[int, bool], new: Mapping[int, Presentation]
    ) -> tuple[list[list[int]], list[int]]:
        """Return the members of the documents to be closed now, and which wait for nothing.

        Stories are judged anew, as they may be others by now than when they arrived.
        """
        gone = [pk for pk in waiting if pk not in self.shown]
        due = {pk for pk in gone if waiting[pk]}
        size = _size(self._feed)
        if not due and len(gone) < size:
            return [], []
        stories = dict(new)
        if earlier := [pk for pk in gone if pk not in new]:
            numbers = self._unit.stories.stories_of(earlier)
            stories |= self.untold(numbers.values())
        covered = [pk for pk in gone if pk not in stories]
        remaining = {pk: stories[pk] for pk in gone if pk in stories}
        shown = {pk: story for pk, story in self.shown.items() if pk in waiting}
        documents = cut(oldest_first(remaining), oldest_first(shown), due, size)
        return documents, covered


def presented_by(
    members_of: Mapping[int, Sequence[StoryMember]], feed: FeedSpec, config: Config
) -> dict[int, Presentation]:
    """Return those of these stories that a feed can present, by their own numbers."""
    priorities = {source.name: source.priority for source in config.sources}
    presented = {
        number: present(
            members,
            feed=feed.name,
            sources=frozenset(feed.sources),
            languages=frozenset(feed.languages),
            priorities=priorities,
        )
        for number, members in members_of.items()
    }
    return {number: story for number, story in presented.items() if story is not None}


def oldest_first(stories: Mapping[int, Presentation]) -> list[int]:
    """Return stories, by the entry whose id each has, in the order of their own times.

    It is the order of archives whatever that of the feed is.
    """
    return sorted(stories, key=lambda pk: (stories[pk].pinned.published, stories[pk].pinned.id))
