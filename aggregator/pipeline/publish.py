"""Publish: each feed is selected from the store, rendered, and put in place if its bytes differ.

One bad feed never loses the others; the old files of a feed that fails stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
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
)
from aggregator.pipeline.link_events import link_events
from aggregator.pipeline.run import Run
from aggregator.pipeline.select import entries_of, select
from aggregator.publish import files as published_files
from aggregator.publish import folder
from aggregator.publish.rendered import digest_of
from aggregator.store.store import Store

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The time of a feed that has no entries yet: any constant, so that its bytes are always the same.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def publish_all(run: Run) -> list[FeedReport]:
    """Publish every feed of the configuration, and the pages that list them.

    Where the store is damaged, what can be read of it is published before StoreError says so.
    """
    config = run.config
    with run.store.read() as unit:
        shown = {feed.name: select(unit, feed, config) for feed in config.feeds}
    damages: list[StoreError] = []
    if config.dedupe.events:
        with holding_back(damages):
            link_events(run, [story for stories in shown.values() for story in stories])
    reports = []
    for feed in config.feeds:
        # What an event's stories merge into is known only now that the events are linked.
        stories = None if feed.events is EventDisplay.MERGE else shown[feed.name]
        reports.append(_publish(run, feed, stories, damages))
    lists = folder.list_documents(config.site, config.feeds, modified=_NO_TIME)
    reports.append(_put("index", config, lists, entries=0))
    for damage in damages:
        raise damage
    return reports


@contextmanager
def holding_back(damages: list[StoreError]) -> Iterator[None]:
    """Hold back the fault of a damaged store, so that what can be read of it is published first."""
    try:
        yield
    except StoreError as error:
        if not error.is_damage:
            raise
        damages.append(error)


def _publish(
    run: Run, feed: FeedSpec, shown: Sequence[Presentation] | None, damages: list[StoreError]
) -> FeedReport:
    """Publish one feed in every format; a file whose bytes would be the same is not touched.

    ``shown`` is what it shows, ``None`` where that is yet to be selected.
    """
    config = run.config
    with run.store.read() as unit:
        shown = select(unit, feed, config) if shown is None else shown
        entries = tuple(entries_of(unit, shown, feed, config))
        if not entries and unit.is_damaged:
            message = f"nothing of the feed {feed.name} can be read; what was published stays"
            damages.append(StoreError(message, is_damage=True))
            return FeedReport(feed=feed.name, entries=0)
    with holding_back(damages):
        _remember_pins(run.store, feed.name, shown)
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=_NO_TIME),
    )
    report = _put_feed(run, view)
    oldest = entries[-1].published if len(entries) == feed.limit else _BEGINNING
    with run.store.read() as unit:
        return replace(report, left_out=unit.feeds.left_out(feed, oldest))


def _remember_pins(store: Store, feed: str, shown: Sequence[Presentation]) -> None:
    """Remember under which ids stories are published, before anybody can see them."""
    pins: dict[int, Pin] = {}
    for story in shown:
        pins |= _new_pins(feed, story)
    absorbed = {member.pk: story.representative.pk for story in shown for member in story.absorbed}
    if pins or absorbed:
        with store.write() as unit:
            unit.feeds.pin(feed, pins)
            unit.feeds.absorb(feed, absorbed)


def _new_pins(feed: str, story: Presentation) -> dict[int, Pin]:
    """Return the pins of a story's entries that are not remembered yet, by number."""
    pinned, representative = story.pinned, story.representative
    pin = Pin(feed=feed, as_pk=pinned.pk, as_id=pinned.id, sequence=0)
    as_shown = replace(
        pin,
        representative_pk=representative.pk,
        representative_key=representative.content_key,
        updated=story.updated,
    )
    pins: dict[int, Pin] = {}
    if not any(replace(known, sequence=0) == as_shown for known in pinned.pins):
        pins[pinned.pk] = as_shown
    for member in story.members:
        known_pin = next((known for known in member.pins if known.feed == feed), None)
        if member.pk != pinned.pk and (known_pin is None or known_pin.as_pk != pinned.pk):
            pins[member.pk] = pin
    return pins


def _put_feed(run: Run, view: FeedView) -> FeedReport:
    """Put the files of a feed in place, unless they are there since they were last rendered."""
    name, output = view.spec.name, run.config.site.output
    digest = digest_of(view)
    if run.rendered.is_in_place(name, digest, published_files.stamps(output)):
        return FeedReport(feed=name, entries=len(view.entries))
    documents = folder.feed_documents(view)
    report = _put(name, run.config, documents, entries=len(view.entries))
    if not report.error:
        files = [document.name for document in documents]
        run.rendered.put_in_place(name, digest, files, published_files.stamps(output))
    return report


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
