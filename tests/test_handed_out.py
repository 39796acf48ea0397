"""A publisher that is killed between its folder and the store: mirrors end as the next one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from aggregator import config as configuration
from aggregator.models import Config, PublishedFile
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.mirror import Mirror
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import publish_stored
from aggregator.publish import copies
from aggregator.publish.copies import Seen
from aggregator.store.store import Store
from tests.support.configurations import LOCAL
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.texts import item, rss
from tests.support.workers import written

_ROOT = Path(__file__).parent.parent
_SURE = 0.95  # of the steps of one publishing each other one has, too
_SOME_KILLS = 2
# The steps between two kills of the whole form; a prime, so that no kind is left out.
_EVERY = 7


def machine(folder: Path, store_url: str, web: Loopback) -> Config:
    """Write the configuration of one machine."""
    text = f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
    return configuration.load(written(folder, store_url, text))


def bring(config: Config, web: Loopback, count: int) -> None:
    """Let a source have ``count`` items, and store them."""
    web.pages["/a"] = Page(rss([item(number) for number in range(1, count + 1)]))
    with Store.beside(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        ingest_due(run, config.sources, every_source=True)


def publish(config: Config) -> dict[str, tuple[bytes, int]]:
    """Publish what is stored, by a process that lives; return what stands there then."""
    with Store.beside(config.store_url) as store:
        publish_stored(Run.of(config, store, clock=lambda: NOW, stop=Event()))
    return files_in(config.site.output)


def killed(config: Config, step: int) -> tuple[int, str]:
    """Publish by a process that kills itself before a step; return its exit code and output."""
    command = [sys.executable, "-m", "tests.support.killed"]
    done = subprocess.run(
        [*command, str(config.path), str(step), "publish"],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def files_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of every published file."""
    return {
        name: ((folder / name).read_bytes(), stamp[2])
        for name, stamp in copies.look(folder, Seen()).files.items()
    }


def fails_after(count: int) -> Callable[..., PublishedFile]:
    """Return what reads published files, and fails after ``count``."""
    read, left = copies.read, iter(range(count))

    def failing(folder: Path, name: str, stamp: tuple[int, int, int, int]) -> PublishedFile:
        if next(left, None) is None:
            raise OSError("killed")
        return read(folder, name, stamp)

    return failing


def steps_to_kill_at(config: Config, web: Loopback, kills: int | None) -> range:
    """Publish news once by a process that lives, and return at which of its steps to kill it."""
    bring(config, web, 2)
    exit_code, told = killed(config, 0)
    assert exit_code == 0
    steps = int(told)
    if kills == 1:
        return range(steps // 2, steps + 1, steps)
    return range(1, steps + 1, _EVERY if kills is None else steps // kills)


@pytest.mark.parametrize(
    "kills",
    [
        1,
        pytest.param(_SOME_KILLS, marks=pytest.mark.more),
        pytest.param(None, marks=pytest.mark.attack),
    ],
    ids=["one step", "some steps", "all steps"],
)
def test_a_publisher_may_be_killed_at_any_step(
    tmp_path: Path, web: Loopback, postgresql_url: str, kills: int | None
) -> None:
    """Another machine goes on, then the first one; a mirror has the publisher's bytes and times."""
    first = machine(tmp_path / "first", postgresql_url, web)
    second = machine(tmp_path / "second", postgresql_url, web)
    copy = tmp_path / "mirror"
    Store.open(first.store_url).close()
    bring(first, web, 1)
    publish(first)
    with Store.beside(first.store_url) as store:
        mirror = Mirror(store, copy)
        steps = steps_to_kill_at(first, web, kills)
        for count, step in enumerate(steps, start=3):
            bring(first, web, count)
            exit_code = killed(first, step)[0]
            # No two publishings have just as many steps: of some the last ones are not there.
            assert exit_code == -signal.SIGKILL or step > _SURE * steps.stop
            mirror.look()  # whatever was handed out until then
            published = publish(second)
            mirror.look()
            assert files_in(copy) == published
            assert f"/news/{count}".encode() in published["bangla.atom"][0]
            assert publish(first) == published
            assert not any(path.name.endswith(".tmp") for path in copy.rglob("*"))


def test_what_is_handed_out_in_parts_is_gone_on_with(
    tmp_path: Path, web: Loopback, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a site that takes several commits the first may be all that came before a kill."""
    monkeypatch.setattr("aggregator.pipeline.hand_out._COMMIT_BYTES", 1)
    first = machine(tmp_path / "first", postgresql_url, web)
    second = machine(tmp_path / "second", postgresql_url, web)
    Store.open(first.store_url).close()
    bring(first, web, 1)
    publish(first)
    bring(first, web, 2)
    monkeypatch.setattr("aggregator.pipeline.hand_out.copies.read", fails_after(3))
    with pytest.raises(OSError, match="killed"):
        publish(first)
    monkeypatch.undo()
    with Store.beside(first.store_url) as store:
        mirror = Mirror(store, tmp_path / "mirror")
        mirror.look()
        published = publish(second)
        mirror.look()
    assert files_in(tmp_path / "mirror") == published
    assert b"/news/2" in published["bangla.atom"][0]
    assert publish(first) == published
