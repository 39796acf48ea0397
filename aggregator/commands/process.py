"""The process of a pass or a service: its log, and the signals that end it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from functools import cache
from queue import SimpleQueue
from threading import Event, Thread

from aggregator import logs


def start_logging(log_format: str | None = None, log_level: str | None = None) -> None:
    """Log to standard error, as the options say, or else the environment.

    What the options say goes into the environment, so that the processes that this one starts log
    likewise.
    """
    if log_format is not None:
        os.environ[logs.FORMAT_VARIABLE] = log_format
    if log_level is not None:
        os.environ[logs.LEVEL_VARIABLE] = log_level
    logs.start()


def reload_on_hangup(reload_asked: Event, stop: Event) -> None:
    """Let SIGHUP ask for the configuration to be read again; a terminal that is closed ends things.

    A process that was started to ignore it, as by nohup, goes on to do so.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    on_terminal = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]
    asked = SimpleQueue[None]()  # see ``stop_on_signals``

    def set_when_asked() -> None:
        while True:
            asked.get()
            if 2 in on_terminal and not os.isatty(2):
                _say_no_more(on_terminal)
                stop.set()
            else:
                reload_asked.set()

    Thread(target=set_when_asked, name="hangups", daemon=True).start()
    signal.signal(signal.SIGHUP, lambda *_: asked.put(None))


def _say_no_more(on_terminal: Iterable[int]) -> None:
    """Let what is still printed and logged on these descriptors go nowhere: their terminal is gone.

    Else what cannot be written at the end makes Python exit with 120, as after a fault.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in on_terminal:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


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
