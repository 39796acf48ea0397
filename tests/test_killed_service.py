"""A service that was killed at any moment and started again publishes all that is true.

Not the same bytes as without the kill: its two ticks publish as they come, and of a text that two
papers have, the one that was published first keeps its id and its time.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.deadlines import HUNG_SECONDS
from tests.support.validity import check_atom, check_json, check_rss
from town.archive import write_dumps
from town.papers import Oddity, Paper, papers
from town.server import TownServer
from town.settings import Settings, configuration
from town.town import Town
from town.truth import Truth

ROOT = Path(__file__).parent.parent
# Where nothing is said it is killed once at each moment, as a service that starts, is killed and
# starts again takes ten seconds; `make faults` takes every 211th of 8,000 steps.
EVERY = int(os.environ.get("KILL_SERVICE_EVERY", "0"))
# An archive, plain papers, one that copies all, one without dates, one whose ids change.
ODDITIES = frozenset({Oddity.NONE, Oddity.UNDATED, Oddity.OTHER_GUIDS, Oddity.COPIES})
TOWN = Town(
    founded=datetime(2026, 11, 24, 0, 0, tzinfo=UTC),
    papers=tuple(paper for paper in papers() if paper.oddity in ODDITIES),
)
FILES = frozenset(
    {"bangla.rss", "bangla.atom", "bangla.json", "bangla.html", "index.html", "feeds.opml"}
)
# The service's first tick has everything to do; an hour later half of it is known.
MOMENTS = (0.0, 3600.0)
_POLL_SECONDS = 0.2
# Two ticks of the service: what they leave as it is stays.
_SETTLED_SECONDS = 4.5


class Killable:
    """A folder in which the service runs over a town that stands still at a moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at_seconds = 0.0
        folder.mkdir()

    def configure(self, server: TownServer) -> None:
        """Let the service read a town that is served."""
        text = configuration(TOWN, server.feed, Settings())
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    @contextmanager
    def service(self, step: int) -> Iterator[subprocess.Popen[str]]:
        """Run the service in a process of its own that kills itself at a step, or never at 0."""
        write_dumps(TOWN, self.folder / "dumps", self.at_seconds)
        now = TOWN.wall(self.at_seconds).isoformat()
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.killed", "config.toml", str(step), now],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def published(self) -> dict[str, bytes]:
        """Return every file of the published folder by its name."""
        found = {}
        for path in (self.folder / "feeds").glob("[!.]*"):
            with suppress(FileNotFoundError, IsADirectoryError):  # the service is at work there
                found[path.name] = path.read_bytes()
        return found

    def wait(self, is_done: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
        """Wait until something is so, at most until the process ends; tell whether it was."""
        end = time.monotonic() + HUNG_SECONDS
        while time.monotonic() < end:
            if is_done():
                return True
            if process.poll() is not None:
                return False
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"it hangs: {(self.folder / 'log').read_text()[-2000:]}")

    def is_right(self, truth: Truth) -> bool:
        """Tell whether all that is true is published, and every file is there."""
        files = self.published()
        return files.keys() >= FILES and truth.faults(files["bangla.json"]) == []

    def undisturbed(self, truth: Truth) -> int:
        """Run the service until all is published; return how many steps it took."""
        with self.service(0) as process:
            assert self.wait(lambda: self.is_right(truth), process)
            time.sleep(_SETTLED_SECONDS)
            process.send_signal(signal.SIGTERM)
            printed, _ = process.communicate(timeout=HUNG_SECONDS)
            assert process.returncode == 0
        return int(printed)


def site(paper: Paper) -> str:
    """Return where a paper says that it is."""
    return f"https://{paper.name}.example"


def is_sound(folder: Path) -> bool:
    """Tell whether SQLite finds nothing wrong with the store."""
    with closing(sqlite3.connect(folder / "aggregator.db")) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.long
def test_a_killed_service_publishes_all_that_is_true(tmp_path: Path) -> None:
    """From an empty folder and from a full one, no step of its ticks is a moment to die at."""
    truth = Truth(TOWN)
    killable = Killable(tmp_path / "service")
    with TownServer(TOWN, lambda: killable.at_seconds, base=site) as server:
        killable.configure(server)
        for at_seconds in MOMENTS:
            before = tmp_path / f"before-{at_seconds:.0f}"
            shutil.copytree(killable.folder, before)
            killable.at_seconds = at_seconds
            for paper in TOWN.papers:
                truth.read(paper, at_seconds)
            steps = killable.undisturbed(truth)
            assert steps > max(EVERY, 100)
            after = tmp_path / f"after-{at_seconds:.0f}"
            shutil.copytree(killable.folder, after)
            for step in range(EVERY, steps + 1, EVERY) if EVERY else (steps // 2,):
                restore(killable.folder, before)
                kill_and_compare(killable, step, truth)
            restore(killable.folder, after)


def restore(folder: Path, saved: Path) -> None:
    """Put a folder back as it was: at its own path, which the store remembers."""
    shutil.rmtree(folder)
    shutil.copytree(saved, folder)


def kill_and_compare(killable: Killable, step: int, truth: Truth) -> None:
    """Kill the service at a step, start it again, and wait until what is true is published.

    What it had published when it was killed was right, if not whole, and keeps its ids.
    """
    judge = Truth(TOWN, due=truth.due)
    with killable.service(step) as process:
        # Threads may share the steps otherwise than before, so the last ones may never come.
        if not killable.wait(lambda: killable.is_right(Truth(TOWN, due=truth.due)), process):
            assert process.returncode == -signal.SIGKILL, (killable.folder / "log").read_text()
    left = killable.published().get("bangla.json")
    assert left is None or judge.faults(left, is_whole=False) == []
    with killable.service(0) as process:
        assert killable.wait(lambda: killable.is_right(judge), process), f"killed at step {step}"
    assert is_sound(killable.folder)
    files = killable.published()
    assert not [name for name in files if name.startswith(".")]
    assert check_rss(files["bangla.rss"]) == check_json(files["bangla.json"])
    assert check_atom(files["bangla.atom"]) == check_json(files["bangla.json"])
