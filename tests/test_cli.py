"""The commands as a person runs them: what they print, and their exit codes.

Most run within this process. What only a process can show has one of its own: signals, the whole
way to the shell's exit code, and that no import warns.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from aggregator import __version__
from aggregator.cli import commands
from tests.support.configurations import LOCAL, Write
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.texts import PAGE, item, rss

Run = Callable[..., Result]

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Return a function that runs a command in a folder, within this process.

    Commands set up logging and signal handlers, as a process of their own may. They find a root
    logger without handlers, as there, and what they set is put back when the test ends.
    """
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, ("aggregator", "urllib3"))]
    levels = [logger.level for logger in loggers]
    handlers = root.handlers
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def invoke(folder: Path, *arguments: str) -> Result:
        monkeypatch.chdir(folder)
        root.handlers = []
        # An exception that no command expects fails the test, whatever exit code is wanted.
        return CliRunner().invoke(
            commands, arguments, prog_name="aggregator", catch_exceptions=False
        )

    yield invoke
    root.handlers = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    for number, handler in signals.items():
        signal.signal(number, handler)


def run_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m aggregator`` in a folder; every warning is an error."""
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def test_check_says_that_a_configuration_is_good(
    run: Run, tmp_path: Path, write_config: Write
) -> None:
    """A valid configuration is one line and exit 0, and nothing is made."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    done = run(tmp_path, "check")
    assert (done.exit_code, done.stdout) == (0, "config.toml: no fault: 1 source, 1 feed\n")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_wrong_configuration_runs_nothing(run: Run, tmp_path: Path, write_config: Write) -> None:
    """Every fault is named with its line, with exit 2, no traceback and no store."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\nevry = "1h"\nlimit = 5\n')
    for command in ("check", "once", "run"):
        done = run(tmp_path, command)
        assert done.exit_code == 2
        assert done.stderr.splitlines() == [
            'config.toml:4:1: source "d": evry: unknown key, did you mean "every"?',
            'config.toml:5:1: source "d": limit: unknown key here; it is one of [[feed]]',
        ]
    assert not (tmp_path / "aggregator.db").exists()


def test_once_tells_what_it_did(
    run: Run, tmp_path: Path, write_config: Write, web: Loopback
) -> None:
    """It prints a table of sources and one of feeds; exit 1 where a source failed, otherwise 0."""
    web.pages["/a"] = Page(rss([item(1)]))
    write_config(
        f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
        '[[source]]\nname = "d"\ndump = "*.txt"\n'
    )
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    done = run(tmp_path, "once")
    assert done.exit_code == 0, done.stderr
    assert re.search(r"a +ok +1", done.stdout)
    assert re.search(r"bangla +2 +- +bangla\.rss", done.stdout)
    web.pages.clear()
    done = run(tmp_path, "once", "--all")
    assert done.exit_code == 1
    assert "the server answered 404 Not Found" in done.stdout
    done = run(tmp_path, "once")
    assert "sources not due yet: 1" in done.stdout


def test_sources_that_are_not_due_are_counted_once(
    run: Run, tmp_path: Path, write_config: Write, web: Loopback
) -> None:
    """With how many of them fail, and what several of these fail with is told once."""
    web.pages["/c"] = Page(status=410)
    write_config(
        "".join(
            f'[[source]]\nname = "{name}"\nfeed = "{web.url}/{name}"\n{LOCAL}' for name in "abc"
        )
    )
    assert run(tmp_path, "once").exit_code == 1
    done = run(tmp_path, "once")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "sources not due yet: 3 (--all asks them all the same); 3 of them failed before:\n"
        "  2 sources: the server answered 404 Not Found\n"
        "    a, b\n"
        "  c: the server answered 410 Gone\n"
    )


def test_sizes_are_told_where_they_are_small(run: Run, tmp_path: Path, write_config: Write) -> None:
    """The backup and the store of a site that has just begun are some KB, and not 0.0 MB."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    done = run(tmp_path, "once")
    assert re.search(r"1 entry, [0-9]+ KB ", done.stderr), done.stderr
    assert re.search(r"1 entry, [0-9]+ KB, verified", run(tmp_path, "backup", "b").stdout)
    assert re.search(r"[0-9]+ KB, [0-9.]+ K?B less", run(tmp_path, "compact").stdout)


def test_configuration_paths_are_relative_to_it(
    run: Run, tmp_path: Path, write_config: Write
) -> None:
    """--config FILE works from any folder."""
    write_config('[[source]]\nname = "d"\ndump = "page.txt"\n')
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(elsewhere, "once", "--config", "../config.toml")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "feeds" / "bangla.rss").exists()
    assert not list(elsewhere.iterdir())


def test_a_store_that_cannot_be_used_is_exit_2(tmp_path: Path, write_config: Write) -> None:
    """A broken store is named, without a traceback."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    (tmp_path / "aggregator.db").write_bytes(b"no database" * 500)
    done = run_process(tmp_path, "once")
    assert done.returncode == 2
    assert "aggregator.db cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_program_names_its_version_and_its_commands(run: Run, tmp_path: Path) -> None:
    """``--version`` and ``--help`` answer without a configuration."""
    assert f"version {__version__}" in run(tmp_path, "--version").stdout
    shown = run(tmp_path, "--help").stdout
    assert all(command in shown for command in ("check", "once", "run"))


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.more), signal.SIGTERM]
)
def test_the_service_serves_watches_and_stops(
    tmp_path: Path, write_config: Write, number: signal.Signals
) -> None:
    """It prints addresses, publishes a dump dropped in, takes a new configuration, ends cleanly."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    own = free_port()
    site = f'[site]\nlisten = "127.0.0.1:{port}"\nurl = "{address}/"\n'
    site += f'[status]\nlisten = "127.0.0.1:{own}"\n'
    source = '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n'
    config = write_config(site + source)
    (tmp_path / "dumps").mkdir()
    with RunningService(tmp_path) as service:
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: answer.status_code == 200)
        (tmp_path / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
        service.wait_for_answer(f"{address}/bangla.rss", lambda answer: "<item>" in answer.text)
        config.write_text(site + source + "evry = 1\n", encoding="utf-8")
        service.wait_for_log('source "d": evry: unknown key, did you mean "every"?')
        config.write_text(f'{site}{source}[[feed]]\nname = "new"\n', encoding="utf-8")
        service.wait_for_answer(f"{address}/new.rss", lambda answer: "<item>" in answer.text)
        exit_code, printed = service.stop(number)
    assert exit_code == 0, service.log
    # First what whoever starts it looks for: where it is seen, then how it does.
    places = [printed.index(text) for text in (f": {address}/\n", f":{own}/status\n", ".rss\n")]
    assert places == sorted(places)
    assert f"{address}/bangla.atom" in printed
    assert not any("Traceback" in line for line in service.log)


def test_an_address_in_use_is_named(run: Run, tmp_path: Path, write_config: Write) -> None:
    """A port that is taken is exit 2 and a hint, before anything runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        write_config(f'[site]\nlisten = "127.0.0.1:{port}"\n[[source]]\nname = "d"\ndump = "x"\n')
        done = run(tmp_path, "run")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"cannot listen on 127.0.0.1:{port} (Address already in use)")


@pytest.mark.more
def test_a_service_that_starts_has_its_address_already(tmp_path: Path, write_config: Write) -> None:
    """It listens before it opens its store, so of two that start at once the second exits with 2.

    An address that is only bound can be bound again; then both would run, and one serve nobody.
    """
    port = free_port()
    write_config(f'[site]\nlisten = "127.0.0.1:{port}"\n[[source]]\nname = "d"\ndump = "x"\n')
    with FileLock(tmp_path / "aggregator.db.lock"), RunningService(tmp_path) as service:
        assert service.accepts("127.0.0.1", port), service.log


def test_the_shipped_configuration_runs_without_a_network(tmp_path: Path) -> None:
    """No source answers, each says why, the dumps alone make a feed; within a minute, exit 1."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    # A port that nothing listens on stands in for the network that is not there.
    text = re.sub(r'feed = "https://[^"]+".*', f'feed = "http://127.0.0.1:9/"\n{LOCAL}', text)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "dumps", tmp_path / "dumps")
    done = run_process(tmp_path, "once")
    assert done.returncode == 1
    assert done.stdout.count("the host refused the connection") == text.count("127.0.0.1:9/")
    assert (tmp_path / "feeds" / "bangla.rss").read_text(encoding="utf-8").count("<item>") == 3


def test_search_prints_what_was_looked_for_and_found(
    run: Run, write_config: Write, web: Loopback
) -> None:
    """By any form of its words, for a person and for a program; nothing found is exit code 1."""
    title = "চট্টগ্রাম বন্দরের মাশুল বাড়ল"
    web.pages["/a"] = Page(rss([item(1, title=title), item(2)]))
    folder = write_config(f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}').parent
    assert run(folder, "search", "বন্দর").exit_code == 2  # there is no store yet
    assert run(folder, "once").exit_code == 0
    found = run(folder, "search", "বন্দর মাশুল", "--order", "match")
    assert found.exit_code == 0
    looked_for, shown, place = found.stdout.splitlines()
    assert looked_for == "Looked for in all their forms: বন্দর, মাশুল"
    assert shown == title
    assert re.fullmatch(r"  \d{4}-\d\d-\d\d \d\d:\d\d  a  http\S+", place)
    answer = json.loads(run(folder, "search", "বন্দর", "--json", "--limit", "1").stdout)
    assert [story["title"] for story in answer["stories"]] == [title]
    assert (answer["has_more"], answer["is_whole"]) == (False, True)
    nothing = run(folder, "search", "--", '-বন্দর "*')
    assert (nothing.exit_code, nothing.stdout.splitlines()[-1]) == (1, "Nothing is found.")
