"""The fixtures: a configuration to write, a server on loopback, real samples where there are any.

What tests import by name (texts, passes, checks) is in ``tests.support``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.pipeline.run_pass import PassReport
from tests.support import postgresql
from tests.support.browser import chromium_in
from tests.support.compiled import CompiledStatements
from tests.support.configurations import Make, PassOver, Write
from tests.support.deadlines import HUNG_SECONDS
from tests.support.devtools import Chromium
from tests.support.examples import QUICK, WHOLE, WHOLE_PROFILE
from tests.support.loopback import Loopback
from tests.support.passes import NOW, one_pass

# An example that takes longer hangs; Hypothesis' own 0.2 s is too little on a busy machine.
_PATIENCE = timedelta(seconds=HUNG_SECONDS)
settings.register_profile("quick", deadline=_PATIENCE, max_examples=QUICK)
settings.register_profile(WHOLE_PROFILE, deadline=_PATIENCE, max_examples=WHOLE)
settings.load_profile("quick")  # unless the command line says otherwise
_SERVER_FOLDER = "TEST_SERVER_FOLDER"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the processes of a run share for a server; they inherit its name."""
    if not hasattr(config, "workerinput"):
        os.environ[_SERVER_FOLDER] = mkdtemp(prefix="run-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of the run, in the process that started all others."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ[_SERVER_FOLDER])
        postgresql.stop_in(folder)
        rmtree(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked ``databases`` once with SQLite, and once with PostgreSQL.

    What is also marked ``sqlite`` is run with that alone. With PostgreSQL each test has the mark
    ``postgresql``, unless it is one of the quick ones of every run.
    """
    mark = metafunc.definition.get_closest_marker("databases")
    if mark and not metafunc.definition.get_closest_marker("sqlite"):
        marks = () if mark.kwargs.get("quick") else pytest.mark.postgresql
        other = pytest.param("postgresql", marks=marks)
        metafunc.parametrize("_database", ["sqlite", other], indirect=True)


# Compiled for one engine, a statement serves every engine of its kind. A store has an engine of its
# own, and most tests open several: without this a fifth of what a pass takes is spent on compiling.
_compiled = CompiledStatements()


@event.listens_for(Engine, "engine_connect")
def _share_compiled(connection: Connection) -> None:
    """Let the connections of all engines share what was compiled."""
    connection.execution_options(compiled_cache=_compiled)


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Take back what a command that was run in this process said to processes that it starts."""
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(autouse=True)
def _database(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Open the stores of a test as files, or where it is marked in PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    if reason := postgresql.missing():
        pytest.skip(reason)
    server = postgresql.server_in(Path(os.environ[_SERVER_FOLDER]))
    with postgresql.in_place_of_files(server, monkeypatch):
        yield


@pytest.fixture
def postgresql_url(tmp_path: Path) -> str:
    """Return the URL of an empty place for a store in PostgreSQL, as a configuration has it."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    return postgresql.schema_url(postgresql.server_in(Path(os.environ[_SERVER_FOLDER])), tmp_path)


@pytest.fixture
def web() -> Iterator[Loopback]:
    """Serve on loopback for one test."""
    server = Loopback()
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """Run one Chromium for all tests that look at pages."""
    with chromium_in(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def samples() -> Path:
    """Return the folder of real feeds and dumps, which are not the project's to hand on."""
    folder = os.environ.get("FEED_SAMPLES")
    if not folder or not Path(folder, "samples", "feeds").is_dir():
        pytest.skip("FEED_SAMPLES names no folder with samples/feeds and seeds")
    return Path(folder)


@pytest.fixture
def write_config(tmp_path: Path) -> Write:
    """Return a function that writes a configuration into the test's folder."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_config(write_config: Write) -> Make:
    """Return a function that writes a configuration and loads it."""

    def make(text: str) -> Config:
        return configuration.load(write_config(text))

    return make


@pytest.fixture
def pass_over(make_config: Make) -> PassOver:
    """Return a function that runs one pass, at the tests' present, over a configuration."""

    def run(text: str) -> PassReport:
        return one_pass(make_config(text), now=NOW)

    return run
