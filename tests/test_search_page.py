"""Searches over HTTP: what any question is answered, in every format, and within which bounds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from html import escape
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from lxml.html import HtmlElement

from aggregator.models import (
    DateHow,
    Entry,
    EntryView,
    FeedDocument,
    Frame,
    MarkedText,
    ParsedEntry,
    Related,
    SearchHit,
    SearchOrder,
    SearchQuery,
    SearchResults,
    SearchTerm,
)
from aggregator.pipeline.search_answer import search_document
from aggregator.publish import files
from aggregator.publish.formats import FORMATS
from aggregator.publish.pages.search_page import render_search
from aggregator.publish.search_address import SearchAddress, read_address
from aggregator.server.allowance import Allowance
from aggregator.server.search import BOUNDS
from aggregator.store.store import Store
from tests.support.accessibility import violations
from tests.support.arrivals import ARTICLES, Arrivals, sources
from tests.support.arrivals import sent as carried
from tests.support.browser import Look, tab_of
from tests.support.configurations import Make
from tests.support.devtools import Chromium
from tests.support.other_servers import PACKAGES, missing, serving_with
from tests.support.passes import NOW
from tests.support.payloads import CONTROLS, KINDS, payload
from tests.support.seen_pages import overflowing, unfold
from tests.support.serving import Served, serving
from tests.support.validity import check_atom, check_json, check_rss
from tests.test_search import entry as sent
from tests.test_search import index

PATIENT = replace(BOUNDS, at_once=10_000)
SITE = '[site]\nurl = "https://khobor.example/"\n'


def made(make_config: Make, *entries: ParsedEntry, more: str = "") -> Arrivals:
    """Return a store in which entries of one source have arrived and are indexed."""
    text = f'{SITE}{more}[[feed]]\nname = "all"\n' + sources("a", "b")
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", entries))
    index(arrivals)
    return arrivals


@pytest.fixture
def arrivals(make_config: Make) -> Arrivals:
    """Return a store of three entries of which two tell of a port."""
    return made(
        make_config,
        sent(1, "চট্টগ্রাম বন্দরে মাশুল বাড়ল", "বন্দর কর্তৃপক্ষ মাশুল বাড়িয়েছে", hours=3),
        sent(2, "নদীতে পানি বাড়ছে", "পদ্মা নদীর পানি বিপৎসীমার ওপরে", hours=2),
        sent(3, "মাশুল নিয়ে ক্ষোভ", "বন্দরের ব্যবসায়ীরা ক্ষুব্ধ", hours=1),
    )


@pytest.fixture
def served(arrivals: Arrivals, tmp_path: Path) -> Iterator[Served]:
    """Serve searches in the store."""
    with serving(tmp_path, config=arrivals.config, searches=PATIENT) as server:
        yield server


# --- Addresses -----------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(["নদী", '"বন্দর মাশুল"', "-ট্রাক", "R&D", "a=b", "+#%?", "১০০%"])),
    st.sampled_from(SearchOrder),
    st.booleans(),
    st.integers(1, 50),
)
def test_an_address_is_read_as_it_was_written(
    parts: list[str], order: SearchOrder, only_titles: bool, page: int
) -> None:
    """There is one way to write a search, so that a cache holds each once."""
    asked = SearchAddress(question=" ".join(parts), order=order, only_titles=only_titles, page=page)
    assert read_address(asked.query.removeprefix("?").encode()) == asked


@given(st.binary(max_size=200))
def test_any_bytes_are_an_address(query: bytes) -> None:
    """What is read of them is written in one way, and read again it is the same."""
    asked = read_address(query)
    assert read_address(asked.query.removeprefix("?").encode()) == asked


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("page=2&q=নদী", "?q=নদী&page=2"),
        ("in=title&order=match&q=নদী", "?q=নদী&order=match&in=title"),
        ("q=নদী&q=পানি", "?q=নদী পানি"),
        ("q=নদী&page=-1", "?q=নদী"),
        ("q=নদী&page=99999999999999", "?q=নদী"),
        ("q=নদী&page=999", "?q=নদী&page=50"),
        ("q=নদী&page=২", "?q=নদী"),
        ("q=নদী&order=oldest&in=all&x=y", "?q=নদী"),
        ("q=%00নদী%ED%A0%80%FF", "?q=নদী"),
        ("q=" + "ক" * 1500, "?q=" + "ক" * 1000),
    ],
)
def test_what_has_no_meaning_is_left_out(query: str, canonical: str) -> None:
    """Parameters in another order, twice, unknown or out of bounds, and bytes that are no text."""
    written = quote(query, safe="&=%")
    asked = read_address(written.encode())
    assert asked.query == quote(canonical, safe="?&=").replace("%20", "+")


# --- Feeds ---------------------------------------------------------------------------------------


def test_a_search_is_a_valid_feed_in_every_format(served: Served) -> None:
    """Its entries have their own ids, its links the question, and it is told to no hub."""
    query = "?q=" + quote("বন্দর মাশুল").replace("%20", "+")
    ids = ["https://a.example/news/3", "https://a.example/news/1"]
    for suffix, check in (("atom", check_atom), ("rss", check_rss), ("json", check_json)):
        answer = served.get(f"/search.{suffix}{query}&page=2&order=match")
        assert answer.status_code == 200
        assert check(answer.content) == ids
        written = (
            f"https://khobor.example/search.{suffix}?q={quote('বন্দর মাশুল').replace('%20', '+')}"
        )
        assert escape(written) in answer.text, query
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    feed = etree.fromstring(served.get(f"/search.atom{query}").content)
    assert feed.findtext("{*}title") == "‘বন্দর মাশুল’: খবর"


def test_a_feed_of_nothing_is_valid(served: Served) -> None:
    """Who subscribes to words that stand nowhere yet gets an empty feed, and not a fault."""
    path = "?q=" + quote("উড়োজাহাজ")
    assert check_atom(served.get(f"/search.atom{path}").content) == []
    assert check_rss(served.get(f"/search.rss{path}").content) == []
    assert check_json(served.get(f"/search.json{path}").content) == []


def test_no_more_of_a_text_is_shown_than_feeds_carry(make_config: Make, tmp_path: Path) -> None:
    """Where every feed of a source has summaries alone, a search has no more of it."""
    long = " ".join(f"বন্দরের বিবরণের {number} নম্বর শব্দ" for number in range(200))
    arrivals = made(make_config, sent(1, "বন্দরে মাশুল", long + " শেষশব্দ"), more="")
    config = arrivals.config
    text = config.path.read_text(encoding="utf-8")
    with serving(tmp_path, config=config, searches=PATIENT) as server:
        path = "/search.json?q=" + quote("বন্দর")
        assert "শেষশব্দ" in server.get(path).text
        config.path.write_text(
            text.replace('name = "all"\n', 'name = "all"\ncontent = "summary"\n'), encoding="utf-8"
        )
        assert "শেষশব্দ" not in server.get(path).text
        (item,) = json.loads(server.get(path).text)["items"]
        assert item["title"] == "বন্দরে মাশুল"


def test_a_text_is_never_that_of_a_source_that_no_feed_shows(
    make_config: Make, tmp_path: Path
) -> None:
    """Where such a source has the fuller copy of a text, the copy of another one is shown."""
    arrivals = made(make_config)
    fuller = replace(ARTICLES[0], paragraphs=(*ARTICLES[0].paragraphs, *ARTICLES[0].paragraphs))
    arrivals.arrive(
        ("a", [carried(ARTICLES[0], 1, hours=2)]), ("b", [carried(fuller, 2, site="b", hours=1)])
    )
    index(arrivals)
    config = arrivals.config
    text = config.path.read_text(encoding="utf-8")
    query = f"q={quote(ARTICLES[0].title)}"
    with serving(tmp_path, config=config, searches=PATIENT) as server:
        (both,) = page_of(server, query).xpath("//main//article")
        assert texts(both, ".//summary") == ["আরও ১টি কাগজে"]
        assert "কাগজ b" in both.text_content()
        config.path.write_text(
            text.replace('name = "all"\n', 'name = "all"\nsources = ["a"]\n'), encoding="utf-8"
        )
        (item,) = json.loads(server.get(f"/search.json?{query}").text)["items"]
        assert item["_source"]["title"] == "কাগজ a"


def test_what_no_feed_shows_is_not_found(make_config: Make, tmp_path: Path) -> None:
    """A source that is in no feed is searched by nobody from outside."""
    arrivals = made(make_config, sent(1, "বন্দরে মাশুল"))
    config = arrivals.config
    text = config.path.read_text(encoding="utf-8")
    with serving(tmp_path, config=config, searches=PATIENT) as server:
        path = "/search.atom?q=" + quote("বন্দর")
        assert len(check_atom(server.get(path).content)) == 1
        config.path.write_text(
            text.replace('name = "all"\n', 'name = "all"\nsources = ["b"]\n'), encoding="utf-8"
        )
        assert check_atom(server.get(path).content) == []


# --- The page ------------------------------------------------------------------------------------


def page_of(served: Served, query: str) -> HtmlElement:
    """Return the page of a search, which is answered as one."""
    answer = served.get(f"/search?{quote(query, safe='&=%')}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return html.document_fromstring(answer.content)


def texts(page: HtmlElement, path: str) -> list[str]:
    """Return the texts of the elements of a page that a path finds."""
    return [" ".join(found.text_content().split()) for found in page.findall(path)]


def test_a_page_shows_what_was_found(served: Served) -> None:
    """The words, how many stories, the forms that occur, and each story with whole words marked."""
    page = page_of(served, "q=বন্দর মাশুল")
    assert texts(page, ".//h1") == ["‘বন্দর মাশুল’: ২টি খবর"]
    assert page.xpath("//main//input/@value") == ["বন্দর মাশুল"]
    assert texts(page, ".//main//h2") == ["মাশুল নিয়ে ক্ষোভ", "চট্টগ্রাম বন্দরে মাশুল বাড়ল"]
    assert {*texts(page, ".//main//mark")} == {"মাশুল", "বন্দরের", "বন্দরে", "বন্দর"}
    (forms,) = texts(page, ".//div[@class='looked-for']/p")
    assert forms.startswith("শব্দরূপ মিলিয়ে খোঁজা: বন্দর, বন্দরে")
    assert texts(page, ".//article//time") == ["আজ, ১১:০০", "আজ, ০৯:০০"]
    assert texts(page, ".//nav[@aria-label='পাতা']//li") == []  # all of them are on this page
    assert page.xpath("count(//details[@class='subscribe'][not(@open)])") == 1


def test_every_way_on_leads_to_what_it_says(served: Served) -> None:
    """Orders, titles alone, formats and the field, each at the one address of its search."""
    page = page_of(served, "q=মাশুল&x=1")
    addresses = [link.get("href") for link in page.iterfind(".//main//nav//a")]
    query = f"?q={quote('মাশুল')}"
    assert addresses == [
        f"search.html{query}",
        f"search.html{query}&order=match",
        f"search.html{query}&in=title",
    ]
    alternates = [link.get("href") for link in page.iterfind(".//head/link[@rel='alternate']")]
    assert alternates == [f"search.{suffix}{query}" for suffix in ("atom", "rss", "json")]
    subscribed = [link.get("href") for link in page.iterfind(".//details//ul[@class='buttons']//a")]
    offered = [f"search.{output.suffix}{query}" for output in FORMATS]  # as on every page
    assert subscribed == [*offered, f"feed:https://khobor.example/search.atom{query}"]
    for address in (*addresses, *alternates):
        assert served.get(f"/{address}").status_code == 200
    assert texts(page_of(served, "q=বন্দর&in=title"), ".//main//h2") == ["চট্টগ্রাম বন্দরে মাশুল বাড়ল"]


def test_pages_follow_each_other(make_config: Make, tmp_path: Path) -> None:
    """Twenty stories stand on each, and each story on one."""
    arrivals = made(
        make_config,
        *(sent(number, f"মাশুলের {number} নম্বর খবর", hours=number) for number in range(45)),
    )
    seen: list[str] = []
    with serving(tmp_path, config=arrivals.config, searches=PATIENT) as server:
        address = "/search.html?q=" + quote("মাশুল")
        while address:
            page = html.document_fromstring(server.get(address).content)
            seen += texts(page, ".//main//h2")
            following = page.find(".//a[@rel='next']")
            if following is not None:
                assert following.text == "পরের ২০টি →"
            address = "" if following is None else f"/{following.get('href')}"
        assert texts(page, ".//nav[@aria-label='পাতা']//li") == ["← আগের ২০টি", "৪১–৪৫ / ৪৫"]
    assert seen == [f"মাশুলের {number} নম্বর খবর" for number in range(45)]


@pytest.mark.parametrize(
    ("query", "status", "heading"),
    [
        ("", 200, "খবর খুঁজুন"),
        ("q=", 200, "খবর খুঁজুন"),
        ("q=%00%01", 200, "খবর খুঁজুন"),
        ("q=%ED%A0%80", 200, "খবর খুঁজুন"),
        ("q=।?!", 400, "‘।?!’"),
        ('q="""', 400, '‘"""’'),
        ("q=উড়োজাহাজ", 200, "‘উড়োজাহাজ’"),
        ("q=মাশুল%00", 200, "‘মাশুল’: ২টি খবর"),
        ("q=মাশুল&q=বন্দর", 200, "‘মাশুল বন্দর’: ২টি খবর"),
        ("q=" + "x" * 10_000, 200, "‘" + "x" * 99 + "…’"),
        ("q=মাশুল&page=50", 200, "‘মাশুল’: ২টি খবর"),
        ("q=-মাশুল", 400, "‘-মাশুল’"),
        ("&&==;;%", 200, "খবর খুঁজুন"),
        ("q=" + "ক্" * 500, 200, "‘" + "ক্" * 50 + "’"),
    ],
)
def test_every_question_is_answered(served: Served, query: str, status: int, heading: str) -> None:
    """What is no question, finds nothing or is too long is told in a sentence, never a fault."""
    for path in ("/search", "/search.html"):
        answer = served.get(f"{path}?{quote(query, safe='&=%')}")
        assert answer.status_code == status
        page = html.document_fromstring(answer.content)
        assert texts(page, ".//h1") == [heading]
    if status == 400:
        assert "এতে খোঁজার মতো কোনো শব্দ নেই।" in answer.text
    for suffix in ("rss", "atom", "json"):
        feed = served.get(f"/search.{suffix}?{quote(query, safe='&=%')}")
        is_asked = status == 200 and heading != "খবর খুঁজুন"
        assert feed.status_code == (200 if is_asked else 400)
        assert "শব্দ" in feed.text or is_asked


def test_more_than_a_server_reads_is_told_so(served: Served) -> None:
    """An address of 90 KB, as 10,000 Bengali characters make, ends in an answer as well.

    The server reads 64 KB, unless it gets all at once.
    """
    lines = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    request = f"GET /search?q={quote('ক' * 10_000)} {lines}"
    status = served.send(request.encode()).split(b"\r\n")[0]
    assert status in (b"HTTP/1.1 200 OK", b"HTTP/1.1 400 Bad Request")


# --- Nothing runs --------------------------------------------------------------------------------


ENTRY = Entry(
    id="https://a.example/1",
    source="a",
    link="https://a.example/1",
    title="",
    summary="",
    content_html="",
    authors=(),
    categories=(),
    language="bn",
    published=NOW,
    updated=NOW,
    date_how=DateHow.STATED,
)


def elements(page: bytes) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page with the names of their attributes, in order."""
    found = html.document_fromstring(page).iter(etree.Element)
    return [(element.tag, tuple(sorted(map(str, element.attrib)))) for element in found]


def view_of(text: str, link: str) -> EntryView:
    """Return an entry of which every text is the same."""
    entry = replace(
        ENTRY,
        title=text,
        summary=text,
        content_html=text,
        authors=(text,),
        categories=(text,),
        rights=text,
        topic=text,
        link=link,
    )
    return EntryView(
        entry=entry,
        source="a",
        source_title=text,
        source_feed="https://a.example/feed",
        source_categories=(text,),
        source_timezone="Asia/Dhaka",
        related=((Related(link=link, source="a", is_same_text=True, title=text), text),),
        timezone="Asia/Dhaka",
        language="bn",
    )


def found_page(text: str, link: str = "https://a.example/1") -> bytes:
    """Return a page on which the question, and every text of a story, is the same."""
    view = view_of(text, link)
    marked = MarkedText(text=text, marks=((0, 1), (2, 3)))
    hit = SearchHit(story=1, entry=view.entry, published=NOW, title=marked, excerpt=marked)
    term = SearchTerm(text=text, alternatives=(text,), is_exact=False)
    exact = replace(term, is_exact=True)
    query = SearchQuery(wanted=(term, exact), excluded=(exact,))
    return render_search(
        Frame(title=text, has_search=True),
        SearchAddress(question=text),
        SearchResults(query=query, hits=(hit,), count=1),
        [view],
        NOW.date(),
        "https://khobor.example/",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_becomes_markup(kind: str) -> None:
    """Whatever the question or a source says, the page has the elements of one that says a word."""
    text = payload(kind, "x").encode("utf-8", "ignore").decode()
    assert elements(found_page(text)) == elements(found_page("বন্দর"))
    assert b"javascript:" not in found_page("বন্দর", f"javascript:{text}")


def test_no_question_breaks_a_feed(arrivals: Arrivals) -> None:
    """A feed that is titled with a question is valid whatever that is, and its texts are inert."""
    with Store.beside(arrivals.config.store_url) as store:
        for kind in KINDS:
            query = f"q={quote(f'মাশুল {payload(kind, kind)}', errors='replace')}"
            asked = read_address(query.encode())
            for suffix, check in (("atom", check_atom), ("rss", check_rss), ("json", check_json)):
                check(search_document(store, arrivals.config, asked, suffix, NOW).body)


@pytest.fixture
def styled(arrivals: Arrivals, tmp_path: Path) -> Iterator[Served]:
    """Serve searches in the store, with the style sheet."""
    folder = tmp_path / "feeds"
    style = resources.files("aggregator.publish.pages") / "static" / "style.css"
    files.put(folder, FeedDocument(name="style.css", body=style.read_bytes(), modified=NOW))
    with serving(folder, config=arrivals.config, searches=PATIENT) as server:
        yield server


def test_nobody_is_kept_out(styled: Served, browser: Chromium) -> None:
    """axe-core finds no barrier, and nothing is wider than a phone, with text at 200 % too."""
    with tab_of(browser, {}) as tab:
        for question in ("মাশুল বন্দর", "উড়োজাহাজ", "?!", "", '"মাশুল" -ট্রাক ' + "দীর্ঘ" * 90):
            for look in (Look(width=320, height=640), Look(width=390, text_percent=200), Look()):
                tab.show(look)
                seen = tab.open(f"{styled.url}/search?q={quote(question)}")
                assert seen.loaded and not seen.violations
                unfold(tab)
                assert overflowing(tab) == [], (question, look)
            assert violations(tab) == [], question


@pytest.mark.parametrize("kinds", [CONTROLS, pytest.param(tuple(KINDS), marks=pytest.mark.attack)])
def test_no_question_runs(kinds: tuple[str, ...], styled: Served, browser: Chromium) -> None:
    """In a real Chromium no question does anything, nor is anything tried that a policy stops."""
    with tab_of(browser, {}) as tab:
        for kind in kinds:
            text = f"মাশুল {payload(kind, kind)}"
            seen = tab.open(f"{styled.url}/search?q={quote(text, errors='replace')}")
            assert not seen.marks and not seen.violations, kind


# --- HTTP ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_what_a_client_has_is_not_sent_again(served: Served, suffix: str) -> None:
    """The tag is of the bytes in the encoding that is sent, and HEAD is GET without them."""
    path = f"/search.{suffix}?q=" + quote("মাশুল")
    tags = set()
    for coding in ("br", "gzip", "identity"):
        answer = served.get(path, Accept_Encoding=coding)
        assert answer.headers.get("Content-Encoding", "identity") == coding
        tag = answer.headers["ETag"]
        tags.add(tag)
        again = served.get(path, Accept_Encoding=coding, If_None_Match=tag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag and "Content-Type" not in again.headers
        other = served.get(path, Accept_Encoding=coding, If_Match='"x"')
        assert (other.status_code, other.content) == (412, b"")
    assert len(tags) == 3
    head = served.send(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert head.startswith(b"HTTP/1.1 200") and head.endswith(b"\r\n\r\n")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    is_xml = suffix != "json"
    assert answer.headers["Vary"] == ("Accept, " if is_xml else "") + "Accept-Encoding"
    browser = served.get(path, Accept="text/html,application/xml;q=0.9,*/*;q=0.8")
    assert browser.headers["Content-Type"].startswith("application/xml") == is_xml


def test_only_reading_is_answered(served: Served) -> None:
    """Another method is refused, and names those that there are."""
    answer = served.send(
        b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert b" 405 " in answer.splitlines()[0] and b"Allow: GET, HEAD" in answer


def test_a_client_that_asks_too_often_waits(arrivals: Arrivals, tmp_path: Path) -> None:
    """Others are answered meanwhile; behind a proxy on this machine, who is who it says."""
    bounds = replace(BOUNDS, at_once=2, every_seconds=60.0)
    with serving(tmp_path, config=arrivals.config, searches=bounds) as server:
        path = "/search.atom?q=" + quote("মাশুল")
        ours = [server.get(path, X_Forwarded_For="192.0.2.1") for _ in range(3)]
        assert [answer.status_code for answer in ours] == [200, 200, 429]
        assert 0 < int(ours[-1].headers["Retry-After"]) <= 60
        # What a client writes into the header itself stands before what its proxy adds.
        lied = server.get(path, X_Forwarded_For="198.51.100.7, 192.0.2.1")
        assert lied.status_code == 429
        person = server.get("/search?q=x", X_Forwarded_For="192.0.2.1", Accept="text/html,*/*")
        assert person.status_code == 429 and int(person.headers["Retry-After"])
        assert person.headers["Vary"] == "Accept, Accept-Encoding"
        assert "<h1>অল্প সময়ে অনেকবার খোঁজা হয়েছে।</h1>" in person.text
        assert server.get(path, X_Forwarded_For="192.0.2.2").status_code == 200
        assert server.get(path).status_code == 200


def test_more_searches_than_there_is_room_for_are_refused(
    arrivals: Arrivals, tmp_path: Path
) -> None:
    """Of many at once some are told to come again; all are answered, and so is who comes then."""
    bounds = replace(PATIENT, threads=1, most_waiting=1)
    with serving(tmp_path, config=arrivals.config, searches=bounds) as server:
        path = "/search.atom?q=" + quote("মাশুল")
        with ThreadPoolExecutor(20) as clients:
            answers = list(clients.map(lambda _: server.get(path), range(60)))
        assert {answer.status_code for answer in answers} == {200, 503}
        assert all("Retry-After" in each.headers for each in answers if each.status_code == 503)
        assert server.get(path).status_code == 200


@given(
    st.lists(st.floats(0, 20, allow_nan=False), max_size=60),
    st.integers(1, 5),
    st.floats(0.1, 10, allow_nan=False),
)
def test_no_client_gets_more_than_its_allowance(
    pauses: list[float], at_once: int, every_seconds: float
) -> None:
    """In any span of time it has its allowance at once, and one more for each interval.

    Nobody is told to wait for longer than an interval.
    """
    allowance, now, taken = Allowance(at_once, every_seconds), 0.0, list[float]()
    for pause in pauses:
        now += pause
        wait = allowance.seconds_to_wait("x", now)
        assert wait <= every_seconds + 1e-6
        if not wait:
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            span = taken[last] - start
            assert last - first + 1 <= at_once + span / every_seconds + 1e-6


# --- The store and the configuration -------------------------------------------------------------


def test_without_search_there_is_nothing_to_ask(arrivals: Arrivals, tmp_path: Path) -> None:
    """The key of the configuration counts as soon as it is changed, a faulty file as before."""
    config = arrivals.config
    text = config.path.read_text(encoding="utf-8")
    with serving(tmp_path, config=config, searches=PATIENT) as server:
        path = "/search.atom?q=" + quote("মাশুল")
        assert server.get(path).status_code == 200
        config.path.write_text(text.replace("[site]\n", "[site]\nsearch = false\n"), "utf-8")
        assert server.get(path).status_code == 404
        assert server.get("/search").status_code == 404
        config.path.write_text("[site\n", "utf-8")
        assert server.get(path).status_code == 404
        config.path.write_text(text, "utf-8")
        assert server.get(path).status_code == 200


def test_a_store_that_cannot_be_read_is_asked_again_later(
    arrivals: Arrivals, tmp_path: Path
) -> None:
    """Missing or damaged it is a short answer; another in its place is searched at once."""
    store = tmp_path / "aggregator.db"
    with serving(tmp_path, config=arrivals.config, searches=PATIENT) as server:
        path = "/search.atom?q=" + quote("মাশুল")
        assert len(check_atom(server.get(path).content)) == 2
        whole = store.read_bytes()
        store.rename(tmp_path / "aside.db")
        gone = server.get(path)
        assert gone.status_code == 503 and int(gone.headers["Retry-After"])
        store.write_bytes(b"no database" * 1000)
        assert server.get(path).status_code == 503
        store.unlink()
        store.write_bytes(whole)
        assert len(check_atom(server.get(path).content)) == 2


def test_no_snapshot_is_kept(arrivals: Arrivals, tmp_path: Path) -> None:
    """What is stored between two searches is found, and the log of the store is taken in."""
    store = tmp_path / "aggregator.db"
    with serving(tmp_path, config=arrivals.config, searches=PATIENT) as server:
        path = "/search.atom?q=" + quote("মাশুল")
        assert len(check_atom(server.get(path).content)) == 2
        arrivals.arrive(("b", [sent(4, "নতুন মাশুল", hours=0)]))
        index(arrivals)
        assert len(check_atom(server.get(path).content)) == 3
        with closing(sqlite3.connect(store)) as connection:
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not is_busy
    assert not Path(f"{store}-wal").exists()  # else the next start takes the store for left open


def test_without_a_configuration_nothing_is_searched(arrivals: Arrivals, tmp_path: Path) -> None:
    """A server that finds a faulty file at its start says that it cannot search now."""
    arrivals.config.path.write_text("[site\n", "utf-8")
    with serving(tmp_path, config=arrivals.config, searches=PATIENT) as server:
        assert server.get("/search?q=x").status_code == 503


# --- Behind another server -----------------------------------------------------------------------


@pytest.mark.parametrize("server", sorted(PACKAGES))
def test_other_servers_hand_searches_on(server: str, arrivals: Arrivals, tmp_path: Path) -> None:
    """Answers are ours, and each client is known by its address, whatever it says itself."""
    if reason := missing(server):
        pytest.skip(reason)
    folder = tmp_path / "feeds"
    files.put(folder, FeedDocument(name="search.html", body=b"<p>x", modified=NOW))
    bounds = replace(BOUNDS, at_once=9, every_seconds=60.0)
    with serving(folder, config=arrivals.config, searches=bounds) as own:
        searches = ":".join(map(str, own.address))
        with serving_with(server, folder, tmp_path, searches=searches) as other:
            paths = [f"/search{suffix}" for suffix in ("", ".html", ".rss", ".atom", ".json")]
            for path in paths:
                asked = f"{path}?q={quote('মাশুল')}"
                ours = own.get(asked, X_Forwarded_For="192.0.2.9")
                theirs = other.get(asked, X_Forwarded_For="192.0.2.7")
                assert (theirs.status_code, theirs.content) == (200, ours.content), path
                for name in ours.headers:
                    if name not in ("date", "server", "connection", "Content-Length"):
                        assert theirs.headers[name] == ours.headers[name], (path, name)
            spoofed = [other.get(asked, X_Forwarded_For=f"192.0.2.{n}") for n in range(5)]
            assert spoofed[-1].status_code == 429


@pytest.mark.parametrize("server", sorted(PACKAGES))
def test_without_our_server_a_page_says_so(server: str, tmp_path: Path) -> None:
    """Where nothing answers searches, the published page does."""
    if reason := missing(server):
        pytest.skip(reason)
    folder = tmp_path / "feeds"
    files.put(folder, FeedDocument(name="search.html", body=b"<p>x", modified=NOW))
    with serving_with(server, folder, tmp_path) as other:
        for path in ("/search?q=x", "/search.html", "/search.rss?q=x"):
            answer = other.get(path)
            assert (answer.status_code, answer.content) == (503, b"<p>x"), path
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
