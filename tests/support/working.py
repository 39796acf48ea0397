"""A worker at the tests' present: ``python -m tests.support.working worker``.

Each source is due once, as time stands still for all that the program dates. ``LEASE`` in the
environment is for how many seconds the claims of a worker last that was killed; ``KILL_AT`` is the
step at which it kills itself, ``HANG_AT`` the one at which it hangs, and is stuck after seconds.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Any

from aggregator import cli
from aggregator.commands import options
from aggregator.store import host_turns
from tests.support.passes import NOW

# Step → the function in which a worker is killed, and whether it has done what it does by then.
STEPS = {
    "claim": ("aggregator.worker.queue:Queue.put", True),
    "begin": ("aggregator.store.host_turns:HostTurns.begin", True),
    "fetch": ("aggregator.fetch.http:Client.fetch", False),
    "store": ("aggregator.pipeline.ingest:store_feed", True),
    "release": ("aggregator.store.host_turns:HostTurns.release", False),
    "join": ("aggregator.pipeline.cluster:cluster_entries", True),
    "publish": ("aggregator.pipeline.publish:remember_standings", False),
}
# Of a worker that leads on another machine than the one before it.
HANDING_OUT = {
    "take over": ("aggregator.publish.copies:put_copy", True),
    "hand out": ("aggregator.store.documents:Documents.put", True),
}


def _end_at(step: str, end: Callable[[], object]) -> None:
    """Let the function of a step kill or stop its thread, where it has something to do."""
    name, is_done = (STEPS | HANDING_OUT)[step]
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
    if step := os.environ.get("KILL_AT"):
        _end_at(step, partial(os.kill, os.getpid(), signal.SIGKILL))
    if step := os.environ.get("HANG_AT"):
        vars(importlib.import_module("aggregator.worker.watch"))["STUCK_SECONDS"] = 3.0
        _end_at(step, Event().wait)
    cli.main()


if __name__ == "__main__":
    main()
