"""Run one pass and die at a chosen step: ``python -m tests.support.killed CONFIG STEP``.

A step is one call that changes something outside the process: a statement or commit of the
store, or a write, fsync or rename of a file. Before the chosen step the process kills itself with
SIGKILL, which like a power cut leaves no time to clean up. With step 0 it runs to the end and
prints how many steps there were.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from aggregator import config as configuration
from tests.support.passes import one_pass

STEPS = frozenset({"execute", "executemany", "commit", "fsync", "replace", "write", "utime"})
# The types whose methods change something: those of sqlite3, os as a module, and open files. The
# name matters because text has a ``replace``, too.
OWNERS = frozenset({"Cursor", "Connection", "module", "BufferedWriter"})


def main() -> None:
    """Run the pass, count its steps, and die where that is wanted."""
    config = configuration.load(Path(sys.argv[1]))
    last = int(sys.argv[2])
    count = 0

    def watch(_frame: FrameType, event: str, called: Any) -> None:
        nonlocal count
        if event != "c_call" or called.__name__ not in STEPS:
            return
        if type(called.__self__).__name__ in OWNERS:
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    one_pass(config)
    sys.setprofile(None)
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main()
