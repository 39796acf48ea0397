"""Status: how the service, each source and each feed do, read beside whatever the service does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator import __version__, heartbeat
from aggregator.errors import PublishError
from aggregator.models import (
    NO_ACTIVITY,
    SEARCH_FORM,
    Activity,
    Config,
    FeedStatus,
    FetchState,
    FullTextCounts,
    Heartbeat,
    Pulse,
    ServiceStatus,
    SourceStatus,
    Status,
    WorkerStatus,
)
from aggregator.pipeline import seen_workers
from aggregator.pipeline.due import state_of
from aggregator.pipeline.feed_status import feeds_status
from aggregator.pipeline.silent import silences_of
from aggregator.pipeline.source_status import Known, source_status
from aggregator.pipeline.upkeep import newest_backup
from aggregator.store import space
from aggregator.store.place import path_of
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# An hour reaches into the window that it begins before: the last 24 hours are this one and 23.
_HOUR = timedelta(hours=1)
_NOTICES = 200  # what began to be wrong in a month of 2,000 sources, more or less
# A store is migrated, purged and backed up by writing it once more.
_LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What was counted: of each source by its name, and of all together by hour."""

    day: Mapping[str, Activity] = field(default_factory=dict)
    week: Mapping[str, Activity] = field(default_factory=dict)
    total: Mapping[str, Activity] = field(default_factory=dict)
    new_by_hour: Mapping[str, Mapping[datetime, int]] = field(default_factory=dict)
    by_hour: Mapping[datetime, Activity] = field(default_factory=dict)
    full_texts: Mapping[str, FullTextCounts] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: UnitOfWork, now: datetime) -> _Counts:
        """Read what was counted within the last week, and ever."""
        activity, hour = unit.activity, now + _HOUR
        return cls(
            day=activity.by_source(hour - _DAY),
            week=activity.by_source(hour - _WEEK),
            total=activity.totals(),
            new_by_hour=activity.new_by_hour(hour - _DAY),
            by_hour=activity.by_hour(hour - _WEEK),
            full_texts=unit.full_texts.counts(hour - _WEEK),
        )


def status_of(store: Store, config: Config, now: datetime, *, is_counted: bool = True) -> Status:
    """Return how everything does; StoreError where the store cannot be read.

    Without ``is_counted``, what came and what became of polls is left out: of 2,000 sources that
    are asked each hour, reading it takes half a second.
    """
    with store.read() as unit:
        counts = _Counts.of(unit, now) if is_counted else _Counts()
        sources = _sources(unit, config, now, counts)
        waiting = unit.stories.count_to_cluster()
        is_whole = not (config.site.search and unit.search.has_work(SEARCH_FORM))
        notices = tuple(unit.activity.notices(_NOTICES))
        workers = unit.workers.known()
        feeds, unread = _feeds(unit, config, is_shared=store.is_shared)
        is_damaged = unit.is_damaged
    faults = ["rows of the store cannot be read, see the log"] if is_damaged else []
    service = replace(
        _service(store, config, now, workers),
        waiting=waiting,
        is_index_whole=is_whole,
        faults=(*faults, *unread),
    )
    return Status(
        made=now,
        timezone=config.site.timezone,
        site=config.site.title,
        service=service,
        sources=sources,
        feeds=feeds,
        by_hour=counts.by_hour,
        notices=notices,
    )


def pulse_of(
    store_url: str, workers: Sequence[WorkerStatus], now: datetime
) -> tuple[Pulse, str, Heartbeat | None]:
    """Return whether the service of a store or its workers work, why, and a service's heartbeat.

    They never have a store at once, so whoever was heard of last counts.
    """
    pulse, reason, beat = heartbeat.look(heartbeat.path_beside(path_of(store_url)), now)
    if workers and not (beat and beat.beat > max(worker.heard for worker in workers)):
        return *seen_workers.judged(workers, now), None
    return pulse, reason, beat


def _service(
    store: Store, config: Config, now: datetime, workers: Sequence[WorkerStatus]
) -> ServiceStatus:
    """Return how the service does, or the workers do, and the room of the store."""
    pulse, reason, beat = pulse_of(config.store_url, workers, now)
    path, size = path_of(config.store_url), store.size_bytes()
    free = space.free_bytes(path) if path.parent.is_dir() else 0
    backup_day, backup_bytes = newest_backup(config)
    return ServiceStatus(
        pulse=pulse,
        reason=reason,
        version=beat.version if beat else __version__,
        heartbeat=beat,
        store_bytes=size,
        disk_free_bytes=free,
        # A store of PostgreSQL's has another disk, which is the server's to tell of.
        is_disk_low=free < max(0 if store.is_shared else size, _LEAST_FREE_BYTES),
        backup_day=backup_day,
        backup_bytes=backup_bytes,
        workers=tuple(each for each in workers if not (beat or each.has_ended)),
        is_shared=store.is_shared,
    )


def _sources(
    unit: UnitOfWork, config: Config, now: datetime, counts: _Counts
) -> tuple[SourceStatus, ...]:
    states, quarantines = unit.sources.states(), unit.sources.quarantines()
    names = [source.name for source in config.sources]
    newest = unit.entries.newest_of_each(names)
    silences = silences_of(unit, newest, now)
    pushed = _pushed(unit, now)
    return tuple(
        source_status(
            source,
            Known(
                state=state_of(source, states)
                if source.address
                else _dump_state(source.name, states),
                quarantined=quarantines.get(source.name),
                newest=newest.get(source.name),
                silence=silences.get(source.name),
                is_pushed=source.name in pushed,
                day=counts.day.get(source.name, NO_ACTIVITY),
                week=counts.week.get(source.name, NO_ACTIVITY),
                total=counts.total.get(source.name, NO_ACTIVITY),
                new_by_hour=counts.new_by_hour.get(source.name),
                full_texts=counts.full_texts.get(source.name),
            ),
            now,
        )
        for source in config.sources
    )


def _dump_state(source: str, states: Mapping[str, FetchState]) -> FetchState:
    """Return the state of a dump, which stays where its configuration changed."""
    return states.get(source, FetchState())


def _pushed(unit: UnitOfWork, now: datetime) -> frozenset[str]:
    """Return the sources of which a hub sends what is new."""
    return frozenset(
        known.source
        for known in unit.subscriptions.known() or ()
        if known.lease_ends is not None and known.lease_ends > now
    )


def _feeds(
    unit: UnitOfWork, config: Config, *, is_shared: bool
) -> tuple[tuple[FeedStatus, ...], tuple[str, ...]]:
    """Return how each feed does, or else why that cannot be read."""
    try:
        return feeds_status(unit, config, is_shared=is_shared), ()
    except PublishError as error:
        return (), (str(error),)
