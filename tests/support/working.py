"""A worker at the tests' present: ``python -m tests.support.working worker``.

Each source is due once, as time stands still for all that the program dates. ``LEASE`` in the
environment is for how many seconds the claims of a worker last that was killed; ``KILL_AT`` is the
step at which it kills itself, ``HANG_AT`` the one at which it hangs, and is stuck after seconds.
With ``HOLD`` nothing is joined and published before there is the file ``publish`` in the worker's
folder, as what is published meanwhile is part of a store's past. With ``BLIND`` it sees no file of
a dump.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

from aggregator import cli
from aggregator.commands import options
from aggregator.errors import FetchError
from aggregator.fetch import files
from aggregator.models import FaultKind
from aggregator.pipeline import dump_readers
from aggregator.store import host_turns
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW

# Step → the function in which a worker is killed, and whether it has done what it does by then.
STEPS = {
    "claim": ("aggregator.worker.queue:Queue.wake", True),
    "begin": ("aggregator.store.host_turns:HostTurns.begin", True),
    "fetch": ("aggregator.fetch.http:Client.fetch", False),
    "normalise": ("aggregator.pipeline.store_batch:normalised_on", True),
    "store": ("aggregator.pipeline.store_batch:store_feed", True),
    "release": ("aggregator.store.host_turns:HostTurns.release", False),
    "join": ("aggregator.pipeline.cluster:cluster_entries", True),
    "publish": ("aggregator.pipeline.publish:remember_standings", False),
}
# Of which a job hangs, in place of a tick.
OF_JOBS = {"fetch", "take"}
# Of a worker that leads on another machine than the one before it.
HANDING_OUT = {
    "take over": ("aggregator.publish.copies:put_copy", True),
    "hand out": ("aggregator.store.documents:Documents.put", True),
}

# Of dumps; there the pieces of any file are parsed by readers.
DUMP_STEPS = {
    "learn": ("aggregator.pipeline.dumps:learn_lines", True),
    "take": ("aggregator.pipeline.dumps:_commit", False),
    "put": ("aggregator.pipeline.dumps:_commit", True),
}


def _end_at(step: str, end: Callable[[], object]) -> None:
    """Let the function of a step kill or stop its thread, where it has something to do."""
    name, is_done = (STEPS | HANDING_OUT | DUMP_STEPS)[step]
    module, _, path = name.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, last = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    function = getattr(owner, last)

    def killed(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named) if is_done else None
        if is_done and last in ("cluster_entries", "begin") and not result:
            return result
        end()
        return result

    setattr(owner, last, killed)


def _hold(leading: Any) -> None:
    """Let whoever leads join and publish only once the file ``publish`` is there."""
    name = "_publish"
    publish = getattr(leading, name)

    def held(self: object) -> None:
        if Path("publish").exists():
            publish(self)

    setattr(leading, name, held)


def _see_nothing() -> None:
    """Let the folders of dumps be missing, as where a disk is not mounted."""
    files.unseen = lambda pattern: f"there is no {pattern}"

    def matching(pattern: str) -> NoReturn:
        raise FetchError(files.unseen(pattern), kind=FaultKind.FILE)

    files.matching = matching


def main() -> None:
    """Put the clock in place before a command is imported, and run it."""
    options.now = lambda: NOW
    host_turns.LEASE_SECONDS = int(os.environ.get("LEASE", host_turns.LEASE_SECONDS))
    # Only now: its modules take over the lease and the clock as they are imported.
    leading = importlib.import_module("aggregator.worker.leading")
    ticks = leading.Ticks

    def by_true_time(_clock: object, stop: Event) -> Any:
        return ticks(lambda: datetime.now(UTC), stop)

    vars(leading)["Ticks"] = by_true_time
    # On a busy machine the made feeds take longer than news wait: of two publishings other bytes
    # come than of one, as what was shown first stays.
    vars(leading)["_LONGEST_UNPUBLISHED_SECONDS"] = HUNG_SECONDS
    if os.environ.get("HOLD"):
        _hold(leading.Leading)
    if os.environ.get("BLIND"):
        _see_nothing()
    if step := os.environ.get("KILL_AT"):
        if step in DUMP_STEPS:
            dump_readers.LEAST_BYTES = 0
        _end_at(step, partial(os.kill, os.getpid(), signal.SIGKILL))
    if step := os.environ.get("HANG_AT"):
        of_jobs = "aggregator.worker.jobs"
        watching = importlib.import_module(of_jobs) if step in OF_JOBS else leading
        vars(watching).update(_HANGS_SECONDS=0.5, _STUCK_SECONDS=3.0)
        _end_at(step, Event().wait)
    cli.main()


if __name__ == "__main__":
    main()
