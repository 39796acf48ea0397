"""Backup, restore, retention and compaction that are killed at any moment lose nothing."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.store import backup_file
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.texts import item, rss
from tests.test_backup import FILE, made_site
from tests.test_killed import EVERY, run, whole_state


def state(folder: Path) -> tuple[list[str], dict[str, tuple[bytes, int]]]:
    """Return everything in the store and everything published, and leave it as it is."""
    looked_at = folder.with_name("looked-at")
    shutil.copytree(folder, looked_at)
    try:
        store, published = whole_state(looked_at)
        return [line.replace(looked_at.name, folder.name) for line in store], published
    finally:
        shutil.rmtree(looked_at)


def killed_at_each_step(
    begun: Path, tmp_path: Path, *what: str
) -> Iterator[tuple[Path, tuple[list[str], object]]]:
    """Yield a copy of a folder for some of the steps at which something in it was killed.

    With it comes what the folder holds where nothing was killed.
    """
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(begun, undisturbed)
    done = run(undisturbed / "config.toml", 0, *placed(undisturbed, what))
    assert done.returncode == 0, done.stderr
    expected, steps = state(undisturbed), int(done.stdout)
    assert steps > 5
    for step in (*range(1, steps, EVERY), steps):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(begun, folder)
        killed = run(folder / "config.toml", step, *placed(folder, what))
        assert killed.returncode == -signal.SIGKILL, f"step {step}: {killed.stderr}"
        yield folder, expected
        shutil.rmtree(folder)


def placed(folder: Path, what: tuple[str, ...]) -> list[str]:
    """Return what is to be done, with the name of a file within a folder."""
    return [what[0], *(str(folder / name) for name in what[1:])]


def again(folder: Path, *what: str) -> None:
    """Do it once more, to the end."""
    done = run(folder / "config.toml", 0, *placed(folder, what))
    assert done.returncode == 0, done.stderr


@pytest.fixture
def begun(web: Loopback, tmp_path: Path) -> Path:
    """Return a folder with a published site, and a backup of it from before its last news."""
    folder = tmp_path / "begun"
    config = made_site(web, folder)
    again(folder, "backup", FILE)
    web.pages["/a"] = Page(rss([item(number) for number in range(20, 25)]))
    assert run(config.path, 0).returncode == 0
    return folder


@pytest.mark.long
def test_a_killed_backup_is_whole_or_none(begun: Path, tmp_path: Path) -> None:
    """The store is as it was, the next backup leaves nothing of the one that was killed."""
    before = state(begun)
    for folder, expected in killed_at_each_step(begun, tmp_path, "backup", "new.tar.gz"):
        assert expected == before == state(folder)
        if (folder / "new.tar.gz").exists():
            backup_file.read(folder / "new.tar.gz", None)
        else:
            again(folder, "backup", "new.tar.gz")
            backup_file.read(folder / "new.tar.gz", None)
            assert not list(folder.glob(".*.tmp"))


@pytest.mark.long
def test_a_killed_restore_leaves_the_old_store_or_the_new_one(begun: Path, tmp_path: Path) -> None:
    """A whole store stands at the place at every moment, and the old one is never lost."""
    before, _ = state(begun)
    for folder, (restored, _) in killed_at_each_step(begun, tmp_path, "restore", FILE):
        found, _ = state(folder)
        assert found in (before, restored) and before != restored
        again(folder, "restore", FILE)
        assert state(folder)[0] == restored
        beside = [
            path for path in folder.glob("*.before-restore-?") if rows(path) == rows_in(before)
        ]
        assert beside, "the store that was there before is gone"


def rows(path: Path) -> int:
    """Return how many entries a store has."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    return int(count)


def rows_in(store: list[str]) -> int:
    """Return how many entries a store has that is written as SQL."""
    return sum(line.startswith('INSERT INTO "entry"') for line in store)


@pytest.mark.long
def test_a_killed_retention_goes_on(web: Loopback, tmp_path: Path) -> None:
    """What is old leaves once, and everything else, and what is published, is as if undisturbed."""
    folder = tmp_path / "begun"
    old = f"{NOW - timedelta(days=90):%a, %d %b %Y %H:%M:%S} +0000"
    config = made_site(web, folder, extra='[store]\nkeep = "60d"\n')
    web.pages["/a"] = Page(rss([item(number, pubDate=old) for number in range(20, 25)]))
    assert run(config.path, 0).returncode == 0
    count = 0
    for killed, expected in killed_at_each_step(folder, tmp_path, "retain"):
        again(killed, "retain")
        assert state(killed) == expected
        with closing(sqlite3.connect(killed / "aggregator.db")) as connection:
            query = "SELECT count(*) FROM entry WHERE purged_unix IS NOT NULL"
            assert connection.execute(query).fetchone() == (6,)  # and the page
        count += 1
    assert count > 1


@pytest.mark.long
def test_a_killed_compaction_changes_no_row(begun: Path, tmp_path: Path) -> None:
    """The store is the one before or the one after, which hold the same."""
    before = state(begun)
    for folder, expected in killed_at_each_step(begun, tmp_path, "compact"):
        assert state(folder) == before == expected
        again(folder, "compact")
        assert state(folder) == before
