"""Which of the feeds that a page announces is read, and what is done where it cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models import Outcome
from aggregator.parse.feed import discover_feeds
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import item, rss

RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"
PAGE_URL = "https://paper.example/"


def link(href: str, title: str = "", kind: str = RSS, more: str = "") -> str:
    """Return the link that announces a feed."""
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}" {more}>'


def page(*links: str, html: str = '<html lang="bn">') -> bytes:
    """Return a page that announces feeds."""
    return f"<!doctype html>{html}<head>{''.join(links)}</head><body>খবর</body></html>".encode()


def announced(*links: str, url: str = PAGE_URL, html: str = '<html lang="bn">') -> list[str]:
    """Return the paths of what a page on its own host announces, in their rank."""
    return [
        address.removeprefix("https://paper.example")
        for address in discover_feeds(page(*links, html=html), url)
    ]


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/comments/feed/", "নদীর কাগজ » মন্তব্য ফিড"),
        ("/x", "River Paper &raquo; Comments Feed"),
        ("/x", "River Paper: Recent comments"),
        ("/x", "Comments (RSS 2.0)"),
        ("/x", "নদীর কাগজ &raquo; মন্তব্যসমূহ আরএসএস"),
        ("/?feed=comments-rss2", ""),
        ("/feeds/77/comments/default", "নদীর কাগজ - Atom"),
        ("/2026/11/boat/feed/", "River Paper » Boats Comments Feed"),
        ("/crss/comments", ""),
    ],
)
def test_what_readers_say_is_no_news(href: str, title: str) -> None:
    """A feed of comments is never read for the page's own, by its address or by its title."""
    assert announced(link(href, title)) == []
    assert announced(link(href, title), link("/good")) == ["/good"]


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/feed", "Daily Comment"),
        ("/commentary/feed", "Commentary Feed"),
        ("/opinion/feed", "নদীর কাগজ » মন্তব্য বিভাগ ফিড"),
        ("/opinion/rss", "মন্তব্য"),
        ("/feed", "Comments on rivers"),
    ],
)
def test_opinion_is_news(href: str, title: str) -> None:
    """A commentator's column is not what readers say."""
    assert announced(link(href, title)) == [href]


def test_the_page_s_own_language_comes_first() -> None:
    """By ``hreflang``, or else by the address; what says nothing lies between."""
    english, plain = link("/a", more='hreflang="en"'), link("/b")
    bengali = link("/c", more="hreflang='bn-BD'")
    assert announced(english, plain, bengali) == ["/c", "/b", "/a"]
    assert announced(english, plain, bengali, html='<html lang="EN-gb">') == ["/a", "/b", "/c"]
    assert announced(english, plain, bengali, html="<html>") == ["/a", "/b", "/c"]
    assert announced(link("/en/rss"), link("/rss"), link("/bn/rss")) == [
        "/bn/rss",
        "/rss",
        "/en/rss",
    ]


def test_the_page_s_own_section_comes_first() -> None:
    """A page of the sports section means the feed of sports, the front page what it names first."""
    links = link("/feed"), link("/politics/feed"), link("/sports/feed"), link("/sports/chess/feed")
    assert announced(*links, url=f"{PAGE_URL}sports/")[:2] == ["/sports/feed", "/sports/chess/feed"]
    assert announced(*links)[0] == "/feed"
    assert announced(*links, url=f"{PAGE_URL}sports/chess")[0] == "/sports/chess/feed"


def test_rss_and_atom_come_before_other_formats_and_hosts() -> None:
    """Then counts whose host it is, and at last the page's own order."""
    other = link("https://feeds.example/paper")
    links = (
        link("/json", kind=JSON),
        other,
        link("/rss"),
        link("/atom", kind=f"{ATOM}; charset=utf-8"),
    )
    assert announced(*links) == ["/rss", "/atom", "https://feeds.example/paper", "/json"]
    assert announced(link("https://www.paper.example/own"), other)[0].endswith("/own")


def test_only_what_a_reader_of_the_page_would_find_is_announced() -> None:
    """Not what is commented out, of another kind or of no address; relative to the page's base."""
    assert announced("<!-- ", link("/old"), " -->", link("/new")) == ["/new"]
    assert announced(link("/a", kind="application/json+oembed"), link("", kind=RSS)) == []
    assert announced(link("javascript:alert(1)"), link("http://[x]/"), link("/b"), link("/b")) == [
        "/b"
    ]
    assert announced('<base href="/deep/">', link("feed")) == ["/deep/feed"]
    assert announced('<link data-href="/x" rel=alternate type=application/rss+xml href=/y>') == [
        "/y"
    ]
    assert announced(link("/z", title="নদী > নৌকা"), "<!-- never closed", link("/w")) == ["/z"]


@given(st.lists(st.sampled_from(["<link ", "<!--", '"', "'", " href=", "rel=alternate", ">", "<"])))
def test_a_head_of_whatever_marks_is_read(parts: list[str]) -> None:
    """No order of quotation marks and brackets is more than text without a feed."""
    assert discover_feeds("".join(parts * 20).encode(), PAGE_URL) == []


def test_a_head_that_is_made_to_be_slow_is_not() -> None:
    """Two hundred thousand bytes of marks that are never closed are read once."""
    for part in (b"<!--", b'<link "', b"<link a='", b"<link a=", b'<link title="comments 1'):
        discover_feeds(part * (200_000 // len(part)), PAGE_URL)
    discover_feeds(page(link("/a", "comments " + "1 " * 50_000)), PAGE_URL)


# --- Reading what is announced -------------------------------------------------------------------


def discovering(web: Loopback, *links: str) -> str:
    """Configure a source that is a page which announces feeds."""
    web.pages["/"] = Page(page(*links), content_type="text/html")
    return source("a", f"{web.url}/") + "discover = true\n"


def paths(web: Loopback) -> list[str]:
    """Return what was asked for, without the page and its rules."""
    return [path for path, _ in web.asked if path not in ("/", "/robots.txt")]


def test_the_next_is_tried_where_one_fails(web: Loopback, make_config: Make) -> None:
    """Neither comments nor a dead address nor a page keep the good feed from being read."""
    web.pages["/comments/feed/"] = Page(rss([item(9)]))
    web.pages["/page"] = Page(page(), content_type="text/html")
    web.pages["/good"] = Page(rss([item(1)]))
    config = make_config(
        discovering(
            web,
            link("/comments/feed/", "Comments Feed"),
            link("/dead"),
            link("/page"),
            link("/good"),
        )
    )
    assert one_pass(config).sources[0].new == 1
    assert paths(web) == ["/dead", "/page", "/good"]
    assert len(read(config, "bangla.rss")) == 1


def test_what_worked_is_asked_with_its_own_validators(web: Loopback, make_config: Make) -> None:
    """A feed that failed before is asked without those of the one that was read in its place."""
    web.pages["/good"] = Page(rss([item(1)]))
    config = make_config(discovering(web, link("/first"), link("/good")))
    one_pass(config)
    web.pages["/first"] = Page(rss([item(1), item(2)]))
    web.headers.clear()
    web.asked.clear()
    one_pass(config, now=NOW + timedelta(hours=1))
    asked = dict(zip((path for path, _ in web.asked), web.headers, strict=True))
    assert "if-none-match" not in asked["/first"] and "/good" not in asked
    one_pass(config, now=NOW + timedelta(hours=2))
    assert web.asked[-1] == ("/first", 304)
    assert len(read(config, "bangla.rss")) == 2


def test_what_worked_stays_fresh_behind_one_that_fails(web: Loopback, make_config: Make) -> None:
    """The second of two is asked conditionally as long as the first stays dead."""
    web.pages["/good"] = Page(rss([item(1)]))
    config = make_config(discovering(web, link("/dead"), link("/good")))
    for hour in range(2):
        (report,) = one_pass(config, now=NOW + timedelta(hours=hour)).sources
    assert report.outcome is Outcome.NOT_MODIFIED
    assert web.asked[-2:] == [("/dead", 404), ("/good", 304)]


@pytest.mark.parametrize(
    ("status", "is_left"), [(503, False), (429, False), (404, True), (410, True)]
)
def test_what_worked_is_not_left_for_a_passing_fault(
    web: Loopback, make_config: Make, status: int, is_left: bool
) -> None:
    """A server in trouble fails the source, as ever; a feed that is gone is replaced."""
    web.pages["/first"] = Page(rss([item(1)]))
    web.pages["/second"] = Page(rss([item(2)]))
    config = make_config(discovering(web, link("/first"), link("/second")))
    one_pass(config)
    web.pages["/first"] = Page(status=status)
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert (report.new, report.outcome is Outcome.FAILED) == ((1, False) if is_left else (0, True))


def test_no_more_than_three_are_tried(web: Loopback, make_config: Make) -> None:
    """A page that announces hundreds of dead feeds is asked for three, and the first is named."""
    config = make_config(discovering(web, *(link(f"/{number}") for number in range(300))))
    web.pages["/0"] = Page(status=403)
    (report,) = one_pass(config).sources
    assert paths(web) == ["/0", "/1", "/2"]
    assert report.error == "the server answered 403 Forbidden"


def test_a_page_that_is_a_feed_is_read(web: Loopback, make_config: Make) -> None:
    """Whoever writes discover = true with a feed's own address gets that feed."""
    web.pages["/"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/") + "discover = true\n")
    assert one_pass(config).sources[0].new == 1
