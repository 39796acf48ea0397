"""Publish: each feed is selected from the store, rendered, and put in place if its bytes differ.

A feed that stands in place is not selected where no entry that it can show has changed since, and
not rendered where what was selected is the same. One bad feed never loses the others; the old files
of a feed that fails stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aggregator.errors import PublishError, StoreError
from aggregator.models import (
    Config,
    EventDisplay,
    FeedDocument,
    FeedReport,
    FeedSpec,
    FeedView,
    Pin,
    Presentation,
    Standing,
)
from aggregator.pipeline.archive import (
    ArchivePlan,
    plan_archives,
    remember_archives,
)
from aggregator.pipeline.archive_documents import write_archives
from aggregator.pipeline.link_events import link_events
from aggregator.pipeline.pins import new_pins
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import EntryReader, entries_of, select
from aggregator.pipeline.standings import (
    is_current,
    remember_standings,
    standings_in_place,
    take_changes,
)
from aggregator.publish import files as published_files
from aggregator.publish import folder
from aggregator.publish.rendered import digest_of, fingerprints
from aggregator.publish.view import NO_TIME

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selected:
    """What a feed shows now, and what of that is not remembered yet.

    ``is_settled`` says that the same is selected again as long as no entry changes.
    """

    view: FeedView
    pins: Mapping[int, Pin]
    absorbed: Mapping[int, int]
    left_out: Mapping[str, int]
    archives: ArchivePlan
    is_settled: bool


def publish_all(run: Run) -> list[FeedReport]:
    """Publish every feed of the configuration, and the pages that list them.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    config = run.config
    fingerprint_of = fingerprints(config)
    damages: list[StoreError] = []
    with holding_back(damages):
        take_changes(run)
    # Where it cannot be read what changed, no feed is left as it stands.
    standings = {} if damages else standings_in_place(run, fingerprint_of)
    with run.store.read() as unit:
        shown = {
            feed.name: select(unit, feed, config)
            for feed in config.feeds
            if not is_current(standings.get(feed.name))
        }
    if config.dedupe.events and shown:
        with holding_back(damages):
            link_events(run, [story for stories in shown.values() for story in stories])
        # A feed that was left as it stands may show a story of which another one now tells.
        standings = {} if damages else standings_in_place(run, fingerprint_of)
    selected = _select_entries(run, shown, standings, damages)
    _remember_pins(run, selected, damages)
    reports, put = _publish_each(run, selected, standings, fingerprint_of)
    failed = {report.feed for report in reports if report.error}
    with holding_back(damages):
        remember_standings(run, put, failed, is_whole=not damages)
    lists = folder.list_documents(config.site, config.feeds, modified=NO_TIME)
    reports.append(_put("index", config, lists, entries=0))
    for damage in damages:
        raise damage
    return reports


def _publish_each(
    run: Run,
    selected: Mapping[str, _Selected],
    standings: Mapping[str, Standing],
    fingerprint_of: Mapping[str, str],
) -> tuple[list[FeedReport], list[Standing]]:
    """Publish the feeds that are selected; return a report of each feed, and how those stand."""
    reports = []
    put: list[Standing] = []
    for feed in run.config.feeds:
        standing = standings.get(feed.name)
        if feed.name not in selected:
            reports.append(_as_it_stands(feed, standing))
            continue
        fingerprint = fingerprint_of[feed.name]
        report, standing = _publish(run, selected[feed.name], standing, fingerprint)
        reports.append(report)
        put += [standing] if standing else []
    return reports, put


@contextmanager
def holding_back(damages: list[StoreError]) -> Iterator[None]:
    """Hold back the fault of a damaged store, so that what can be read of it is published first."""
    try:
        yield
    except StoreError as error:
        if not error.is_damage:
            raise
        damages.append(error)


# --- What a feed shows ---------------------------------------------------------------------------


def _select_entries(
    run: Run,
    shown: Mapping[str, Sequence[Presentation]],
    standings: Mapping[str, Standing],
    damages: list[StoreError],
) -> dict[str, _Selected]:
    """Return what the feeds that are not left as they stand show; ``shown`` is selected already.

    A feed of which nothing can be read is missing, and damage is added.
    """
    selected: dict[str, _Selected] = {}
    with run.store.read() as unit:
        reader = EntryReader(unit)
        for feed in run.config.feeds:
            if feed.name not in shown and is_current(standings.get(feed.name)):
                continue
            stories = shown.get(feed.name)
            if stories is None or feed.events is EventDisplay.MERGE:
                # What an event's stories merge into is known only now that the events are linked.
                stories = select(unit, feed, run.config)
            found = _entries_selected(reader, feed, run.config, stories)
            if not found.view.entries and unit.is_damaged:
                message = f"nothing of the feed {feed.name} can be read; what was published stays"
                damages.append(StoreError(message, is_damage=True))
            else:
                selected[feed.name] = found
    return selected


def _entries_selected(
    reader: EntryReader, feed: FeedSpec, config: Config, stories: Sequence[Presentation]
) -> _Selected:
    """Return what a feed shows of these stories."""
    entries = tuple(entries_of(reader, stories, feed, config))
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=NO_TIME),
    )
    oldest = entries[-1].published if len(entries) == feed.limit else _BEGINNING
    pins: dict[int, Pin] = {}
    for story in stories:
        pins |= new_pins(feed.name, story)
    absorbed = {
        member.pk: story.representative.pk for story in stories for member in story.absorbed
    }
    is_settled = True
    if feed.events is EventDisplay.MERGE:
        # What merges goes by what it remembers of events, and what moves up in the place of the
        # merged is linked at the next publishing.
        is_linked = all(any(member.is_linked for member in story.members) for story in stories)
        is_settled = not pins and not absorbed and (is_linked or not config.dedupe.events)
    return _Selected(
        view=view,
        pins=pins,
        absorbed=absorbed,
        left_out=reader.unit.feeds.left_out(feed, oldest),
        archives=plan_archives(reader.unit, feed, config, stories),
        is_settled=is_settled,
    )


def _remember_pins(run: Run, selected: Mapping[str, _Selected], damages: list[StoreError]) -> None:
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


# --- Its files -----------------------------------------------------------------------------------


def _as_it_stands(feed: FeedSpec, standing: Standing | None) -> FeedReport:
    """Report a feed that is left as it stands, or of which nothing can be read."""
    if standing is None or not is_current(standing):
        return FeedReport(feed=feed.name, entries=0)
    return FeedReport(feed=feed.name, entries=standing.entries, left_out=standing.left_out)


def _publish(
    run: Run, selected: _Selected, standing: Standing | None, fingerprint: str
) -> tuple[FeedReport, Standing | None]:
    """Publish one feed in every format; a file whose bytes would be the same is not touched.

    ``standing`` is how it stands in place, ``None`` where it does not. Return how it stands now,
    ``None`` where some file of it could not be put in place. Its archive documents come first, as
    what they hold may leave the feed.
    """
    archived = write_archives(run, selected.view.spec, is_in_place=standing is not None)
    view = replace(selected.view, prev_archive=archived.last)
    name, entries, digest = view.spec.name, len(view.entries), digest_of(view)
    has_more = archived.has_more or not selected.archives.is_whole
    is_settled = selected.is_settled and not has_more
    report = FeedReport(
        feed=name,
        entries=entries,
        left_out=selected.left_out,
        archives_written=archived.written,
        has_more=has_more,
        error=archived.error,
    )
    if standing is not None and standing.digest == digest:
        # Its stamps stay: a file that somebody touched since they were looked at is put back.
        return report, replace(
            standing, is_current=is_settled, entries=entries, left_out=selected.left_out
        )
    put = _put(name, run.config, folder.feed_documents(view, run.rendered), entries=entries)
    errors = "; ".join(filter(None, (archived.error, put.error)))
    report = replace(report, files_written=put.files_written, error=errors)
    files = folder.file_names_of(view.spec)
    stamps = published_files.stamps(run.config.site.output, files)
    if report.error or not stamps.keys() >= set(files):
        return report, None
    return report, Standing(
        feed=name,
        is_current=is_settled,
        fingerprint=fingerprint,
        digest=digest,
        stamps={file: stamps[file] for file in files},
        entries=entries,
        left_out=selected.left_out,
    )


def _put(
    name: str, config: Config, documents: Sequence[FeedDocument], *, entries: int
) -> FeedReport:
    written, errors = [], []
    for document in documents:
        try:
            if published_files.put(config.site.output, document):
                written.append(document.name)
        except PublishError as error:
            errors.append(str(error))
    return FeedReport(
        feed=name, entries=entries, files_written=tuple(written), error="; ".join(errors)
    )
