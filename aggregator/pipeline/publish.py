"""Publish: each feed is selected from the store, rendered, and put in place if its bytes differ.

A feed that stands in place is not selected where no entry that it can show has changed since, and
not rendered where what was selected is the same. One bad feed never loses the others; the old files
of a feed that fails stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from aggregator.pipeline.choose import Choice
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.link_events import link_events
from aggregator.pipeline.placing import Placing
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import EntryReader, entries_of, select
from aggregator.pipeline.standings import (
    as_it_stands,
    is_current,
    remember_standings,
    standings_in_place,
    take_changes,
)
from aggregator.publish import files as published_files
from aggregator.publish import folder
from aggregator.publish.compressed import with_neighbours
from aggregator.publish.rendered import LISTS, digest_of, entries_by_digest, fingerprints

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The time of a feed that has no entries yet: any constant, so that its bytes are always the same.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selected:
    """What a feed shows now, and what of that is not remembered yet.

    ``is_settled`` says that the same is selected again as long as no entry changes.
    """

    view: FeedView
    pins: Mapping[int, Pin]
    absorbed: Mapping[int, int]
    left_out: Mapping[str, int]
    is_settled: bool


def publish_all(run: Run) -> list[FeedReport]:
    """Publish every feed of the configuration, and the pages that list them.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    config = run.config
    fingerprint_of = fingerprints(config)
    damages: list[StoreError] = []
    placing = Placing.begin(run)
    with holding_back(damages):
        take_changes(run)
    # Where it cannot be read what changed, no feed is left as it stands.
    standings = {} if damages else standings_in_place(run, fingerprint_of)
    with run.store.read() as unit:
        refusals = Refusals(unit, config)
        shown = {
            feed.name: select(unit, feed, config, refusals)
            for feed in config.feeds
            if not is_current(standings.get(feed.name))
        }
    if config.dedupe.events and shown:
        with holding_back(damages):
            link_events(run, [story for choice in shown.values() for story in choice.candidates])
        # A feed that was left as it stands may show a story of which another one now tells.
        standings = {} if damages else standings_in_place(run, fingerprint_of)
    selected = _select_entries(run, shown, standings, damages)
    _remember_pins(run, selected, damages)
    reports, put = _publish_each(run, selected, standings, fingerprint_of, placing)
    failed = {report.feed for report in reports if report.error or report.held_back}
    fault = ""
    # What stands is not put again, so that the ledger is to know of it first.
    with holding_back(damages):
        fault = placing.end(run, failed, is_whole=not damages)
    lists, standing = _publish_lists(config, standings.get(LISTS), fingerprint_of[LISTS], fault)
    reports.append(lists)
    put += [standing] if standing else []
    failed |= {LISTS} if lists.error else set()
    with holding_back(damages):
        remember_standings(run, put, failed, is_whole=not damages)
    for damage in damages:
        raise damage
    return reports


def _publish_each(
    run: Run,
    selected: Mapping[str, _Selected],
    standings: Mapping[str, Standing],
    fingerprint_of: Mapping[str, str],
    placing: Placing,
) -> tuple[list[FeedReport], list[Standing]]:
    """Publish the feeds that are selected; return a report of each feed, and how those stand."""
    reports = []
    put: list[Standing] = []
    for feed in run.config.feeds:
        standing = standings.get(feed.name)
        if feed.name not in selected:
            reports.append(as_it_stands(feed.name, standing))
            continue
        fingerprint = fingerprint_of[feed.name]
        report, standing = _publish(run, selected[feed.name], standing, fingerprint, placing)
        reports.append(report)
        put += [standing] if standing else []
    return reports, put


# --- What a feed shows ---------------------------------------------------------------------------


def _select_entries(
    run: Run,
    shown: Mapping[str, Choice],
    standings: Mapping[str, Standing],
    damages: list[StoreError],
) -> dict[str, _Selected]:
    """Return what the feeds that are not left as they stand show; ``shown`` is selected already.

    A feed of which nothing can be read is missing, and damage is added.
    """
    selected: dict[str, _Selected] = {}
    with run.store.read() as unit:
        reader, refusals = EntryReader(unit), Refusals(unit, run.config)
        for feed in run.config.feeds:
            if feed.name not in shown and is_current(standings.get(feed.name)):
                continue
            choice = shown.get(feed.name)
            if choice is None or feed.events is EventDisplay.MERGE or feed.counts_papers:
                # What an event's stories merge into, and who reports it, is known only now that the
                # events are linked.
                choice = select(unit, feed, run.config, refusals)
            found = _entries_selected(reader, feed, run.config, choice)
            if not found.view.entries and unit.is_damaged:
                message = f"nothing of the feed {feed.name} can be read; what was published stays"
                damages.append(StoreError(message, is_damage=True))
            else:
                selected[feed.name] = found
    return selected


def _entries_selected(
    reader: EntryReader, feed: FeedSpec, config: Config, choice: Choice
) -> _Selected:
    """Return what a feed shows of the stories that it chose."""
    stories = choice.shown
    entries = tuple(entries_of(reader, stories, feed, config))
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=_NO_TIME),
    )
    is_full = len(entries) == feed.limit
    oldest = min(entry.published for entry in entries) if is_full else _BEGINNING
    pins: dict[int, Pin] = {}
    for story in stories:
        pins |= _new_pins(feed.name, story)
    absorbed = {
        member.pk: story.representative.pk for story in stories for member in story.absorbed
    }
    is_settled = True
    if feed.events is EventDisplay.MERGE or feed.counts_papers:
        # What merges goes by what it remembers of events, and what moves up in the place of the
        # merged is linked at the next publishing.
        is_linked = all(map(_is_linked, choice.candidates))
        is_settled = is_linked or not config.dedupe.events
    if feed.events is EventDisplay.MERGE:
        is_settled = is_settled and not pins and not absorbed
    return _Selected(
        view=view,
        pins=pins,
        absorbed=absorbed,
        left_out=reader.unit.feeds.left_out(feed, oldest),
        is_settled=is_settled,
    )


def _is_linked(story: Presentation) -> bool:
    return any(member.is_linked for member in story.members)


def _remember_pins(run: Run, selected: Mapping[str, _Selected], damages: list[StoreError]) -> None:
    """Remember under which ids stories are published, before anybody can see them."""
    new = {name: found for name, found in selected.items() if found.pins or found.absorbed}
    if new:
        with run.store.write() as unit:
            for name, found in new.items():
                with holding_back(damages), unit.savepoint():
                    unit.feeds.pin(name, found.pins)
                    unit.feeds.absorb(name, found.absorbed)


def _new_pins(feed: str, story: Presentation) -> dict[int, Pin]:
    """Return the pins of a story's entries that are not remembered yet, by number."""
    pinned, representative = story.pinned, story.representative
    pins: dict[int, Pin] = {}
    as_shown = (feed, pinned.pk, representative.pk, representative.content_key, story.updated)
    if not any(_as_shown(known) == as_shown for known in pinned.pins):
        pins[pinned.pk] = Pin(
            feed=feed,
            as_pk=pinned.pk,
            as_id=pinned.id,
            sequence=0,
            representative_pk=representative.pk,
            representative_key=representative.content_key,
            updated=story.updated,
        )
    for member in story.members:
        known_pin = next((known for known in member.pins if known.feed == feed), None)
        if member.pk != pinned.pk and (known_pin is None or known_pin.as_pk != pinned.pk):
            pins[member.pk] = Pin(feed=feed, as_pk=pinned.pk, as_id=pinned.id, sequence=0)
    return pins


def _as_shown(pin: Pin) -> tuple[object, ...]:
    """Return what a pin says of a story but when it was first published."""
    return pin.feed, pin.as_pk, pin.representative_pk, pin.representative_key, pin.updated


# --- Its files -----------------------------------------------------------------------------------


def _publish_lists(
    config: Config, standing: Standing | None, fingerprint: str, fault: str
) -> tuple[FeedReport, Standing | None]:
    """Publish the files that list the feeds, which the configuration alone decides.

    ``fault`` is what else went wrong in the folder, and is reported with them. Return how they
    stand now, ``None`` where they stood, or where anything went wrong.
    """
    if standing is not None:
        return FeedReport(feed=LISTS, entries=0, error=fault), None
    documents = folder.list_documents(config.site, config.feeds, modified=_NO_TIME)
    report = _put(LISTS, config, documents, entries=0)
    report = replace(report, error="; ".join(filter(None, (report.error, fault))))
    stamps = published_files.stamps(config.site.output)
    files = with_neighbours(document.name for document in documents)
    if report.error or not stamps.keys() >= set(files):
        return report, None
    return report, Standing(
        feed=LISTS,
        is_current=True,
        fingerprint=fingerprint,
        digest="",
        stamps={file: stamps[file] for file in files},
        entries=0,
        left_out={},
    )


def _publish(
    run: Run,
    selected: _Selected,
    standing: Standing | None,
    fingerprint: str,
    placing: Placing,
) -> tuple[FeedReport, Standing | None]:
    """Publish one feed in every format; a file whose bytes would be the same is not touched.

    ``standing`` is how it stands in place, ``None`` where it does not. Return how it stands now,
    ``None`` where some file of it could not be put in place.
    """
    view = selected.view
    name, entries, view_of = view.spec.name, len(view.entries), entries_by_digest(view)
    digest = digest_of(view, view_of)
    if standing is not None and standing.digest == digest:
        # Its stamps stay: a file that somebody touched since they were looked at is put back.
        left_out = selected.left_out
        return FeedReport(feed=name, entries=entries, left_out=left_out), replace(
            standing, is_current=selected.is_settled, entries=entries, left_out=left_out
        )
    if reason := placing.hold_back(run.config, view.spec, entries):
        return FeedReport(feed=name, entries=entries, held_back=reason), None
    documents = folder.feed_documents(view, view_of, run.rendered)
    put = _put(name, run.config, documents, entries=entries)
    report = replace(put, left_out=selected.left_out)
    if not report.error:
        placing.note(run.config, view.spec, entries, documents)
    stamps = published_files.stamps(run.config.site.output)
    files = with_neighbours(folder.file_names_of(view.spec))
    if report.error or not stamps.keys() >= set(files):
        return report, None
    return report, Standing(
        feed=name,
        is_current=selected.is_settled,
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
