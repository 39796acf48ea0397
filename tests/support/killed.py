"""Run one pass and die at a chosen step: ``python -m tests.support.killed CONFIG STEP``.

Or run the service, at a fixed time: ``python -m tests.support.killed CONFIG STEP TIME``. Or take
what hubs sent, and publish it: ``python -m tests.support.killed CONFIG STEP deliver``. Or make a
backup of it, put one back, let old stories leave, or compact it: ``… STEP backup FILE``, ``restore
FILE``, ``retain``, ``compact``. Or publish what is stored: ``… STEP publish``. Or write a source
into the configuration: ``… STEP edit``.

A step is one call that changes something outside the process: a statement, a copied part or a
commit of the store, or a write, fsync, link, removal or rename of a file. Before the chosen step
the process kills itself with SIGKILL, which like a power cut leaves no time to clean up. With step
0 it runs to the end, the service until SIGTERM, and prints how many steps there were.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from datetime import datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import sqlalchemy as sa

from aggregator import config as configuration
from aggregator.commands.process import start_logging, stop_on_signals
from aggregator.config import edit
from aggregator.config.file import read_text
from aggregator.models import Config, NewSource
from aggregator.pipeline.backup import back_up
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.restore import restore
from aggregator.pipeline.retention import let_leave
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import publish_stored
from aggregator.server.process import Places, serving
from aggregator.service import Service
from aggregator.store.compaction import compact
from aggregator.store.place import is_postgresql
from aggregator.store.store import Store
from tests.support.passes import NOW, one_pass

STEPS = frozenset(
    {"execute", "executemany", "executescript", "commit", "backup", "fsync", "replace", "rename"}
    | {"link", "unlink", "write", "utime"}
)
# The types whose methods change something: those of sqlite3, os as a module, and open files. The
# name matters because text has a ``replace``, too.
OWNERS = frozenset({"Cursor", "Connection", "module", "BufferedWriter"})


def main() -> None:
    """Run the pass or the service, count the steps of all threads, and die where that is wanted."""
    config = configuration.load(Path(sys.argv[1]))
    last = int(sys.argv[2])
    numbers = count(1)  # one number a step, whichever threads take them at once
    taken = 0

    def take_step(*_: object) -> None:
        nonlocal taken
        taken = next(numbers)
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(_frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or called.__name__ not in STEPS:
            return
        if type(called.__self__).__name__ in OWNERS:
            take_step()

    if is_postgresql(config.store_url):  # its driver's calls are Python's
        sa.event.listen(sa.Engine, "before_cursor_execute", take_step)
        sa.event.listen(sa.Engine, "commit", take_step)

    threading.setprofile(watch)
    sys.setprofile(watch)
    if sys.argv[3:] == ["deliver"]:
        _deliver(config)
    elif sys.argv[3:] and sys.argv[3] in _OTHERS:
        _OTHERS[sys.argv[3]](config)
    elif sys.argv[3:]:
        _serve(config, datetime.fromisoformat(sys.argv[3]))
    else:
        one_pass(config)
    sys.setprofile(None)
    sys.stdout.write(f"{taken}\n")


def _deliver(config: Config) -> None:
    """Take what waits in the spool, and publish, as two ticks of the service do."""
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=threading.Event())
        take_arrivals(run)
        publish_stored(run)


def _back_up(config: Config) -> None:
    """Make a backup at a path, as the command does."""
    back_up(config, Path(sys.argv[4]), NOW)


def _restore(config: Config) -> None:
    """Put a backup back, as the command does with ``--force``."""
    restore(config, Path(sys.argv[4]), may_replace=True)


def _publish(config: Config) -> None:
    """Publish what is stored, as a worker that leads does."""
    with Store.beside(config.store_url) as store:
        publish_stored(Run.of(config, store, clock=lambda: NOW, stop=threading.Event()))


def _retain(config: Config) -> None:
    """Let what is old leave, and publish, as a pass of the night does."""
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=threading.Event())
        let_leave(run, most_steps=100)
        publish_stored(run)


def _compact(config: Config) -> None:
    """Write the store anew, as the command does."""
    compact(config.store_url)


def _edit(config: Config) -> None:
    """Write a source into the configuration."""
    text = read_text(config.path)
    source = NewSource(name="notun", feed="https://notun.example/rss")
    edit.write(config.path, edit.add_sources(text, [source]), instead_of=text)


_OTHERS = {
    "backup": _back_up,
    "restore": _restore,
    "retain": _retain,
    "publish": _publish,
    "compact": _compact,
    "edit": _edit,
}


def _serve(config: Config, now: datetime) -> None:
    """Run the service as ``aggregator run`` does, but at a fixed time and on any free port."""
    start_logging()
    stop = threading.Event()
    stop_on_signals(stop)
    with socket.socket() as listener, Store.open(config.store_url) as store:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        places = Places(
            folder=config.site.output,
            push=config.path.parent / "push",
            config=config.path,
            store_url=config.store_url,
        )
        with serving(places, listener):
            Service(config, store, clock=lambda: now, stop=stop).run()


if __name__ == "__main__":
    main()
