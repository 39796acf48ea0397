"""The recipes for operators work: every line of the page is run, and no id or byte changes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config as configuration
from aggregator.models import Config
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback
from tests.support.passes import NOW, one_pass
from tests.test_backup import files_of, ids, made_site
from tests.test_upkeep import keep_up

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
# What stands for programs that change the machine: it notes what it is asked.
NOTES = '#!/bin/sh\necho "$(basename "$0") $*" >>{log}\n'


def recipes(heading: str) -> list[str]:
    """Return the blocks of commands under a heading of the page, in order."""
    assert f"\n## {heading}\n" in PAGE
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"(?ms)^```sh\n(.*?)^```$", section)


class Machine:
    """A machine whose folders lie below one of the test's, with the program installed."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.home, self.elsewhere = folder / "srv", folder / "mnt"
        self._programs = folder / "bin"
        for made in (self.home / ".venv" / "bin", self._programs):
            made.mkdir(parents=True)
        program = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m aggregator "$@"\n'
        note = NOTES.format(log=self.log)
        programs = {
            self._programs / "aggregator": program,
            self.home / ".venv" / "bin" / "aggregator": program,
            self.home / ".venv" / "bin" / "python": note,
            self._programs / "git": note,
            self._programs / "systemctl": note,
            self._programs / "scp": '#!/bin/sh\ncp "$1" "${2#*:}"\n',
        }
        for path, text in programs.items():
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)

    def run(self, commands: str, *, new: Path | None = None) -> str:
        """Run lines in the service's folder, of which none may fail; return what they print."""
        commands = commands.replace("/srv/aggregator", str(new or self.home))
        commands = commands.replace("/mnt/elsewhere", str(self.elsewhere))
        done = subprocess.run(
            ["sh", "-eu", "-c", commands],
            cwd=self.home,
            env={**os.environ, "PATH": f"{self._programs}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=HUNG_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without a site."""
    return Machine(tmp_path / "old")


def site_on(machine: Machine, web: Loopback) -> Config:
    """Publish a site there, of a feed and a dump."""
    return made_site(web, machine.home)


@pytest.mark.long
def test_a_backup_by_hand_and_by_cron(machine: Machine, web: Loopback) -> None:
    """Each line of the section, and that of the crontab, which removes only what is old."""
    site_on(machine, web)
    by_hand, to_folder, looked_into = recipes("A backup by hand")
    for commands in (by_hand, to_folder, looked_into):
        machine.run(commands)
    assert (machine.home / "before-i-try-this.tar.gz").is_file()
    assert "aggregator restore" in (machine.home / "README.txt").read_text(encoding="utf-8")
    (backup,) = machine.elsewhere.iterdir()
    (line,) = re.findall(r"(?m)^15 3 \* \* \* (.*)$", PAGE)
    assert "%" not in line  # which crontab takes for the end of the line
    old = (NOW - timedelta(days=4000)).timestamp()
    os.utime(backup, (old, old))
    other = backup.rename(machine.elsewhere / "aggregator-2001-01-01-000000.tar.gz")
    machine.run(line)
    assert len([*machine.elsewhere.iterdir()]) == 1 and not other.exists()


@pytest.mark.long
def test_a_backup_of_the_day_is_put_back(machine: Machine, web: Loopback) -> None:
    """The store is as it was, and the other one is where the page says."""
    config = site_on(machine, web)
    known = ids(config)
    keep_up(config, NOW + timedelta(days=2))
    assert [path.name for path in (machine.home / "backups").iterdir()] == [
        "aggregator-2026-11-26.tar.gz"
    ]
    (commands,) = recipes("Putting one back")
    machine.run(commands)
    assert ids(config) == known
    assert (machine.home / "aggregator.db.before-restore-1").is_file()
    assert machine.log.read_text(encoding="utf-8").split("\n")[:2] == [
        "systemctl stop aggregator",
        "systemctl start aggregator",
    ]


@pytest.mark.long
def test_a_site_moves_without_a_reader_noticing(
    machine: Machine, web: Loopback, tmp_path: Path
) -> None:
    """No id, no published byte and no time of a file changes, and nothing is new."""
    config = site_on(machine, web)
    known, published = ids(config), files_of(config)
    there = Machine(tmp_path / "new")
    (there.home / "config.toml").write_text("# of the clone\n", encoding="utf-8")
    leaving, arriving = recipes("Moving to another machine")
    machine.run(leaving, new=there.home)
    printed = there.run(arriving)
    assert "no fault" in printed
    moved = configuration.load(there.home / "config.toml")
    assert ids(moved) == known
    assert files_of(moved) == published


@pytest.mark.long
def test_an_upgrade_and_the_way_back(machine: Machine, web: Loopback) -> None:
    """A backup comes first, and brings back what was there before."""
    config = site_on(machine, web)
    known = ids(config)
    forward, back = recipes("Upgrading")
    machine.run(forward)
    one_pass(config, now=NOW + timedelta(days=1))
    assert ids(config) == known
    machine.run(back)
    assert ids(config) == known
    assert machine.log.read_text(encoding="utf-8").count("-m pip install") == 2


@pytest.mark.long
def test_a_store_is_compacted(machine: Machine, web: Loopback) -> None:
    """The last line of the page, and its keys are ones that the configuration takes."""
    config = site_on(machine, web)
    known = ids(config)
    (commands,) = recipes("A store that stays small")
    assert "aggregator.db: " in machine.run(commands)
    assert ids(config) == known
    (keys,) = re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE)
    text = config.path.read_text(encoding="utf-8")
    config.path.write_text(f"{keys}{text}", encoding="utf-8")
    changed = configuration.load(config.path)
    assert changed.upkeep.keep == timedelta(days=400)
    assert changed.upkeep.keep_entries == 500_000


def test_every_recipe_of_the_page_is_run() -> None:
    """The page has no block of commands that no test here runs."""
    tested = (
        *("A backup by hand", "Putting one back", "Moving to another machine", "Upgrading"),
        "A store that stays small",
    )
    blocks = [block for heading in tested for block in recipes(heading)]
    assert sorted(blocks) == sorted(re.findall(r"(?ms)^```sh\n(.*?)^```$", PAGE))
