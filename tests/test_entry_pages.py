"""A text without an address of its own has a page of ours, which every format leads to for good."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from aggregator.console.explanation import answer_lines
from aggregator.models import Config, ContentShown, FeedReport, ParsedEntry
from aggregator.pipeline import archive as archiving
from aggregator.pipeline import entry_pages
from aggregator.pipeline.explain import explain
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge
from aggregator.pipeline.run_pass import publish_stored
from aggregator.publish.entry_names import FOLDER, is_page_name, page_name
from aggregator.publish.pages import entry_page
from aggregator.store.store import Store
from evaluation.material import Article
from tests.support.arrivals import ARTICLES, Arrivals, sources
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW, one_pass
from tests.support.published import state_of
from tests.support.serving import serving
from tests.support.texts import BODY, OTHER_BODY, PAGE, SIDEBAR, TITLE
from tests.test_plans import statements

NOTICE = "এই লেখাটি সরিয়ে নেওয়া হয়েছে।"
OTHER_TITLE = "হাওরে ধান কাটার ধুম, মজুরি দেড় গুণ"


def saved(article: Article, number: int, *, hours: float = 0, more: str = "") -> ParsedEntry:
    """Return an article as a record of a dump has it, without an address."""
    return ParsedEntry(
        native_id=f"record-{number}",
        link="",
        title_html=article.title,
        content_html="".join(f"<p>{part}</p>" for part in (*article.paragraphs, more) if part),
        published=(NOW - timedelta(hours=hours)).isoformat(),
    )


def linked(article: Article, paper: str, number: int) -> ParsedEntry:
    """Return an article as a paper sends it, with its address."""
    address = f"https://{paper}.example/{number}"
    return replace(saved(article, number), native_id=address, link=address)


def pages(config: Config) -> dict[str, str]:
    """Return the pages of entries as they lie on the disk, by name."""
    folder = config.site.output / FOLDER
    return {f"{FOLDER}/{path.name}": path.read_text() for path in sorted(folder.glob("*"))}


def publish(arrivals: Arrivals) -> list[FeedReport]:
    """Publish every feed; return the reports."""
    with Store.open(arrivals.config.store_url) as store:
        return publish_all(arrivals.run(store))


def led_to(config: Config) -> set[str]:
    """Return the names of all pages of entries that any file of the folder leads to."""
    address = re.compile(rf"{FOLDER}/[a-z2-7]+\.html")
    return {
        name
        for path in config.site.output.glob("[!.]*.*")
        if path.suffix in (".rss", ".atom", ".json", ".html")
        for name in address.findall(path.read_text())
    }


def led_to_by_pages(config: Config) -> set[str]:
    """Return the addresses under which pages of entries lead to each other."""
    return {
        str(address)
        for page in pages(config).values()
        for address in found(page, "//main//@href")
        if address.startswith("../entries/")
    }


def purge_titled(arrivals: Arrivals, title: str) -> None:
    """Purge the story of an entry, as a person does."""
    with Store.beside(arrivals.config.store_url) as store:
        assert purge(store, title, arrivals.config.dedupe, lambda: NOW)


def found(page: str | bytes, path: str) -> list[str]:
    """Return what an XPath that selects texts or attributes finds in a page."""
    values: Any = html.fromstring(page if isinstance(page, bytes) else page.encode()).xpath(path)
    return [str(value) for value in values]


def words_of(page: str) -> str:
    """Return the text of a page's main part."""
    return " ".join(found(page, "//main//text()"))


@pytest.fixture
def arrivals(make_config: Make) -> Arrivals:
    """Return a store of two saved articles and one with an address, published."""
    config = make_config(
        '[[feed]]\nname = "bangla"\nlimit = 4\nper_source = 1\n' + sources("a", "b", "c")
    )
    arrivals = Arrivals(config)
    arrivals.arrive(
        ("a", [saved(ARTICLES[0], 1, hours=3), saved(ARTICLES[1], 2, hours=2)]),
        ("b", [linked(ARTICLES[2], "b", 3)]),
    )
    arrivals.publish()
    return arrivals


# --- Names ---------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_name_is_one_ids_alone_and_no_path(one: str, other: str) -> None:
    """Whatever a source calls its entries."""
    assert is_page_name(page_name(one)) and page_name(one) == page_name(one).lower()
    assert (page_name(one) == page_name(other)) == (one == other)


# --- Addresses -----------------------------------------------------------------------------------


@pytest.fixture
def dumped(make_config: Make, tmp_path: Path) -> Config:
    """Return the configuration of a dump of page texts that was published."""
    dumps = tmp_path / "pages"
    dumps.mkdir()
    other = "\n".join((OTHER_TITLE, *OTHER_BODY, "খ.গ", *SIDEBAR))
    for name, text in (("one.txt", PAGE), ("two.txt", other)):
        (dumps / name).write_text(text, encoding="utf-8")
        os.utime(dumps / name, (1_790_000_000, 1_790_000_000))
    config = make_config('[[source]]\nname = "d"\ntitle = "সংগ্রহ"\ndump = "pages/*.txt"\n')
    assert not one_pass(config).failed
    return config


@pytest.mark.parametrize("suffix", ["rss", "atom", "json", "html"])
def test_every_format_leads_to_a_file_that_has_the_text(dumped: Config, suffix: str) -> None:
    """Of a dump of pages, whose entries have nothing else to lead to."""
    body = (dumped.site.output / f"bangla.{suffix}").read_bytes()
    if suffix == "html":
        addresses = found(body, "//article//h3/a/@href")
        titles = found(body, "//article//h3/a/text()")
    elif suffix == "json":
        items = json.loads(body)["items"]
        addresses, titles = [each["url"] for each in items], [each["title"] for each in items]
    else:
        entries = feedparser.parse(body).entries
        addresses, titles = [each.link for each in entries], [each.title for each in entries]
    text_of = {TITLE: BODY, OTHER_TITLE: OTHER_BODY}
    assert {*titles} == {*text_of}
    for address, title in zip(addresses, titles, strict=True):
        assert is_page_name(address.removeprefix(dumped.site.url))
        assert suffix == "html" or address.startswith(dumped.site.url)
        page = (dumped.site.output / address.removeprefix(dumped.site.url)).read_text()
        assert all(part in words_of(page) for part in (title, *text_of[title], "সংগ্রহ"))


def test_ids_are_what_they_were_and_no_addresses(dumped: Config) -> None:
    """The published id is the store's, in all formats, and is no permanent link in RSS."""
    with closing(sqlite3.connect(dumped.store_url.removeprefix("sqlite:///"))) as database:
        ids = {row[0] for row in database.execute("SELECT id FROM entry")}
    rss = feedparser.parse((dumped.site.output / "bangla.rss").read_bytes())
    atom = feedparser.parse((dumped.site.output / "bangla.atom").read_bytes())
    items = json.loads((dumped.site.output / "bangla.json").read_bytes())["items"]
    assert {each.id for each in rss.entries} == {each.id for each in atom.entries} == ids
    assert {each["id"] for each in items} == ids
    assert not any(each.guidislink for each in rss.entries)
    assert {page_name(each) for each in ids} == {*pages(dumped)}


def test_a_text_with_an_address_has_no_page(arrivals: Arrivals) -> None:
    """Its paper shows it."""
    assert len(pages(arrivals.config)) == 2
    assert led_to(arrivals.config) == {*pages(arrivals.config)}


def test_a_page_says_whose_the_text_is_and_how_it_was_had(dumped: Config) -> None:
    """The date that was inferred, when the page was read, and in which language all is."""
    (page,) = [page for page in pages(dumped).values() if TITLE in page]
    assert found(page, "/html/@lang") == ["bn"] and found(page, "//h1/text()") == [TITLE]
    assert found(page, "//details/summary/text()") == ["তারিখ অনুমিত"]
    assert found(page, "//time/@datetime") == ["2024-11-29", "2026-11-24T12:00+06:00"]
    assert "পাতার সংরক্ষিত কপি থেকে নেওয়া" in words_of(page)
    assert "মূল পাতা খুলুন" not in page  # there is none
    assert found(page, "//meta[@property='og:type']/@content") == ["article"]
    assert found(page, "//link[@rel='alternate']/@href")[0] == "../bangla.atom"
    assert all(
        each.startswith(("../", "#")) for each in found(page, "//@href | //@src | //@action")
    )


def test_explain_names_the_page(dumped: Config) -> None:
    """A person who asks for a title learns where its text is to be read."""
    with Store.beside(dumped.store_url) as store:
        answer = explain(dumped, store, TITLE, NOW)
    (entry,) = answer.entries
    assert f"  page       {dumped.site.url}{page_name(entry.member.id)}" in [
        *answer_lines(answer, dumped)
    ]


# --- What else a page shows ----------------------------------------------------------------------


def test_a_paper_that_has_the_text_too_is_named_on_its_page(arrivals: Arrivals) -> None:
    """The page is written again when another paper brings the text, and no other page is."""
    before = state_of(arrivals.config.site.output / FOLDER)
    arrivals.arrive(("c", [linked(ARTICLES[0], "c", 9)]))
    arrivals.publish()
    after = state_of(arrivals.config.site.output / FOLDER)
    assert after.keys() == before.keys()
    (changed,) = [name for name in after if after[name] != before[name]]
    page = after[changed][0].decode()
    assert "এই লেখা আরও ১টি কাগজে" in page and "https://c.example/9" in page
    assert after[changed][1] > before[changed][1]


def test_texts_without_addresses_lead_to_each_other(make_config: Make) -> None:
    """Where two collections hold one text, each page names the other, and so does the feed."""
    config = make_config('[[feed]]\nname = "bangla"\n' + sources("a", "b"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [saved(ARTICLES[0], 1)]), ("b", [saved(ARTICLES[0], 2)]))
    arrivals.publish()
    assert {*pages(config)} == led_to(config) and len(pages(config)) == 2
    for name, page in pages(config).items():
        (other,) = {*pages(config)} - {name}
        assert f'href="../{other}"' in page and f'href="../{name}"' not in page
    (item,) = json.loads((config.site.output / "bangla.json").read_bytes())["items"]
    (related,) = item["_related"]
    assert {item["url"], related["url"]} == {f"{config.site.url}{name}" for name in pages(config)}


def test_a_page_shows_no_more_of_a_text_than_its_feeds(arrivals: Arrivals) -> None:
    """Where a source's text is not to be published, its page has the summary alone."""
    paragraph = ARTICLES[0].paragraphs[-1]
    assert any(paragraph in page for page in pages(arrivals.config).values())
    config = arrivals.config
    arrivals.config = replace(
        config, feeds=tuple(replace(feed, content=ContentShown.SUMMARY) for feed in config.feeds)
    )
    arrivals.publish()
    assert not any(paragraph in page for page in pages(config).values())
    assert any(ARTICLES[0].title in page for page in pages(config).values())


def test_a_page_that_learns_an_address_leads_to_it(arrivals: Arrivals) -> None:
    """The feed leads to the paper from then on, and who has the page's address gets there."""
    before = pages(arrivals.config)
    address = "https://a.example/original"
    arrivals.arrive(("a", [replace(saved(ARTICLES[0], 1, hours=3), link=address)]))
    arrivals.publish()
    after = pages(arrivals.config)
    assert after.keys() == before.keys()
    (page,) = [page for name, page in after.items() if page != before[name]]
    assert f'<a href="{address}">মূল পাতা খুলুন</a>' in page
    assert len(led_to(arrivals.config)) == 1


# --- When pages are written ----------------------------------------------------------------------


def test_nothing_new_costs_nothing_for_any_page(arrivals: Arrivals) -> None:
    """No statement is about pages, and the folder is not listed."""
    with Store.open(arrivals.config.store_url) as store:
        run = arrivals.run(store)
        publish_stored(run)
        with statements() as seen:
            reports = publish_stored(run)
    assert seen and not any("entry_page" in statement for statement in seen)
    assert not any(report.pages_written or report.has_more for report in reports)


def test_a_revised_text_is_on_its_page_and_no_other_page_is_touched(arrivals: Arrivals) -> None:
    """The page keeps its address; who comes by an old link reads what is known now."""
    before = state_of(arrivals.config.site.output / FOLDER)
    more = "পরে জানা গেছে, কাজটি আগামী মাসে শেষ হবে বলে আশা করছেন কর্মকর্তারা।"
    arrivals.arrive(("a", [saved(ARTICLES[0], 1, hours=3, more=more)]))
    arrivals.publish()
    after = state_of(arrivals.config.site.output / FOLDER)
    (changed,) = [name for name in after if after[name] != before.get(name)]
    assert more in after[changed][0].decode() and len(after) == len(before)


def test_a_page_stays_when_its_entry_has_left_the_feed(arrivals: Arrivals) -> None:
    """In archives or not, the address was given to readers."""
    config = arrivals.config
    arrivals.config = replace(
        config, feeds=tuple(replace(feed, archive=False) for feed in config.feeds)
    )
    before = pages(config)
    arrivals.arrive(("b", [linked(article, "b", n) for n, article in enumerate(ARTICLES[3:9], 10)]))
    arrivals.publish()
    assert not led_to(config) and pages(config) == before


def test_the_address_of_the_site_moves_no_page(arrivals: Arrivals) -> None:
    """Pages lead by relative addresses, so that only the documents are written again."""
    config = arrivals.config
    before = state_of(config.site.output / FOLDER)
    site = replace(config.site, url="https://new.example/")
    arrivals.config = replace(config, site=site)
    published = arrivals.publish()
    assert b"https://new.example/entries/" in published["bangla.rss"]
    assert state_of(config.site.output / FOLDER) == before


@pytest.mark.parametrize("lost", ["one", "folder", "all"])
def test_lost_pages_are_put_back(arrivals: Arrivals, lost: str) -> None:
    """One that somebody removed, their folder, and the whole published folder."""
    config = arrivals.config
    before = pages(config)
    if lost == "one":
        (config.site.output / next(iter(before))).unlink()
    for path in sorted(config.site.output.rglob("*"), reverse=True) if lost == "all" else ():
        path.rmdir() if path.is_dir() else path.unlink()
    if lost == "folder":
        for name in before:
            (config.site.output / name).unlink()
        (config.site.output / FOLDER).rmdir()
    with Store.open(config.store_url) as store:
        publish_stored(arrivals.run(store))
    assert pages(config) == before


def test_pages_of_another_look_are_written_in_steps(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site that is called otherwise has its news at once, and its pages some at a time."""
    monkeypatch.setattr(entry_pages, "PAGES_TOGETHER", 3)
    arrivals = Arrivals(make_config('[[feed]]\nname = "bangla"\n' + sources("a")))
    arrivals.arrive(("a", [saved(article, n) for n, article in enumerate(ARTICLES[:8])]))
    arrivals.publish()
    count = len(pages(arrivals.config))
    site = replace(arrivals.config.site, title="নতুন নাম")
    arrivals.config = replace(arrivals.config, site=site)
    steps: list[tuple[int, bool]] = []
    while not steps or steps[-1][1]:
        (*_, lists) = publish(arrivals)
        steps.append((lists.pages_written, lists.has_more))
        written = sum("নতুন নাম" in page for page in pages(arrivals.config).values())
        assert written == sum(step for step, _ in steps)
        assert "নতুন নাম" in (arrivals.config.site.output / "index.html").read_text()
    assert all(step <= 3 for step, _ in steps) and written == count > 6


def test_the_times_of_pages_are_in_the_zone_of_the_site(arrivals: Arrivals) -> None:
    """Whatever it was when a page was first written."""
    config = arrivals.config
    arrivals.config = replace(config, site=replace(config.site, timezone="Asia/Kolkata"))
    publish(arrivals)
    for page in pages(config).values():
        assert {at[-6:] for at in found(page, "//time/@datetime")} == {"+05:30"}


def test_a_page_leads_to_no_topic_whose_feed_is_gone(make_config: Make) -> None:
    """The topic stays, as text alone."""
    feeds = (
        '[[feed]]\nname = "bangla"\n'
        '[[feed]]\nname = "rajniti"\ntopics = ["রাজনীতি"]\n'
        '[[feed]]\nname = "khela"\ntopics = ["খেলা"]\n'
    )
    text = feeds + sources("a", extra='category = "খেলা"\n')
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", [saved(ARTICLES[0], 1)]))
    arrivals.publish()
    (page,) = pages(arrivals.config).values()
    assert found(page, "//a[@class='topic']/@href") == ["../khela.html"]
    arrivals.config = replace(arrivals.config, feeds=arrivals.config.feeds[:2])
    arrivals.publish()
    (page,) = pages(arrivals.config).values()
    assert found(page, "//*[@class='topic']/text()") == ["খেলা"]
    assert not found(page, "//a[@class='topic']/@href")


def test_the_first_publishing_of_a_large_dump_is_bounded(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the feed and this publishing's archive documents lead to, and all of that."""
    monkeypatch.setattr(archiving, "LEAST_SIZE", 4)
    monkeypatch.setattr(archiving, "ENTRIES_TOGETHER", 8)
    arrivals = Arrivals(make_config('[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a")))
    made = [saved(ARTICLES[n], n, hours=100 - n) for n in range(36)]
    arrivals.arrive(("a", made))
    counts = []
    while True:
        reports = publish(arrivals)
        assert led_to(arrivals.config) <= {*pages(arrivals.config)}
        counts.append(len(pages(arrivals.config)))
        if not any(report.has_more for report in reports):
            break
    assert len(counts) > 2 and counts[0] <= 4 + 2 * 8
    assert led_to(arrivals.config) == {*pages(arrivals.config)}


# --- What is purged ------------------------------------------------------------------------------


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_purged_text_is_gone_from_the_disk(arrivals: Arrivals, *, is_shown: bool) -> None:
    """At the next publishing, from its page and from every other; its address has a notice."""
    title, config = ARTICLES[0].title, arrivals.config
    if not is_shown:
        news = [linked(article, "b", n) for n, article in enumerate(ARTICLES[3:9], 10)]
        arrivals.arrive(("b", news))
        arrivals.publish()
    before = pages(config)
    (name,) = [name for name, page in before.items() if title in page]
    purge_titled(arrivals, title)
    arrivals.publish()
    for path in config.site.output.rglob("*"):
        if path.is_file():
            assert ARTICLES[0].paragraphs[0].encode() not in path.read_bytes()
            assert path.suffix in (".br", ".gz") or title.encode() not in path.read_bytes()
    assert NOTICE in pages(config)[name] and "noindex" in pages(config)[name]
    assert {**pages(config), name: ""} == {**before, name: ""}
    with Store.open(config.store_url) as store:
        publish_stored(arrivals.run(store))
    (config.site.output / name).unlink()
    arrivals.publish()
    assert NOTICE in pages(config)[name]


def test_a_purge_while_pages_are_written_is_made_good(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text was read before the purge and put in place after it."""
    config, title = arrivals.config, ARTICLES[3].title
    arrivals.arrive(("a", [saved(ARTICLES[3], 5)]))
    render = entry_page.render_page

    def purging(*values: object) -> bytes:
        body = render(*values)  # type: ignore[arg-type]  # handed on as they come
        if title.encode() in body:
            with Store.beside(config.store_url) as store, store.write() as unit:
                unit.stories.purge(unit.lookup.by_title(title, 1), NOW)
        return body

    with monkeypatch.context() as patch:
        patch.setattr(entry_page, "render_page", purging)
        arrivals.publish()
    arrivals.publish()
    assert not any(title in page for page in pages(config).values())
    assert sum(NOTICE in page for page in pages(config).values()) == 1


def test_a_headline_that_was_purged_is_on_no_page(make_config: Make) -> None:
    """A page that named another text of its event names it no longer."""
    config = make_config('[[feed]]\nname = "bangla"\n' + sources("a", "b"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [saved(ARTICLES[0], 1)]), ("b", [saved(ARTICLES[0], 2)]))
    arrivals.publish()
    with closing(sqlite3.connect(config.store_url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE entry SET story = pk")  # as if each told it in other words
        database.execute("DELETE FROM tie")
        database.execute("INSERT INTO event_link SELECT min(pk), max(pk), 0.9 FROM entry")
        database.execute("INSERT INTO event_member SELECT pk, 1 FROM entry")
        database.commit()
    arrivals.publish()
    one, other = pages(config)
    assert "একই ঘটনার খবর" in pages(config)[one] and other in pages(config)[one]
    with Store.open(config.store_url) as store, store.write() as unit:
        (pk,) = [pk for pk, entry_id in unit.pages.in_place().items() if page_name(entry_id) == one]
        unit.stories.purge([pk], NOW)
    arrivals.publish()
    assert NOTICE in pages(config)[one] and one not in pages(config)[other]


# --- Whatever goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        "aggregator.store.entry_pages.EntryPages.want",
        "aggregator.publish.files.put_together",
        "aggregator.publish.files._replace",
        "aggregator.durable.sync",
        "aggregator.store.entry_pages.EntryPages.mark_written",
        "aggregator.publish.files.put",
        "aggregator.pipeline.publish.remember_standings",
    ],
)
def test_a_publishing_that_was_killed_is_made_good(
    make_config: Make, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No document leads to what is not there, and the next publishing ends as if nothing was."""
    states = []
    for is_killed in (False, True):
        folder = tmp_path / str(is_killed)
        config = make_config('[[feed]]\nname = "bangla"\n' + sources("a"))
        config = replace(
            config,
            store_url=f"sqlite:///{folder}/aggregator.db",
            site=replace(config.site, output=folder / "feeds"),
        )
        folder.mkdir()
        arrivals = Arrivals(config)
        arrivals.arrive(("a", [saved(ARTICLES[0], 1)]))
        arrivals.publish()
        arrivals.arrive(("a", [saved(ARTICLES[1], 2), saved(ARTICLES[2], 3)]))

        def killed(*_: object, **_more: object) -> None:
            raise KeyboardInterrupt

        if is_killed:
            with monkeypatch.context() as patch:
                patch.setattr(moment, killed)
                with pytest.raises(KeyboardInterrupt):
                    arrivals.publish()
            assert led_to(config) <= {*pages(config)}
            half = config.site.output / FOLDER / ".lane-1.tmp"
            half.write_text("half of a page")
        arrivals.publish()
        assert led_to(config) == {*pages(config)}
        states.append({name: body for name, (body, _) in state_of(config.site.output).items()})
    assert states[0] == states[1]


def test_what_cannot_be_written_is_said_and_made_good(arrivals: Arrivals) -> None:
    """A file lies where the folder of pages should: the feed is published, with an error."""
    config = arrivals.config
    before = pages(config)
    for name in before:
        (config.site.output / name).unlink()
    (config.site.output / FOLDER).rmdir()
    (config.site.output / FOLDER).write_text("a person's")
    arrivals.arrive(("b", [linked(ARTICLES[4], "b", 7)]))
    *_, feed, lists = publish(arrivals)
    assert not feed.error and FOLDER in lists.error
    assert ARTICLES[4].title in (config.site.output / "bangla.atom").read_text()
    (config.site.output / FOLDER).unlink()
    assert not publish(arrivals)[-1].error
    assert pages(config) == before


def test_a_page_that_cannot_be_written_keeps_no_other_waiting(arrivals: Arrivals) -> None:
    """Else a purged text would stay because of what stands in the place of another page."""
    arrivals.arrive(("a", [saved(ARTICLES[at], at) for at in range(3, 10)]))
    publish(arrivals)
    for at in range(3, 10):
        purge_titled(arrivals, ARTICLES[at].title)
    (name,) = [name for name, page in pages(arrivals.config).items() if ARTICLES[9].title in page]
    blocked = arrivals.config.site.output / name
    blocked.unlink()
    blocked.mkdir()
    assert name in publish(arrivals)[-1].error
    blocked.rmdir()
    texts = " ".join(pages(arrivals.config).values())
    assert not [at for at in range(3, 10) if ARTICLES[at].title in texts]
    assert publish(arrivals)[-1].pages_written == 1


def test_a_page_does_not_lead_to_pages_that_there_are_not(make_config: Make) -> None:
    """Else each page of an old event would ask for another one; a feed leads to the first."""
    config = make_config(
        '[[feed]]\nname = "bangla"\nsources = ["a"]\nevents = "none"\n' + sources("a", "b")
    )
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [saved(ARTICLES[0], 1)]), ("b", [saved(ARTICLES[1], 2)]))
    with closing(sqlite3.connect(config.store_url.removeprefix("sqlite:///"))) as database:
        database.execute("INSERT INTO event_link SELECT min(pk), max(pk), 0.9 FROM entry")
        database.execute("INSERT INTO event_member SELECT pk, 1 FROM entry")
        database.commit()
    arrivals.publish()
    (page,) = pages(config).values()
    assert ARTICLES[0].title in page and ARTICLES[1].title not in page
    assert not found(page, "//main//@href")
    feed = replace(config.feeds[0], name="b", sources=("b",))
    arrivals.config = replace(config, feeds=(*config.feeds, feed))
    publish(arrivals)
    assert led_to_by_pages(config) == {f"../{name}" for name in pages(config)}
    assert not any(report.files_written or report.pages_written for report in publish(arrivals))


# --- Served --------------------------------------------------------------------------------------


@pytest.fixture
def served(arrivals: Arrivals) -> Iterator[tuple[str, Config]]:
    """Serve what was published."""
    with serving(arrivals.config.site.output) as server:
        yield server.url.removeprefix("http://"), arrivals.config


def _get(host: str, path: str) -> tuple[int, str | None, bytes]:
    with closing(HTTPConnection(host, timeout=HUNG_SECONDS)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": "br, gzip"})
        with connection.getresponse() as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()


def test_pages_are_served_and_nothing_else_of_their_folder(served: tuple[str, Config]) -> None:
    """As they lie on the disk; no other name, no way out of the folder, nothing half written."""
    host, config = served
    for name, page in pages(config).items():
        assert _get(host, f"/{name}") == (200, "text/html; charset=utf-8", page.encode())
    (config.site.output / FOLDER / ".lane-1.tmp").write_text("half")
    (config.site.output / FOLDER / "secret.html").write_text("a person's")
    paths = (".lane-1.tmp", "secret.html", "", "../bangla.rss", "%2e%2e/bangla.rss", "a" * 26)
    for path in (*paths, f"{'a' * 26}.html", f"{'a' * 26}.html.br", f"../{FOLDER}/secret.html"):
        assert _get(host, f"/{FOLDER}/{path}")[0] == 404
    assert _get(host, f"/{FOLDER}")[0] == 404
