"""A store that fails is named in one line, whatever fails in it, and nothing is half stored."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from aggregator.cli import commands
from aggregator.errors import StoreError
from aggregator.models import FetchState
from aggregator.store import sqlite
from aggregator.store.store import Store
from tests.support.configurations import Make, PassOver, Write, source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.service import RunningService
from tests.support.texts import BODY, PAGE, item, rss

BUILD_ENGINE = sqlite.engine
# Three megabytes: more than SQLite keeps in memory (2 MB), so that it writes within a statement.
LARGE = rss([item(number, description=f"{number} {' '.join(BODY) * 12}") for number in range(200)])


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Let processes that are started meanwhile write no larger files, as ``ulimit -f`` does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m aggregator`` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )


def test_a_pass_that_cannot_write_its_store_says_so_in_one_line(
    web: Loopback, write_config: Write
) -> None:
    """An I/O error within a statement is one line and exit 2; the next pass goes on."""
    assert len(LARGE) > 3_000_000
    web.pages["/a"] = Page(LARGE)
    folder = write_config(source("a", f"{web.url}/a")).parent
    with files_of_at_most(400_000):
        failed = command(folder, "once", "--all")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == "the store failed: disk I/O error\n"
    web.pages["/a"] = Page(rss([item(1)]))
    done = command(folder, "once", "--all")
    assert done.returncode == 0 and "1 new" in done.stderr


@pytest.mark.more
def test_a_service_that_cannot_write_its_store_says_so_in_one_line(
    web: Loopback, write_config: Write
) -> None:
    """It names the fault, waits, and ends when it is told to."""
    web.pages["/a"] = Page(LARGE)
    listen = '[site]\nlisten = "127.0.0.1:0"\n'
    folder = write_config(listen + source("a", f"{web.url}/a")).parent
    with files_of_at_most(400_000):
        service = RunningService(folder)
    with service:
        service.wait_for_log("the store failed: disk I/O error; it is tried again every 60 seconds")
        assert service.stop(signal.SIGTERM)[0] == 0
    assert not any("Traceback" in line for line in service.log)


def with_pragma(url: str, pragma: str) -> Engine:
    """Return the engine of a store that is also set up otherwise, after its own settings."""
    engine = BUILD_ENGINE(url)
    sa.event.listen(
        engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}").close()
    )
    return engine


def test_a_full_disk_is_named_and_not_what_could_not_be_undone(
    web: Loopback, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite undoes a transaction for which there is no room; the first fault is the reason."""
    # 96 pages hold the tables and a little more.
    monkeypatch.setattr(sqlite, "engine", lambda url, **_: with_pragma(url, "max_page_count=96"))
    web.pages["/a"] = Page(LARGE)
    config = make_config(source("a", f"{web.url}/a"))
    with pytest.raises(StoreError, match=r"^the store failed: database or disk is full$"):
        one_pass(config)
    with Store.open(config.store_url) as store, store.read() as unit:
        assert unit.sources.states() == {}


def test_a_savepoint_that_is_gone_hides_no_reason(tmp_path: Path) -> None:
    """What ends the whole transaction within a savepoint is named, not the savepoint it took."""
    url = f"sqlite:///{tmp_path}/store.db"
    Store.open(url).close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON source_state "
            "BEGIN SELECT RAISE(ROLLBACK, 'no room for a state'); END"
        )
    with Store.open(url) as store:
        with (
            pytest.raises(StoreError, match=r"^the store failed: no room for a state$"),
            store.write() as unit,
            unit.savepoint(),
        ):
            unit.sources.save_state("a", FetchState())
        with store.write() as unit, unit.savepoint():
            unit.requests.request_publishing()
        with store.read() as unit:
            assert unit.requests.is_publishing_requested()


def test_a_store_that_may_not_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that became read-only can be read, and says so when it is written."""
    url = f"sqlite:///{tmp_path}/store.db"
    Store.open(url).close()
    monkeypatch.setattr(sqlite, "engine", lambda url, **_: with_pragma(url, "query_only=ON"))
    with Store.beside(url) as store:
        with (
            pytest.raises(StoreError, match="attempt to write a readonly database"),
            store.write() as unit,
        ):
            unit.sources.save_state("a", FetchState())
        with store.read() as unit:
            assert unit.sources.states() == {}


def invoked(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run a command in a folder, within this process."""
    monkeypatch.chdir(folder)
    return CliRunner().invoke(commands, arguments, prog_name="aggregator", catch_exceptions=False)


@pytest.mark.parametrize(
    "arguments",
    [("release", "a"), ("purge", "https://example.org/news/1"), ("purge", "--older-than", "1d")],
)
def test_commands_name_a_store_that_is_locked(
    pass_over: PassOver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """What holds the database is not this program: its lock is named, in one line."""
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    pass_over('[[source]]\nname = "a"\ndump = "a.txt"\n')
    monkeypatch.setattr(sqlite, "_WAIT", "PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(tmp_path / "aggregator.db", timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = invoked(tmp_path, monkeypatch, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "the store failed: database is locked\n"


@pytest.mark.parametrize("arguments", [("explain", "বোয়ালের"), ("explain",), ("purge", "বোয়ালের")])
def test_commands_name_a_store_that_is_damaged(
    pass_over: PassOver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Pages that were overwritten are named, whichever statement meets them."""
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    pass_over('[[source]]\nname = "a"\ndump = "a.txt"\n')
    database = tmp_path / "aggregator.db"
    with database.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (database.stat().st_size - 4096))
    done = invoked(tmp_path, monkeypatch, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("the store failed: database disk image is malformed")
    assert done.stderr.count("\n") == 1
