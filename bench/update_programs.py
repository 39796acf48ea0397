"""One update with either program, in a process that imports nothing else.

``python -m bench.update_programs ours [CA]`` and ``… reader URLS [CA]`` run in the folder of a run,
where they leave the CPU time that the update took. ``CA`` is the file of an authority to trust.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

SPENT = Path("spent.txt")  # in the folder of the run

T = TypeVar("T")


def update_with_ours(ca_file: str | None = None) -> None:
    """Run the command, with the pass timed; its client trusts the authority in ``ca_file``."""
    once: Any = importlib.import_module("aggregator.commands.once")
    http: Any = importlib.import_module("aggregator.fetch.http")
    lazily: Any = importlib.import_module("aggregator.pipeline.run").Lazily
    run_pass = _timed(once.run_pass)

    def trusting(run: Any, **options: Any) -> object:
        client = http.Client(run.client.user_agent, run.clock, ca_file=ca_file)
        return run_pass(replace(run, lazy_client=lazily(lambda: client)), **options)

    once.run_pass = trusting
    once.once(["--all"])


def _timed(update: Callable[..., T]) -> Callable[..., T]:
    """Return a function that also writes how much CPU time it took."""

    def timed(*args: Any, **kwargs: Any) -> T:
        start = time.process_time()
        try:
            return update(*args, **kwargs)
        finally:
            SPENT.write_text(str(time.process_time() - start))

    return timed


def update_with_reader(urls_file: str, ca_file: str | None = None) -> None:
    """Update every feed with ``reader``, as its documentation shows."""
    reader_module = importlib.import_module("reader")
    reader = reader_module.make_reader("reader.db")
    if ca_file:  # its own plugins reach the client so, and it reads no variable of the environment
        client = reader._parser.get_retriever("https://")  # noqa: SLF001
        client.session.verify = ca_file
    for url in json.loads(Path(urls_file).read_text()):
        reader.add_feed(url, exist_ok=True)
    _timed(reader.update_feeds)(scheduled=False, workers=20)
    reader.close()


if __name__ == "__main__":
    program, *files = sys.argv[1:]
    if program == "ours":
        update_with_ours(*files)
    else:
        update_with_reader(*files)
