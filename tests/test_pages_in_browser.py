"""The pages as people meet them, in a real Chromium: enlarged, by keyboard, printed, anywhere.

The site has everything that a page can have to show (``tests.support.news_site``, where the pages
are listed). `make test` looks at each page in one way; `make attack` in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import etree, html

from aggregator.models import Config
from tests.support.accessibility import violations
from tests.support.browser import Look, Tab, tab_of
from tests.support.devtools import Chromium
from tests.support.news_site import ELSEWHERE, PAGES, SEARCHES, news_site, page_of
from tests.support.other_servers import missing, proxied, serving_with
from tests.support.passes import NOW
from tests.support.seen_pages import (
    focused,
    laid_out,
    load_pictures,
    overflowing,
    printed_wrongly,
    reachable,
    unfold,
)
from tests.support.serving import serving
from tests.support.town_site import ENTRIES, town_site

PHONE, DESKTOP = Look(width=390, height=844, scale=2), Look(width=1440, height=900)
LOOKS = [replace(look, scheme=scheme) for look in (PHONE, DESKTOP) for scheme in ("light", "dark")]
NARROWEST = Look(width=320, height=640)
WIDTHS = [
    NARROWEST,
    *(replace(NARROWEST, width=width) for width in (390, 720, 820, 1024, 1440)),
    *(replace(look, text_percent=200) for look in (NARROWEST, PHONE, DESKTOP)),
]
# Of a page on a phone's connection of 1 Mbit/s, a second.
MOST_BYTES = 120_000
LOADS = 3
# Of the page itself, before its pictures.
LOADED_AFTER = 'performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd'
EVERY = pytest.mark.attack
# Those that differ most from each other; what holds for these is tried of the others by attack, and
# what a page's own markup decides by make long.
_QUICK = ("front", "feed", "entry", "found")
ALL_PAGES = pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=() if page in _QUICK else pytest.mark.more)
        for page in (*PAGES, *SEARCHES)
    ],
)
QUICK_PAGES = pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=() if page in _QUICK else EVERY) for page in (*PAGES, *SEARCHES)],
)
# Those that lie in the folder, whoever serves it.
QUICK_FILES = pytest.mark.parametrize(
    "page", [pytest.param(page, marks=() if page in _QUICK else EVERY) for page in PAGES]
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Publish the site once for all tests, which only look at it."""
    return news_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def site(config: Config) -> Path:
    """Return the folder of pages."""
    return config.site.output


@pytest.fixture(scope="module")
def served(config: Config) -> Iterator[str]:
    """Serve the site as the program does; return the address of its folder."""
    with serving(config.site.output, config=config) as server:
        yield f"{server.url}/"


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    """Open a tab in which pictures of other servers load or fail as the site means them to."""
    with tab_of(browser, ELSEWHERE) as tab:
        yield tab


@pytest.fixture(params=["file", "server", "nginx"])
def root(
    request: pytest.FixtureRequest, config: Config, served: str, tmp_path: Path
) -> Iterator[str]:
    """Return the address of the folder of pages: opened as files, served, in a path of nginx."""
    site = config.site.output
    if request.param != "nginx":
        yield {"file": f"{site.as_uri()}/", "server": served}[request.param]
        return
    if reason := missing("nginx"):
        pytest.skip(reason)
    searches = urlsplit(served).netloc
    with (
        serving_with("nginx", site, tmp_path, searches=searches) as behind,
        proxied(behind.url, "/khobor/", tmp_path) as url,
    ):
        yield url


def check_barriers(tab: Tab, url: str, look: Look) -> None:
    """Check that axe-core finds nothing, folded and unfolded."""
    tab.show(look)
    tab.open(url)
    load_pictures(tab)
    assert violations(tab) == [], f"{look}: folded"
    unfold(tab)
    assert violations(tab) == [], f"{look}: unfolded"


@ALL_PAGES
def test_no_page_has_a_barrier(page: str, tab: Tab, site: Path, served: str) -> None:
    """Nobody is kept out by what axe-core knows of WCAG 2.2 (A, AA) and of its makers' advice."""
    check_barriers(tab, served + page_of(site, page), PHONE)


@EVERY
@ALL_PAGES
def test_no_page_has_a_barrier_in_any_look(page: str, tab: Tab, site: Path, served: str) -> None:
    """The same on phone and desktop, light and dark."""
    for look in LOOKS:
        check_barriers(tab, served + page_of(site, page), look)


def check_width(tab: Tab, url: str, look: Look) -> None:
    """Check that the page is no wider than the screen, folded and unfolded."""
    tab.show(look)
    tab.open(url)
    load_pictures(tab)
    assert overflowing(tab) == [], f"{look}: folded"
    unfold(tab)
    assert overflowing(tab) == [], f"{look}: unfolded"


@ALL_PAGES
def test_no_page_scrolls_sideways(page: str, tab: Tab, site: Path, served: str) -> None:
    """The narrowest phone shows each page whole, and with text at 200 % too."""
    url = served + page_of(site, page)
    check_width(tab, url, NARROWEST)
    check_width(tab, url, replace(PHONE, text_percent=200))


@EVERY
@ALL_PAGES
def test_no_page_scrolls_sideways_at_any_width(
    page: str, tab: Tab, site: Path, served: str
) -> None:
    """The same at the widths of phones, tablets and desktops, with larger text on each end."""
    for look in WIDTHS:
        check_width(tab, served + page_of(site, page), look)


def check_tab_order(tab: Tab, url: str, look: Look) -> None:
    """Check that Tab reaches all there is, in the order of the source, each with a ring."""
    tab.show(look)
    tab.open(url)
    expected = reachable(tab)
    assert expected
    for number, markup in enumerate(expected):
        tab.press("Tab")
        found = focused(tab)
        assert found.number == number, f"{look}: {found.markup} where {markup} was to come"
        assert found.is_ringed and found.is_on_screen, f"{look}: unseen focus of {markup}"


@QUICK_PAGES
def test_tab_reaches_everything_in_order(page: str, tab: Tab, site: Path, served: str) -> None:
    """Whoever has no mouse reaches each link in reading order, and sees where they are."""
    check_tab_order(tab, served + page_of(site, page), PHONE)


@EVERY
@ALL_PAGES
def test_tab_reaches_everything_in_any_look(page: str, tab: Tab, site: Path, served: str) -> None:
    """The same on phone and desktop, light and dark."""
    for look in LOOKS:
        check_tab_order(tab, served + page_of(site, page), look)


@QUICK_PAGES
def test_the_first_link_skips_to_what_the_page_is_for(
    page: str, tab: Tab, site: Path, served: str
) -> None:
    """Tab, Enter, Tab: the focus is in ``main``, past all that stands on every page."""
    tab.show(PHONE)
    tab.open(served + page_of(site, page))
    reachable(tab)
    tab.press("Tab")
    assert 'href="#' in focused(tab).markup
    tab.press("Enter")
    in_main = tab.evaluate("globalThis.reached.some((each) => each.closest('main'))")
    tab.press("Tab")
    assert focused(tab).is_in_main == in_main


@QUICK_PAGES
def test_scripts_make_no_difference(page: str, tab: Tab, site: Path, served: str) -> None:
    """With scripts switched off everything stands where it stood."""
    shown = []
    for has_scripts in (True, False):
        tab.show(replace(PHONE, has_scripts=has_scripts))
        tab.open(served + page_of(site, page))
        load_pictures(tab)
        shown.append(laid_out(tab))
    assert shown[0] == shown[1]


@QUICK_PAGES
def test_a_printed_page_is_only_what_it_says(page: str, tab: Tab, site: Path, served: str) -> None:
    """Paper carries no ways through the site and no fields, and is black on white."""
    tab.show(replace(DESKTOP, medium="print", scheme="dark"))
    tab.open(served + page_of(site, page))
    assert printed_wrongly(tab) == []


@QUICK_FILES
def test_a_page_is_whole_wherever_it_lies(page: str, tab: Tab, site: Path, root: str) -> None:
    """As a file, from our server and in a path of nginx all of it loads; no policy objects."""
    check_whole(tab, root, page_of(site, page))


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=() if page in _QUICK else pytest.mark.more) for page in SEARCHES],
)
@pytest.mark.parametrize("root", ["server", "nginx"], indirect=True)
def test_a_search_is_whole_behind_each_server(page: str, tab: Tab, root: str) -> None:
    """The same of what the web server answers itself, and nginx hands on to it."""
    check_whole(tab, root, SEARCHES[page])


def check_whole(tab: Tab, root: str, page: str) -> None:
    """Check that a page comes with its style and all else, and breaks no policy."""
    seen = tab.open(root + page)
    assert tab.evaluate("document.styleSheets.length") == 1
    assert "Noto" in tab.evaluate("getComputedStyle(document.body).fontFamily")
    tab.settle()
    own = [each for each in seen.loaded.values() if each.url.startswith(root)]
    assert {each.status for each in own} == {200}
    assert seen.violations == seen.errors == []


def attributes_of(site: Path) -> Iterator[tuple[Path, str, str, str]]:
    """Yield each attribute of each page: the page, the element's name, its own, its value."""
    for path in sorted(site.rglob("*.html")):
        for element in html.fromstring(path.read_bytes()).iter(etree.Element):
            yield path, str(element.tag), "", ""
            for name, value in element.items():
                yield path, str(element.tag), str(name), str(value)


def test_no_page_has_a_script_or_a_style_within(site: Path) -> None:
    """A policy without ``unsafe-inline`` takes nothing from any page."""
    for path, element, name, _ in attributes_of(site):
        assert element not in ("script", "style", "iframe", "object", "embed"), path.name
        assert name != "style", path.name
        assert not name.startswith("on"), path.name


def test_every_address_within_the_site_is_there(site: Path) -> None:
    """Each relative address leads to a published file, each ``#`` to a part of its page."""
    attributes = list(attributes_of(site))
    parts = {(path, value) for path, _, name, value in attributes if name == "id"}
    for path, _, name, value in attributes:
        address = urlsplit(urljoin(path.as_uri(), value))
        if name not in ("href", "src", "action") or address.scheme != "file":
            continue
        target = Path(unquote(address.path))
        assert target.is_file(), f"{path.name} leads to {value}"
        if address.fragment and target.suffix == ".html":
            assert (target, unquote(address.fragment)) in parts, f"{path.name} leads to {value}"


def test_a_page_of_many_entries_is_light(browser: Chromium, tmp_path: Path) -> None:
    """What is sent of a page of 200 entries, pictures aside, is under 120 KB."""
    folder = town_site(tmp_path, NOW).site.output
    milliseconds, sent_bytes = [], set()
    with serving(folder) as server:
        for _ in range(LOADS):
            with tab_of(browser, {}) as tab:  # which has nothing in its cache
                seen = tab.open(f"{server.url}/bangla.html")
                assert tab.evaluate("document.querySelectorAll('article').length") == ENTRIES
                milliseconds.append(tab.evaluate(LOADED_AFTER))
            own = [each for each in seen.loaded.values() if each.url.startswith(server.url)]
            sent_bytes.add(sum(each.sent_bytes for each in own))
    figures = f"{ENTRIES} entries: {max(sent_bytes)} bytes, loaded in {min(milliseconds):.0f} ms"
    print(figures)  # noqa: T201 - for docs/performance.md
    assert max(sent_bytes) < MOST_BYTES
