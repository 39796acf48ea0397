"""Pages for people: what they show, in which order, how they say days and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from aggregator.bengali.calendar import bangladesh, bangladesh_date
from aggregator.models import (
    DateHow,
    Entry,
    FeedLink,
    FeedOrder,
    FeedView,
    Frame,
    Media,
    MediaRole,
    Related,
    Source,
    SourceLink,
)
from aggregator.publish.entries import RenderedEntries
from aggregator.publish.pages import days, layout
from aggregator.publish.pages.assets import files
from aggregator.publish.pages.feed_page import PAGE
from aggregator.publish.pages.front import render_front
from aggregator.publish.rendered import entries_by_digest
from aggregator.publish.view import NO_TIME
from tests.support.configurations import SITE
from tests.test_publish import ENTRY, SPEC

NOON = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)  # 12:00 in Dhaka
TODAY = date(2026, 11, 26)
SOURCES = {
    "a": Source(name="a", title="ভোরের পাতা", feed="https://a.example/rss"),
    "b": Source(name="b", title="উত্তরমেঘ", feed="https://b.example/rss"),
    "c": Source(name="c", title="নগর বার্তা", feed="https://c.example/rss"),
}
FRAME = Frame(
    title="বাংলা সংবাদ",
    front="bangla",
    feeds=(FeedLink(title="সব খবর", feed="bangla"),),
    topics=(FeedLink(title="খেলা", feed="khela"), FeedLink(title="শিক্ষা", feed="shikkha")),
    sources=(
        SourceLink(title="ভোরের পাতা", home_page="https://a.example/"),
        SourceLink(title="উত্তরমেঘ", home_page="https://b.example/", feed="uttor"),
        SourceLink(title="নগর বার্তা"),
    ),
    has_search=True,
)
PICTURE = Media(
    url="https://a.example/1.jpg", role=MediaRole.PICTURE, width=1200, height=800, alt="ঘাট"
)


def entry(number: int = 1, **changes: Any) -> Entry:
    """Return an entry of its own id, published at noon."""
    made = replace(
        ENTRY,
        id=f"https://a.example/{number}",
        link=f"https://a.example/{number}",
        title=f"{number} নম্বর খবর",
        published=NOON,
        updated=NOON,
    )
    return replace(made, **changes)


def view(*entries: Entry, name: str = "bangla", **changes: Any) -> FeedView:
    """Return a feed of these entries within a frame, last changed at noon."""
    made = FeedView(
        spec=replace(SPEC, name=name, title="সব খবর"),
        site=SITE,
        entries=entries,
        sources=SOURCES,
        updated=NOON,
        frame=FRAME,
    )
    return replace(made, **changes)


def shown(feed: FeedView) -> Any:
    """Return the page of a feed, parsed."""
    return html.fromstring(PAGE.render(feed).decode())


def front(feed: FeedView, top: Sequence[int] = ()) -> Any:
    """Return the front page of a feed, parsed, with top stories by their places in the feed."""
    views = list(feed.each())
    return html.fromstring(render_front(feed, [views[at] for at in top]).decode())


def words(element: Any) -> str:
    """Return the text of an element, with its spaces as one."""
    return " ".join(str(element.text_content()).split())


def outline(page: Any) -> list[tuple[str, str]]:
    """Return the headings of a page's main part and its head, with their levels."""
    found = page.xpath(
        "//body//*[self::h1 or self::h2 or self::h3 or self::h4][not(ancestor::aside)]"
    )
    return [(heading.tag, words(heading)) for heading in found]


# --- Numbers and days ----------------------------------------------------------------------------

WESTERN = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")


@given(st.integers(0, 10**12))
def test_a_number_reads_back_and_is_grouped_by_two_after_the_thousands(value: int) -> None:
    """Bengali counts in thousands, lakhs and crores."""
    written = days.number(value).translate(WESTERN)
    assert int(written.replace(",", "")) == value
    *pairs, last = written.split(",")
    assert len(last) == 3 or not pairs
    assert [len(pair) for pair in pairs[1:]] == [2] * len(pairs[1:])


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_a_day_of_the_bangla_year_reads_back(day: date) -> None:
    """Of Bangladesh each day has one, and from it the day is found."""
    assert bangladesh(*bangladesh_date(day)) == day


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_a_span_names_its_first_and_last_day(first: date, length: int) -> None:
    """Whatever they have in common is said once; the year always, as such a page stays."""
    last = first + timedelta(days=length)
    written = days.span(first, last).translate(WESTERN).replace("–", " ").split()
    assert written[0] == str(first.day)
    assert written[-1] == str(last.year)
    assert str(last.day) in written
    assert (str(first.year) in written[:-1]) is (first.year != last.year)


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [
        ("Asia/Dhaka", "বৃহস্পতিবার, ২৬ নভেম্বর ২০২৬ · ১১ অগ্রহায়ণ ১৪৩৩"),
        ("Asia/Kolkata", "বৃহস্পতিবার, ২৬ নভেম্বর ২০২৬"),
    ],
)
def test_only_bangladesh_has_a_bangla_day(timezone: str, expected: str) -> None:
    """India counts the Bangla year otherwise."""
    assert days.masthead(NOON.date(), timezone).replace("\u00a0", " ") == expected


def test_a_day_and_its_month_are_not_parted() -> None:
    """A line ends before the day or behind the month."""
    assert "২৬\u00a0নভেম্বর" in days.day(TODAY)


# --- The frame -----------------------------------------------------------------------------------


def test_every_page_has_its_landmarks_and_ways() -> None:
    """A reader of screens finds the head, the news, what leads on, and the foot."""
    for page in (shown(view(entry())), front(view(entry()))):
        assert page.get("lang") == "bn"
        assert page.xpath("//body/a[1]/@href") == ["#main"]
        ways = page.xpath("//header/nav[@aria-label='প্রধান']//a/text()")
        assert ways == ["খবর", "বিষয়", "ফিড", "সূত্র", "সাবস্ক্রাইব", "খুঁজুন"]
        assert [part.tag for part in page.xpath("//main | //aside | //footer")] == [
            *("main", "aside", "footer")
        ]
        for href in page.xpath("//header/nav//a/@href[starts-with(., '#')]"):
            assert page.get_element_by_id(href[1:]) is not None
        assert page.xpath("count(//h1)") == 1


def test_no_page_needs_a_script_or_a_style_of_its_own() -> None:
    """So a policy can forbid both."""
    for page in (shown(view(entry(media=(PICTURE,)))), front(view(entry()), [0])):
        assert (
            page.xpath("//script | //style | //*[@style] | //*[starts-with(name(@*), 'on')]") == []
        )
        assert page.xpath("//link[@rel='stylesheet']/@href") == ["style.css"]
    assert files().keys() == {"style.css", "feed.css", "favicon.svg"}


def test_without_a_server_nothing_leads_to_searching() -> None:
    """Neither a field nor a link."""
    page = shown(view(entry(), frame=replace(FRAME, has_search=False)))
    assert page.xpath("//form") == []
    assert page.xpath("//a[contains(@href, 'search')]") == []


def test_without_a_frame_the_site_is_named_and_no_way_leads_nowhere() -> None:
    """There are no topics, feeds and sources to lead to."""
    page = shown(view(entry(), frame=Frame()))
    assert words(page.xpath("//header/p")[0]) == SITE.title
    ways = page.xpath("//header/nav//a/text()")
    assert ways == ["খবর", "সাবস্ক্রাইব"]
    assert page.xpath("//aside/*") == []


def test_the_head_says_when_the_page_last_changed() -> None:
    """The time is that of the newest change it shows, so another look leaves the bytes."""
    page = shown(view(entry()))
    line = words(page.xpath("//header/p[@class='date']")[0])
    assert line == "বৃহস্পতিবার, ২৬ নভেম্বর ২০২৬ · ১১ অগ্রহায়ণ ১৪৩৩ শেষ হালনাগাদ ১২:০০"
    assert page.xpath("//header//time/@datetime") == ["2026-11-26T12:00+06:00"]
    assert shown(view(updated=NO_TIME)).xpath("//header//time") == []


def test_sources_lead_to_their_feed_or_their_home() -> None:
    """One without either is named all the same."""
    page = shown(view(entry()))
    sources = page.get_element_by_id("sources")
    assert words(sources.find(".//summary")) == "সূত্র (৩)"
    assert sources.xpath(".//a/@href") == ["https://a.example/", "uttor.html"]
    assert [words(one) for one in sources.xpath(".//li")] == ["ভোরের পাতা", "উত্তরমেঘ", "নগর বার্তা"]


def test_a_block_is_no_text_that_anybody_can_send() -> None:
    """A text that looks like the place of a block stays text."""
    page = shown(view(entry(title=str(layout.BLOCK)), entry(2)))
    assert [words(one) for one in page.xpath("//article//h3")] == [str(layout.BLOCK), "2 নম্বর খবর"]


# --- A story -------------------------------------------------------------------------------------


def test_a_story_is_in_one_order() -> None:
    """Picture, headline, summary, source, topic, language and time, then who else tells it."""
    told = Related(link="https://b.example/1", source="b", is_same_text=False, title="অন্য শিরোনাম")
    one = entry(summary="দুই লাইন।", topic="খেলা", language="as", media=(PICTURE,), related=(told,))
    (article,) = shown(view(one)).iter("article")
    assert [part.tag for part in article.iter("img", "h3", "p", "details")] == [
        *("img", "h3", "p", "p", "details")
    ]
    labels = article.find(".//p[@class='labels']")
    assert [words(each) for each in labels] == ["ভোরের পাতা", "খেলা", "অসমীয়া", "১২:০০"]
    assert article.xpath(".//a[@class='topic']/@href") == ["khela.html"]
    assert (article.get("lang"), labels.get("lang")) == ("as", "bn")
    assert article.find(".//details").get("lang") == "bn"
    assert article.xpath(".//time/@datetime") == ["2026-11-26T12:00+06:00"]


def test_what_is_missing_leaves_nothing() -> None:
    """No picture, summary, topic, address or other paper: no element of theirs."""
    bare = entry(summary=entry().title, link="", topic="", related=())
    (article,) = shown(view(bare)).iter("article")
    assert [part.tag for part in article.iter()] == [*("article", "div", "h3", "p", "span", "time")]


@pytest.mark.parametrize(
    ("title", "summary", "shown_summary"),
    [
        ("ঘাটে ভিড় বাড়ছে।", "ঘাটে ভিড় বাড়ছে। নৌকা কম।", "নৌকা কম।"),
        ("ঘাটে ভিড় বাড়ছে", "ঘাটে ভিড় বাড়ছে। নৌকা কম।", "নৌকা কম।"),
        ("ঘাটে ভিড় কেন?", "ঘাটে ভিড় কেন? নৌকা কম।", "নৌকা কম।"),
        ("ঘাটে ভিড় বাড়ছে", "ঘাটে ভিড় বাড়ছে।", None),
        ("ঘাটে ভিড়", "ঘাটে ভিড় বাড়ছে। নৌকা কম।", "ঘাটে ভিড় বাড়ছে। নৌকা কম।"),
        ("ঘাটে ভিড় বাড়ছে…", "ঘাটে ভিড় বাড়ছে রোজ।", "ঘাটে ভিড় বাড়ছে রোজ।"),
        ("।", "। নৌকা কম।", "। নৌকা কম।"),
    ],
)
def test_a_summary_does_not_begin_by_saying_the_headline_again(
    title: str, summary: str, shown_summary: str | None
) -> None:
    """Where its first sentence is the headline, the next is the first that is shown."""
    (article,) = shown(view(entry(title=title, summary=summary))).iter("article")
    paragraphs = [words(each) for each in article.iter("p") if each.get("class") is None]
    assert paragraphs == ([] if shown_summary is None else [shown_summary])


def test_a_summary_is_cut_at_a_word_and_a_headline_never() -> None:
    """What a page shows is cut before it is published, as a style sheet cuts signs off."""
    title = "নদীর পাড়ে নতুন খেয়াঘাট " * 20
    long = f"উজানে {title}"
    (article,) = shown(view(entry(title=title.strip(), summary=long))).iter("article")
    summary = words(article.find(".//p"))
    assert len(summary) <= 150 and summary.endswith("…")
    assert summary[:-1] + " " in long
    assert words(article.find(".//h3")) == title.strip()


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1200, 800, ("160", "107")),
        (400, 4000, ("24", "240")),
        (100, 60, ("100", "60")),
        (9000, 1, ("160", "1")),
        (None, 800, ("160", None)),
    ],
)
def test_a_picture_keeps_its_ratio_and_is_small_without_a_style(
    width: int | None, height: int | None, expected: tuple[str, str | None]
) -> None:
    """The sizes are those that a page without its style sheet shows it in."""
    picture = replace(PICTURE, width=width, height=height)
    (image,) = shown(view(entry(media=(picture,)))).xpath("//article//img")
    assert (image.get("width"), image.get("height")) == expected
    assert (image.get("loading"), image.get("referrerpolicy")) == ("lazy", "no-referrer")
    assert image.get("alt") == "ঘাট"


def test_each_other_paper_is_one_link_with_its_own_headline() -> None:
    """The oldest first; one whose headline is not known is named alone, and is last if undated."""
    at = "https://b.example/"
    told = (
        Related(link=f"{at}1", source="b", is_same_text=False, title="পরের শিরোনাম", published=NOON),
        Related(
            link="https://c.example/1",
            source="c",
            is_same_text=True,
            title="আগের শিরোনাম",
            published=NOON - timedelta(hours=13),
        ),
        Related(link=f"{at}2", source="b", is_same_text=False),
        Related(link="https://a.example/9", source="a", is_same_text=True, title="নিজের"),
    )
    (article,) = shown(view(entry(related=told))).iter("article")
    assert words(article.find(".//summary")) == "আরও ২টি কাগজে"
    assert [words(one) for one in article.iter("li")] == [
        "নগর বার্তা আগের শিরোনাম · একই লেখা ২৫ নভেম্বর, ২৩:০০",
        "উত্তরমেঘ পরের শিরোনাম ১২:০০",
    ]
    assert article.xpath(".//li//a/@href") == ["https://c.example/1", f"{at}1"]
    old = (Related(link=f"{at}2", source="b", is_same_text=False),)
    (article,) = shown(view(entry(related=old))).iter("article")
    assert [words(one) for one in article.iter("li")] == ["উত্তরমেঘ"]


@pytest.mark.parametrize(
    ("published", "how", "timezone", "shown_as", "machine"),
    [
        # --- a day without a time: its beginning in the source's zone, or written as one in UTC
        ("2026-05-15T18:00", DateHow.STATED, "Asia/Dhaka", "", "2026-05-16"),
        ("2026-05-15T18:30", DateHow.INFERRED, "Asia/Kolkata", " তারিখ অনুমিত", "2026-05-16"),
        ("2026-05-16T00:00", DateHow.STATED, "Asia/Dhaka", "", "2026-05-16"),
        # --- with a time, if it is a minute or a second past midnight
        ("2026-05-15T18:01", DateHow.STATED, "Asia/Dhaka", " ০০:০১", "2026-05-16T00:01+06:00"),
        ("2026-05-15T18:00:07", DateHow.STATED, "Asia/Dhaka", " ০০:০০", "2026-05-16T00:00+06:00"),
        ("2026-05-15T18:00", DateHow.STATED, "Asia/Kolkata", " ০০:০০", "2026-05-16T00:00+06:00"),
        # --- first seen, be it at midnight
        (
            *("2026-05-15T18:00", DateHow.FIRST_SEEN, "Asia/Dhaka"),
            *(" প্রথম দেখা: ০০:০০", "2026-05-16T00:00+06:00"),
        ),
        (
            *("2026-05-16T06:40", DateHow.FIRST_SEEN, "Asia/Dhaka"),
            *(" প্রথম দেখা: ১২:৪০", "2026-05-16T12:40+06:00"),
        ),
    ],
)
def test_the_page_says_how_a_date_is_known(
    published: str, how: DateHow, timezone: str, shown_as: str, machine: str
) -> None:
    """A day alone is shown without a time, and a time that no source stated as what it is."""
    moment = datetime.fromisoformat(published).replace(tzinfo=UTC)
    sources = SOURCES | {"a": replace(SOURCES["a"], timezone=timezone)}
    page = shown(view(entry(published=moment, date_how=how), sources=sources))
    assert words(page.xpath("//article//p[@class='labels']")[0]) == f"ভোরের পাতা{shown_as}"
    has_clock = "T" in machine
    assert page.xpath("//article//time/@datetime") == [machine] * has_clock
    assert outline(page)[-2][1] == "১৬ মে"


def test_a_day_alone_is_shown_where_none_stands_above_it() -> None:
    """Under its heading there is no time; at the top, and in order of papers, the day is."""
    midnight = NOON.replace(hour=18) - timedelta(days=1)
    feed = view(entry(1, published=midnight), today=TODAY)
    by_papers = replace(SPEC, order=FeedOrder.TOP)
    for page in (shown(replace(feed, spec=by_papers)), front(feed, top=(0,))):
        assert [words(time) for time in page.xpath("//article//time")] == ["আজ"]
    for page in (shown(feed), front(feed)):
        assert page.xpath("//article//time | //article//comment()") == []


def test_a_story_has_the_same_bytes_in_whatever_feed_it_stands() -> None:
    """Only its page's own topic is taken out of it, and its level put right."""
    one, rendered = entry(topic="খেলা"), RenderedEntries()
    bodies = rendered.bodies(entries_by_digest(view(one)))
    assert bodies == rendered.bodies(entries_by_digest(view(one, name="khela")))
    article = bodies[0][-1]
    assert article in PAGE.render(view(one))
    assert article not in PAGE.render(view(one, name="khela"))
    assert shown(view(one, name="khela")).xpath("//article//*[@class='topic']") == []


def test_no_title_is_taken_for_what_pages_put_right() -> None:
    """A headline that is written like a heading, a pill or a time stays as it was sent."""
    titles = [
        "</h3><h3>খবর</h3>",
        '<a class="topic" href="khela.html">খেলা</a>',
        '<time datetime="2026-11-26T12:00+06:00">১২:০০</time>',
    ]
    entries = [entry(at, title=title, topic="খেলা") for at, title in enumerate(titles)]
    top_order = replace(SPEC, name="khela", order=FeedOrder.TOP)
    for page in (
        front(view(*entries)),
        shown(view(*entries, name="khela")),
        shown(view(*entries, spec=top_order)),
    ):
        headings = page.xpath("//article//*[self::h2 or self::h3 or self::h4]")
        assert [words(heading) for heading in headings] == titles
        assert len(page.xpath("//article//time")) == len(titles)


# --- The page of a feed --------------------------------------------------------------------------


def test_a_feed_is_shown_by_day() -> None:
    """Days are headings, each once, the newest first, whatever the order within the feed."""
    hours = (0, 1, 30, 2, 60)
    feed = view(
        *(entry(at, published=NOON - timedelta(hours=hour)) for at, hour in enumerate(hours))
    )
    assert outline(shown(feed))[2:] == [
        *(("h2", "২৬ নভেম্বর"), ("h3", "0 নম্বর খবর"), ("h3", "1 নম্বর খবর")),
        *(("h3", "3 নম্বর খবর"), ("h2", "২৫ নভেম্বর"), ("h3", "2 নম্বর খবর")),
        *(("h2", "২৪ নভেম্বর"), ("h3", "4 নম্বর খবর")),
    ]
    named = [
        words(day) for day in shown(replace(feed, today=TODAY)).xpath("//section[@class='day']/h2")
    ]
    assert named == ["আজ", "গতকাল, ২৫ নভেম্বর", "২৪ নভেম্বর"]
    later = replace(feed, updated=NOON + timedelta(days=60))
    assert words(shown(later).xpath("//section[@class='day']/h2")[0]) == "২৬ নভেম্বর ২০২৬"


def test_what_is_not_in_order_of_time_says_its_day_itself() -> None:
    """Of a feed of what most papers report no day can be a heading."""
    spec = replace(SPEC, order=FeedOrder.TOP)
    page = shown(view(entry(1), entry(2, published=NOON - timedelta(days=1)), spec=spec))
    assert [tag for tag, _ in outline(page)] == ["h1", "h2", "h2", "h2"]
    assert [words(time) for time in page.xpath("//article//time")] == [
        *("২৬ নভেম্বর, ১২:০০", "২৫ নভেম্বর, ১২:০০")
    ]
    page = shown(view(entry(1), entry(2, published=NOON), spec=spec, today=TODAY))
    assert [words(time) for time in page.xpath("//article//time")] == ["আজ, ১২:০০"] * 2


def test_a_feed_says_how_to_subscribe() -> None:
    """In every format, with the address in full, and by one tap in a reader."""
    page = shown(view(entry()))
    box = page.xpath("//section[@class='subscribe']")[0]
    assert box.xpath(".//a/@href") == [
        *("bangla.rss", "bangla.atom", "bangla.json"),
        *("feed:https://khobor.example/bangla.atom", "subscribe.html"),
    ]
    assert words(box.find(".//code")) == "https://khobor.example/bangla.atom"
    alternates = page.xpath("//link[@rel='alternate']/@href")
    assert alternates == ["bangla.atom", "bangla.rss", "bangla.json"]


def test_an_empty_feed_says_so() -> None:
    """Nothing else stands in its place."""
    assert "এখনও কোনো খবর নেই।" in words(shown(view()).find(".//main"))
    assert "এখনও কোনো খবর নেই।" in words(front(view()).find(".//main"))


def test_pages_lead_to_older_and_newer_ones() -> None:
    """An older page says which days it has, in full, and not when it was last changed."""
    feed = view(entry(1), entry(2, published=NOON - timedelta(days=2)), prev_archive=7)
    assert shown(feed).xpath("//nav[@class='pages']//a/@href") == ["bangla-archive-7.html"]
    older = shown(replace(feed, archive=7, prev_archive=6))
    nav = older.xpath("//nav[@class='pages']")[0]
    assert nav.xpath(".//a/@href") == ["bangla.html", "bangla-archive-6.html"]
    assert [words(part) for part in nav.iter("li")] == [
        *("← নতুনতর", "২৪–২৬ নভেম্বর ২০২৬", "আরও পুরোনো খবর →")
    ]
    assert outline(older)[0] == ("h1", "সব খবর, ২৪–২৬ নভেম্বর ২০২৬")
    assert outline(older)[1] == ("h2", "২৬ নভেম্বর ২০২৬")
    assert older.xpath("//header//time") == []
    between = shown(replace(feed, archive=7, prev_archive=None, next_archive=8))
    assert between.xpath("//nav[@class='pages']//a/@href") == ["bangla-archive-8.html"]
    assert shown(view(entry())).xpath("//nav[@class='pages']") == []


def test_an_older_page_leads_to_no_feed_that_can_be_gone() -> None:
    """It stays as it is, so that the lists of feeds, topics and sources are the front page's."""
    older = shown(view(entry(1), archive=7, prev_archive=6))
    assert older.xpath("//aside") == []
    assert older.xpath("//nav[@aria-label='প্রধান']//a/@href")[1:4] == [
        *("index.html#topics", "index.html#feeds", "index.html#sources")
    ]
    feeds = {each.feed for each in (*FRAME.feeds, *FRAME.topics)} - {"bangla"}
    assert not feeds & {name.removesuffix(".html") for name in older.xpath("//a/@href")}


# --- The front page ------------------------------------------------------------------------------


def test_the_front_page_is_news() -> None:
    """The top stories, then all others by day, none of them twice."""
    entries = [entry(at, published=NOON - timedelta(hours=at)) for at in range(14)]
    page = front(view(*entries, today=TODAY), top=(3, 0))
    assert outline(page) == [
        ("h1", "বাংলা সংবাদ"),
        *(("h2", "আজকের শীর্ষ খবর"), ("h3", "3 নম্বর খবর"), ("h3", "0 নম্বর খবর")),
        *(("h2", "সর্বশেষ"), ("h3", "আজ")),
        *(("h4", f"{at} নম্বর খবর") for at in (1, 2, *range(4, 13))),
        *(("h3", "গতকাল, ২৫ নভেম্বর"), ("h4", "13 নম্বর খবর")),
    ]
    assert page.xpath("count(//article[@class='lead'])") == 1
    assert words(page.find(".//article[@class='lead']//time")) == "০৯:০০"


def test_top_stories_are_todays_only_where_they_are() -> None:
    """One of another day says its day, and the heading promises less."""
    feed = view(entry(1), entry(2, published=NOON - timedelta(days=1)))
    page = front(replace(feed, today=TODAY), top=(1, 0))
    assert outline(page)[1] == ("h2", "শীর্ষ খবর")
    assert [words(time) for time in page.xpath("//section[@class='top']//time")] == [
        *("গতকাল, ১২:০০", "১২:০০")
    ]
    page = front(feed, top=(1, 0))
    assert [words(time) for time in page.xpath("//section[@class='top']//time")] == [
        *("২৫ নভেম্বর, ১২:০০", "২৬ নভেম্বর, ১২:০০")
    ]


def test_without_a_top_story_the_latest_come_first() -> None:
    """The section of the top stories goes whole."""
    page = front(view(entry()))
    assert outline(page)[1] == ("h2", "সর্বশেষ")
    assert page.xpath("//section[@class='top']") == []


def test_the_lead_has_the_largest_picture() -> None:
    """And is what the page is shown with where somebody shares it."""
    feed = view(entry(1, media=(PICTURE,)), entry(2, media=(PICTURE,)))
    page = front(feed, top=(0, 1))
    assert page.xpath("//article//img/@width") == ["600", "160"]
    assert page.xpath("//meta[@property='og:image']/@content") == [PICTURE.url]


def test_the_front_page_counts_its_own_stories_of_a_topic() -> None:
    """A topic without any is named without a number."""
    page = front(view(entry(1, topic="খেলা"), entry(2, topic="খেলা"), entry(3)), top=(0,))
    topics = page.get_element_by_id("topics")
    assert [words(one) for one in topics.iter("li")] == ["খেলা ২", "শিক্ষা"]


def test_the_front_page_leads_to_older_pages() -> None:
    """Of its feed, where there are any."""
    assert front(view(entry(), prev_archive=4)).xpath("//nav[@class='pages']//a/@href") == [
        "bangla-archive-4.html"
    ]
    assert front(view(entry())).xpath("//nav[@class='pages']") == []


def test_articles_that_are_rendered_already_make_the_same_front_page() -> None:
    """What the page of its feed shows is taken from there."""
    feed = view(entry(1), entry(2, media=(PICTURE,)), today=TODAY)
    bodies = RenderedEntries().bodies(entries_by_digest(feed))
    top = list(feed.each())[:1]
    assert render_front(feed, top, [each[-1] for each in bodies]) == render_front(feed, top)
