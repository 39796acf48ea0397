"""The commands as a person runs them: what they print, and their exit codes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from aggregator import __version__
from tests.support.configurations import LOCAL, Write
from tests.support.loopback import Loopback, Page
from tests.support.texts import PAGE, item, rss

ROOT = Path(__file__).parent.parent


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as ``python -m aggregator``."""
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_check_says_that_a_configuration_is_good(tmp_path: Path, write_config: Write) -> None:
    """A valid configuration is one line and exit 0, and nothing is made."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    done = run(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, "config.toml: no fault: 1 source, 1 feed\n")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_wrong_configuration_runs_nothing(tmp_path: Path, write_config: Write) -> None:
    """Every fault on its line, exit 2, no traceback, no store."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\nevry = "1h"\nlimit = 5\n')
    for command in ("check", "once", "run"):
        done = run(tmp_path, command)
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            'config.toml:4:1: source[0].evry: unknown key, did you mean "every"?',
            "config.toml:5:1: source[0].limit: unknown key; known are name, title, feed, dump, "
            "every, category, timezone, enabled, timeout, max_bytes, spacing, allow_private, "
            "discover, headers, auth, proxy, fields, related, priority",
        ]
    assert not (tmp_path / "aggregator.db").exists()


def test_once_tells_what_it_did(tmp_path: Path, write_config: Write, web: Loopback) -> None:
    """A table of sources and one of feeds; exit 1 where a source failed, 0 where none did."""
    web.pages["/a"] = Page(rss([item(1)]))
    write_config(
        f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
        '[[source]]\nname = "d"\ndump = "*.txt"\n'
    )
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    done = run(tmp_path, "once")
    assert done.returncode == 0, done.stderr
    assert re.search(r"a +ok +1", done.stdout)
    assert re.search(r"bangla +2 +- +bangla\.rss", done.stdout)
    web.pages.clear()
    done = run(tmp_path, "once", "--all")
    assert done.returncode == 1
    assert "the server answered 404 Not Found" in done.stdout
    done = run(tmp_path, "once")
    assert "sources not due yet: 1" in done.stdout


def test_configuration_paths_are_relative_to_it(tmp_path: Path, write_config: Write) -> None:
    """--config FILE works from any folder."""
    write_config('[[source]]\nname = "d"\ndump = "page.txt"\n')
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(elsewhere, "once", "--config", "../config.toml")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "feeds" / "bangla.rss").exists()
    assert not list(elsewhere.iterdir())


def test_a_store_that_cannot_be_used_is_exit_2(tmp_path: Path, write_config: Write) -> None:
    """A broken store is named, without a traceback."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    (tmp_path / "aggregator.db").write_bytes(b"no database" * 500)
    done = run(tmp_path, "once")
    assert done.returncode == 2
    assert "aggregator.db cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_and_version(tmp_path: Path) -> None:
    """The commands explain themselves."""
    assert f"version {__version__}" in run(tmp_path, "--version").stdout
    shown = run(tmp_path, "--help").stdout
    assert all(command in shown for command in ("check", "once", "run"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_service_serves_watches_and_stops(
    tmp_path: Path, write_config: Write, number: signal.Signals
) -> None:
    """It prints addresses, publishes a dump dropped in, takes a new configuration, ends cleanly."""
    port = free_port()
    site = f'[site]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}/"\n'
    source = '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n'
    config = write_config(site + source)
    (tmp_path / "dumps").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "run"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: requests.get(f"{address}/bangla.rss", timeout=5).status_code == 200)
        (tmp_path / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
        wait_for(lambda: "<item>" in requests.get(f"{address}/bangla.rss", timeout=5).text)
        config.write_text(site + source + "evry = 1\n", encoding="utf-8")
        time.sleep(3)
        config.write_text(f'{site}{source}[[feed]]\nname = "new"\n', encoding="utf-8")
        wait_for(lambda: "<item>" in requests.get(f"{address}/new.rss", timeout=5).text)
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert f"{address}/bangla.atom" in out
    assert 'source[0].evry: unknown key, did you mean "every"?' in err
    assert "Traceback" not in err


def test_an_address_in_use_is_named(tmp_path: Path, write_config: Write) -> None:
    """A port that is taken is exit 2 and a hint, before anything runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        write_config(f'[site]\nlisten = "127.0.0.1:{port}"\n[[source]]\nname = "d"\ndump = "x"\n')
        done = run(tmp_path, "run")
    assert done.returncode == 2
    assert done.stderr.startswith(f"cannot listen on 127.0.0.1:{port} (Address already in use)")


def test_the_shipped_configuration_runs_without_a_network(tmp_path: Path) -> None:
    """No source answers, each says why, the dumps alone give a feed; within a minute, exit 1."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    # A port that nothing listens on stands in for the network that is not there.
    text = re.sub(r'feed = "https://[^"]+".*', f'feed = "http://127.0.0.1:9/"\n{LOCAL}', text)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "dumps", tmp_path / "dumps")
    started = time.monotonic()
    done = run(tmp_path, "once")
    assert time.monotonic() - started < 60
    assert done.returncode == 1
    assert done.stdout.count("the host refused the connection") == text.count("127.0.0.1:9/")
    assert (tmp_path / "feeds" / "bangla.rss").read_text(encoding="utf-8").count("<item>") == 3


def wait_for(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait until something is so, or fail."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    pytest.fail(f"not so within {seconds} seconds")
