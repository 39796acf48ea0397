"""One address asked apart from passes: what it is, as politely as a pass asks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.models import Access, Config, FaultKind, FoundKind, Source
from aggregator.parse.feed import title_of
from aggregator.pipeline.ask import asking_run
from aggregator.pipeline.ask_address import Asked, ask_address
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss

PAGE = (
    "<html lang=bn><head>"
    '<link rel=alternate type=application/rss+xml title="মন্তব্য ফিড" href=/comments/feed>'
    '<link rel=alternate type=application/rss+xml title="খবর" href=/feed>'
    '<link rel=alternate type=application/atom+xml title="Atom" href=/atom>'
    "</head></html>"
).encode()
HTML = "text/html; charset=utf-8"


ACCESS = Access(allow_private=True, spacing_seconds=0.0)


class Ask:
    """Asks addresses on loopback, without waiting between requests."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def __call__(self, address: str, *, is_known: bool = False, access: Access = ACCESS) -> Asked:
        """Return what was had of an address."""
        source = Source(name="a", title="ক", feed=address, access=access, max_entries=2_000)
        with asking_run(self.config, lambda: NOW) as run:
            return ask_address(run, source, is_known=is_known)


@pytest.fixture
def ask(make_config: Make) -> Ask:
    """Return what asks, of a configuration without a store."""
    return Ask(make_config(source("own", "https://own.example/rss")))


def fault_of(asked: Asked) -> SourceError:
    """Return what failed."""
    assert asked.fault is not None
    return asked.fault


def test_a_feed_is_read_with_its_title(web: Loopback, ask: Ask) -> None:
    """Its entries are those of a pass, and it says what it calls itself."""
    web.pages["/feed"] = Page(rss([item(1), item(2)]))
    asked = ask(f"{web.url}/feed")
    assert asked.entries is not None
    assert len(asked.entries.parsed) == 2
    assert (asked.title, asked.page, asked.found) == ("পরীক্ষার খবর", "", ())


def test_a_page_is_followed_to_its_news_and_not_to_its_comments(web: Loopback, ask: Ask) -> None:
    """What it announces is listed in the order in which it is meant, comments last."""
    web.pages |= {"/": Page(PAGE, HTML), "/feed": Page(rss([item(1)]))}
    asked = ask(f"{web.url}/")
    assert (asked.read, asked.page) == (f"{web.url}/feed", f"{web.url}/")
    assert [(one.kind, one.address, one.title) for one in asked.found] == [
        (FoundKind.FEED, f"{web.url}/feed", "খবর"),
        (FoundKind.FEED, f"{web.url}/atom", "Atom"),
        (FoundKind.COMMENTS, f"{web.url}/comments/feed", "মন্তব্য ফিড"),
    ]


def test_a_dead_announced_feed_is_named_and_the_next_is_read(web: Loopback, ask: Ask) -> None:
    """As in a pass, which tries the next one."""
    web.pages |= {"/": Page(PAGE, HTML), "/atom": Page(rss([item(1)]))}
    asked = ask(f"{web.url}/")
    assert asked.read == f"{web.url}/atom"
    assert list(asked.unread) == [f"{web.url}/feed"]


def test_a_page_without_feeds_is_a_fault(web: Loopback, ask: Ask) -> None:
    """It says that it is a page and no feed."""
    web.pages["/"] = Page("<html><body>খবর</body></html>".encode(), HTML)
    fault = fault_of(ask(f"{web.url}/"))
    assert fault.kind is FaultKind.NO_FEED
    assert "it is an HTML page" in str(fault)


def test_what_is_a_feed_is_not_followed_where_a_page_comes(web: Loopback, ask: Ask) -> None:
    """A configured feed that became a page is told of as a pass would fail."""
    web.pages |= {"/feed": Page(PAGE, HTML), "/atom": Page(rss([item(1)]))}
    asked = ask(f"{web.url}/feed", is_known=True)
    assert fault_of(asked).kind is FaultKind.NO_FEED
    assert [path for path, _ in web.asked] == ["/feed"]


def test_robots_keep_a_page_from_being_asked_and_no_feed(web: Loopback, ask: Ask) -> None:
    """The rules are asked first, and a feed is asked whatever they say, as in a pass."""
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /", "text/plain")
    web.pages["/feed"] = Page(rss([item(1)]))
    assert fault_of(ask(f"{web.url}/feed")).kind is FaultKind.ROBOTS
    assert [path for path, _ in web.asked] == ["/robots.txt"]
    assert ask(f"{web.url}/feed", is_known=True).entries is not None


def test_rules_that_cannot_be_had_forbid_a_page_and_say_why(web: Loopback, ask: Ask) -> None:
    """As RFC 9309 has it; what is said is what the server answered."""
    web.pages |= {"/robots.txt": Page(status=503), "/": Page(PAGE, HTML)}
    fault = fault_of(ask(f"{web.url}/"))
    assert fault.kind is FaultKind.SERVER
    assert "cannot be fetched, so that no page is: the server answered 503" in str(fault)
    assert [path for path, _ in web.asked] == ["/robots.txt"]


def test_a_secret_is_for_the_host_of_the_source_alone(web: Loopback, ask: Ask) -> None:
    """A feed that a page announces on another host is asked without it, as in a pass."""
    other = Loopback("127.0.0.2")
    try:
        other.pages["/feed"] = Page(rss([item(1)]))
        page = PAGE.replace(b"href=/feed", f"href={other.url}/feed".encode())
        page = page.replace(b"href=/atom", f"href={other.url}/atom".encode())
        web.pages["/"] = Page(page, HTML)
        access = replace(ACCESS, headers=(("X-Key", "chabi"),))
        assert ask(f"{web.url}/", access=access).read == f"{other.url}/feed"
    finally:
        other.close()
    assert [headers.get("x-key") for headers in web.headers] == ["chabi", "chabi"]
    assert [headers.get("x-key") for headers in other.headers] == [None]


def test_an_address_that_is_not_public_is_refused(web: Loopback, ask: Ask) -> None:
    """By its own reason, and not as if robots.txt forbade it; nothing is asked."""
    asked = ask(f"{web.url}/feed", access=Access())
    assert fault_of(asked).kind is FaultKind.PRIVATE
    assert web.asked == []


def test_a_host_that_asked_a_pass_for_rest_is_left_alone(
    web: Loopback, ask: Ask, make_config: Make
) -> None:
    """What the store remembers of it counts, and so nothing is asked."""
    web.pages["/own"] = Page(status=429, headers={"Retry-After": "3600"})
    ask.config = make_config(source("own", f"{web.url}/own"))
    one_pass(ask.config)
    web.asked.clear()
    assert fault_of(ask(f"{web.url}/feed")).kind is FaultKind.RESTING
    assert web.asked == []


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "a", "items": []}', "a"),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><author><title>x</title></author>'
            b"<title>a</title></feed>",
            "a",
        ),
        (b"<rss><channel><image><title>x</title></image><title>a</title></channel></rss>", "a"),
        (b"<rss><channel><item><title>x</title></item></channel></rss>", ""),
    ],
)
def test_the_title_is_that_of_the_feed(web: Loopback, ask: Ask, body: bytes, title: str) -> None:
    """In each format its own, and not that of its picture, its author or an entry."""
    web.pages["/feed"] = Page(body)
    assert ask(f"{web.url}/feed").title == title


@given(st.binary(max_size=200))
@example(b"<:")  # an element without a name
@example(b"{" + b'"a":{' * 40)
def test_a_broken_feed_has_no_title_and_is_no_fault(noise: bytes) -> None:
    """Whatever stands where a title is expected."""
    title_of(b"<rss><channel>" + noise)
    title_of(noise, "text/xml; charset=" + noise.decode("latin-1"))
