"""A worker at the tests' present: ``python -m tests.support.working worker``.

Each source is due once, as time stands still for all that the program dates. ``LEASE`` in the
environment is for how many seconds the claims of a worker last that was killed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from aggregator import cli
from aggregator.commands import options
from aggregator.store import host_turns
from tests.support.passes import NOW

host_turns.LEASE_SECONDS = int(os.environ.get("LEASE", host_turns.LEASE_SECONDS))

from aggregator.service.ticks import Ticks  # noqa: E402 - once the lease is set
from aggregator.worker import leading  # noqa: E402


class _Ticks(Ticks):
    """Ticks that come by the true time."""

    def __init__(self, _clock: object, stop: object) -> None:
        super().__init__(lambda: datetime.now(UTC), stop)  # type: ignore[arg-type]


def main() -> None:
    """Put the clock in place before a command is imported, and run it."""
    options.now = lambda: NOW
    leading.Ticks = _Ticks  # type: ignore[misc]
    cli.main()


if __name__ == "__main__":
    main()
