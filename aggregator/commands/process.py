"""The process of a pass or a service: its log, and the signals that end it."""

from __future__ import annotations

import logging
import signal
from functools import cache
from threading import Event

from aggregator import logs


def start_logging() -> None:
    """Log to standard error, a line each."""
    logs.start()
    for name in ("alembic", "apscheduler"):  # every tick would be a line
        logging.getLogger(name).setLevel(logging.WARNING)


@cache  # to take the signals a second time changes nothing
def stop_on_signals(stop: Event) -> None:
    """Let the first Ctrl-C or SIGTERM end things cleanly, and a second one at once.

    Until this is called they end the process at once (``__main__``).
    """
    at_once = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(_number: int, _frame: object) -> None:
        stop.set()
        for number, handler in at_once.items():
            signal.signal(number, handler)

    for number in at_once:
        signal.signal(number, handle)
