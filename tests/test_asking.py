"""``aggregator check --online``: what sources are, asked once as in a pass, with nothing stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import commands
from tests.support.configurations import LOCAL, Write
from tests.support.loopback import Loopback, Page
from tests.support.texts import PAGE, item, rss

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>সমকাল</title><id>urn:x</id>'
    "<updated>2026-11-25T09:00:00Z</updated><entry><id>urn:x:1</id><title>পদ্মায় নতুন সেতু</title>"
    '<link href="https://example.org/1"/><published>2026-11-25T09:00:00Z</published>'
    "<updated>2026-11-25T09:00:00Z</updated></entry></feed>"
).encode()
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": '
    '[{"id": "1", "title": "নদীর পাড়ে মেলা", "content_text": "মেলা বসেছে"}]}'
).encode()
HTML = (
    '<!doctype html><html lang="bn"><head><link rel="alternate" type="application/rss+xml" '
    'href="/feed"></head><body>খবর</body></html>'
).encode()


def source(name: str, line: str) -> str:
    """Return a source of the loopback server."""
    return f'[[source]]\nname = "{name}"\n{line}\n'


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_config: Write
) -> Callable[[str], Result]:
    """Return a function that checks a configuration online, in the test's folder."""

    def run(text: str) -> Result:
        monkeypatch.chdir(tmp_path)
        write_config(text)
        return CliRunner().invoke(commands, ["check", "--online"], catch_exceptions=False)

    return run


def test_each_source_is_said_to_be_what_it_is(
    web: Loopback, check: Callable[[str], Result], tmp_path: Path
) -> None:
    """Formats, entries and the newest by the site's clock; pages, robots, moves and faults."""
    web.pages |= {
        "/feed": Page(rss([item(1, pubDate="Wed, 25 Nov 2026 08:00:00 GMT"), item(2)])),
        "/atom": Page(ATOM),
        "/json": Page(JSON, content_type="application/feed+json"),
        "/page": Page(HTML, content_type="text/html"),
        "/moved": Page(status=301, headers={"Location": f"{web.url}/atom"}),
        "/private/page": Page(HTML, content_type="text/html"),
        "/robots.txt": Page(b"User-agent: *\nDisallow: /private/", content_type="text/plain"),
    }
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "a.txt").write_text(PAGE, encoding="utf-8")
    feeds = {
        name: f'feed = "{web.url}/{path}"\n{LOCAL}'
        for name, path in {
            "rss": "feed", "atom": "atom", "json": "json", "page": "page", "moved": "moved",
            "gone": "gone",
        }.items()
    }  # fmt: skip
    feeds["found"] = f'feed = "{web.url}/page"\ndiscover = true\n{LOCAL}'
    feeds["refused"] = f'feed = "{web.url}/private/page"\ndiscover = true\n{LOCAL}'
    feeds["guarded"] = f'feed = "{web.url}/feed"'
    feeds["dump"] = 'dump = "dumps/*.txt"'
    feeds["empty"] = 'dump = "dumps/*.json"'
    done = check("".join(source(name, line) for name, line in feeds.items()))
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines()[1:])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "5 of 11 fail"
    assert said["rss"].startswith("RSS 2.0, 2 entries, the newest of 2026-11-25 14:00")
    assert said["atom"] == "Atom, 1 entry, the newest of 2026-11-25 15:00"
    assert said["json"] == "JSON Feed 1.1, 1 entry, no dates"
    assert said["moved"] == (
        "Atom, 1 entry, the newest of 2026-11-25 15:00, moved for good; "
        f'write in config.toml: feed = "{web.url}/atom"'
    )
    assert said["found"].endswith(f"announces {web.url}/feed")
    assert said["page"].startswith("fails: ")
    assert said["page"].endswith(f"it is an HTML page, which announces {web.url}/feed")
    assert "asks that this page is not fetched by programs" in said["refused"]
    assert "404" in said["gone"]
    assert said["guarded"].startswith("fails: ")
    assert said["dump"] == "a dump, 1 file"
    assert said["empty"].startswith("fails: there is no file")


def test_a_section_page_is_asked_and_no_page_that_it_leads_to(
    web: Loopback, check: Callable[[str], Result]
) -> None:
    """A source that wants whole texts is asked itself, once, and nothing that it links to."""
    titles = [f"ঢাকায় আজ ভারী বৃষ্টি হয়েছে {number}" for number in range(3)]
    cards = "".join(f'<h2><a href="/k/{n}">{title}</a></h2>' for n, title in enumerate(titles))
    web.pages |= {
        "/latest": Page(f"<html><body>{cards}</body></html>".encode(), content_type="text/html"),
        "/feed": Page(rss([item(1, link=f"{web.url}/k/1")])),
    }
    wanted = f"full_text = true\n{LOCAL}"
    done = check(
        source("page", f'page = "{web.url}/latest"\n{wanted}')
        + source("feed", f'feed = "{web.url}/feed"\n{wanted}')
    )
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines()[1:])
    assert said["page"] == "Section page, 3 entries, no dates"
    assert said["feed"].startswith("RSS 2.0, 1 entry")
    assert {path for path, _ in web.asked} == {"/robots.txt", "/latest", "/feed"}


def test_a_folder_that_is_not_there_fails_alone(
    web: Loopback, check: Callable[[str], Result], tmp_path: Path
) -> None:
    """The sources behind it are asked all the same."""
    web.pages["/feed"] = Page(rss([item(1)]))
    feed = source("f", f'feed = "{web.url}/feed"\n{LOCAL}')
    done = check(source("d", 'dump = "nowhere/*.txt"') + feed)
    assert f"d: fails: there is no {tmp_path / 'nowhere'}\n" in done.stdout
    assert "f: RSS 2.0, 1 entry" in done.stdout
    assert done.exit_code == 1


def test_all_good_is_exit_0_and_nothing_is_stored(
    web: Loopback, check: Callable[[str], Result], tmp_path: Path
) -> None:
    """One request a source, and no store, no folder and no lock beside the configuration."""
    web.pages["/feed"] = Page(rss([item(1)]))
    done = check(source("a", f'feed = "{web.url}/feed"\n{LOCAL}'))
    assert done.exit_code == 0, done.output
    assert web.asked == [("/feed", 200)]
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_host_that_asked_for_a_rest_is_left_alone(
    web: Loopback, check: Callable[[str], Result], tmp_path: Path
) -> None:
    """What a pass remembers of hosts holds here, too, and the store is as it was."""
    web.pages["/feed"] = Page(status=429, headers={"Retry-After": "3600"})
    text = source("a", f'feed = "{web.url}/feed"\n{LOCAL}')
    check(text)
    CliRunner().invoke(commands, ["once"])
    asked = len(web.asked)
    database = f"file:{tmp_path}/aggregator.db?mode=ro"
    with sqlite3.connect(database, uri=True) as before:
        rows = list(before.iterdump())
    done = check(text)
    assert "asked to be left alone" in done.stdout
    assert len(web.asked) == asked
    with sqlite3.connect(database, uri=True) as after:
        assert list(after.iterdump()) == rows
