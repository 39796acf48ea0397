"""The front page: of which feeds it is made, when it is written, and what a day's turn writes."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from lxml import html

from aggregator.models import FeedReport, ParsedEntry
from aggregator.pipeline import publish as publishing
from aggregator.pipeline import put
from aggregator.pipeline.run_pass import publish_stored
from aggregator.pipeline.select import select
from aggregator.pipeline.silent import silent_since
from aggregator.publish import folder
from aggregator.service import Service
from aggregator.store.store import Store
from evaluation.material import written as pairs_of
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.passes import NOW
from tests.support.published import plain_files

FEED = '[[feed]]\nname = "{}"\ntitle = "ফিড {}"\nsources = ["{}"]\nlanguages = "*"\n'
X, Y = FEED.format("x", "x", "a"), FEED.format("y", "y", "b")
TOP = '[[feed]]\nname = "top"\norder = "top"\nlanguages = "*"\n'
MIDNIGHT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # as 25 November begins in Dhaka


def published(arrivals: Arrivals) -> list[FeedReport]:
    """Publish what is stored as a pass does; return the reports."""
    with Store.open(arrivals.config.store_url) as store:
        return publish_stored(arrivals.run(store))


def written(arrivals: Arrivals) -> set[str]:
    """Publish; return the files that were written."""
    return {name for report in published(arrivals) for name in report.files_written}


def of(feed: str) -> set[str]:
    """Return the names of a feed's files."""
    return {f"{feed}.{suffix}" for suffix in ("rss", "atom", "json", "html")}


def front_page(arrivals: Arrivals) -> html.HtmlElement:
    """Return the front page as it is in place."""
    return html.fromstring((arrivals.config.site.output / "index.html").read_bytes())


def headlines(page: html.HtmlElement, section: str) -> list[str]:
    """Return the addresses that the headlines of a part of the front page lead to."""
    return [
        link.get("href", "")
        for part in page.iter("section")
        if part.get("class") == section
        for article in part.iter("article")
        for heading in article.iter("h2", "h3", "h4")
        for link in heading.iter("a")
    ]


def times(folder: Path) -> dict[str, int]:
    """Return when each published file was written, by name, in nanoseconds."""
    return {path.name: path.stat().st_mtime_ns for path in plain_files(folder)}


# --- What is written when ------------------------------------------------------------------------


def test_one_new_entry_writes_only_the_files_that_show_it(make_config: Make) -> None:
    """The files of its feed; and the front page where that is of the feed."""
    arrivals = Arrivals(make_config(X + Y + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b")]))
    assert written(arrivals) >= {"index.html", "sources.html", *of("x"), *of("y")}
    assert written(arrivals) == set()
    arrivals.arrive(("a", [sent(ARTICLES[2], 2)]))
    assert written(arrivals) == {"index.html", *of("x")}
    arrivals.arrive(("b", [sent(ARTICLES[3], 2, site="b")]))
    assert written(arrivals) == of("y")


def test_the_front_page_changes_with_the_feed_by_papers_too(make_config: Make) -> None:
    """The first in the configuration that goes by papers has the top stories."""
    arrivals = Arrivals(make_config(X + TOP + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b", hours=2)]))
    written(arrivals)
    page = front_page(arrivals)
    assert headlines(page, "top") == ["https://a.example/news/1", "https://b.example/news/1"]
    assert headlines(page, "latest") == []
    arrivals.arrive(("b", [sent(ARTICLES[2], 2, site="b", hours=1)]))
    assert written(arrivals) == {"index.html", *of("top")}


def test_no_feed_is_selected_again_where_those_of_the_front_page_stand(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one of the two changed both are, and else neither."""
    arrivals = Arrivals(
        make_config(X + TOP.replace("order", 'sources = ["a"]\norder') + Y + sources("a", "b"))
    )
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b")]))
    published(arrivals)
    selected: list[str] = []

    def noted(*arguments: object) -> object:
        selected.append(arguments[1].name)  # type: ignore[attr-defined]  # a feed
        return select(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "select", noted)
    published(arrivals)
    assert {*selected} == set()
    arrivals.arrive(("b", [sent(ARTICLES[2], 2, site="b")]))
    published(arrivals)
    assert {*selected} == {"y"}
    selected.clear()
    (arrivals.config.site.output / "top.rss").unlink()
    published(arrivals)
    assert {*selected} == {"x", "top"}


def test_a_front_page_that_somebody_touched_is_put_back(make_config: Make) -> None:
    """As it was, and nothing else is written."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    published(arrivals)
    index = arrivals.config.site.output / "index.html"
    body = index.read_bytes()
    index.write_bytes(b"edited")
    assert written(arrivals) == {"index.html"}
    assert index.read_bytes() == body


def test_a_feed_that_fails_leaves_the_front_page_as_it_stands(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once it does not, the page is made of it."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    published(arrivals)
    before = (arrivals.config.site.output / "index.html").read_bytes()
    arrivals.arrive(("a", [sent(ARTICLES[1], 2)]))
    with monkeypatch.context() as patch:
        failed = FeedReport(feed="x", entries=0, error="voll")
        patch.setattr(put, "_put", lambda *_arguments, **_named: failed)
        published(arrivals)
    assert (arrivals.config.site.output / "index.html").read_bytes() == before
    assert "index.html" in written(arrivals)
    assert (arrivals.config.site.output / "index.html").read_bytes() != before


def test_a_feed_that_is_held_back_leaves_the_front_page_as_it_stands(make_config: Make) -> None:
    """A page that would show nothing is not put in place of one with news."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(3)]))
    published(arrivals)
    before = (arrivals.config.site.output / "index.html").read_bytes()
    store = Path(arrivals.config.store_url.removeprefix("sqlite:///"))
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    reports = published(arrivals)
    assert [report.feed for report in reports if report.held_back] == ["x"]
    assert (arrivals.config.site.output / "index.html").read_bytes() == before


def test_a_feed_by_papers_that_is_held_back_holds_no_news_back(make_config: Make) -> None:
    """What most papers of the news report stands at the top meanwhile."""
    papers = TOP.replace('languages = "*"', 'sources = ["b"]')
    arrivals = Arrivals(
        make_config(FEED.format("x", "x", 'a", "c') + papers + sources("a", "b", "c"))
    )
    arrivals.arrive(
        ("a", [sent(ARTICLES[0], 0)]),
        ("b", [sent(ARTICLES[at], at, site="b", hours=1) for at in range(1, 4)]),
    )
    published(arrivals)
    with closing(sqlite3.connect(arrivals.config.store_url.removeprefix("sqlite:///"))) as store:
        store.execute("UPDATE entry SET language = 'en' WHERE source = 'b'")
        store.commit()
    arrivals.arrive(("a", [sent(ARTICLES[4], 4, hours=1)]), ("c", [sent(ARTICLES[4], 4, site="c")]))
    reports = published(arrivals)
    assert [report.feed for report in reports if report.held_back] == ["top"]
    page = front_page(arrivals)
    assert headlines(page, "top") == ["https://a.example/news/4"]
    assert headlines(page, "latest") == ["https://a.example/news/0"]
    assert written(arrivals) == set()


def test_without_any_feed_there_is_a_front_page(make_config: Make) -> None:
    """It says that there is no news, and leads to no feed; it is written once."""
    arrivals = Arrivals(make_config("feed = []\n" + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    assert "index.html" in written(arrivals)
    assert written(arrivals) == set()
    page = front_page(arrivals)
    assert "এখনও কোনো খবর নেই।" in page.text_content()
    assert not page.xpath('//link[@rel="alternate"]')
    assert folder.is_published(arrivals.config.site.output)


# --- Top stories ---------------------------------------------------------------------------------


def test_what_two_papers_tell_within_a_day_is_at_the_top(make_config: Make) -> None:
    """By as many papers and as late as feeds by papers have it; what one tells is not."""
    arrivals = Arrivals(make_config(FEED.format("x", "x", "*") + sources("a", "b", "c")))

    def told(number: int, hours: float, *sites: str) -> list[tuple[str, list[ParsedEntry]]]:
        return [(site, [sent(ARTICLES[number], number, site=site, hours=hours)]) for site in sites]

    arrivals.arrive(
        *told(0, 0, "a"),
        *told(1, 1, "a", "b"),
        *told(2, 3, "a", "b", "c"),
        *told(3, 30, "a", "b", "c"),
    )
    published(arrivals)
    page = front_page(arrivals)
    numbers = [address.rpartition("/")[2] for address in headlines(page, "top")]
    assert numbers == ["2", "1"]
    latest = [address.rpartition("/")[2] for address in headlines(page, "latest")]
    assert latest == ["0", "3"]


def test_two_feeds_of_one_paper_are_one_paper(make_config: Make) -> None:
    """What the paper sends twice is no top story."""
    config = make_config(FEED.format("x", "x", "*") + sources("a", "b"))
    named = tuple(replace(source, title="কাগজ") for source in config.sources)
    arrivals = Arrivals(replace(config, sources=named))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[0], 1, site="b")]))
    published(arrivals)
    assert headlines(front_page(arrivals), "top") == []


def test_a_story_that_is_at_the_top_under_another_id_is_not_listed_again(make_config: Make) -> None:
    """Each feed has the text and the id that it knows; the story is one."""
    arrivals = Arrivals(
        make_config(X + TOP.replace("order", 'sources = ["b"]\norder') + sources("a", "b"))
    )
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[0], 1, site="b")]))
    published(arrivals)
    page = front_page(arrivals)
    assert headlines(page, "top") == ["https://b.example/news/1"]
    assert headlines(page, "latest") == []


def test_one_event_has_one_place_at_the_top(make_config: Make) -> None:
    """What other papers tell of it in other words is in the news below, as any other story."""
    event = next(pair for pair in pairs_of("reports.txt") if pair.is_same)
    feed = FEED.format("x", "x", "*")
    for name, feeds in (("news", feed), ("papers", feed + TOP + 'sources = ["*"]\n')):
        config = make_config(feeds + sources("a", "b", "c", "d"))
        arrivals = Arrivals(replace(config, store_url=f"{config.store_url}-{name}"))
        arrivals.arrive(
            *((site, [sent(event.a, 1, site=site)]) for site in "ab"),
            *((site, [sent(event.b, 2, site=site, hours=1)]) for site in "cd"),
            *((site, [sent(ARTICLES[0], 3, site=site, hours=2)]) for site in "ab"),
        )
        published(arrivals)
        page = front_page(arrivals)
        places = [address.rpartition("/")[2] for address in headlines(page, "top")]
        assert (name, places) == (name, ["1", "3"])
        assert [address[-1] for address in headlines(page, "latest")] == ["2"]


def test_a_story_without_an_address_stands_once(make_config: Make) -> None:
    """The top stories have it of one dump, the news of another."""
    arrivals = Arrivals(
        make_config(X + TOP.replace("order", 'sources = ["b"]\norder') + sources("a", "b"))
    )
    for site in "ab":
        saved = replace(sent(ARTICLES[0], 1, site=site), link="")
        arrivals.arrive((site, [saved]))
    published(arrivals)
    page = front_page(arrivals)
    assert [address.startswith("entries/") for address in headlines(page, "top")] == [True]
    assert headlines(page, "latest") == []


# --- A day's turn --------------------------------------------------------------------------------


def test_a_page_is_written_at_the_days_turn_once_until_it_names_no_day(make_config: Make) -> None:
    """Today's news are yesterday's then, and a day later the date alone; formats stay."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    published(arrivals)
    pages = {"x.html", "index.html"}
    for hours in (0.1, 6, 11.9):
        arrivals.now = NOW + timedelta(hours=hours)
        assert written(arrivals) == set()
    for day in (0, 1):
        arrivals.now = MIDNIGHT + timedelta(days=day)
        before = times(arrivals.config.site.output)
        assert written(arrivals) == pages
        after = times(arrivals.config.site.output)
        assert {name for name in after if before.get(name) != after[name]} == pages
        arrivals.now += timedelta(hours=20)
        assert written(arrivals) == set()
    for day in (2, 3, 400):
        arrivals.now = MIDNIGHT + timedelta(days=day)
        assert written(arrivals) <= {"sources.html"}


def test_the_time_of_a_page_says_that_its_day_began(make_config: Make) -> None:
    """It is the beginning of the day, so that the same is published whenever it is put."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    published(arrivals)
    assert times(arrivals.config.site.output)["x.html"] == int(NOW.timestamp()) * 10**9
    arrivals.now = MIDNIGHT + timedelta(hours=3)
    published(arrivals)
    for name in ("x.html", "index.html"):
        assert times(arrivals.config.site.output)[name] == int(MIDNIGHT.timestamp()) * 10**9
    assert times(arrivals.config.site.output)["x.rss"] == int(NOW.timestamp()) * 10**9


def test_old_news_make_no_page_that_names_a_day(make_config: Make) -> None:
    """What an archive has is written once, whatever day begins."""
    arrivals = Arrivals(make_config(X + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1, hours=24 * 30)]))
    published(arrivals)
    arrivals.now = MIDNIGHT
    assert written(arrivals) <= {"sources.html"}


def test_a_service_writes_pages_as_a_day_begins(make_config: Make) -> None:
    """Though nothing came since, within one of its ticks."""
    began, turned, stop = time.monotonic(), Event(), Event()
    start = datetime(2020, 1, 10, 6, 0, tzinfo=UTC)  # what is due lies behind, so it is due at once

    def clock() -> datetime:
        elapsed = timedelta(seconds=time.monotonic() - began, days=turned.is_set())
        return start + elapsed

    config = make_config('[[source]]\nname = "dumps"\ndump = "dumps/*.json"\n')
    record = {"id": "1", "title": "হাটে নতুন ধান", "content": "ধান এসেছে।", "published": str(start)}
    dumps = config.path.parent / "dumps"
    dumps.mkdir()
    (dumps / "a.json").write_text(json.dumps([record]), encoding="utf-8")
    page = config.site.output / "bangla.html"

    def says(day: str) -> Callable[[], bool]:
        return lambda: page.exists() and f">{day}" in page.read_text(encoding="utf-8")

    with Store.open(config.store_url) as store:
        running = Service(config, store, clock=clock, stop=stop)
        ended = ThreadPoolExecutor(1).submit(running.run)
        wait_until(says("আজ<"))
        turned.set()
        wait_until(says("গতকাল, "))
        stop.set()
        ended.result(HUNG_SECONDS)


# --- Silence -------------------------------------------------------------------------------------


def test_the_list_of_sources_says_since_when_one_is_silent(make_config: Make) -> None:
    """It is written where a silence begins and where it ends, and not in between."""
    arrivals = Arrivals(make_config(X + Y + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b")]))
    published(arrivals)
    page = arrivals.config.site.output / "sources.html"
    assert "নীরব" not in page.read_text()
    arrivals.now = NOW + timedelta(days=30)
    arrivals.arrive(("b", [sent(ARTICLES[2], 2, site="b", hours=-24 * 30)]))
    assert "sources.html" not in written(arrivals)
    arrivals.now = NOW + timedelta(days=31)
    assert written(arrivals) >= {"sources.html"}
    assert page.read_text().count("নীরব") == 1
    for days in (31.1, 32, 50):
        arrivals.now = NOW + timedelta(days=days)
        assert "sources.html" not in written(arrivals)
    arrivals.arrive(("a", [sent(ARTICLES[3], 2, hours=-24 * 50)]))
    assert "sources.html" in written(arrivals)
    assert "নীরব" not in page.read_text()


def test_a_source_of_no_feed_is_no_longer_silent_when_something_came(make_config: Make) -> None:
    """The list of sources says so at once, though no feed has news."""
    arrivals = Arrivals(make_config(X + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[1], 1, site="b")]))
    arrivals.now = NOW + timedelta(days=31)
    published(arrivals)
    page = arrivals.config.site.output / "sources.html"
    assert page.read_text().count("নীরব") == 2
    arrivals.arrive(("b", [sent(ARTICLES[2], 2, site="b", hours=-24 * 31)]))
    assert written(arrivals) == {"sources.html"}
    assert page.read_text().count("নীরব") == 1


def test_sources_of_one_title_are_silent_where_each_is(make_config: Make) -> None:
    """The last that came of any of them counts."""
    config = make_config(X + sources("a", "b"))
    named = tuple(replace(source, title="কাগজ") for source in config.sources)
    arrivals = Arrivals(replace(config, sources=named))

    def silent(days: float) -> dict[str, object]:
        arrivals.now = NOW + timedelta(days=days)
        with Store.open(arrivals.config.store_url) as store, store.read() as unit:
            return {**silent_since(unit, arrivals.run(store))}

    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    assert silent(31) == {}  # nothing ever came of the other
    arrivals.now = NOW + timedelta(days=2)
    arrivals.arrive(("b", [sent(ARTICLES[1], 1, site="b", hours=-48)]))
    assert silent(31) == {}
    assert silent(33) == {"কাগজ": (NOW + timedelta(days=2)).date()}
