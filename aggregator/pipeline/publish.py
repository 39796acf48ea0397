"""Publish: each feed is selected from the store, rendered, and put in place if its bytes differ.

A feed that stands in place is not selected where no entry that it can show has changed since, and
not rendered where what was selected is the same. One bad feed never loses the others; the old files
of a feed that fails stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import UTC, datetime

from aggregator.errors import StoreError
from aggregator.models import (
    Config,
    EventDisplay,
    FeedReport,
    FeedSpec,
    FeedView,
    Frame,
    Pin,
    Presentation,
    Standing,
)
from aggregator.pipeline.archive import plan_archives, remember_archives
from aggregator.pipeline.choose import Choice
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.entry_pages import PagePlacing
from aggregator.pipeline.frame import frame_of
from aggregator.pipeline.front import left_as_they_stand, put_front
from aggregator.pipeline.link_events import link_events
from aggregator.pipeline.pins import new_pins
from aggregator.pipeline.place import Placing
from aggregator.pipeline.put import Selected, held_back_or_not, put_feed, put_lists, together
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import EntryReader, entries_of, select
from aggregator.pipeline.silent import put_sources
from aggregator.pipeline.standings import (
    as_it_stands,
    remember_standings,
    standings_in_place,
    take_changes,
)
from aggregator.publish.rendered import FRONT, LISTS, PAGES, SOURCES, fingerprints
from aggregator.publish.view import NO_TIME

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def publish_all(run: Run) -> list[FeedReport]:
    """Publish every feed of the configuration, and the pages that list them.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    config, frame = run.config, frame_of(run.config)
    fingerprint_of = fingerprints(config, frame)
    damages: list[StoreError] = []
    placing = Placing.begin(run)
    is_news = False
    with holding_back(damages):
        is_news = take_changes(run)
    selected, standings = _select_feeds(run, frame, fingerprint_of, damages, placing)
    _remember_pins(run, selected, damages)
    pages = PagePlacing.begin(run, standings.get(PAGES))
    # First, as the text of a purged entry is to be gone.
    has_more_pages = pages.catch_up()
    reports, put, views = _publish_each(run, selected, standings, fingerprint_of, placing, pages)
    if pages.has_new and not has_more_pages:
        has_more_pages = pages.catch_up()
    failed = {report.feed for report in reports if report.error or report.held_back}
    fault = ""
    # What stands is not put again, so that the ledger is to know of it first.
    with holding_back(damages):
        fault = placing.end(run, failed, is_whole=not damages)
    if fault:
        failed |= {standing.feed for standing in put}
        put = []
    lists = [
        put_lists(config, standings.get(LISTS), fingerprint_of[LISTS]),
        put_front(run, views, standings.get(FRONT), fingerprint_of[FRONT]),
        put_sources(run, standings.get(SOURCES), fingerprint_of[SOURCES], is_news=is_news),
    ]
    for each in lists:
        put += [each.standing] if each.standing and not fault else []
        failed |= {each.report.feed} if each.report.error or fault else set()
    report = together(LISTS, [each.report for each in lists], fault)
    reports.append(pages.told_in(report, has_more=has_more_pages))
    pages_standing = pages.end(fingerprint_of[PAGES], has_more=has_more_pages)
    if pages_standing and pages_standing != standings.get(PAGES):
        put.append(pages_standing)
    failed |= set() if pages_standing else {PAGES}
    with holding_back(damages):
        remember_standings(run, put, failed, is_whole=not damages)
    for damage in damages:
        raise damage
    return reports


def _publish_each(
    run: Run,
    selected: Mapping[str, Selected],
    standings: Mapping[str, Standing],
    fingerprint_of: Mapping[str, str],
    placing: Placing,
    pages: PagePlacing,
) -> tuple[list[FeedReport], list[Standing], dict[str, FeedView]]:
    """Publish the feeds that are selected.

    Return a report of each feed, how those stand that were selected, and as what they are in place.
    """
    reports = []
    standing_now: list[Standing] = []
    views: dict[str, FeedView] = {}
    for feed in run.config.feeds:
        standing = standings.get(feed.name)
        if feed.name not in selected:
            reports.append(as_it_stands(feed.name, standing))
            continue
        fingerprint = fingerprint_of[feed.name]
        put = put_feed(run, selected[feed.name], standing, fingerprint, placing, pages)
        reports.append(put.report)
        standing_now += [put.standing] if put.standing else []
        views |= {feed.name: put.view} if put.view else {}
    return reports, standing_now, views


# --- What a feed shows ---------------------------------------------------------------------------


def _select_feeds(
    run: Run,
    frame: Frame,
    fingerprint_of: Mapping[str, str],
    damages: list[StoreError],
    placing: Placing,
) -> tuple[dict[str, Selected], Mapping[str, Standing]]:
    """Return what the feeds show that are not left as they stand, and how each feed stands.

    The stories that they choose are linked with others of the same events.
    """
    config = run.config
    # Where it cannot be read what changed, or what was put in place, no feed is left as it stands.
    is_known = not damages and not placing.fault
    standings = standings_in_place(run, fingerprint_of) if is_known else {}
    left = left_as_they_stand(config, standings)
    shown = _chosen(run, left)
    if config.dedupe.events and shown:
        with holding_back(damages):
            link_events(run, [story for choice in shown.values() for story in choice.candidates])
        # A feed that was left as it stands may show a story of which another one now tells.
        standings = standings_in_place(run, fingerprint_of) if is_known and not damages else {}
        left = left_as_they_stand(config, standings)
    return _select_entries(run, frame, shown, left, damages, placing), standings


def _chosen(run: Run, left: Set[str]) -> dict[str, Choice]:
    """Choose the stories of the feeds that are not left as they stand."""
    with run.store.read() as unit:
        refusals = Refusals(unit, run.config)
        return {
            feed.name: select(unit, feed, run.config, refusals)
            for feed in run.config.feeds
            if feed.name not in left
        }


def _select_entries(
    run: Run,
    frame: Frame,
    shown: Mapping[str, Choice],
    left: Set[str],
    damages: list[StoreError],
    placing: Placing,
) -> dict[str, Selected]:
    """Return what feeds show but those ``left`` as they stand; ``shown`` is selected already.

    ``placing`` decides which of them are held back. A feed of which nothing can be read is missing,
    and damage is added.
    """
    selected: dict[str, Selected] = {}
    with run.store.read() as unit:
        reader, refusals = EntryReader(unit), Refusals(unit, run.config)
        for feed in run.config.feeds:
            if feed.name not in shown and feed.name in left:
                continue
            choice = shown.get(feed.name)
            if choice is None or feed.events is EventDisplay.MERGE or feed.counts_papers:
                # What an event's stories merge into, and who reports it, is known only now that the
                # events are linked.
                choice = select(unit, feed, run.config, refusals)
            found = _entries_selected(reader, feed, run.config, frame, choice, refusals)
            if not found.view.entries and unit.is_damaged:
                message = f"nothing of the feed {feed.name} can be read; what was published stays"
                damages.append(StoreError(message, is_damage=True))
            else:
                selected[feed.name] = held_back_or_not(run.config, found, placing)
    return selected


def _entries_selected(
    reader: EntryReader,
    feed: FeedSpec,
    config: Config,
    frame: Frame,
    choice: Choice,
    refusals: Refusals,
) -> Selected:
    """Return what a feed shows of the stories that it chose."""
    stories = choice.shown
    entries = tuple(entries_of(reader, stories, feed, config, refusals))
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=NO_TIME),
        frame=frame,
    )
    is_full = len(entries) == feed.limit
    oldest = min(entry.published for entry in entries) if is_full else _BEGINNING
    pins: dict[int, Pin] = {}
    for story in stories:
        pins |= new_pins(feed.name, story)
    absorbed = {
        member.pk: story.representative.pk for story in stories for member in story.absorbed
    }
    return Selected(
        view=view,
        pins=pins,
        absorbed=absorbed,
        left_out=reader.unit.feeds.left_out(feed, oldest),
        archives=plan_archives(reader.unit, feed, config, stories, refusals),
        led_to=frozenset(reader.led_to(entries)),
        is_settled=_is_settled(feed, config, choice, is_remembered=not (pins or absorbed)),
    )


def _is_settled(feed: FeedSpec, config: Config, choice: Choice, *, is_remembered: bool) -> bool:
    """Tell whether a feed chooses the same again, as long as no entry changes.

    What merges goes by what it remembers of events, and what moves up in the place of the merged is
    linked at the next publishing. ``is_remembered`` says that nothing of the choice is new.
    """
    is_merged = feed.events is EventDisplay.MERGE
    if not (is_merged or feed.counts_papers):
        return True
    is_linked = all(map(_is_linked, choice.candidates)) or not config.dedupe.events
    return is_linked and (is_remembered or not is_merged)


def _is_linked(story: Presentation) -> bool:
    return any(member.is_linked for member in story.members)


def _remember_pins(run: Run, selected: Mapping[str, Selected], damages: list[StoreError]) -> None:
    """Remember under which ids stories are published, before anybody can see them."""
    new = {
        name: found
        for name, found in selected.items()
        if found.pins or found.absorbed or found.archives.is_change
    }
    if new:
        with run.store.write() as unit:
            for name, found in new.items():
                with holding_back(damages), unit.savepoint():
                    if pins := {**found.archives.pins, **found.pins}:
                        unit.feeds.pin(name, pins)
                    unit.feeds.absorb(name, found.absorbed)
                    remember_archives(unit, name, found.archives)
