"""Whether the workers of a store do their work, judged by what was last heard of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.heartbeat import PulseBounds, stuck_tick
from aggregator.models import Pulse, WorkerStatus
from aggregator.sizes import in_largest_unit
from aggregator.store.store import Store

# As of a service, but that the notices of a worker come once a minute.
_BOUNDS = PulseBounds(idle_seconds=150.0)


def judged(workers: Sequence[WorkerStatus], now: datetime) -> tuple[Pulse, str]:
    """Return whether workers do their work, and in words why, or why not.

    ``workers`` are all that are known, at least one; times are the database's, ticks by the clock
    of the worker.
    """
    heard = [worker for worker in workers if worker.is_heard]
    if not heard:
        return _silent(max(workers, key=lambda worker: worker.heard), now)
    count = "1 worker works" if len(heard) == 1 else f"{len(heard)} workers work"
    leader = next((worker for worker in workers if worker.leads_since), None)
    if leader is None:
        return Pulse.HANGS, f"no worker leads, so that nothing is published; {count}"
    if stuck := stuck_tick(leader.ticks, now, _BOUNDS):
        return Pulse.HANGS, f"{_named(leader)}, which leads, hangs: {stuck}"
    hangs = "".join(
        f"; {_named(worker)} hangs at {hang.of} since {hang.since:%H:%M:%S} UTC"
        for worker in heard
        for hang in worker.hangs
    )
    return Pulse.TICKS, f"{count}, and {_named(leader)} leads{hangs}"


def of_machine(store: Store, host: str, now: datetime) -> tuple[Pulse, str]:
    """Return whether a worker of a machine does its work, whatever others do."""
    with store.read() as unit:
        own = [worker for worker in unit.workers.known() if worker.host == host]
    for worker in own:
        if worker.is_heard:
            return Pulse.TICKS, f"{_named(worker)} works"
    if not own:
        return Pulse.NONE, f"no worker of {host} has ever been heard of"
    return _silent(max(own, key=lambda worker: worker.heard), now)


def _silent(last: WorkerStatus, now: datetime) -> tuple[Pulse, str]:
    if last.has_ended:
        when = f"{last.heard:%Y-%m-%d %H:%M} UTC"
        return Pulse.NONE, f"no worker runs: the last one, {_named(last)}, ended at {when}"
    count, unit = in_largest_unit((now - last.heard).total_seconds())
    silent = f"no worker has been heard of for {count} {unit}"
    return Pulse.DEAD, f"{silent}: the last was {_named(last)}"


def _named(worker: WorkerStatus) -> str:
    return f"{worker.host} (process {worker.pid})"
