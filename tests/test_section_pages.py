"""Section pages become sources like feeds, by what recurs on them or by selectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.css import xpath_of
from aggregator.errors import ConfigError, ParseError
from aggregator.models import FaultKind, Outcome, ParsedEntry, Rejected, Selectors
from aggregator.parse import section
from aggregator.parse.section.tree import read_page
from aggregator.store.store import Store
from tests.support.configurations import LOCAL, Make
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.section_pages import (
    HEADLINES,
    Build,
    cards,
    headline,
    listed,
    page_of,
    table,
)

URL = "https://paper.example/latest"
SELECT = {
    "cards": (
        'select = { entry = "article", title = "h2", link = "h2 a", date = "time", '
        'image = "img" }\n'
    ),
    "listed": 'select = { entry = ".latest > li", title = ".name", date = ".when" }\n',
    "table": 'select = { entry = "tr", title = "a", link = "a", date = "td:first-child" }\n',
}
SHAPES: dict[str, Build] = {"cards": cards, "listed": listed, "table": table}
FIRST_ADDRESS = {
    "cards": "/news/0",
    "listed": "/details.php?id=0",
    "table": "/news0.html",
}
HTML = "text/html; charset=utf-8"
EIGHT = range(8)


def page_source(url: str, more: str = "") -> str:
    """Return a ``[[source]]`` that is a section page on loopback."""
    return f'[[source]]\nname = "a"\npage = "{url}/latest"\n{LOCAL}{more}'


def found(body: bytes, selectors: Selectors | None = None) -> list[ParsedEntry]:
    """Return the entries that are found on a page."""
    entries = section.parse(body, URL, selectors)
    return [entry for entry in entries if isinstance(entry, ParsedEntry)]


# --- Section pages, from the page to the published feed ------------------------------------------


@pytest.mark.parametrize("has_select", [False, True], ids=["by what recurs", "selected"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_section_page_becomes_a_feed(
    web: Loopback, make_config: Make, shape: str, has_select: bool
) -> None:
    """Each headline of the list once, with its address and day, and nothing that is beside it."""
    web.pages["/latest"] = Page(SHAPES[shape](EIGHT), content_type=HTML)
    config = make_config(page_source(web.url, SELECT[shape] if has_select else ""))
    (report,) = one_pass(config).sources
    assert (report.new, report.error) == (8, "")
    published = read(config, "bangla.atom")
    assert {entry.title for entry in published} == {headline(number) for number in EIGHT}
    (first,) = (entry for entry in published if entry.title == headline(0))
    assert first.link.partition("?utm")[0] == web.url + FIRST_ADDRESS[shape]
    day = {"cards": "2026-11-23", "listed": "2026-11-22", "table": "2026-11-21"}[shape]
    assert first.published.startswith(day)
    if shape == "cards":
        assert "https://pictures.example/0.jpg" in (config.site.output / "bangla.atom").read_text()


def test_a_page_is_asked_politely(web: Loopback, make_config: Make) -> None:
    """Its robots.txt is kept, and an unchanged page is not sent again."""
    web.pages["/latest"] = Page(cards(EIGHT), content_type=HTML)
    config = make_config(page_source(web.url))
    one_pass(config)
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert report.outcome is Outcome.NOT_MODIFIED
    assert web.asked[:2] == [("/robots.txt", 404), ("/latest", 200)]
    assert web.asked[-1] == ("/latest", 304)
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /latest\n", "text/plain")
    web.asked.clear()
    (report,) = one_pass(config, now=NOW + timedelta(hours=2)).sources
    assert "asks that this page is not fetched" in (report.error or "")
    assert web.asked == [("/robots.txt", 200)]


def test_private_addresses_are_refused(web: Loopback, make_config: Make) -> None:
    """A page on this machine is asked only where its source says that it may be."""
    web.pages["/latest"] = Page(cards(EIGHT), content_type=HTML)
    config = make_config(f'[[source]]\nname = "a"\npage = "{web.url}/latest"\n')
    (report,) = one_pass(config).sources
    assert report.outcome is Outcome.FAILED
    assert web.asked == []


@pytest.mark.parametrize("has_select", [False, True], ids=["by what recurs", "selected"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_redesign_is_named_within_one_poll(
    web: Loopback, make_config: Make, shape: str, has_select: bool
) -> None:
    """Where nothing is found any more that is a fault of the source, and nothing published goes."""
    web.pages["/latest"] = Page(SHAPES[shape](EIGHT), content_type=HTML)
    config = make_config(page_source(web.url, SELECT[shape] if has_select else ""))
    one_pass(config)
    before = {each.name: each.read_bytes() for each in config.site.output.glob("bangla.*")}
    rebuilt = page_of("<div id=app></div><script src=/app.js></script>")  # what is beside it stays
    web.pages["/latest"] = Page(rebuilt, content_type=HTML)
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert report.outcome is Outcome.FAILED
    with Store.open(config.store_url) as store, store.read() as unit:
        assert unit.sources.states()["a"].fault is FaultKind.NO_FEED
    wanted = "look at the page, and write select anew" if has_select else "name its entries by"
    assert wanted in (report.error or "")
    assert {each.name: each.read_bytes() for each in config.site.output.glob("bangla.*")} == before
    web.pages["/latest"] = Page(SHAPES[shape](range(1, 9)), content_type=HTML)
    (report,) = one_pass(config, now=NOW + timedelta(hours=2)).sources
    assert (report.error, report.new) == ("", 1)


def test_a_page_with_half_of_its_entries_is_no_fault(web: Loopback, make_config: Make) -> None:
    """A redesign that shows fewer headlines leaves what was published, and brings what is new."""
    web.pages["/latest"] = Page(cards(range(8)), content_type=HTML)
    config = make_config(page_source(web.url))
    one_pass(config)
    web.pages["/latest"] = Page(cards((9, 0, 1, 2)), content_type=HTML)
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert (report.error, report.new, report.unchanged) == ("", 1, 3)
    assert len(read(config, "bangla.rss")) == 9


def test_first_sight_fixes_the_order(web: Loopback, make_config: Make) -> None:
    """Entries that move on a page without dates, or whose "hours ago" grows, change nothing."""

    def shown(numbers: tuple[int, ...], hours: str) -> bytes:
        lines = (
            f"<p class=i><a href=/n/{each}>{headline(each)}</a> <b>{hours} ঘণ্টা আগে</b></p>"
            for each in numbers
        )
        return page_of("".join(lines))

    web.pages["/latest"] = Page(shown((1, 2, 3, 4), "২"), content_type=HTML)
    config = make_config(page_source(web.url))
    one_pass(config)
    before = (config.site.output / "bangla.atom").read_bytes()
    assert b"2026-11-24T04:00:00" in before or b"2026-11-24T10:00:00" in before
    web.pages["/latest"] = Page(shown((3, 1, 4, 2), "৩"), content_type=HTML)
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert (report.new, report.is_news, report.unchanged) == (0, False, 4)
    assert (config.site.output / "bangla.atom").read_bytes() == before


# --- What recurs --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_the_proposed_selectors_find_what_recurs(shape: str) -> None:
    """What a person is shown as select brings the same headlines, addresses, days and pictures."""
    body = SHAPES[shape](EIGHT)
    selectors = section.proposed_select(body, URL)
    assert selectors is not None
    assert found(body, selectors) == found(body)
    assert len(found(body)) == len(EIGHT)


def test_proposed_selectors_are_short() -> None:
    """They are what a person would write; where nothing recurs there are none."""
    proposed = section.proposed_select(cards(EIGHT), URL)
    assert proposed == Selectors(entry="article", title="h2", link="h2 a", date="time", image="img")
    body = f"<nav><a href=/a>খেলা</a></nav><main><p>{HEADLINES[0]}</p></main>".encode()
    assert section.proposed_select(body, URL) is None


@given(st.permutations(range(8)))
def test_the_order_of_a_page_decides_nothing_but_the_order(numbers: list[int]) -> None:
    """Whatever stands first, the same entries are found, in the order of the page."""
    assert [entry.title_html for entry in found(cards(numbers))] == [
        headline(number) for number in numbers
    ]


def test_a_longer_list_beside_the_page_s_own_is_left() -> None:
    """What stands in a frame loses against a list of three, however long it is."""
    assert len(found(cards((1, 2, 3)))) == 3
    beside = "".join(f"<li><a href=/m/{each}>{headline(each)}</a></li>" for each in range(9))
    own = "".join(f"<h3><a href=/n/{each}>{headline(each)}</a></h3>" for each in range(3))
    for frame in ("<nav>", '<div class="box right-sidebar">', "<div id=popular-posts>", "<footer>"):
        body = f"<body><div>{own}</div>{frame}<ul>{beside}</ul>".encode()
        assert {entry.link for entry in found(body)} == {
            f"https://paper.example/n/{each}" for each in range(3)
        }


def test_a_page_that_is_called_after_its_frame_is_read() -> None:
    """A layout with a sidebar is no sidebar."""
    body = cards(EIGHT).replace(b"<main>", b'<main class="with-sidebar has-menu">')
    assert found(body) == found(cards(EIGHT))


def test_one_list_twice_is_one() -> None:
    """A page with its list for phones and for desktops has each entry once."""
    body = cards(EIGHT).decode()
    start, end = body.index("<div class='grid'>"), body.index("</main>")
    doubled = (body[:end] + body[start:end] + body[end:]).encode()
    assert [entry.link for entry in found(doubled)] == [entry.link for entry in found(cards(EIGHT))]


def test_labels_are_no_headlines() -> None:
    """Two links in one shape are chance, and a menu of any length is no list of news."""
    two = f"<h2><a href=/1>{headline(1)}</a></h2><h2><a href=/2>{headline(2)}</a></h2>"
    menu = "".join(f"<p><a href=/s/{each}>সাহিত্য ও সংস্কৃতি</a></p>" for each in range(99))
    for body in (two, menu, "", "\0\1\2", "{}"):
        with pytest.raises(ParseError):
            section.parse(body.encode(), URL)


def test_short_headlines_among_others_are_found() -> None:
    """A headline of two words is one where the others beside it are."""
    texts = (*HEADLINES[:3], "কুয়াশায় ফেরিবন্ধ", "ছবিঘর")
    body = "".join(f"<h2><a href=/n/{n}>{text}</a></h2>" for n, text in enumerate(texts))
    assert [entry.title_html for entry in found(body.encode())] == list(texts[:4])


# --- Selectors ----------------------------------------------------------------------------------


def test_a_part_that_is_not_selected_is_found_as_usual() -> None:
    """With entry alone, the heading, its link, the time and the first picture are taken."""
    whole = Selectors(entry="article", title="h2", link="h2 a", date="time", image="img")
    assert found(cards(EIGHT), Selectors(entry="article")) == found(cards(EIGHT), whole)


def test_an_element_around_entries_is_none() -> None:
    """A selector that matches a frame, too, means what stands in it."""
    nested = f"<div class=x><div class=x><a href=/1>{headline(1)}</a></div></div>".encode()
    assert [entry.link for entry in found(nested, Selectors(entry=".x"))] == [
        "https://paper.example/1"
    ]


def test_what_lacks_a_part_is_rejected_with_the_reason() -> None:
    """An entry without a link or title is counted; a page of nothing else is a fault."""
    entries = section.parse(table(EIGHT), URL, Selectors(entry="tr", title="a"))
    (rejected,) = (entry for entry in entries if isinstance(entry, Rejected))
    assert rejected == Rejected(reason="no title is selected", excerpt="তারিখশিরোনাম")
    with pytest.raises(ParseError, match="entries without a title"):
        section.parse(table(EIGHT), URL, Selectors(entry="tr", title="h2"))
    with pytest.raises(ParseError, match="entries without a link"):
        section.parse(table(EIGHT), URL, Selectors(entry="tr", title="td", link="td.none"))


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        ("p", "b c e"),
        ("div p, h2", "a b c"),
        ("div > p", "b c"),
        ("section p", "e"),
        ("h2 + p", "b"),
        ("h2 ~ p", "b c"),
        ("#d p.x", "e"),
        ("p:nth-child(2), p:last-child", "b c e"),
        ("p:not(.x)", "b c"),
        ("[class^=x]", "e"),
        ("div:has(h2) > p:first-of-type", "b"),
        ("div h2 ~ p:last-of-type", "c"),
    ],
)
def test_selectors_mean_what_they_mean_in_browsers(selector: str, ids: str) -> None:
    """Each combinator, list, class, id and position, in the order of the page."""
    page = read_page(
        b"<div><h2 id=a>1</h2><p id=b>2</p><p id=c>3</p></div><section id=d><p id=e class=x>4",
        URL,
    )
    matched: Any = page.root.xpath(xpath_of(selector))
    assert " ".join(each.get("id") for each in matched) == ids


def test_selectors_are_checked_with_their_line(make_config: Make) -> None:
    """A selector that is none, a table without entry, and keys that do not go together."""
    make_config(page_source("https://paper.example", SELECT["cards"]))
    page = 'page = "https://a.example/"\n'
    feed = 'feed = "https://a.example/"\n'
    tables = (
        page + 'select = { entry = "div[", link = "a" }\n',
        page + 'select = { title = "h2" }\n',
        page + 'select = { entry = "a::text" }\n',
        feed + 'select = { entry = "a" }\n',
        page + "discover = true\n",
        page + 'select = { entri = "a" }\n',
        feed + page,
    )
    with pytest.raises(ConfigError) as error:
        make_config("".join(f'[[source]]\nname = "s{n}"\n{each}' for n, each in enumerate(tables)))
    faults = [f"{fault.line}: {fault.message}" for fault in error.value.faults]
    assert faults == [
        '4: source "s0": select.entry: not a CSS selector '
        "(Expected ident or '*', got <EOF at 4>), "
        'as "article", ".card h2" or "#list > li"',
        '8: source "s1": select: has no entry: write what each entry is, as { entry = "article" }',
        '12: source "s2": select.entry: not a CSS selector (it can only match elements, and not '
        'relative to one), as "article", ".card h2" or "#list > li"',
        '16: source "s3": select: only a page has one: page = "https://…"',
        '20: source "s4": discover: a page is read as it is; discover goes with feed',
        '24: source "s5": select.entri: must be "entry", "title", "link", "date" or "image", '
        'not "entri"',
        '25: source "s6": a source has one of feed = "https://…", page = "https://…" and '
        'dump = "dumps/*.txt"',
    ]


# --- Hostile documents --------------------------------------------------------------------------

TITLE = HEADLINES[0]
# Made where a test asks for one: together they are tens of megabytes, and every process has them.
HOSTILE: dict[str, Callable[[], str]] = {
    "a million links": lambda: "<a href=/1>" * 400_000,
    "links with headlines": lambda: "".join(f"<a href=/{n}>{TITLE}</a>" for n in range(50_000)),
    "as many as are read": lambda: "".join(f"<p><a href=/{n}>{TITLE}</a>" for n in range(9_000)),
    "nested": lambda: "<div>" * 300_000 + f"<a href=/1>{TITLE}</a>",
    "links within much": lambda: (
        "<div>" * 240 + "".join(f"<a href=/{n}>{TITLE}</a>" for n in range(4_000))
    ),
    "one long text": lambda: "<p>" + "ক " * 800_000,
    "many classes": lambda: "".join(
        f'<p class="{" ".join(f"c{each}" for each in range(200))}"><a href=/{n}>{TITLE}</a>'
        for n in range(2_000)
    ),
    "classes that select too much": lambda: "".join(
        f'<p class="{" ".join(f"c{each}" for each in range(200))}"><a href=/{n}>{TITLE}</a>'
        f'<p class="{" ".join(f"c{each}" for each in range(200))}"><a href=/x>খেলা</a>'
        for n in range(900)
    ),
    "a card of many dates": lambda: (
        f"<h2><a href=/1>{TITLE}</a></h2>" * 3 + "<b>২৩ নভেম্বর</b>" * 19_000
    ),
    "many attributes": lambda: f"<p {''.join(f'a{each}=``' for each in range(300_000))}>".replace(
        "`", "'"
    ),
    "a class that fills the page": lambda: (
        f'<div class="{"a " * 1_000_000}">'
        + "".join(f"<p><a href=/{n}>{TITLE}</a>" for n in range(5_000))
    ),
    "too large": lambda: "<p>" * 2_000_000,
}
# The costliest takes 1 s on a quiet machine; nothing of it grows with the square of a page.
_MOST_SECONDS = 10


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_little(name: str) -> None:
    """Whatever a page is made of, it is read in seconds, or refused with the reason."""
    body = HOSTILE[name]().encode()
    selectors = Selectors(entry="div a, p", title="div div a, p a", link="a")
    began = time.process_time()
    for select in (None, selectors):
        with suppress(ParseError):
            assert len(section.parse(body, URL, select)) <= 5_000
    with suppress(ParseError):
        section.proposed_select(body, URL)
    assert time.process_time() - began < _MOST_SECONDS


MARKS = (*"<>/\"'=ap2 ", "ক", "<a href=/", "</a>", "<h2>", TITLE)


@given(st.lists(st.sampled_from(MARKS), max_size=200))
def test_any_page_is_read_or_refused(marks: list[str]) -> None:
    """No order of marks is anything but a list of entries or a ParseError."""
    for select in (None, Selectors(entry="a, h2")):
        with suppress(ParseError):
            assert section.parse("".join(marks).encode(), URL, select)
