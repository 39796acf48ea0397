"""Deliver: what hubs sent is taken from where it waits, and stored as a document of its source.

A delivery goes once what it brought is committed (``arrived``). One with which each process ended
that began to store it is left to the polls. One that waited while a poll brought the source's
document is older than that, so only what is new of it is stored. While a mass change of the source
is held back, deliveries are left to the polls: which changes stay is told by whole documents alone.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from aggregator.errors import PublishError, SourceError, StoreError
from aggregator.models import (
    NOTHING_KNOWN,
    Arrival,
    ArrivalKind,
    Document,
    FetchState,
    Source,
    SourceReport,
    Subscription,
    SubscriptionMode,
)
from aggregator.pipeline.arrived import Arrived, arrived
from aggregator.pipeline.counted import counted_documents
from aggregator.pipeline.due import state_of
from aggregator.pipeline.known_items import read_entries
from aggregator.pipeline.normalised import Basis, Normalised
from aggregator.pipeline.run import Run
from aggregator.pipeline.store_document import store_document
from aggregator.pipeline.tally import failure
from aggregator.push import schedule
from aggregator.store.unit import UnitOfWork
from aggregator.urls import publishable

log = logging.getLogger(__name__)

# A hub that grants seconds is not asked every second.
_SHORTEST_LEASE = timedelta(minutes=1)
_DENIED = "denied"
# A delivery is stored within seconds. One that waits for longer may have ended who began with it:
# from then on that is counted, as nothing else tells of it, and others cost no write more.
_COUNTED_AFTER = timedelta(minutes=1)
_MOST_TRIES = 3


def take_arrivals(run: Run) -> list[SourceReport]:
    """Take what hubs sent; return a report of each document that was stored or is none.

    PublishError where the folder of what they sent cannot be read or emptied.
    """
    try:
        return _taken(run)
    except OSError as error:
        message = f"what hubs sent cannot be taken: {error.strerror or error}"
        raise PublishError(message) from error


def _taken(run: Run) -> list[SourceReport]:
    reports: list[SourceReport] = []
    is_readable = False
    for waiting in arrived(run):
        # Whose it is may be unreadable; then it waits.
        is_readable = is_readable or _is_known_whose(run)
        if run.stop.is_set() or not is_readable:
            break
        try:
            report = _take(run, waiting)
        except StoreError as error:
            if error.is_damage:  # it would be at each try
                waiting.drop()
            raise
        except Exception:
            waiting.drop()  # a bug, which would come at each try; a poll brings it
            raise
        waiting.drop()
        if report is not None:
            reports.append(report)
            run.progress.on_source(report, len(reports), len(reports))
    return reports


def _is_known_whose(run: Run) -> bool:
    with run.store.read() as unit:
        return unit.subscriptions.known() is not None


def _take(run: Run, waiting: Arrived) -> SourceReport | None:
    arrival = waiting.arrival
    with run.store.read() as unit:
        subscription = unit.subscriptions.of_token(arrival.token)
    if subscription is None:
        return None
    if arrival.kind is ArrivalKind.DELIVERY:
        named = (source for source in run.config.sources if source.name == subscription.source)
        source = next(named, None)
        if source is None or subscription.mode is not SubscriptionMode.SUBSCRIBE:
            return None
        return _counted(run, waiting, subscription, source)
    with run.store.write() as unit:
        subscription = unit.subscriptions.of_token(arrival.token) or subscription
        if not waiting.take(unit):
            return None
        is_wanted = subscription.mode is SubscriptionMode.SUBSCRIBE
        if is_wanted and arrival.kind is not ArrivalKind.UNSUBSCRIBED:
            unit.subscriptions.save([_answered(subscription, arrival)])
        elif not is_wanted and arrival.kind is not ArrivalKind.SUBSCRIBED:
            unit.subscriptions.forget([subscription.callback])
        # Else it was asked for before something else was decided, and says nothing any more.
    return None


def _answered(subscription: Subscription, arrival: Arrival) -> Subscription:
    """Return a subscription after its hub confirmed or denied it."""
    source, hub = subscription.source, publishable(subscription.hub)
    if arrival.kind is ArrivalKind.DENIED:
        if subscription.error != _DENIED:  # some hubs say so again and again
            reason = arrival.reason or _DENIED
            log.warning("%s: its hub %s sends nothing: %s", source, hub, reason)
        at = arrival.arrived + schedule.DENIED
        return replace(subscription, lease_ends=None, next_try=at, error=_DENIED)
    lease = timedelta(seconds=arrival.lease_seconds) or schedule.LEASE
    lease = min(max(lease, _SHORTEST_LEASE), schedule.LONGEST_LEASE)
    if subscription.lease_ends is None:
        log.info("%s: its hub %s sends what is new", source, hub)
    return replace(
        subscription,
        attempts=0,
        lease_ends=arrival.arrived + lease,
        next_try=schedule.renewal(lease, arrival.arrived),
        error="",
    )


def _counted(
    run: Run, waiting: Arrived, subscription: Subscription, source: Source
) -> SourceReport | None:
    """Store a document that a hub sent, unless that ended whoever began with it, again and again.

    Where the store fails the try does not count.
    """
    tries = waiting.arrival.tries
    if tries >= _MOST_TRIES:
        log.warning(
            "%s: what its hub sent ended who began to store it %d times; a poll brings it",
            source.name,
            tries,
        )
        return None
    if run.clock() - waiting.arrival.arrived <= _COUNTED_AFTER:
        return _deliver(run, waiting, subscription, source)
    waiting.note_tries(tries + 1)
    try:
        return _deliver(run, waiting, subscription, source)
    except StoreError:
        with suppress(StoreError):
            waiting.note_tries(tries)
        raise


def _deliver(
    run: Run, waiting: Arrived, subscription: Subscription, source: Source
) -> SourceReport | None:
    """Store a document that a hub sent; its report says how.

    ``None`` where it is left to polls, or somebody else has stored it.
    """
    arrival = waiting.arrival
    document = _document(arrival, subscription)
    try:
        # Hubs may send new entries alone, so that one of nothing but those is no backlog.
        entries = read_entries(document, replace(source, backlog=None), NOTHING_KNOWN)
    except SourceError as error:
        return failure(source, error)
    with run.store.read() as unit:
        state, basis = _state_of(unit, source), Basis.of(unit, entries)
    normalised = Normalised.of(basis, state.clock_skew)
    with run.store.write() as unit:
        if not waiting.take(unit):
            return None
        current = unit.subscriptions.of_token(arrival.token)
        if current is not None:
            unit.subscriptions.save([replace(current, delivered=arrival.arrived)])
        if unit.sources.quarantine_of(source.name) is not None:
            return None
        state = _state_of(unit, source)
        # A poll that ended so long after the delivery came had begun by then.
        asking = timedelta(seconds=source.access.timeout_seconds)
        is_older = state.checked is not None and state.checked - arrival.arrived > asking
        report = store_document(
            unit,
            normalised.on(Basis.of(unit, entries), state.clock_skew),
            run.clock(),
            may_quarantine=run.config.dedupe.hold,
            may_change=not is_older,
        )
        unit.activity.count({source.name: counted_documents([report])}, run.clock())
        return report


def _state_of(unit: UnitOfWork, source: Source) -> FetchState:
    return state_of(source, unit.sources.states([source.name]))


def _document(arrival: Arrival, subscription: Subscription) -> Document:
    return Document(
        source=subscription.source,
        url=publishable(subscription.topic),
        body=arrival.body,
        content_type=arrival.content_type,
        acquired=arrival.arrived,
    )
