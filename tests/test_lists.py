"""The pages that list what there is: how to subscribe, the sources; what stands for search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import html

from aggregator.models import FeedDocument, FeedLink, FeedSpec, Frame, SourceLink
from aggregator.publish import folder, formats
from aggregator.publish.pages import lists
from tests.support.configurations import SITE
from tests.support.passes import NOW
from tests.test_config import NAMES_OF_THE_SITE

FRAME = Frame(
    title="খবরের হাট",
    front="bangla",
    feeds=(FeedLink(title="সব খবর", feed="bangla"),),
    sources=(
        SourceLink(title="ভোরের পাতা", home_page="https://bhor.example/", feed="kagoj-bhor"),
        SourceLink(title="উত্তরমেঘ", home_page="https://uttor.example/"),
        SourceLink(title="সংরক্ষিত পাতা"),
    ),
    has_search=True,
)


def feed(name: str, title: str, *, folder: str = "", description: str = "") -> FeedSpec:
    """Return a feed that is called so."""
    return FeedSpec(
        name=name,
        title=title,
        description=description or title,
        sources=("*",),
        limit=10,
        languages=("bn",),
        folder=folder,
    )


FEEDS = (
    feed("bangla", "সব খবর", description="প্রতিটি খবর একবার"),
    feed("kagoj-bhor", "ভোরের পাতা", folder="কাগজ"),
    feed("shirsho", "শীর্ষ খবর"),
    feed("kagoj-uttor", "উত্তরমেঘ", folder="কাগজ"),
)


def page(body: bytes) -> html.HtmlElement:
    """Return the root of a page."""
    return html.document_fromstring(body.decode())


def main_of(body: bytes) -> html.HtmlElement:
    """Return what a page has of its own."""
    (main,) = page(body).xpath("//main")
    return main


def links(element: html.HtmlElement) -> list[str]:
    """Return where the links within an element lead to, in order."""
    return [str(href) for href in element.xpath(".//a/@href")]


def test_every_feed_has_its_addresses_in_one_tap() -> None:
    """Links are relative, and what is copied, or handed to a reader, is the whole address."""
    boxes = main_of(lists.render_subscribe(FRAME, SITE, FEEDS)).find_class("subscribe")
    names = [links(box)[0].removesuffix(".html") for box in boxes]
    assert names == ["bangla", "kagoj-bhor", "kagoj-uttor", "shirsho"]
    for box, name in zip(boxes, names, strict=True):
        address = f"{SITE.url}{name}.atom"
        suffixes = ["html", *(output.suffix for output in formats.FORMATS)]
        assert links(box) == [*(f"{name}.{suffix}" for suffix in suffixes), f"feed:{address}"]
        assert box.xpath("string(.//code)") == address
    assert "প্রতিটি খবর একবার" in boxes[0].text_content()
    assert boxes[3].text_content().count("শীর্ষ খবর") == 1


def test_one_tap_selects_an_address() -> None:
    """Without a script: the style sheet says so of what the address stands in."""
    style = (Path(lists.__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
    assert re.search(r"(?m)^code \{[^}]*user-select: all;", style)


def test_feeds_of_one_folder_stand_together() -> None:
    """Folded, as a feed can have a hundred parts, where the first of them stands."""
    (folded,) = main_of(lists.render_subscribe(FRAME, SITE, FEEDS)).xpath(".//details")
    assert folded.xpath("string(summary)") == "কাগজ (২টি ফিড)"
    assert len(folded.find_class("subscribe")) == 2


def test_the_feeds_of_a_whole_site_are_had_at_once() -> None:
    """OPML, which readers import."""
    main = main_of(lists.render_subscribe(FRAME, SITE, FEEDS))
    assert "feeds.opml" in links(main)
    assert page(lists.render_subscribe(FRAME, SITE, FEEDS)).xpath(
        "//link[@rel='alternate']/@href"
    ) == [f"{each.name}.atom" for each in FEEDS]


@pytest.mark.parametrize("name", ["subscribe.html", "sources.html", "search.html"])
def test_lists_lead_to_what_there_is_and_load_nothing_of_others(name: str) -> None:
    """Each link is to a file of the folder, a place on a page, a reader or a paper."""
    files = {document.name for document in documents()}
    files |= {
        f"{each.name}.{suffix}" for each in FEEDS for suffix in ("html", "rss", "atom", "json")
    }
    pages = {each.name: page(each.body) for each in documents() if each.name.endswith(".html")}
    root = pages[name]
    papers = {source.home_page for source in FRAME.sources}
    for href in links(root):
        file, _, place = href.partition("#")
        assert file in files | papers | {"", "index.html"} or href.startswith("feed:"), href
        assert not place or place in pages[file or name].xpath("//@id"), href
    loaded = root.xpath("//link[@rel!='alternate']/@href | //@src | //@action")
    assert {*loaded} <= files
    assert not root.xpath("//script | //style | //@style | //iframe")


def documents() -> list[FeedDocument]:
    """Return the lists of a site as they are published."""
    sources = folder.sources_document(FRAME, SITE, {}, NOW)
    return [*folder.list_documents(FRAME, SITE, FEEDS, NOW), sources]


def test_no_feed_takes_the_name_of_a_list() -> None:
    """The configuration refuses all of them, and so the list is whole."""
    names = {document.name.partition(".")[0] for document in documents()} - {"feeds"}
    assert names | {"index", "entries"} == {*NAMES_OF_THE_SITE}


DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("silent", "said"),
    [
        ({}, ["", "", ""]),
        ({"উত্তরমেঘ": DAY}, ["", "নীরব, ২৪\u00a0নভেম্বর থেকে", ""]),
        (
            {"উত্তরমেঘ": DAY, "সংরক্ষিত পাতা": DAY.replace(year=2025)},
            ["", "নীরব, ২৪\u00a0নভেম্বর থেকে", "নীরব, ২৪\u00a0নভেম্বর ২০২৫ থেকে"],
        ),
    ],
)
def test_sources_have_a_home_page_a_feed_and_a_silence(
    silent: Mapping[str, date], said: list[str]
) -> None:
    """Each where there is one; a day of an earlier year than the latest says its year."""
    items = main_of(lists.render_sources(FRAME, silent)).xpath(".//ul[@class='sources']/li")
    assert [links(item) for item in items] == [
        ["https://bhor.example/", "kagoj-bhor.html"],
        ["https://uttor.example/"],
        [],
    ]
    assert [item.xpath("string(span)") for item in items] == said
    assert "ভোরের পাতা" in items[0].text_content()


def test_a_search_without_a_server_is_a_sentence() -> None:
    """A field would lead nowhere; where there is no search at all, nothing leads to the page."""
    body = lists.render_search(FRAME, url=SITE.url)
    assert "অনুসন্ধানের জন্য এই সাইটের সার্ভার চালু থাকতে হয়।" in main_of(body).text_content()
    assert not page(body).xpath("//form | //input")
    frame = replace(FRAME, has_search=False)
    without = page(lists.render_sources(frame, {}))
    assert not without.xpath("//form | //a[@href='search.html']")
    assert lists.SEARCH not in {each.name for each in folder.list_documents(frame, SITE, [], NOW)}


def test_a_list_says_of_itself_what_it_is() -> None:
    """To who links to it and to search engines: title, description, and its address in full."""
    root = page(lists.render_subscribe(FRAME, SITE, FEEDS))
    assert root.xpath("//title")[0].text == "কীভাবে সাবস্ক্রাইব করবেন · খবরের হাট"
    said = {str(meta.get("property")): meta.get("content") for meta in root.xpath("//meta")}
    assert said["og:url"] == f"{SITE.url}subscribe.html"
    assert said["og:description"] == root.xpath("//meta[@name='description']/@content")[0]
