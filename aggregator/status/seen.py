"""What is said of a worker, in one language: who it is, and what it was last heard to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aggregator.models import WorkerStatus
from aggregator.status.rows import ago
from aggregator.status.words import Words, duration, number

_NAME = Words("{host} (প্রক্রিয়া {pid})", "{host} (process {pid})")
_HEARD = Words("শেষ সাড়া {}", "heard {}")
_LOST = Words("সাড়া নেই, শেষ সাড়া {}", "not heard of any more, last {}")
_SINCE = Words("{} ধরে চলছে", "runs for {}")
_LEADS = Words("{} ধরে নেতৃত্বে", "leads for {}")
_ASKS = Words("{}টি সার্ভারের কাছে চাইছে", "asks {} hosts")
_READS = Words("ডাম্প পড়ছে: {}", "reads the dump {}")
_HANGS = Words("{} ধরে আটকে আছে: {}", "hangs for {} at {}")
_WAITS = Words("কাজের অপেক্ষায়", "waits for work")


def worker_name(worker: WorkerStatus, language: str) -> str:
    """Return who a worker is."""
    pid = number(str(worker.pid), language)
    return _NAME.in_(language).format(host=worker.host, pid=pid)


def worker_does(worker: WorkerStatus, now: datetime, language: str) -> str:
    """Return what a worker was last heard to do, and when that was."""
    return "; ".join(_parts(worker, now, language))


def worker_line(worker: WorkerStatus, now: datetime, language: str) -> str:
    """Return all that is said of a worker."""
    return f"{worker_name(worker, language)}: {worker_does(worker, now, language)}"


def _parts(worker: WorkerStatus, now: datetime, language: str) -> Iterator[str]:
    heard = ago(worker.heard, now, language)
    if not worker.is_heard:
        yield _LOST.in_(language).format(heard)
        return
    if worker.leads_since is not None:
        yield _LEADS.in_(language).format(_lasting(worker.leads_since, now, language))
    if worker.hosts:
        yield _ASKS.in_(language).format(number(worker.hosts, language))
    if worker.dump:
        yield _READS.in_(language).format(worker.dump)
    for hang in worker.hangs:
        yield _HANGS.in_(language).format(_lasting(hang.since, now, language), hang.of)
    under_way = [tick.name for tick in worker.ticks if tick.ended is None]
    if under_way:
        yield ", ".join(under_way)
    elif not (worker.hosts or worker.dump or worker.leads_since):
        yield _WAITS.in_(language)
    yield _SINCE.in_(language).format(_lasting(worker.started, now, language))
    yield _HEARD.in_(language).format(heard)
    yield from (f"{tick.name}: {tick.fault}" for tick in worker.ticks if tick.fault)


def _lasting(since: datetime, now: datetime, language: str) -> str:
    return duration(max((now - since).total_seconds(), 0), language)
