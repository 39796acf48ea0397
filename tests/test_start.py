"""What a command loads when it starts: nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.configurations import Write, source
from tests.support.loopback import Loopback, Page
from tests.support.texts import PAGE, item, rss

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


# What a pass needs only where something is due, new, or changed.
NEEDED_FOR_NEWS = (
    "aggregator.pipeline.ingest",
    "aggregator.pipeline.dumps",
    "aggregator.pipeline.cluster",
    "aggregator.pipeline.publish",
    "aggregator.bengali.text",
    "aggregator.fetch.http",
    "aggregator.identity",
    "aggregator.normalise",
    "aggregator.parse",
    "aggregator.publish.formats",
    "aggregator.stories",
    "alembic",
    "apscheduler",
    "feedgen",
    "feedparser",
    "jinja2",
    "lxml",
    "nh3",
    "numpy",
    "requests",
    "rich",
    "urllib3",
)


def loaded_by_once(folder: Path) -> set[str]:
    """Return which of ``NEEDED_FOR_NEWS`` a pass loads."""
    program = PROGRAM.replace(
        'print("loaded" if module in sys.modules else "not loaded")',
        'print(*(name for name in module.split() if name in sys.modules), sep=" ")',
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "once", " ".join(NEEDED_FOR_NEWS)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.splitlines()[-1].split())


def test_a_pass_with_nothing_new_loads_nothing_that_news_need(
    web: Loopback, write_config: Write
) -> None:
    """With a feed that is not due, a folder without news, and feeds that stand as they are."""
    web.pages["/a"] = Page(rss([item(1)]))
    dump = '[[source]]\nname = "d"\ndump = "pages/*.html"\n'
    folder = write_config(source("a", f"{web.url}/a") + 'every = "30d"\n' + dump).parent
    (folder / "pages").mkdir()
    page = folder / "pages" / "1.html"
    page.write_text(PAGE, encoding="utf-8")
    os.utime(page, (1_700_000_000, 1_700_000_000))
    assert {"aggregator.parse", "numpy", "requests", "lxml", "rich"} <= loaded_by_once(folder)
    assert loaded_by_once(folder) == set()
    os.utime(page, (1_700_000_001, 1_700_000_001))
    assert "aggregator.pipeline.dumps" in loaded_by_once(folder)


@pytest.mark.parametrize(
    "name",
    [
        "bangla.rss",
        *(pytest.param(name, marks=pytest.mark.more) for name in ("index.html", "feeds.opml")),
    ],
)
def test_a_published_file_that_somebody_touched_is_put_back_by_a_pass_with_nothing_due(
    web: Loopback, write_config: Write, name: str
) -> None:
    """Of a feed, or of the pages that list the feeds; then what renders is loaded again."""
    web.pages["/a"] = Page(rss([item(1)]))
    folder = write_config(source("a", f"{web.url}/a") + 'every = "30d"\n').parent
    loaded_by_once(folder)
    file = folder / "feeds" / name
    before = file.read_bytes()
    file.write_text("somebody else's")
    assert "aggregator.pipeline.publish" in loaded_by_once(folder)
    assert file.read_bytes() == before
    assert loaded_by_once(folder) == set()


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
