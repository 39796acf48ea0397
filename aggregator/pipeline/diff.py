"""Diff: what another configuration would change in each published feed, from what is stored.

Both configurations select from one snapshot of the store, so that all that differs is by them; or
the other side is what stands in the published folder. Nothing is published, asked or remembered:
events of stories that no feed showed before are linked by the next pass only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aggregator.models import Config, FeedSpec, Presentation
from aggregator.models.diffed import ConfigDiff, EntryChange, EntryFate, FeedDiff, SettingChange
from aggregator.pipeline.changed_keys import changed_settings, changed_sources, changes
from aggregator.pipeline.choose import Choice
from aggregator.pipeline.positions import why_not_shown
from aggregator.pipeline.presented import Presented
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.select import select
from aggregator.publish.inert import inert_spec
from aggregator.publish.shown import PublishedFeed
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork

# Why an entry goes is looked up for fifty of a feed: each costs some ms, and a person reads ten.
_MOST_REASONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An entry that a feed shows: ``told_by`` is the number of the entry whose text it is."""

    id: str
    title: str
    told_by: int | None = None


def diff_of(store: Store, old: Config, new: Config) -> ConfigDiff:
    """Return what would change where ``new`` came into the place of ``old``."""
    with store.read() as unit:
        specs = {feed.name: feed for feed in old.feeds}
        refusals = Refusals(unit, old)
        before = {
            name: _shown(unit, select(unit, feed, old, refusals).shown)
            for name, feed in specs.items()
        }
        comparing = _Comparing(unit, new)
        feeds = [
            comparing.feed(feed, before.get(feed.name), changes(specs.get(feed.name), feed))
            for feed in new.feeds
        ]
    return ConfigDiff(
        settings=tuple(changed_settings(old, new)),
        sources=tuple(changed_sources(old.sources, new.sources)),
        feeds=(*feeds, *_gone(before, new)),
    )


def diff_of_published(store: Store, published: Sequence[PublishedFeed], new: Config) -> ConfigDiff:
    """Return what would change in the published folder; of sources that says nothing."""
    known = {feed.name: feed for feed in published}
    before = {
        name: [_Shown(id=id_, title=title) for id_, title in feed.entries]
        for name, feed in known.items()
    }
    with store.read() as unit:
        comparing = _Comparing(unit, new)
        feeds = [
            comparing.feed(feed, before.get(feed.name), _said(known.get(feed.name), feed))
            for feed in new.feeds
        ]
    return ConfigDiff(settings=(), sources=(), feeds=(*feeds, *_gone(before, new)))


# --- Entries -------------------------------------------------------------------------------------


class _Comparing:
    """What the feeds of the new configuration show, compared with what they did."""

    def __init__(self, unit: UnitOfWork, new: Config) -> None:
        self._unit, self._new = unit, new
        self._refusals = Refusals(unit, new)

    def feed(
        self, feed: FeedSpec, before: Sequence[_Shown] | None, settings: tuple[SettingChange, ...]
    ) -> FeedDiff:
        """Return what becomes of a feed; ``before`` is ``None`` where there was none."""
        choice = select(self._unit, feed, self._new, self._refusals)
        after = _shown(self._unit, choice.shown)
        entries = self._entries(feed, before or [], after, choice)
        return FeedDiff(
            feed=feed.name,
            is_new=before is None,
            settings=settings,
            entries=tuple(entries),
            old_entries=len(before or []),
            new_entries=len(after),
        )

    def _entries(
        self, feed: FeedSpec, before: Sequence[_Shown], after: Sequence[_Shown], choice: Choice
    ) -> Iterator[EntryChange]:
        """Yield what becomes of each entry: of those there are, then of those that there were."""
        old_place = {entry.id: place for place, entry in enumerate(before, start=1)}
        new_place = {entry.id: place for place, entry in enumerate(after, start=1)}
        story_of = _story_of_each(choice.shown, feed.name)
        gone = [entry for entry in before if entry.id not in new_place]
        # An entry that is not there any more, and whose story is shown under an id that was not.
        renamed = {
            story_of[entry.id]: entry
            for entry in reversed(gone)
            if entry.id in story_of and story_of[entry.id] not in old_place
        }
        yield from _staying_or_new(before, after, renamed)
        leaving = [entry for entry in gone if renamed.get(story_of.get(entry.id, "")) is not entry]
        reasons = self._reasons(feed, [e for e in leaving if e.id not in story_of], choice)
        for entry in leaving:
            place, into = old_place[entry.id], story_of.get(entry.id, "")
            if into:
                yield _change(EntryFate.MERGES, entry, place, new_place.get(into), other=into)
            else:
                why = reasons.get(entry.id, "")
                yield _change(EntryFate.GOES, entry, place, None, why=why)

    def _reasons(
        self, feed: FeedSpec, leaving: Sequence[_Shown], choice: Choice
    ) -> Mapping[str, str]:
        """Return why entries leave, by id, of the first of them."""
        reasons = {}
        for entry in leaving[:_MOST_REASONS]:
            pks = self._unit.lookup.by_id(entry.id)
            stories = self._unit.stories.stories_of(pks).values()
            members = [
                member
                for story in self._unit.stories.members(stories, feed.name).values()
                for member in story
            ]
            asked = [member for member in members if member.pk in pks]
            if not asked:
                reasons[entry.id] = "it is not stored any more"
                continue
            presented = Presented(self._unit, feed, self._new)
            reasons[entry.id] = why_not_shown(
                presented, asked[0], members, feed, choice, self._refusals
            )
        return reasons


def _shown(unit: UnitOfWork, stories: Sequence[Presentation]) -> list[_Shown]:
    titles = unit.choices.titles({story.representative.pk for story in stories})
    return [
        _Shown(
            id=story.pinned.id,
            title=titles.get(story.representative.pk, ""),
            told_by=story.representative.pk,
        )
        for story in stories
    ]


def _story_of_each(stories: Sequence[Presentation], feed: str) -> dict[str, str]:
    """Return under which id each entry of a feed's stories is shown, by every id it has or had."""
    shown_as = {}
    for story in stories:
        for member in (*story.members, *story.absorbed):
            shown_as[member.id] = story.pinned.id
            shown_as |= {pin.as_id: story.pinned.id for pin in member.pins if pin.feed == feed}
    return shown_as


def _staying_or_new(
    before: Sequence[_Shown], after: Sequence[_Shown], renamed: Mapping[str, _Shown]
) -> Iterator[EntryChange]:
    """Yield what becomes of what a feed shows; ``renamed`` is what was another, by the new id."""
    place_of = {entry.id: place for place, entry in enumerate(before, start=1)}
    was = {entry.id: entry for entry in before}
    moved = _moved([place_of[entry.id] for entry in after if entry.id in place_of])
    for place, entry in enumerate(after, start=1):
        if entry.id in was:
            old_place = place_of[entry.id]
            if fate := _fate(was[entry.id], entry, is_moved=old_place in moved):
                yield _change(fate, entry, old_place, place)
        elif old := renamed.get(entry.id):
            yield _change(EntryFate.NEW_ID, old, place_of[old.id], place, other=entry.id)
        else:
            yield _change(EntryFate.APPEARS, entry, None, place)


def _fate(old: _Shown, entry: _Shown, *, is_moved: bool) -> EntryFate | None:
    """Return what becomes of an entry that stays, if anything does."""
    if old.told_by is not None and old.told_by != entry.told_by:
        return EntryFate.RETOLD
    return EntryFate.MOVES if is_moved else None


def _change(
    fate: EntryFate,
    entry: _Shown,
    old_place: int | None,
    new_place: int | None,
    **more: str,
) -> EntryChange:
    return EntryChange(
        fate=fate,
        id=entry.id,
        title=entry.title,
        old_place=old_place,
        new_place=new_place,
        **more,
    )


def _moved(old_places: Sequence[int]) -> set[int]:
    """Return which entries changed places among those that stay: as few as explain the order.

    They are those that are in no longest increasing subsequence of the old places.

    >>> _moved([1, 2, 5, 3, 4])
    {5}
    """
    ends: list[int] = []  # of the increasing subsequences of each length, the least last place
    before: dict[int, int | None] = {}  # the one before each, in the longest that ends with it
    for place in old_places:
        length = bisect_left(ends, place)
        before[place] = ends[length - 1] if length else None
        ends[length : length + 1] = [place]
    kept = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return set(old_places) - kept


# --- Feeds ----------------------------------------------------------------------------------------


def _gone(before: Mapping[str, Sequence[_Shown]], new: Config) -> list[FeedDiff]:
    """Return the feeds that there would be no longer."""
    names = {feed.name for feed in new.feeds}
    return [
        FeedDiff(feed=name, is_gone=True, old_entries=len(entries))
        for name, entries in before.items()
        if name not in names
    ]


def _said(published: PublishedFeed | None, feed: FeedSpec) -> tuple[SettingChange, ...]:
    """Return what a published feed says of itself and would say no longer."""
    if published is None:
        return ()
    spec = inert_spec(feed)
    pairs = (
        ("title", published.title, spec.title),
        ("description", published.description, spec.description),
    )
    return tuple(SettingChange(key=key, old=old, new=new) for key, old, new in pairs if old != new)
