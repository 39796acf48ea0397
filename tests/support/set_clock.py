"""The program under a clock that a test sets: ``python -m tests.support.set_clock COMMAND``.

The file ``clock`` in the current folder holds by how many seconds the clock is wrong. It is the
clock that commands hand to everything, and the one that libraries ask.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from apscheduler.schedulers import base as scheduler

from aggregator import cli
from aggregator.commands import options

_FILE = Path("clock")
_true_time = time.time


def _wrong_seconds() -> float:
    return float(_FILE.read_text(encoding="ascii"))


def _wrong_now() -> datetime:
    return datetime.fromtimestamp(_true_time(), UTC) + timedelta(seconds=_wrong_seconds())


class _WrongDatetime(datetime):
    """The type that APScheduler asks for the time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # no subclass
        """Return the wrong time."""
        return _wrong_now().astimezone(tz)


def main() -> None:
    """Put the clock in place before a command is imported, and run it."""
    options.now = _wrong_now
    scheduler.datetime = _WrongDatetime
    time.time = lambda: _true_time() + _wrong_seconds()
    cli.main()


if __name__ == "__main__":
    main()
