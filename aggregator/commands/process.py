"""The process of a pass or a service: its log, and the signals that end it."""

from __future__ import annotations

import logging
import signal
import sys
from threading import Event


def start_logging() -> None:
    """Log to standard error, a line each."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        stream=sys.stderr,
    )
    # These say at every tick, or as a warning when a pass outlasts one, what is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def stop_on_signals(stop: Event) -> None:
    """Let the first Ctrl-C or SIGTERM end things cleanly, and a second Ctrl-C at once."""

    def handle(_number: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
