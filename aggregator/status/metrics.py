"""The status as metrics for Prometheus, in a registry of its own.

Names are as its conventions have them (https://prometheus.io/docs/practices/naming/): base units,
``_total`` for what only grows. Labels are bounded by the configuration and by enums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from aggregator.models import FeedStatus, Pulse, ServiceStatus, SourceStatus, Status, WorkerStatus

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_POLLS = ("ok", "not_modified", "failed")
_ENTRIES = ("new", "revised", "known", "rejected", "merged")
# The name, what it is, and how it is had of a source; what is not known is left out.
_OF_SOURCES: tuple[tuple[str, str, Callable[[SourceStatus], float | None]], ...] = (
    ("failing", "Whether the source failed at its last poll.", lambda s: s.is_failing),
    ("failures", "How often it failed in a row.", lambda s: s.failures),
    ("silent", "Whether nothing came for longer than its rhythm.", lambda s: s.is_silent),
    ("held_back", "Whether a mass change of it is held back.", lambda s: bool(s.held_back)),
    ("moved", "Whether it has moved for good to another address.", lambda s: bool(s.moved_to)),
    (
        "last_success_timestamp_seconds",
        "When it last answered as it should.",
        lambda s: s.succeeded.timestamp() if s.succeeded else None,
    ),
    (
        "failing_since_timestamp_seconds",
        "Since when it fails.",
        lambda s: s.failing_since.timestamp() if s.failing_since else None,
    ),
    (
        "next_poll_timestamp_seconds",
        "When it is next asked.",
        lambda s: s.next_poll.timestamp() if s.next_poll else None,
    ),
    ("interval_seconds", "Its interval, as it was found.", lambda s: s.interval_seconds),
)
_OF_FEEDS: tuple[tuple[str, str, Callable[[FeedStatus], float | None]], ...] = (
    ("entries", "How many entries the feed shows.", lambda f: f.entries),
    ("held_back", "Whether it is held back.", lambda f: f.held_back is not None),
    (
        "updated_timestamp_seconds",
        "The time of its newest entry.",
        lambda f: f.updated.timestamp() if f.updated else None,
    ),
)
_OF_SERVICE: tuple[tuple[str, str, Callable[[ServiceStatus], float | None]], ...] = (
    ("up", "Whether the service ticks.", lambda s: s.pulse is Pulse.TICKS),
    ("store_size_bytes", "What the store takes on the disk.", lambda s: s.store_bytes),
    (
        "backup_size_bytes",
        "What the newest daily backup takes.",
        lambda s: None if s.is_shared else s.backup_bytes,
    ),
    (
        "disk_free_bytes",
        "What the disk has left: the store's, or this machine's where PostgreSQL has the store.",
        lambda s: s.disk_free_bytes,
    ),
    ("entries_waiting", "Entries whose story is not decided yet.", lambda s: s.waiting),
    ("search_index_whole", "Whether all can be found by searching.", lambda s: s.is_index_whole),
    ("store_faults", "Faults of the store and the published folder.", lambda s: len(s.faults)),
)


def metrics_text(status: Status) -> bytes:
    """Return the status in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(status))
    return generate_latest(registry)


class _Collector:
    """Hands one status to a registry."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from _of_service(self._status.service)
        yield from _of_sources(self._status.sources)
        yield from _counted(self._status.sources)
        for name, text, value_of in _OF_FEEDS:
            family = GaugeMetricFamily(f"aggregator_feed_{name}", text, labels=["feed"])
            for feed in self._status.feeds:
                _add(family, [feed.name], value_of(feed))
            yield family


def _of_service(service: ServiceStatus) -> Iterator[Metric]:
    for name, text, value_of in _OF_SERVICE:
        if (value := value_of(service)) is not None:
            yield GaugeMetricFamily(f"aggregator_{name}", text, value=float(value))
    if (day := service.backup_day) is not None and not service.is_shared:
        name, text = "aggregator_backup_day_timestamp_seconds", "When its day began, in UTC."
        began = datetime(day.year, day.month, day.day, tzinfo=UTC)
        yield GaugeMetricFamily(name, text, value=began.timestamp())
    info = GaugeMetricFamily("aggregator_build_info", "Its version.", labels=["version"])
    info.add_metric([service.version], 1)
    yield info
    yield from _of_workers(service.workers)
    if (beat := service.heartbeat) is None:
        return
    yield GaugeMetricFamily(
        "aggregator_start_timestamp_seconds", "When it started.", value=beat.started.timestamp()
    )
    ticks = GaugeMetricFamily(
        "aggregator_tick_timestamp_seconds", "When each tick last went on.", labels=["tick"]
    )
    for tick in beat.ticks:
        ticks.add_metric([tick.name], (tick.ended or tick.went_on).timestamp())
    yield ticks


def _of_workers(workers: tuple[WorkerStatus, ...]) -> Iterator[Metric]:
    """Yield what is known of workers, by machine, as of processes there is no end."""
    if not workers:
        return
    known, leads, hosts, hangs = (
        GaugeMetricFamily(f"aggregator_{name}", text, labels=["host"])
        for name, text in (
            ("workers", "Workers of a machine that are heard of."),
            ("worker_leads", "Whether a worker of the machine leads."),
            ("worker_hosts", "How many hosts are being asked by it."),
            ("worker_hangs", "How many jobs of it hang: a host, or a dump."),
        )
    )
    heard = GaugeMetricFamily(
        "aggregator_worker_heard_timestamp_seconds", "When one was last heard of.", labels=["host"]
    )
    for host in sorted({worker.host for worker in workers}):
        own = [worker for worker in workers if worker.host == host]
        alive = [worker for worker in own if worker.is_heard]
        _add(known, [host], len(alive))
        _add(leads, [host], any(worker.leads_since for worker in own))
        _add(hosts, [host], sum(worker.hosts for worker in alive))
        _add(hangs, [host], sum(len(worker.hangs) for worker in alive))
        _add(heard, [host], max(worker.heard.timestamp() for worker in own))
    yield from (known, leads, hosts, hangs, heard)


def _of_sources(sources: tuple[SourceStatus, ...]) -> Iterator[Metric]:
    for name, text, value_of in _OF_SOURCES:
        family = GaugeMetricFamily(f"aggregator_source_{name}", text, labels=["source"])
        for source in sources:
            _add(family, [source.name], value_of(source))
        yield family


def _counted(sources: tuple[SourceStatus, ...]) -> Iterator[Metric]:
    families = {
        name: CounterMetricFamily(f"aggregator_source_{name}", text, labels=["source", *labels])
        for name, text, labels in (
            ("polls", "Polls by what came of them.", ["outcome"]),
            ("faults", "Failed polls by the kind of fault.", ["kind"]),
            ("entries", "Entries of documents by what became of them.", ["outcome"]),
            ("received_bytes", "Bytes received over the wire.", []),
            ("fetch_seconds", "Time that its server was waited for.", []),
        )
    }
    for source in sources:
        total = source.total
        for outcome in _POLLS:
            families["polls"].add_metric([source.name, outcome], getattr(total, outcome))
        for kind, polls in sorted(total.faults.items()):
            families["faults"].add_metric([source.name, kind.value], polls)
        for outcome in _ENTRIES:
            families["entries"].add_metric([source.name, outcome], getattr(total, outcome))
        families["received_bytes"].add_metric([source.name], total.received_bytes)
        families["fetch_seconds"].add_metric([source.name], total.seconds)
    yield from families.values()


def _add(family: GaugeMetricFamily, labels: list[str], value: float | None) -> None:
    if value is not None:
        family.add_metric(labels, float(value))
