"""What a command loads when it starts: nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.configurations import Write, source
from tests.support.loopback import Loopback, Page
from tests.support.texts import item, rss

ROOT = Path(__file__).parent.parent
# Runs a command, and then says whether one module is loaded, and whether anything is frozen.
PROGRAM = """
import atexit, gc, sys
module = sys.argv.pop()
atexit.register(lambda: print("loaded" if module in sys.modules else "not loaded"))
atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "not frozen"))
from aggregator.cli import commands
commands()
"""


def run(folder: Path, *command: str, module: str) -> list[str]:
    """Run a command, and return what it says of itself: frozen or not, the module loaded or not."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command, module],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()[-2:]


@pytest.mark.parametrize("module", ["sqlalchemy", "numpy", "requests", "aggregator.pipeline.run"])
def test_check_loads_the_configuration_alone(write_config: Write, module: str) -> None:
    """Neither the store nor what reads texts."""
    folder = write_config(source("a", "http://127.0.0.1:9/a")).parent
    assert run(folder, "check", module=module) == ["not frozen", "not loaded"]


def test_a_pass_with_nothing_due_loads_nothing_that_fetches(
    web: Loopback, write_config: Write
) -> None:
    """What ingests is loaded where a source is due, and frozen with all else that is then there."""
    web.pages["/a"] = Page(rss([item(1)]))
    folder = write_config(source("a", f"{web.url}/a") + 'every = "30d"\n').parent
    ingest = "aggregator.pipeline.ingest"
    assert run(folder, "once", module=ingest) == ["frozen", "loaded"]
    assert run(folder, "once", module=ingest) == ["not frozen", "not loaded"]
    assert web.asked == [("/a", 200)]
