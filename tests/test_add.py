"""What ``aggregator add`` finds, asks and writes; whatever fails, the file is as it was."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator import config as configuration
from aggregator.cli import commands
from tests.support.configurations import LOCAL, source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.service import RunningService
from tests.support.texts import PAGE, TITLE, item, rss

ROOT = Path(__file__).parent.parent
HTML = "text/html; charset=utf-8"
FRONT_PAGE = (
    b"<html lang=bn><head><link rel=alternate type=application/rss+xml href=/comments/feed>"
    b"<link rel=alternate type=application/rss+xml href=/feed></head></html>"
)
# What a person wrote, with comments and an order of its own.
TEXT = (
    "# আমার খবর\n\n"
    "[[feed]]\nname = 'bangla'  # সব\n\n"
    "[[feed]]\nname = 'khela'\nsources = ['own']\n\n"
    "[[source]]\nname = 'own'\nfeed = 'https://own.example/rss'   # পুরোনো\n"
    "category = 'জাতীয়'\n"
)
Add = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a configuration with one source."""
    written = tmp_path / "config.toml"
    written.write_text(TEXT, encoding="utf-8")
    return written


@pytest.fixture
def add(path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Return a function that adds something to the configuration, without a terminal."""
    monkeypatch.chdir(path.parent)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["add", *arguments], catch_exceptions=False)

    return invoke


@pytest.fixture
def feed(web: Loopback) -> str:
    """Return the address of a feed on loopback."""
    web.pages["/feed"] = Page(rss([item(n, category="জাতীয়") for n in (1, 2)]))
    return f"{web.url}/feed"


def test_a_feed_is_written_with_what_is_proposed(add: Add, path: Path, feed: str) -> None:
    """Name, title and the category of its entries; all else in the file stays as it was."""
    done = add(feed, "--yes", "--allow-private", "--as-feed")
    assert done.exit_code == 0, done.output
    assert path.read_text(encoding="utf-8") == (
        f'{TEXT}\n[[source]]\nname = "site"\ntitle = "পরীক্ষার খবর"\nfeed = "{feed}"\n'
        'category = "জাতীয়"\nallow_private = true\n'
    )
    assert "config.toml:15: added" in done.stdout
    assert "feeds that take it: bangla\n" in done.stdout
    assert "next: aggregator once" in done.stdout


def test_what_is_given_is_written(add: Add, path: Path, feed: str) -> None:
    """Name, title, categories, and the feed that is to take it; then nothing is asked."""
    given = ("--name", "notun", "--title", "নতুন", "--category", "খেলা", "--category", "জেলা")
    done = add(feed, *given, "--feed", "khela", "--allow-private", "--as-feed")
    assert done.exit_code == 0, done.output
    config = configuration.load(path)
    added = config.sources[-1]
    assert (added.name, added.title, added.categories) == ("notun", "নতুন", ("খেলা", "জেলা"))
    assert "feeds that take it: bangla, khela\n" in done.stdout


def test_a_title_is_proposed_that_a_configuration_takes(
    add: Add, path: Path, web: Loopback
) -> None:
    """A title has characters of a font of its own; they are left out."""
    body = rss([item(1)]).replace("পরীক্ষার খবর".encode(), "\ue000কাগজ \u0600".encode())
    web.pages["/feed"] = Page(body)
    result = add(f"{web.url}/feed", "--yes", "--allow-private", "--as-feed")
    assert result.exit_code == 0, result.output
    assert 'title = "কাগজ"' in path.read_text(encoding="utf-8")


def test_of_a_page_the_feed_is_written(add: Add, path: Path, web: Loopback, feed: str) -> None:
    """The main one, and what the page announces is said."""
    web.pages["/"] = Page(FRONT_PAGE, HTML)
    done = add(f"{web.url}/", "--yes", "--allow-private")
    assert configuration.load(path).sources[-1].feed == feed
    assert f"{web.url}/comments/feed (comments)" in done.stdout


def test_a_folder_is_written_relative_to_the_file(add: Add, path: Path) -> None:
    """As a dump, under the name of the folder."""
    (path.parent / "purono").mkdir()
    (path.parent / "purono" / "1.txt").write_text(PAGE, encoding="utf-8")
    assert add("purono", "--yes").exit_code == 0
    added = configuration.load(path).sources[-1]
    assert (added.name, added.dump) == ("purono", str(path.parent / "purono"))
    assert 'dump = "purono"' in path.read_text(encoding="utf-8")


def test_what_is_there_is_said_with_its_place(
    add: Add, path: Path, web: Loopback, feed: str
) -> None:
    """By its address or that of its page; nothing is written, and of an address nothing asked."""
    add(feed, "--yes", "--allow-private", "--as-feed")
    text, asked = path.read_text(encoding="utf-8"), len(web.asked)
    again = add(f"{feed}/", "--yes", "--allow-private")
    assert (again.exit_code, len(web.asked)) == (0, asked)
    assert 'config.toml:15: "site" reads this already' in again.stdout
    web.pages["/"] = Page(FRONT_PAGE, HTML)
    of_page = add(f"{web.url}/", "--yes", "--allow-private")
    assert of_page.exit_code == 0
    assert 'config.toml:15: "site" reads this already' in of_page.stdout
    assert path.read_text(encoding="utf-8") == text


def test_a_disabled_source_is_there(add: Add, path: Path) -> None:
    """It says that it is disabled."""
    path.write_text(TEXT + "enabled = false\n" + source("b", "http://127.0.0.1:9/"), "utf-8")
    there = add("own.example/rss", "--yes")
    assert (there.exit_code, "and is disabled" in there.stdout) == (0, True)


def test_the_name_of_a_disabled_source_is_taken(add: Add, path: Path, feed: str) -> None:
    """So that it can be enabled again."""
    disabled = "\n[[source]]\nname = 'site'\nfeed = 'https://b.example/'\nenabled = false\n"
    path.write_text(TEXT + disabled, encoding="utf-8")
    assert add(feed, "--yes", "--allow-private", "--as-feed").exit_code == 0
    assert configuration.load(path).sources[-1].name == "site-2"


def test_what_cannot_be_read_is_not_written(add: Add, path: Path, web: Loopback) -> None:
    """Unless anyway; then it is written as it was given."""
    failed = add(f"{web.url}/none", "--yes", "--allow-private", "--as-feed")
    assert failed.exit_code == 1
    assert "404" in failed.stdout
    assert "--anyway" in failed.stderr
    assert path.read_text(encoding="utf-8") == TEXT
    done = add(f"{web.url}/none", "--yes", "--allow-private", "--as-feed", "--anyway")
    assert done.exit_code == 0
    assert configuration.load(path).sources[-1].feed == f"{web.url}/none"


def test_a_private_address_is_refused(add: Add, path: Path, feed: str, web: Loopback) -> None:
    """Nothing is asked and nothing written."""
    refused = add(feed, "--yes")
    assert (refused.exit_code, web.asked) == (2, [])
    assert path.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "give --yes to take what is proposed (name site, title পরীক্ষার খবর"),
        (("--yes", "--name", "নতুন"), "is no name"),
        (("--yes", "--name", "own"), 'a source is called "own" already'),
        (("--yes", "--feed", "nai"), 'there is no [[feed]] "nai"; there are: bangla, khela'),
    ],
)
def test_what_cannot_be_written_is_said(
    add: Add, path: Path, feed: str, given: tuple[str, ...], said: str
) -> None:
    """Without a terminal nothing is asked; a name and a feed must be ones; the file stays."""
    failed = add(feed, "--allow-private", "--as-feed", *given)
    assert failed.exit_code == 2
    assert said in failed.stderr
    assert path.read_text(encoding="utf-8") == TEXT


def test_on_a_terminal_a_person_is_asked(path: Path, feed: str) -> None:
    """An empty answer takes what is proposed, and a name that is taken is asked for again."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "aggregator", "add", feed, "--allow-private", "--as-feed"]
    with subprocess.Popen(
        command,
        cwd=path.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        os.write(ours, "own\nnotun\n\nখেলা, জেলা\n".encode())
        said, _ = process.communicate(timeout=HUNG_SECONDS)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, said
    added = configuration.load(path).sources[-1]
    assert (added.name, added.title, added.categories) == (
        "notun",
        "পরীক্ষার খবর",
        ("খেলা", "জেলা"),
    )
    assert "a source is called so already" in said


@pytest.mark.more
def test_a_running_service_takes_it_over(path: Path, web: Loopback, feed: str, add: Add) -> None:
    """It is said that it does, and its entries are published without anything more being done."""
    web.pages["/own"] = Page(rss([item(8)]))
    path.write_text(
        "[site]\nlisten = '127.0.0.1:0'\n[status]\nlisten = ''\n"
        f"[[source]]\nname = 'own'\nfeed = '{web.url}/own'\n{LOCAL}",
        encoding="utf-8",
    )
    with RunningService(path.parent) as service:
        service.wait_for_log("1 new")
        done = add(feed, "--yes", "--allow-private", "--as-feed")
        assert "takes it over within seconds" in done.stdout
        service.wait_for_log("site: 2 new")


def test_three_sites_are_looked_at_added_and_published(
    path: Path, web: Loopback, feed: str, add: Add
) -> None:
    """The whole way of a new user: a feed, a page that announces two and comments, a folder."""
    web.pages |= {
        "/notun/": Page(FRONT_PAGE.replace(b"href=/feed", b"href=/notun/rss"), HTML),
        "/notun/rss": Page(rss([item(3), item(4)])),
    }
    (path.parent / "pata").mkdir()
    (path.parent / "pata" / "1.txt").write_text(PAGE, encoding="utf-8")
    path.write_text(TEXT.replace("'own'\nfeed =", "'own'\nenabled = false\nfeed ="), "utf-8")
    for target in (feed, f"{web.url}/notun/", "pata"):
        looked = CliRunner().invoke(commands, ["preview", target, "--allow-private"])
        assert looked.exit_code == 0, looked.output
        assert add(target, "--allow-private", "--yes").exit_code == 0
    assert not one_pass(configuration.load(path)).failed
    published = json.loads((path.parent / "feeds" / "bangla.json").read_bytes())
    titles = {entry["title"] for entry in published["items"]}
    assert titles == {TITLE, *(item(number)["title"] for number in (1, 2, 3, 4))}
