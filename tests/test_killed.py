"""A pass that was killed at any moment and run again ends as if it had not been killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.published import state_of
from tests.support.pushed import HEADLINES, pushed
from tests.support.pushed import rss as pushed_rss
from tests.support.texts import PAGE, item, rss

ROOT = Path(__file__).parent.parent
# A quick sample of the steps on every run; KILL_EVERY=1 (`make faults`) takes each of them.
EVERY = int(os.environ.get("KILL_EVERY", "71"))


def run(config: Path, step: int, *what: str) -> subprocess.CompletedProcess[str]:
    """Run a pass in a process of its own that kills itself at a step, or never at step 0."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.killed", str(config), str(step), *what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )


def whole_state(folder: Path) -> tuple[list[str], dict[str, tuple[bytes, int]]]:
    """Return everything in the store, as SQL, and everything published.

    How feeds stand is left out: it holds the numbers and times that the disk gave their files; and
    so are the counts of polls, as a source that was asked before a kill is asked again. Of the
    index for searching it is what is in it, as how that is divided up is a matter of commits.
    """
    connection = sqlite3.connect(folder / "aggregator.db")
    try:
        store = [
            line.replace(str(folder), "")
            for line in connection.iterdump()
            if not re.match('INSERT INTO "(standing|activity|search_1)', line)
        ]
        connection.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, search_1, instance)")
        store += map(repr, connection.execute("SELECT * FROM temp.v"))
    finally:
        connection.close()
    return sorted(store), state_of(folder / "feeds")


@pytest.mark.long
def test_a_killed_pass_is_made_good_by_the_next(web: Loopback, tmp_path: Path) -> None:
    """From the first statement of the migration to the last fsync, no moment does harm."""
    web.pages["/a"] = Page(rss([item(1), item(2), {"guid": "x-1"}]))
    web.pages["/b"] = Page(rss([item(1, guid="b", link="https://b.example/1"), item(3)]))

    def prepare(name: str) -> Path:
        folder = tmp_path / name
        (folder / "dumps").mkdir(parents=True)
        page = folder / "dumps" / "page.txt"
        page.write_text(PAGE, encoding="utf-8")
        os.utime(page, (1_790_000_000, 1_790_000_000))
        (folder / "config.toml").write_text(
            f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
            f'[[source]]\nname = "b"\nfeed = "{web.url}/b"\n{LOCAL}'
            '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n',
            encoding="utf-8",
        )
        return folder

    undisturbed = prepare("undisturbed")
    done = run(undisturbed / "config.toml", 0)
    assert done.returncode == 0, done.stderr
    expected, steps = whole_state(undisturbed), int(done.stdout)
    assert steps > 60
    for step in range(1, steps + 1, EVERY):
        folder = prepare(f"step-{step}")
        killed = run(folder / "config.toml", step)
        # Sources that are ready together share a commit, so a pass may have a few steps less.
        is_past_its_end = killed.returncode == 0 and int(killed.stdout) < step
        assert killed.returncode == -signal.SIGKILL or is_past_its_end
        again = run(folder / "config.toml", 0)
        assert again.returncode == 0, again.stderr
        assert whole_state(folder) == expected, f"killed at step {step} of {steps}"


@pytest.mark.long
def test_a_delivery_is_taken_once_whenever_the_process_is_killed(tmp_path: Path) -> None:
    """What a hub was told is taken is stored and published by the next process, and not twice."""
    begun = tmp_path / "begun"
    begun.mkdir()
    with pushed(begun) as push:
        push.subscribe(0)
        assert [answer.status_code for answer in push.hub.deliver(pushed_rss(1))] == [202]
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(begun, undisturbed)
    done = run(undisturbed / "config.toml", 0, "deliver")
    assert done.returncode == 0, done.stderr
    expected, steps = whole_state(undisturbed), int(done.stdout)
    assert any(HEADLINES[1].encode() in body for body, _ in expected[1].values())
    assert steps > 30
    for step in range(1, steps + 1, EVERY):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(begun, folder)
        assert run(folder / "config.toml", step, "deliver").returncode == -signal.SIGKILL
        again = run(folder / "config.toml", 0, "deliver")
        assert again.returncode == 0, again.stderr
        assert whole_state(folder) == expected, f"killed at step {step} of {steps}"
        assert not any((folder / "aggregator.db-push" / "arrived").iterdir())
