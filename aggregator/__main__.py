"""The program ``aggregator``, as ``python -m aggregator`` or as the console command.

Signals are taken first of all: imports take most of a second, and a Ctrl-C in the midst of them
would end in a traceback of wherever it fell.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_SHOW_CURSOR = "\r\x1b[K\x1b[?25h"


def end_at_once(number: int, _frame: FrameType | None) -> None:
    """End the process by the signal it got, with a line instead of a traceback.

    The shell and systemd see the signal, as if nobody had taken it. What the store had begun is
    undone by whoever opens it next, as after every kill.
    """
    shown = _SHOW_CURSOR if os.isatty(2) else ""  # progress bars hide it
    os.write(2, f"{shown}aggregator: ended by {signal.Signals(number).name}\n".encode())
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def main() -> None:
    """Take the signals that end a program, then import and run the command.

    Files are put in place, locked and handed between processes as POSIX has it.
    """
    if os.name != "posix":
        print("aggregator: needs a POSIX system, as Linux or macOS", file=sys.stderr)  # noqa: T201 - nothing is imported yet
        sys.exit(2)
    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell starts what runs in the background with SIGINT ignored, and so it stays.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end_at_once)
    from aggregator import cli  # only now, as its imports are what is to be interruptible

    cli.main()


if __name__ == "__main__":
    main()
