"""A worker at the tests' present: ``python -m tests.support.working worker``.

Each source is due once, as time stands still for all that the program dates. ``LEASE`` in the
environment is for how many seconds the claims of a worker last that was killed; ``KILL_AT`` is the
step at which it kills itself.
"""

from __future__ import annotations

import importlib
import os
import signal
from datetime import UTC, datetime
from threading import Event
from typing import Any

from aggregator import cli
from aggregator.commands import options
from aggregator.store import host_turns
from tests.support.passes import NOW

# Step → the function in which a worker is killed, and whether it has done what it does by then.
STEPS = {
    "claim": ("aggregator.worker.queue:Queue.wake", True),
    "begin": ("aggregator.store.host_turns:HostTurns.begin", True),
    "fetch": ("aggregator.fetch.http:Client.fetch", False),
    "store": ("aggregator.pipeline.ingest:store_feed", True),
    "release": ("aggregator.store.host_turns:HostTurns.release", False),
    "join": ("aggregator.pipeline.cluster:cluster_entries", True),
    "publish": ("aggregator.pipeline.publish:remember_standings", False),
}


def _kill_at(step: str) -> None:
    """Let the function of a step kill the process, where it has something to do."""
    name, is_done = STEPS[step]
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
        os.kill(os.getpid(), signal.SIGKILL)
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
        _kill_at(step)
    cli.main()


if __name__ == "__main__":
    main()
