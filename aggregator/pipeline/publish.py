"""Publish: a feed is selected from the store, rendered, and put in place if its bytes differ.

One bad feed never loses the others; of a feed that fails the old files stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from aggregator.errors import PublishError
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
from aggregator.pipeline.select import entries_of, select
from aggregator.publish import files as published_files
from aggregator.publish.folder import feed_documents, list_documents
from aggregator.store.store import Store

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The time of a feed that has no entries yet: any constant, so that its bytes are always the same.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def publish_all(config: Config, store: Store) -> list[FeedReport]:
    """Publish every feed of the configuration, and the pages that list them."""
    with store.reading() as reading:
        shown = {feed.name: select(reading, feed, config) for feed in config.feeds}
    if config.dedupe.events:
        link_events(store, [one for some in shown.values() for one in some])
    reports = [
        publish(
            feed, config, store, None if feed.events is EventDisplay.MERGE else shown[feed.name]
        )
        for feed in config.feeds
    ]
    lists = list_documents(config.site, config.feeds, modified=_NO_TIME)
    reports.append(_put("index", config, lists, entries=0))
    return reports


def publish(
    feed: FeedSpec, config: Config, store: Store, shown: Sequence[Presentation] | None = None
) -> FeedReport:
    """Publish one feed in every format; a file whose bytes would be the same is not touched.

    ``shown`` is what it shows, where that was selected before.
    """
    with store.reading() as reading:
        shown = select(reading, feed, config) if shown is None else shown
        entries = tuple(entries_of(reading, shown, feed, config))
    _pin(store, feed.name, shown)
    view = FeedView(
        spec=feed,
        site=config.site,
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=_NO_TIME),
    )
    report = _put(feed.name, config, feed_documents(view), entries=len(entries))
    oldest = entries[-1].published if len(entries) == feed.limit else _BEGINNING
    return replace(report, left_out=store.left_out(feed, oldest))


def _pin(store: Store, feed: str, shown: Sequence[Presentation]) -> None:
    """Remember under which ids stories are published, before anybody can see them."""
    pins: dict[int, Pin] = {}
    for one in shown:
        told = Pin(
            feed=feed,
            as_pk=one.pinned.pk,
            as_id=one.pinned.id,
            sequence=0,
            representative_pk=one.representative.pk,
            representative_key=one.representative.content_key,
            updated=one.updated,
        )
        if not any(_is_as(pin, told) for pin in one.pinned.pins):
            pins[one.pinned.pk] = told
        for member in (one.representative, *one.others):
            pin = next((pin for pin in member.pins if pin.feed == feed), None)
            if member.pk != one.pinned.pk and (pin is None or pin.as_pk != one.pinned.pk):
                pins[member.pk] = Pin(
                    feed=feed, as_pk=one.pinned.pk, as_id=one.pinned.id, sequence=0
                )
    absorbed = {member.pk: one.representative.pk for one in shown for member in one.absorbed}
    if pins or absorbed:
        with store.joining() as transaction:
            transaction.pin(feed, pins)
            transaction.absorb(feed, absorbed)


def _is_as(pin: Pin, told: Pin) -> bool:
    return replace(pin, sequence=0) == told


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
