"""The process of a pass or a service: its log, and the signals that end it."""

from __future__ import annotations

import logging
import signal
from functools import cache
from queue import SimpleQueue
from threading import Event, Thread

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
    # A handler runs in the midst of whatever its thread does, even where that holds the lock of
    # ``stop``, for which it would then wait for ever. To a SimpleQueue a handler may put.
    asked = SimpleQueue[None]()

    def set_when_asked() -> None:
        asked.get()
        stop.set()

    Thread(target=set_when_asked, name="signals", daemon=True).start()
    at_once = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(_number: int, _frame: object) -> None:
        asked.put(None)
        for number, handler in at_once.items():
            signal.signal(number, handler)

    for number in at_once:
        signal.signal(number, handle)
