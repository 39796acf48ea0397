"""RSS and Atom as people meet them who open one in a browser: readable, with a way to subscribe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.models import FeedDocument
from aggregator.publish import files
from tests.support.browser import Look, Tab, tab_of
from tests.support.deadlines import wait_until
from tests.support.devtools import Chromium
from tests.support.made_site import made_site
from tests.support.other_servers import PACKAGES, missing, proxied, serving_with
from tests.support.passes import NOW
from tests.support.serving import serving

SUFFIXES = pytest.mark.parametrize("suffix", ["rss", "atom"])
# What is seen of an element's own words, in the order of the document.
_SEEN = """(() => {
  const words = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (walker.currentNode.data.trim() && walker.currentNode.parentElement.checkVisibility())
      words.push(walker.currentNode.data.trim());
  return words;
})()"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_COLOURS = """(() => {
  const style = getComputedStyle(document.documentElement);
  return [style.backgroundColor, style.color];
})()"""
_LINKS = 'Array.from(document.querySelectorAll("a"), (link) => link.href)'
# The least side of each link, which a finger is to find.
_SMALLEST = """Math.min(...Array.from(document.querySelectorAll("a"),
  (link) => link.getBoundingClientRect().height))"""
EVERY = pytest.mark.attack
_ELSEWHERE = ("caddy", "nginx in a path")
PHONE = Look(width=390, height=844, scale=2)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the published folder of a site that has one of everything."""
    return made_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    """Open a tab that reaches no other server."""
    with tab_of(browser, {}) as tab:
        yield tab


@pytest.fixture(
    params=["file", "server", "nginx", *(pytest.param(each, marks=EVERY) for each in _ELSEWHERE)]
)
def root(request: pytest.FixtureRequest, site: Path, tmp_path: Path) -> Iterator[str]:
    """Return the address of the folder: opened as files, and served by each server."""
    kind = request.param.partition(" ")[0]
    if kind in PACKAGES and (reason := missing(kind)):
        pytest.skip(reason)
    with ExitStack() as stack:
        if kind == "file":
            yield f"{site.as_uri()}/"
        elif kind == "server":
            yield f"{stack.enter_context(serving(site)).url}/"
        elif request.param in PACKAGES:
            yield f"{stack.enter_context(serving_with(kind, site, tmp_path)).url}/"
        else:
            own = stack.enter_context(serving(site))
            yield stack.enter_context(proxied(own.url, "/khobor/", tmp_path))


@SUFFIXES
@pytest.mark.parametrize("document", ["bangla", pytest.param("bangla-archive-2", marks=EVERY)])
def test_a_feed_is_readable_wherever_it_lies(
    root: str, tab: Tab, suffix: str, document: str
) -> None:
    """It is shown and not stored, with its words, without markup, and with links that lead on."""
    tab.show(PHONE)
    seen = tab.open(f"{root}{document}.{suffix}")
    assert (seen.errors, seen.violations) == ([], [])
    assert {each.url for each in seen.loaded.values()} <= {
        f"{root}{document}.{suffix}",
        f"{root}feed.css",
    }
    words = tab.evaluate(_SEEN)
    assert words[0] == "সব খবর"
    assert {"কাগজ a", "কীভাবে সাবস্ক্রাইব করবেন"} <= {*words}
    assert any("2026" in each for each in words)
    for unwanted in ("</", "<p", "&lt;p", "https:", "urn:"):
        assert not any(unwanted in each for each in words), (unwanted, words)
    assert tab.evaluate(_LINKS) == [f"{root}subscribe.html", f"{root}bangla.html"]


@SUFFIXES
def test_what_stands_beside_a_longer_text_is_shown(tab: Tab, site: Path, suffix: str) -> None:
    """Of every entry its title; its summary where that is a text by itself.

    RSS has it escaped as markup is, and only what stands for a sign is seen of that.
    """
    tab.open(f"{site.as_uri()}/bangla.{suffix}")
    words = tab.evaluate(_SEEN)
    assert "ঠিকানা ছাড়া খবর, কেবল শিরোনাম আর সার" in words
    sign = {"rss": "&amp;", "atom": "&"}[suffix]
    assert f"গান চলে রাতভর {sign} সকালেও।" in words
    assert sum(each.startswith("ফাটল ধরা গম্বুজ") for each in words) == 1


@SUFFIXES
def test_a_link_is_followed_by_key(tab: Tab, site: Path, suffix: str) -> None:
    """The first that the focus comes to leads to how to subscribe, out of the sandbox."""
    with serving(site) as server:
        tab.open(f"{server.url}/bangla.{suffix}")
        tab.press("Tab")
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
        tab.press("Enter")
        wait_until(lambda: tab.evaluate("document.URL") == f"{server.url}/subscribe.html")
        wait_until(lambda: tab.evaluate("document.querySelector('footer') !== null"))
    assert (tab.seen.errors, tab.seen.violations) == ([], [])
    assert tab.evaluate("document.querySelector('h1').textContent") == "কীভাবে সাবস্ক্রাইব করবেন"


@SUFFIXES
@pytest.mark.parametrize(
    ("scheme", "colours"),
    [
        ("light", ["rgb(252, 251, 248)", "rgb(28, 27, 25)"]),
        ("dark", ["rgb(23, 23, 22)", "rgb(234, 232, 227)"]),
    ],
)
def test_a_feed_has_the_colours_and_the_width_of_the_pages(
    tab: Tab, site: Path, suffix: str, scheme: str, colours: list[str]
) -> None:
    """By the scheme that a person chose; nothing scrolls sideways, and a finger finds a link."""
    for width, percent in ((320, 100), (320, 200), (1440, 100)):
        look = Look(width=width, height=640, text_percent=percent)
        tab.show(replace(look, scheme="dark" if scheme == "dark" else "light"))
        tab.open(f"{site.as_uri()}/bangla.{suffix}")
        assert tab.evaluate(_COLOURS) == colours
        assert tab.evaluate(_OVERFLOW) == 0, (width, percent)
        assert tab.evaluate(_SMALLEST) >= 44


_HOSTILE = """<?xml version="1.0"?>
<?xml-stylesheet href="https://evil.example/x.css" type="text/css"?>
<?xml-stylesheet href="feed.css" type="text/css"?>
<rss version="2.0" xmlns:h="http://www.w3.org/1999/xhtml"><channel><title>ক</title>
<h:div><h:script>top.ran("script")</h:script><h:img src="https://evil.example/x.png"
onerror="top.ran('handler')"/><h:style>rss { background: red !important }</h:style>
<h:iframe src="https://evil.example/"/><h:a style="color: red" href="x.html">খ</h:a></h:div>
</channel></rss>"""


def test_a_feed_that_is_shown_loads_its_style_and_nothing_else(tab: Tab, tmp_path: Path) -> None:
    """Whatever came into one: no script, picture, frame or style but that of its own folder."""
    css = Path(files.__file__).parent / "pages" / "static" / "feed.css"
    for name, body in (("x.rss", _HOSTILE.encode()), ("feed.css", css.read_bytes())):
        files.put(tmp_path, FeedDocument(name=name, body=body, modified=NOW))
    with serving(tmp_path) as server:
        seen = tab.open(f"{server.url}/x.rss")
        loaded = [each for each in seen.loaded.values() if each.url.startswith("http")]
        answered = {each.url for each in loaded if each.status == 200}
        assert answered == {f"{server.url}/x.rss", f"{server.url}/feed.css"}
    assert not seen.marks
    assert len(seen.violations) >= 4
    assert tab.evaluate(_COLOURS)[0] == "rgb(252, 251, 248)"
