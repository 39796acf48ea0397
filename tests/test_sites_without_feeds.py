"""A site without a feed, from its address to what is published: preview, add, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator import config as configuration
from aggregator.cli import commands
from aggregator.fetch.politeness import Politeness
from tests.support.configurations import LOCAL, source
from tests.support.loopback import Loopback, Page
from tests.support.published import read
from tests.support.section_pages import (
    Build,
    cards,
    headline,
    index_of,
    listed,
    news_sitemap,
    page_of,
    table,
)
from tests.support.texts import rss

HTML = "text/html; charset=utf-8"
XML = "application/xml"
EIGHT = range(8)
SHAPES: dict[str, Build] = {"cards": cards, "listed": listed, "table": table}
SELECT = {
    "cards": 'entry = "article", title = "h2", link = "h2 a", date = "time", image = "img"',
    "listed": 'entry = "li.item", title = "div.name", link = "a", date = "span.when"',
    "table": 'entry = "tr:has(a)", title = "a", link = "a", date = "td"',
}
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: Loopback) -> Command:
    """Return a function that runs a command beside a configuration of one source without news."""
    monkeypatch.chdir(tmp_path)
    turn = Politeness.turn

    def at_once(hosts: Politeness, url: str, _spacing_seconds: float, **options: Any) -> Any:
        return turn(hosts, url, 0.0, **options)

    monkeypatch.setattr(Politeness, "turn", at_once)  # a second between requests is held elsewhere
    web.pages["/own"] = Page(rss([]))
    text = f'[[feed]]\nname = "bangla"\n{source("own", f"{web.url}/own")}'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, arguments, catch_exceptions=False)

    return invoke


def published_of(command: Command, address: str, *options: str) -> list[str]:
    """Preview, add and read an address; return the lines of its source, if all was as it should."""
    shown = command("preview", address, "--allow-private", *options)
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout[shown.stdout.index("[[source]]") :]
    added = command("add", address, "--yes", "--allow-private", *options)
    assert added.exit_code == 0, added.output
    written = Path("config.toml").read_text(encoding="utf-8")
    assert lines.strip() in written  # what the preview shows is what is added
    for number in EIGHT:
        assert headline(number) in shown.stdout
    done = command("once")
    assert done.exit_code == 0, done.output
    config = configuration.load(Path("config.toml"))
    assert {one.title for one in read(config, "bangla.rss")} == {headline(n) for n in EIGHT}
    online = command("check", "--online")
    assert online.exit_code == 0, online.output
    return [*lines.strip().splitlines(), online.stdout.splitlines()[-1]]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_without_a_feed_is_previewed_added_and_published(
    web: Loopback, command: Command, shape: str
) -> None:
    """What recurs on it are its entries; its selectors and its site's name are written."""
    web.pages["/latest"] = Page(SHAPES[shape](EIGHT), content_type=HTML)
    lines = published_of(command, f"{web.url}/latest")
    assert f'page = "{web.url}/latest"' in lines
    assert f"select = {{{SELECT[shape]}}}" in lines
    assert 'title = "নদীর কাগজ"' in lines
    assert lines[-1].startswith("latest: Section page, 8 entries")


@pytest.mark.parametrize("is_index", [False, True], ids=["one sitemap", "an index"])
def test_a_news_sitemap_is_found_added_and_published(
    web: Loopback, command: Command, *, is_index: bool
) -> None:
    """By robots.txt, before the page itself, which is named as what can be read in its place."""
    sitemap = f"{web.url}/news-sitemap.xml"
    web.pages |= {
        "/": Page(cards(EIGHT), content_type=HTML),
        "/robots.txt": Page(f"User-agent: *\nSitemap: {sitemap}\n".encode(), "text/plain"),
        "/news-1.xml": Page(news_sitemap(EIGHT), content_type=XML),
    }
    web.pages["/news-sitemap.xml"] = (
        Page(index_of((f"{web.url}/news-1.xml", "")), content_type=XML)
        if is_index
        else web.pages["/news-1.xml"]
    )
    shown = command("preview", f"{web.url}/", "--allow-private").stdout
    assert f"shown below: {sitemap} · robots.txt names this news sitemap, with 8 headlines" in shown
    assert f"{web.url}/ · 8 headlines recur on this page" in shown
    assert [path for path, _ in web.asked].count("/news-sitemap.xml") == 1
    lines = published_of(command, f"{web.url}/")
    assert f'feed = "{sitemap}"' in lines
    assert lines[-1].startswith("site: News sitemap, 8 entries, the newest of 2026-11-23")


def test_the_page_is_read_in_the_place_of_its_sitemap(web: Loopback, command: Command) -> None:
    """Where a person says so."""
    robots = f"User-agent: *\nSitemap: {web.url}/news.xml\n".encode()
    web.pages |= {
        "/": Page(cards(EIGHT), content_type=HTML),
        "/robots.txt": Page(robots, "text/plain"),
        "/news.xml": Page(news_sitemap(EIGHT), content_type=XML),
    }
    lines = published_of(command, f"{web.url}/", "--as-page")
    assert f'page = "{web.url}/"' in lines
    assert f"select = {{{SELECT['cards']}}}" in lines


def test_whole_texts_are_proposed_and_written(web: Loopback, command: Command) -> None:
    """The preview says where a source has none, and ``add`` writes that its pages are fetched."""
    web.pages["/latest"] = Page(cards(EIGHT), content_type=HTML)
    shown = command("preview", f"{web.url}/latest", "--allow-private").stdout
    assert "it sends only headlines: full_text = true fetches the pages of its entries" in shown
    command("add", f"{web.url}/latest", "--allow-private", "--yes", "--full-text")
    assert configuration.load(Path("config.toml")).sources[-1].full_text
    again = command("preview", f"{web.url}/latest", "--allow-private").stdout
    assert "full_text = true\n" in again
    assert "only headlines" not in again
    assert not [path for path, _ in web.asked if path.startswith("/news/")]  # no look costs a page


def test_a_page_whose_feeds_are_dead_is_read_itself(web: Loopback, command: Command) -> None:
    """The feed that it announces is named with the reason, and what is beside it is read."""
    link = b'<head><link rel="alternate" type="application/rss+xml" href="/rss">'
    web.pages["/"] = Page(cards(EIGHT).replace(b"<head>", link), content_type=HTML)
    shown = command("preview", f"{web.url}/", "--allow-private")
    assert shown.exit_code == 0
    assert f"{web.url}/rss: the server answered 404" in shown.stdout
    assert f'page = "{web.url}/"' in shown.stdout


def test_a_page_of_nothing_is_refused(web: Loopback, command: Command) -> None:
    """It says what was looked for, and nothing is written."""
    web.pages["/"] = Page(page_of("<p>আমাদের ঠিকানা</p>"), content_type=HTML)
    before = Path("config.toml").read_bytes()
    refused = command("add", f"{web.url}/", "--yes", "--allow-private")
    assert refused.exit_code == 1
    assert "nor has its site a news sitemap, or the page headlines that recur" in refused.output
    assert Path("config.toml").read_bytes() == before


def test_a_page_that_is_configured_is_found_again(web: Loopback, command: Command) -> None:
    """By its address, with its own selectors; adding it once more says where it stands."""
    web.pages["/latest"] = Page(listed(EIGHT), content_type=HTML)
    with Path("config.toml").open("a", encoding="utf-8") as config:
        config.write(
            f'[[source]]\nname = "a"\npage = "{web.url}/latest"\n{LOCAL}'
            'select = { entry = ".item", title = ".name" }\n'
        )
    shown = command("preview", f"{web.url}/latest", "--allow-private").stdout
    assert 'configured already, as "a"' in shown
    assert 'select = {entry = ".item", title = ".name"}' in shown
    there = command("add", f"{web.url}/latest", "--allow-private", "--yes")
    assert 'config.toml:8: "a" reads this already' in there.stdout
