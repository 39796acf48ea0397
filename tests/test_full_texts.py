"""Whole texts: feeds of summaries become full, politely and once; a failure costs one text."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import pytest

from aggregator.console.explanation import answer_lines
from aggregator.errors import ConfigError
from aggregator.models import Config, Entry, FullTextOutcome, ParsedEntry, Rejected, SourceReport
from aggregator.normalise import full_text
from aggregator.parse import feed as parse_feed
from aggregator.parse import html as parse_html
from aggregator.pipeline import ask_pages
from aggregator.pipeline.explain import explain
from aggregator.pipeline.purge import purge
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import run_pass
from aggregator.pipeline.status import status_of
from aggregator.status.rows import fault_lines
from aggregator.store.store import Store
from aggregator.urls import canonical
from evaluation.material import Article
from tests.support.arrivals import ARTICLES
from tests.support.configurations import LOCAL, Make
from tests.support.deadlines import HUNG_SECONDS, SLOW_CPU_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss
from tests.test_killed import EVERY, run, whole_state
from tests.test_store_damage import first_page_damaged

MINUTES, HOURS = timedelta(minutes=5), timedelta(hours=2)
SUMMARY_CHARACTERS = 150


def summary_of(article: Article) -> str:
    """Return what a paper's feed has of an article: its beginning, cut off in a sentence."""
    return f"{article.paragraphs[0][:SUMMARY_CHARACTERS]}…"


def page_of(article: Article, *, more: str = "", head: str = "") -> Page:
    """Return the page of an article, with what papers have around it."""
    links = "".join(f'<li><a href="/bivag/{n}">বিভাগ {n}</a></li>' for n in range(6))
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)
    title = escape(article.title)
    return html(
        f"<head><title>{title} | নমুনা পত্রিকা</title>"
        f'<meta property="og:title" content="{title}">{head}</head>'
        f"<body><nav><ul>{links}</ul></nav><article><h1>{title}</h1>{text}</article>{more}"
        "<footer>সম্পাদক: নমুনা নাম। সর্বস্বত্ব সংরক্ষিত।</footer></body>"
    )


def html(markup: str) -> Page:
    """Return a page of HTML."""
    body = f'<!doctype html><html lang="bn"><meta charset="utf-8">{markup}</html>'.encode()
    return Page(body, content_type="text/html; charset=utf-8")


class Paper:
    """A paper on loopback whose feed has summaries and whose pages have the articles."""

    def __init__(self, web: Loopback, count: int = 3) -> None:
        self.web = web
        self.numbers = list(range(count))
        web.pages["/robots.txt"] = Page(b"", content_type="text/plain")
        for number in self.numbers:
            web.pages[self.path(number)] = page_of(ARTICLES[number])
        self.publish()

    def path(self, number: int) -> str:
        """Return the path of an article's page."""
        return f"/khobor/{number}"

    def item(self, number: int, **more: str) -> dict[str, str]:
        """Return an article as the feed has it."""
        article = ARTICLES[number]
        when = (NOW - timedelta(hours=1 + number)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        link = f"{self.web.url}{self.path(number)}"
        sent = {"title": article.title, "link": link, "guid": link, "pubDate": when}
        return sent | {"description": summary_of(article)} | more

    def publish(self, *changed: dict[str, str]) -> None:
        """Serve the feed, with items in place of those of the same address."""
        changes = {each["link"]: each for each in changed}
        items = [self.item(number) for number in self.numbers]
        self.web.pages["/feed"] = Page(rss([changes.get(each["link"], each) for each in items]))

    def asked(self, number: int) -> int:
        """Count the requests of an article's page."""
        return sum(path == self.path(number) for path, _ in self.web.asked)


@pytest.fixture
def paper(web: Loopback) -> Paper:
    """Return a paper with three articles."""
    return Paper(web)


def config_of(make: Make, web: Loopback, more: str = "", *, schedule: str = "") -> Config:
    """Return the configuration of one source that is to be full."""
    source = f'[[source]]\nname = "kagoj"\nfeed = "{web.url}/feed"\nfull_text = true\n{LOCAL}{more}'
    return make(f"{schedule}{source}")


def stored(config: Config) -> dict[str, Entry]:
    """Return the stored entries by title."""
    with Store.open(config.store_url) as store, store.read() as unit:
        pks = range(1, 200)
        return {entry.title: entry for entry in unit.entries.published(pks).values()}


def is_whole(entry: Entry, number: int) -> bool:
    """Tell whether an entry has the last words of its article, and the summary for its summary."""
    return ARTICLES[number].paragraphs[-1][-40:] in entry.content_html.replace("&amp;", "&")


def report_of(config: Config, minutes: float = 0) -> SourceReport:
    """Make one pass so long after ``NOW``, and return the report of its source."""
    (report,) = one_pass(config, now=NOW + timedelta(minutes=minutes)).sources
    return report


def check_wholes(config: Config, wanted: dict[int, bool]) -> None:
    """Check which entries have their whole texts, by the numbers of their articles."""
    entries = stored(config)
    assert {
        number: is_whole(entries[ARTICLES[number].title], number) for number in wanted
    } == wanted


# --- Feeds of summaries become full --------------------------------------------------------------


def test_a_feed_of_summaries_becomes_full_at_once(paper: Paper, make_config: Make) -> None:
    """Each entry is new once, whole, the feed's text its summary; no page is asked twice."""
    config = config_of(make_config, paper.web)
    report = report_of(config)
    assert (report.new, report.revised, report.note) == (3, 0, "")
    check_wholes(config, {0: True, 1: True, 2: True})
    for entry in stored(config).values():
        assert len(entry.summary) < len(entry.content_html)
    published = (config.site.output / "bangla.atom").read_text(encoding="utf-8")
    assert all(ARTICLES[n].paragraphs[-1][-40:] in published for n in range(3))
    before, asked = stored(config), len(paper.web.asked)
    for minutes in (5, 300):
        assert not report_of(config, minutes).is_news
    assert stored(config) == before
    assert all(path == "/feed" for path, _ in paper.web.asked[asked:])


@pytest.mark.parametrize("kind", ["page", "sitemap", "index"])
def test_a_site_without_a_feed_becomes_full(web: Loopback, make_config: Make, kind: str) -> None:
    """Headlines of a section page, a news sitemap or an index of these get their whole texts."""
    paper = Paper(web)
    cards = "".join(
        f'<h2><a href="{paper.path(n)}">{escape(ARTICLES[n].title)}</a></h2>' for n in range(3)
    )
    addresses = "".join(
        f"<url><loc>{web.url}{paper.path(n)}</loc><n:news>"
        f"<n:title>{escape(ARTICLES[n].title)}</n:title></n:news></url>"
        for n in range(3)
    )
    space = "http://www.google.com/schemas/sitemap-news/0.9"
    web.pages |= {
        "/page": html(cards),
        "/sitemap": Page(f'<urlset xmlns:n="{space}">{addresses}</urlset>'.encode()),
        "/index": Page(
            f"<sitemapindex><sitemap><loc>{web.url}/sitemap</loc></sitemap></sitemapindex>".encode()
        ),
    }
    key = "page" if kind == "page" else "feed"
    own = f'name = "kagoj"\n{key} = "{web.url}/{kind}"\nfull_text = true\n'
    config = make_config(f"[[source]]\n{own}{LOCAL}")
    report = report_of(config)
    assert (report.new, report.note) == (3, "")
    check_wholes(config, {0: True, 1: True, 2: True})
    assert not report_of(config, 10).is_news
    assert [paper.asked(number) for number in range(3)] == [1, 1, 1]


def test_a_source_that_does_not_want_whole_texts_asks_for_none(
    paper: Paper, make_config: Make
) -> None:
    """Without the key the feed alone is asked, and its text is published."""
    config = make_config(f'[[source]]\nname = "kagoj"\nfeed = "{paper.web.url}/feed"\n{LOCAL}')
    report_of(config)
    check_wholes(config, {0: False, 1: False, 2: False})
    assert {path for path, _ in paper.web.asked} == {"/feed"}


def test_a_text_stays_whole_while_its_feed_changes_beside_the_words(
    paper: Paper, make_config: Make
) -> None:
    """A new category asks no page and keeps text, id and time; new words ask the page once more."""
    config = config_of(make_config, paper.web)
    report_of(config)
    before = stored(config)[ARTICLES[1].title]
    paper.publish(paper.item(1, category="নদী"))
    assert report_of(config, 10).refreshed == 1
    refreshed = stored(config)[ARTICLES[1].title]
    assert refreshed == replace(before, categories=("নদী",))
    assert paper.asked(1) == 1
    longer = replace(ARTICLES[1], paragraphs=(*ARTICLES[1].paragraphs, "পরে জানা গেল আরও কিছু কথা।"))
    paper.web.pages[paper.path(1)] = page_of(longer)
    paper.publish(paper.item(1, description=f"হালনাগাদ: {summary_of(ARTICLES[1])}"))
    assert report_of(config, 20).revised == 1
    revised = stored(config)[ARTICLES[1].title]
    assert revised.id == before.id
    assert "পরে জানা গেল" in revised.content_html
    assert (paper.asked(0), paper.asked(1)) == (1, 2)


def test_a_page_that_is_gone_when_its_entry_changes_leaves_the_text_that_was_had(
    paper: Paper, make_config: Make
) -> None:
    """A text does not fall back from whole to a summary because a later request fails."""
    config = config_of(make_config, paper.web)
    report_of(config)
    paper.web.pages[paper.path(1)] = Page(status=404)
    changed = paper.item(1, description=f"হালনাগাদ: {summary_of(ARTICLES[1])}")
    paper.publish(changed)
    report_of(config, 10)
    check_wholes(config, {1: True})
    paper.publish(changed | {"category": "নদী"})
    report_of(config, 20)
    check_wholes(config, {1: True})


def test_the_address_of_another_article_does_not_keep_the_first_ones_text(
    paper: Paper, make_config: Make
) -> None:
    """Where a feed gives an address to another article whose page fails, its summary stands."""
    config = config_of(make_config, paper.web)
    report_of(config)
    paper.web.pages[paper.path(1)] = Page(status=404)
    other = ARTICLES[9]
    paper.publish(
        paper.item(1, title=other.title, description=summary_of(other), guid="kagoj-onno")
    )
    report_of(config, 10)
    assert ARTICLES[1].paragraphs[-1][-40:] not in stored(config)[other.title].content_html


def test_the_files_do_not_depend_on_how_often_a_feed_was_polled(
    web: Loopback, make_config: Make
) -> None:
    """Asked five at a time over some polls, everything ends as if it had been asked at once."""
    paper = Paper(web, count=8)
    config = config_of(make_config, web)
    report_of(config)
    at_once = {title: entry.content_html for title, entry in stored(config).items()}
    Path(config.store_url.removeprefix("sqlite:///")).unlink()
    config = config_of(make_config, web, schedule="[schedule]\nfull_texts_per_pass = 3\n")
    first = report_of(config)
    assert (first.new, first.note.count("missing")) == (8, 1)
    ids = {title: entry.id for title, entry in stored(config).items()}
    check_wholes(config, {number: number < 3 for number in range(8)})
    assert [report_of(config, 30 * poll).revised for poll in (1, 2, 3)] == [3, 2, 0]
    assert {title: entry.content_html for title, entry in stored(config).items()} == at_once
    assert {title: entry.id for title, entry in stored(config).items()} == ids
    assert [paper.asked(number) for number in range(8)] == [2] * 8  # once for each store


def test_many_texts_that_come_later_are_no_mass_change(web: Loopback, make_config: Make) -> None:
    """Fifteen stored entries that get their whole texts at one poll are let in."""
    paper = Paper(web, count=15)
    for number in range(15):
        web.pages[paper.path(number)] = Page(status=503)
    config = config_of(make_config, web)
    assert report_of(config).new == 15
    for number in range(15):
        web.pages[paper.path(number)] = page_of(ARTICLES[number])
    report = report_of(config, 120)
    assert (report.revised, report.quarantined) == (15, 0)


def section_page(paper: Paper) -> Page:
    """Return a page of a paper that lists its articles, each with its headline alone."""
    return html(
        "<main>"
        + "".join(
            f'<article><h2><a href="{paper.path(number)}">{escape(ARTICLES[number].title)}</a></h2>'
            "</article>"
            for number in paper.numbers
        )
        + "</main>"
    )


def sitemap(paper: Paper) -> Page:
    """Return the news sitemap of a paper."""
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    rows = "".join(
        f"<url><loc>{paper.web.url}{paper.path(number)}</loc><news:news><news:title>"
        f"{escape(ARTICLES[number].title)}</news:title></news:news></url>"
        for number in paper.numbers
    )
    return Page(f'<urlset xmlns:news="{news}">{rows}</urlset>'.encode(), "application/xml")


def test_no_page_of_a_site_without_a_feed_is_asked_twice(web: Loopback, make_config: Make) -> None:
    """Of a section page, a news sitemap and an index: a headline with the whole text of its page.

    No article's page is asked twice, and what is unchanged changes nothing.
    """
    paper = Paper(web, count=8)
    of_index = f"<sitemapindex><sitemap><loc>{web.url}/news.xml</loc></sitemap></sitemapindex>"
    web.pages |= {
        "/latest": section_page(paper),
        "/news.xml": sitemap(paper),
        "/index.xml": Page(of_index.encode(), "application/xml"),
    }
    for line in ('page = "{}/latest"', 'feed = "{}/news.xml"', 'feed = "{}/index.xml"'):
        source = f'[[source]]\nname = "kagoj"\n{line.format(web.url)}\nfull_text = true\n{LOCAL}'
        config = make_config(source)
        for path in config.path.parent.glob("aggregator.db*"):
            path.unlink()
        web.asked.clear()
        report = report_of(config)
        assert (report.new, report.error, report.note) == (8, "", ""), line
        check_wholes(config, dict.fromkeys(paper.numbers, True))
        before = stored(config)
        assert report_of(config, minutes=60).new == 0
        assert stored(config) == before
        assert [paper.asked(number) for number in paper.numbers] == [1] * 8


# --- What a page can be instead ------------------------------------------------------------------


def test_each_page_that_fails_costs_its_entry_alone(web: Loopback, make_config: Make) -> None:
    """Forbidden, dead, cut off, walled, a list, another article, no page: summaries, and why."""
    paper = Paper(web, count=12)
    wall = "<p>সম্পূর্ণ খবরটি পড়তে সাবস্ক্রাইব করুন।</p>"
    begun = replace(ARTICLES[3], paragraphs=(ARTICLES[3].paragraphs[0],))
    said = '{"@type":"NewsArticle","isAccessibleForFree":"False"}'
    free = f'<script type="application/ld+json">{said}</script>'
    consent = (
        "<p>আমরা কুকি ব্যবহার করি যাতে আপনি আমাদের ওয়েবসাইট আরও ভালোভাবে ব্যবহার করতে পারেন। চালিয়ে "
        "গেলে আপনি আমাদের গোপনীয়তার নীতি ও শর্ত মেনে নিচ্ছেন বলে ধরা হবে।</p>"
    )
    front = "".join(
        f'<div><h2><a href="/khobor/{n}">{escape(ARTICLES[n].title)}</a></h2>'
        f"<p>{escape(summary_of(ARTICLES[n]))}</p></div>"
        for n in range(12)
    )
    web.pages |= {
        "/": html(f"<title>নমুনা পত্রিকা</title><body>{front}</body>"),
        "/prochchhod": html(f"<title>নমুনা পত্রিকা</title><body>{front}</body>"),
        paper.path(1): Page(status=403),
        paper.path(2): Page(status=404),
        paper.path(3): page_of(begun, more=wall),
        paper.path(4): page_of(ARTICLES[4], head=free),
        paper.path(5): html(
            f"<head><title>{escape(ARTICLES[5].title)}</title></head><body>"
            f"<h1>{escape(ARTICLES[5].title)}</h1>{consent * 4}</body>"
        ),
        paper.path(6): Page(status=302, headers={"Location": "/"}),
        paper.path(7): Page(status=302, headers={"Location": "/prochchhod"}),
        paper.path(8): page_of(ARTICLES[20]),
        paper.path(9): Page(b"%PDF-1.4", content_type="application/pdf"),
        paper.path(10): Page(status=302, headers={"Location": paper.path(10)}),
        paper.path(11): page_of(replace(ARTICLES[11], paragraphs=(summary_of(ARTICLES[11])[:99],))),
    }
    config = config_of(make_config, web)
    report = report_of(config)
    assert report.new == 12
    check_wholes(config, {number: number == 0 for number in range(12)})
    assert report.note.startswith("the whole text of 11 of 12 entries is missing: ")
    for reason in ("403", "404", "subscribers", "front page", "another article", "redirected more"):
        assert reason in report.note, reason
    with Store.open(config.store_url) as store, store.read() as unit:
        addresses = [canonical(f"{web.url}{paper.path(number)}") for number in range(12)]
        known = {
            row.address: row.outcome for row in unit.full_texts.known("kagoj", addresses).values()
        }
        counts = unit.full_texts.counts(NOW)["kagoj"]
        (status,) = status_of(store, config, NOW).sources
        answer = explain(config, store, ARTICLES[1].title, NOW)
    outcomes = [known[address] for address in addresses]
    assert outcomes[0] is FullTextOutcome.HAD
    assert all(outcome.is_missing for outcome in outcomes[1:])
    assert (counts.had, counts.missing) == (1, 11)
    assert any("1 whole texts, 11 missing" in line for line in fault_lines([status], NOW))
    lines = list(answer_lines(answer, config))
    assert any(line.startswith("  whole text missing: the server answered 403") for line in lines)
    asked = len(web.asked)
    paper.publish(paper.item(0, category="নদী"))  # the feed changes, and every item is read again
    report_of(config, 300)
    assert {path for path, _ in web.asked[asked:]} == {"/feed"}


def test_a_reason_holds_nothing_that_a_terminal_would_do(paper: Paper, make_config: Make) -> None:
    """What a server calls its page is quoted in logs and answers, without control characters."""
    paper.web.pages[paper.path(1)] = Page(b"x", content_type="application/\x1b]0;x\x07\x1b[31m")
    note = report_of(config_of(make_config, paper.web)).note
    assert note.endswith("its address leads to no page (application/]0;x[31m)")


def test_robots_are_kept_for_pages_and_for_where_they_redirect_to(
    web: Loopback, make_config: Make
) -> None:
    """No forbidden address is ever requested, by itself or by a redirect, here or elsewhere."""
    paper = Paper(web)
    elsewhere = Loopback("127.0.0.2")
    try:
        forbidding = Page(b"User-agent: *\nDisallow: /khobor/1\nDisallow: /bondho\n")
        web.pages["/robots.txt"] = replace(forbidding, content_type="text/plain")
        elsewhere.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /\n")
        web.pages[paper.path(0)] = Page(status=302, headers={"Location": "/bondho/0"})
        web.pages["/bondho/0"] = page_of(ARTICLES[0])
        web.pages[paper.path(2)] = Page(
            status=302, headers={"Location": f"{elsewhere.url}/khobor/2"}
        )
        config = config_of(make_config, web)
        for minutes in (0, 5, 120, 300):
            report_of(config, minutes)
        check_wholes(config, {0: False, 1: False, 2: False})
        assert not [path for path, _ in web.asked if path in (paper.path(1), "/bondho/0")]
        assert {path for path, _ in elsewhere.asked} == {"/robots.txt"}
    finally:
        elsewhere.close()


def test_a_page_that_redirects_where_it_may_be_asked_is_read_with_its_cookies(
    paper: Paper, make_config: Make
) -> None:
    """Redirects are followed hop by hop, with the cookies that were set on the way."""
    web = paper.web
    to = Page(status=302, headers={"Location": "/notun/0", "Set-Cookie": "dekha=1; Path=/"})
    web.pages[paper.path(0)] = to
    web.pages["/notun/0"] = page_of(ARTICLES[0])
    config = config_of(make_config, web)
    report_of(config)
    check_wholes(config, {0: True, 1: True, 2: True})
    (headers,) = [
        headers
        for (path, _), headers in zip(web.asked, web.headers, strict=True)
        if path == "/notun/0"
    ]
    assert headers["cookie"] == "dekha=1"


def test_secrets_of_a_source_go_to_pages_of_its_own_host_alone(
    paper: Paper, make_config: Make
) -> None:
    """Headers of a source open its own pages; a page that is elsewhere does not see them."""
    elsewhere = Loopback("127.0.0.2")
    try:
        elsewhere.pages["/khobor/2"] = page_of(ARTICLES[2])
        paper.publish(paper.item(2))
        link = f"{elsewhere.url}/khobor/2"
        items = [paper.item(0), paper.item(1), paper.item(2, link=link)]
        paper.web.pages["/feed"] = Page(rss(items))
        config = config_of(make_config, paper.web, 'headers = { X-Api-Key = "gopon" }\n')
        report_of(config)
        check_wholes(config, {0: True, 1: True, 2: True})
        assert {headers.get("x-api-key") for headers in paper.web.headers} == {"gopon"}
        assert all("x-api-key" not in headers for headers in elsewhere.headers)
    finally:
        elsewhere.close()


@pytest.fixture
def hanging(web: Loopback) -> Iterator[Page]:
    """Return a page that answers nothing until the test is over."""
    over = Event()

    def hang(_request: BaseHTTPRequestHandler) -> None:
        over.wait(HUNG_SECONDS)

    yield Page(handle=hang)
    over.set()


def test_a_slow_page_costs_its_source_one_text_and_no_other_source_anything(
    web: Loopback, make_config: Make, hanging: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a page hangs the others' news are published; then its entry appears as a summary."""
    monkeypatch.setattr(ask_pages, "_PAGE_SECONDS", 4.0)
    paper = Paper(web)
    web.pages[paper.path(1)] = hanging
    other = Loopback("127.0.0.2")
    try:
        other.pages["/feed"] = Page(rss([item(1, title="অন্য কাগজের খবর")]))
        own = f'[[source]]\nname = "onno"\nfeed = "{other.url}/feed"\n{LOCAL}'
        config = config_of(make_config, web, own)
        published = config.site.output / "bangla.atom"
        began = time.monotonic()
        thread = Thread(target=one_pass, args=(config,))
        thread.start()
        while not published.exists():
            assert thread.is_alive(), "nothing was published before the page gave up"
            time.sleep(0.05)
        first = published.read_text(encoding="utf-8")
        thread.join()
        assert "অন্য কাগজের খবর" in first
        assert ARTICLES[0].title not in first
        assert time.monotonic() - began >= 4.0
    finally:
        other.close()
    check_wholes(config, {0: True, 1: False, 2: True})


def test_of_pages_that_do_not_come_three_are_asked_at_a_time(
    web: Loopback, make_config: Make
) -> None:
    """After three that broke off the others wait for the next poll, and each for its hour."""
    paper = Paper(web, count=6)

    def break_off(request: BaseHTTPRequestHandler) -> None:
        request.connection.close()

    for number in range(6):
        web.pages[paper.path(number)] = Page(handle=break_off)
    config = config_of(make_config, web)
    first = report_of(config)
    assert (first.new, first.note.count("3 × ")) == (6, 2)
    assert [paper.asked(number) for number in range(6)] == [1, 1, 1, 0, 0, 0]
    report_of(config, 5)
    assert [paper.asked(number) for number in range(6)] == [1] * 6
    report_of(config, 10)
    assert [paper.asked(number) for number in range(6)] == [1] * 6
    for number in range(6):
        web.pages[paper.path(number)] = page_of(ARTICLES[number])
    assert report_of(config, 70).revised == 6
    check_wholes(config, dict.fromkeys(range(6), True))


def test_a_host_that_asks_for_a_rest_is_asked_for_no_further_page(
    web: Loopback, make_config: Make
) -> None:
    """After a 429 with Retry-After the other pages wait, and the feed's texts stand meanwhile."""
    paper = Paper(web)
    web.pages[paper.path(0)] = Page(status=429, headers={"Retry-After": "600"})
    config = config_of(make_config, web)
    report = report_of(config)
    assert (report.new, paper.asked(1), paper.asked(2)) == (3, 0, 0)
    assert "asked to be left alone" in report.note
    check_wholes(config, {0: False, 1: False, 2: False})
    web.pages[paper.path(0)] = page_of(ARTICLES[0])
    assert report_of(config, 90).revised == 3
    check_wholes(config, {0: True, 1: True, 2: True})


def test_a_page_that_failed_for_now_is_asked_again_three_times_in_all(
    paper: Paper, make_config: Make
) -> None:
    """A 503 is tried after an hour, each time the feed is read, and left after the third time."""
    config = config_of(make_config, paper.web)
    paper.web.pages[paper.path(1)] = Page(status=503)
    for minutes in (0, 10, 70, 80, 140, 210, 400):
        report_of(config, minutes)
    assert paper.asked(1) == 3
    check_wholes(config, {0: True, 1: False, 2: True})
    assert paper.asked(0) == 1


# --- Feeds that send whole texts -----------------------------------------------------------------


def test_a_feed_of_whole_texts_has_no_page_asked(web: Loopback, make_config: Make) -> None:
    """A feed whose texts are long in the middle is whole, its short reports included."""
    paper = Paper(web, count=7)
    for number in range(6):
        paragraphs = (*ARTICLES[number].paragraphs, *ARTICLES[number + 10].paragraphs) * 2
        paper.publish()
        texts = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
        assert len(texts) > full_text.WHOLE_CHARACTERS
    items = [
        paper.item(
            number,
            description="".join(f"<p>{escape(p)}</p>" for p in ARTICLES[number].paragraphs) * 3,
        )
        for number in range(6)
    ]
    web.pages["/feed"] = Page(rss([*items, paper.item(6)]))
    config = config_of(make_config, web)
    report_of(config)
    assert {path for path, _ in web.asked} == {"/feed"}
    paper.numbers = [7]
    web.pages[paper.path(7)] = page_of(ARTICLES[7])
    paper.publish()
    report_of(config, 30)
    assert paper.asked(7) == 0, "its earlier texts say that it sends whole ones"


def test_which_real_feeds_send_whole_texts_is_told_by_their_lengths(samples: Path) -> None:
    """Of the real feeds, those of summaries and those of whole texts lie far apart."""
    whole = {}
    for path in sorted((samples / "samples" / "feeds").glob("hv_*.xml")):
        entries = parse_feed.parse(path.read_bytes(), "https://a.example/", "")
        found = [entry for entry in entries if isinstance(entry, ParsedEntry)]
        lengths = [full_text.characters_of(entry) for entry in found]
        whole[path.name.split("_")[1]] = full_text.sends_whole(lengths)
    assert {name for name, is_so in whole.items() if is_so} == {
        *("amarbanglabd", "bd24live", "jagonews", "prothomalo")
    }


# --- One article or another ----------------------------------------------------------------------


@cache
def found_in_page(number: int) -> ParsedEntry:
    """Return what is read of the page of an article."""
    page = page_of(ARTICLES[number])
    found = parse_html.parse_fetched(page.body, "https://a.example/k/1", page.content_type)
    assert isinstance(found, ParsedEntry)
    return found


@pytest.mark.parametrize("number", range(0, 40))
def test_the_page_of_an_entry_is_told_from_the_pages_of_others(number: int) -> None:
    """An article is that of its summary and its headline; no other article is."""
    article = ARTICLES[number]
    entry = ParsedEntry(title_html=escape(article.title), summary_html=escape(summary_of(article)))
    for other in range(0, 40):
        found = found_in_page(other)
        outcome = full_text.judged(entry, found.title_html, found.content_html)
        assert (outcome is FullTextOutcome.HAD) == (other == number), (other, outcome)


def test_a_page_in_an_older_encoding_is_read_as_its_header_says() -> None:
    """A page that is UTF-16 by its header alone is read."""
    article = ARTICLES[0]
    page = page_of(article)
    body = page.body.decode().encode("utf-16-le")
    found = parse_html.parse_fetched(body, "https://a.example/k/1", "text/html; charset=utf-16le")
    assert isinstance(found, ParsedEntry)
    assert article.title in found.title_html


@pytest.mark.parametrize(
    ("begin", "each", "end", "times"),
    [
        ("", "<ul><li>ক খ গ</ul>", "", 30_000),
        ("", "<table><tr><td>ক</td></tr></table>", "", 20_000),
        ("<div ", "a{number} ", ">ক</div>", 400_000),
        ("<div ", "a{number}=''", ">ক</div>", 300_000),
        ("<div ", "a{number}/", ">ক</div>", 400_000),
        ("<div x='>' ", "a{number} ", ">ক</div>", 400_000),
        ("", "<p>ক খ গ ঘ", "", 100_000),
    ],
    ids=["lists", "tables", "attributes", "no-space", "slashes", "quoted", "paragraphs"],
)
def test_a_page_that_could_hold_the_processor_for_minutes_is_not_read(
    begin: str, each: str, end: str, times: int
) -> None:
    """Millions of bytes of markup are refused within a moment."""
    body = html(begin + "".join(each.format(number=number) for number in range(times)) + end).body
    began = time.process_time()
    found = parse_html.parse_fetched(body, "https://a.example/k/1", "text/html")
    assert isinstance(found, Rejected)
    assert "more markup" in found.reason
    assert time.process_time() - began < SLOW_CPU_SECONDS


@pytest.mark.parametrize("charset", ["utf-16", "utf-7"])
def test_no_encoding_hides_what_a_page_is_made_of(charset: str) -> None:
    """The bounds are those of the markup as it is read, and not of the bytes that came."""
    lists = ("<ul><li>নদী" * 6_000).encode(charset)
    declared = b'<meta charset="utf-7">\xff' if charset == "utf-7" else b""
    found = parse_html.parse_fetched(declared + lists, "https://a.example/k/1", "text/html")
    assert isinstance(found, Rejected)
    assert "more markup" in found.reason


def test_what_looks_like_a_wall_for_ever_is_read_in_one_look() -> None:
    """A page that repeats the words of a wall without end costs a moment, and is none."""
    begun = replace(ARTICLES[1], paragraphs=(ARTICLES[1].paragraphs[0],))
    page = page_of(begun, more=f"<div>{'পুরো ' * 50_000}{'পড়তে ' * 50_000}</div>")
    began = time.process_time()
    parse_html.parse_fetched(page.body, "https://a.example/k/1", page.content_type)
    assert time.process_time() - began < SLOW_CPU_SECONDS


def test_a_wall_is_what_a_page_shows_and_not_what_its_scripts_could_show() -> None:
    """The sentence of a wall in a script leaves a short article free; on the page it does not."""
    begun = replace(ARTICLES[1], paragraphs=(ARTICLES[1].paragraphs[0],))
    said = "Already a subscriber? পুরো খবরটি পড়তে সাবস্ক্রাইব করুন"
    found = [
        parse_html.parse_fetched(page_of(begun, more=more).body, "https://a.example/k/1", "")
        for more in (f"<script>var said = '{said}'</script>", f"<p>{said}</p>")
    ]
    assert [type(each) for each in found] == [ParsedEntry, Rejected]


def test_a_page_at_a_bengali_address_is_asked_by_its_encoded_form(
    paper: Paper, make_config: Make
) -> None:
    """Feeds write addresses as people read them; a request has them in percent signs."""
    paper.web.pages[f"/{quote('খবর')}/1"] = page_of(ARTICLES[1])
    item_of_one = paper.item(1, link=f"{paper.web.url}/খবর/1")
    paper.web.pages["/feed"] = Page(rss([item_of_one]))
    config = config_of(make_config, paper.web)
    report_of(config)
    check_wholes(config, {1: True})


# --- Killed, purged, configured ------------------------------------------------------------------


@pytest.mark.parametrize("kills", [1, pytest.param(4, marks=pytest.mark.more)])
def test_killed_at_any_step_a_pass_with_pages_loses_nothing(
    paper: Paper, make_config: Make, tmp_path: Path, kills: int
) -> None:
    """A pass that is killed and made again ends with the store and files of one that was not."""
    config = config_of(make_config, paper.web)
    last = int(run(config.path, 0).stdout)
    every = EVERY if "KILL_EVERY" in os.environ else last // kills
    wanted = whole_state(config.path.parent)
    check_wholes(config, {0: True, 1: True, 2: True})
    for step in range(max(every // 2, 1), last, every):
        for name in ("aggregator.db", "aggregator.db-wal", "aggregator.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "feeds", ignore_errors=True)
        assert run(config.path, step).returncode == -9, step
        assert run(config.path, 0).returncode == 0, step
        assert whole_state(config.path.parent) == wanted, step


def test_a_pass_that_is_stopped_while_pages_are_asked_stores_nothing_of_the_feed(
    paper: Paper, make_config: Make
) -> None:
    """The entries come at the next pass, whole: they do not appear as summaries in between."""
    config = config_of(make_config, paper.web)
    stop = Event()
    page = paper.web.pages[paper.path(0)]

    def stopping(request: BaseHTTPRequestHandler) -> None:
        stop.set()
        request.send_response(200)
        request.send_header("Content-Type", page.content_type)
        request.end_headers()
        request.wfile.write(page.body)

    paper.web.pages[paper.path(0)] = Page(handle=stopping)
    with Store.open(config.store_url) as store:
        run_pass(Run.of(config, store, clock=lambda: NOW, stop=stop), every_source=True)
    assert not stored(config)
    paper.web.pages[paper.path(0)] = page
    assert report_of(config, 5).new == 3
    check_wholes(config, {0: True, 1: True, 2: True})


def test_a_purged_story_leaves_no_text_and_its_page_is_asked_no_more(
    paper: Paper, make_config: Make
) -> None:
    """What is purged is in no table, and a feed that still has it brings it back from no page."""
    config = config_of(make_config, paper.web)
    report_of(config)
    with Store.open(config.store_url) as store:
        assert purge(store, ARTICLES[1].title, config.dedupe, lambda: NOW)
        with store.read() as unit:
            address = canonical(f"{paper.web.url}{paper.path(1)}")
            assert not unit.full_texts.known("kagoj", [address])
    paper.publish(paper.item(1, category="নদী"))
    report_of(config, 30)
    assert paper.asked(1) == 1
    assert ARTICLES[1].title not in stored(config)


def test_a_text_that_is_purged_while_its_page_comes_is_not_remembered(
    paper: Paper, make_config: Make
) -> None:
    """A page takes a while; what a person purges meanwhile is in no table when it has come."""
    config = config_of(make_config, paper.web)
    report_of(config)
    page = paper.web.pages[paper.path(1)]

    def purging(request: BaseHTTPRequestHandler) -> None:
        with Store.beside(config.store_url) as store:
            assert purge(store, ARTICLES[1].title, config.dedupe, lambda: NOW)
        request.send_response(200)
        request.send_header("Content-Type", page.content_type)
        request.end_headers()
        request.wfile.write(page.body)

    paper.web.pages[paper.path(1)] = Page(handle=purging)
    paper.publish(paper.item(1, description=f"হালনাগাদ: {summary_of(ARTICLES[1])}"))
    report_of(config, 10)
    assert paper.asked(1) == 2
    assert canonical(f"{paper.web.url}{paper.path(1)}") not in remembered(config)
    assert ARTICLES[1].title not in stored(config)


def test_a_purged_story_whose_address_another_entry_has_leaves_no_text(
    paper: Paper, make_config: Make
) -> None:
    """An address that two entries share names neither, and its article goes with either."""
    config = config_of(make_config, paper.web)
    of_both = [
        paper.item(1, guid="kagoj-1"),
        paper.item(1, guid="kagoj-2", title=ARTICLES[9].title, description=summary_of(ARTICLES[9])),
    ]
    paper.web.pages["/feed"] = Page(rss(of_both))
    assert report_of(config).new == 2
    address = canonical(f"{paper.web.url}{paper.path(1)}")
    assert address in remembered(config)
    with Store.open(config.store_url) as store:
        assert purge(store, ARTICLES[1].title, config.dedupe, lambda: NOW)
    assert address not in remembered(config)
    paper.web.pages["/feed"] = Page(rss([{**each, "category": "নদী"} for each in of_both]))
    report_of(config, 30)
    assert paper.asked(1) == 1
    assert address not in remembered(config)


def remembered(config: Config) -> set[str]:
    """Return the addresses of pages of which something is remembered."""
    with sqlite3.connect(config.store_url.removeprefix("sqlite:///")) as connection:
        rows = connection.execute("SELECT address FROM full_text").fetchall()
    connection.close()
    return {address for (address,) in rows}


def test_what_is_remembered_of_pages_is_bounded(paper: Paper, make_config: Make) -> None:
    """Rows of pages that were asked two months ago are forgotten when others are remembered."""
    config = config_of(make_config, paper.web)
    report_of(config)
    paper.numbers = [5]
    paper.web.pages[paper.path(5)] = page_of(ARTICLES[5])
    paper.publish()
    report_of(config, 61 * 24 * 60)
    with sqlite3.connect(config.store_url.removeprefix("sqlite:///")) as connection:
        (rows,) = connection.execute("SELECT group_concat(address) FROM full_text").fetchone()
    connection.close()
    assert rows == canonical(f"{paper.web.url}{paper.path(5)}")


@pytest.mark.parametrize("table", ["full_text", "full_text_by_source"])
def test_what_is_damaged_of_pages_costs_no_pass(
    paper: Paper, make_config: Make, table: str
) -> None:
    """Where what is remembered of pages cannot be read, other sources are ingested all the same."""
    own = f'[[source]]\nname = "onno"\nfeed = "{paper.web.url}/onno"\n{LOCAL}'
    paper.web.pages["/onno"] = Page(rss([item(1)]))
    config = config_of(make_config, paper.web, own)
    one_pass(config)
    first_page_damaged(Path(config.store_url.removeprefix("sqlite:///")), table)
    paper.numbers = [0, 1, 2, 3]
    paper.web.pages[paper.path(3)] = page_of(ARTICLES[3])
    paper.publish()
    paper.web.pages["/onno"] = Page(rss([item(1), item(2)]))
    reports = {report.source: report for report in one_pass(config, now=NOW + MINUTES).sources}
    assert reports["onno"].new == 1
    assert reports["kagoj"].error or reports["kagoj"].new == 1


def test_a_dump_cannot_be_asked_for_pages(make_config: Make) -> None:
    """The key beside a dump is a fault that says why."""
    with pytest.raises(ConfigError, match="a dump holds its texts"):
        make_config('[[source]]\nname = "d"\ndump = "dumps/*.txt"\nfull_text = true\n')


def test_no_hub_is_asked_for_a_source_whose_pages_are(make_config: Make) -> None:
    """What a hub sends would be stored before its pages are asked."""
    own = '[[source]]\nname = "k"\nfeed = "https://a.example/"\nfull_text = true\n'
    (source,) = make_config(own).sources
    assert (source.push, source.full_text, source.full_texts_per_pass) == (False, True, 30)
