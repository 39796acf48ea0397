"""Fixtures: a configuration to write, a server on loopback, and real samples where there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import PassReport, run_pass
from aggregator.store.store import Store
from tests.loopback import Loopback

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
# What a source on loopback needs: permission, and no waiting between requests to one host.
LOCAL = 'allow_private = true\nspacing = "0s"\n'


@pytest.fixture
def web() -> Iterator[Loopback]:
    """Give a server on loopback for one test."""
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def samples() -> Path:
    """Give the folder of real feeds and dumps, which are not the project's to hand on."""
    folder = os.environ.get("FEED_SAMPLES")
    if not folder or not Path(folder, "samples", "feeds").is_dir():
        pytest.skip("FEED_SAMPLES names no folder with samples/feeds and seeds")
    return Path(folder)


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[[str], Path]:
    """Give a function that writes a configuration into the test's folder."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_config(write_config: Callable[[str], Path]) -> Callable[[str], Config]:
    """Give a function that writes and loads a configuration."""

    def make(text: str) -> Config:
        return configuration.load(write_config(text))

    return make


def one_pass(config: Config, *, now: datetime = NOW, every_source: bool = True) -> PassReport:
    """Run one pass as ``aggregator once --all`` does, at a fixed time."""
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: now, stop=Event())
        return run_pass(run, every_source=every_source)


def state_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Give every published file's bytes and time."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.iterdir())
    }
