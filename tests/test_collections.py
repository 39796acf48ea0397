"""Collections: a file of many articles is told apart into them, or named as what it is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page as parse_page
from aggregator.parse import records
from evaluation.labelled import LabelledPage, pages
from tests.support.texts import BODY, OTHER_BODY, PAGE, TITLE, item, rss

# Articles of several sites that have a headline and paragraphs.
ARTICLES = [
    labelled
    for labelled in pages()
    if not labelled.is_rejected and labelled.all("T") and len(labelled.all("B")) > 2
    and sum(map(len, labelled.all("B"))) > 600
    and "verse" not in labelled.shape
][:12]  # fmt: skip
DATES = [f"{day} নভেম্বর ২০২৬" for day in range(1, 13)]


def results(body: bytes | str, name: str = "in/a.txt") -> list[ParsedEntry | Rejected]:
    """Read a file of a dump."""
    stream = io.BytesIO(body.encode() if isinstance(body, str) else body)
    return [
        result for record in records.split(stream, name) for result in records.parse(record, "")
    ]


def entries(body: bytes | str) -> list[ParsedEntry]:
    """Read a file of a dump that holds nothing but entries."""
    parsed = results(body)
    assert not [result for result in parsed if isinstance(result, Rejected)]
    return [result for result in parsed if isinstance(result, ParsedEntry)]


def titles(parsed: Sequence[ParsedEntry]) -> list[str]:
    """Return the entries' titles as they are shown."""
    return [unescape(entry.title_html) for entry in parsed]


def headline(article: LabelledPage) -> str:
    """Return an article's headline."""
    return article.all("T")[0]


def text(article: LabelledPage, between: str = "\n") -> str:
    """Return an article's paragraphs."""
    return between.join(article.all("B"))


# --- A date line for each article ----------------------------------------------------------------

Form = Callable[[str, str, str], str]
"""Write an article by its headline, its date line and its paragraphs."""

DATED: dict[str, Form] = {
    "below the headline": lambda title, date, body: f"{title}\n{date}\n{body}\n",
    "with who wrote": lambda title, date, body: f"{title}\nনিজস্ব প্রতিবেদক\nপ্রকাশ: {date}\n{body}\n",
    "published and updated": lambda title, date, body: f"{title}\nপ্রকাশ: {date}\n"
    f"আপডেট: {date}, ১০:৩০\n{body}\n",
    "above the headline": lambda title, date, body: f"{date}\n{title}\n{body}\n",
    "with empty lines": lambda title, date, body: f"{date}\n\n{title}\n\n"
    + body.replace("\n", "\n\n") + "\n\n",
}  # fmt: skip


@pytest.mark.parametrize("form", DATED)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_articles_with_date_lines_between_are_told_apart(form: str, line_end: str) -> None:
    """Each has its own headline and its own date."""
    parts = zip(ARTICLES, DATES, strict=False)
    file = "".join(DATED[form](headline(article), date, text(article)) for article, date in parts)
    parsed = entries(file.replace("\n", line_end))
    assert titles(parsed) == [headline(article) for article in ARTICLES]
    assert all(date in entry.published for entry, date in zip(parsed, DATES, strict=False))


def test_articles_without_headlines_are_told_apart_by_their_date_lines() -> None:
    """A file that begins with a date line is no chronicle below a headline."""
    file = "".join(f"{d}\n{text(a)}\n" for a, d in zip(ARTICLES, DATES, strict=False))
    assert len(entries(file)) == len(ARTICLES)


@pytest.mark.parametrize(
    "file",
    [
        "\n".join((TITLE, *(line for pair in zip(DATES, BODY, strict=False) for line in pair))),
        "\n".join((TITLE, DATES[0], *BODY, f"আপডেট: {DATES[1]}", *OTHER_BODY)),
        "\n".join((PAGE, DATES[1], "হাটে উঠেছে আগাম শিম", DATES[2], "নতুন সেতু চালু", DATES[3])),
    ],
    ids=["chronicle", "two dates", "sidebar"],
)
def test_one_article_with_several_dates_is_one(file: str) -> None:
    """A chronicle, an update and the dates of a sidebar divide nothing."""
    assert titles(entries(file)) == [TITLE]


# --- An article a line ---------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n"])
@pytest.mark.parametrize("count", [3, 12])
def test_an_article_a_line_is_an_entry_a_line(between: str, count: int) -> None:
    """Long lines that have few words in common are not the paragraphs of one article."""
    lines = [text(article, " ") for article in ARTICLES[:count]]
    parsed = entries(between.join(lines))
    assert [unescape(entry.content_html) for entry in parsed] == [
        f"<p>{line}</p>" for line in lines
    ]


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_headline_and_an_article_a_line_are_one_entry(between: str) -> None:
    """Every second line is a headline."""
    lines = [line for article in ARTICLES for line in (headline(article), text(article, " "))]
    assert titles(entries(between.join(lines))) == [headline(article) for article in ARTICLES]


def test_the_long_paragraphs_of_one_article_stay_together() -> None:
    """Paragraphs of one article speak of the same things."""
    paragraph = " ".join(BODY)
    essay = [paragraph, *(f"{line} {paragraph}" for line in BODY)]
    assert len(entries("\n".join(essay))) == 1
    assert titles(entries("\n".join((TITLE, *essay)))) == [TITLE]


def test_the_text_of_a_record_is_one_page() -> None:
    """What stands in one record is not divided by what its lines look like."""
    lines = "\n".join(text(article, " ") for article in ARTICLES)
    assert len(entries(json.dumps({"text": lines}))) == 1


LARGE: dict[str, Form] = {
    "date": lambda title, date, body: f"{title}\n{date}\n{body}\n",
    "line": lambda _title, _date, body: body.replace("\n", " ") + "\n",
    "titled line": lambda title, _date, body: title + "\n" + body.replace("\n", " ") + "\n",
}


@pytest.mark.parametrize("form", LARGE)
def test_a_large_collection_is_read_page_by_page(form: str) -> None:
    """A stream is divided by the same rule as a text."""
    rounds = 40
    file = "".join(
        LARGE[form](headline(article), DATES[number % 12], text(article))
        for _ in range(rounds)
        for number, article in enumerate(ARTICLES)
    )
    assert len(file.encode()) > 1_000_000
    assert len(entries(file)) == rounds * len(ARTICLES)


@pytest.mark.parametrize(
    "first", ["URL: https://example.org/{}", "তারিখ: 2026-11-{:02}", "বিভাগ: {}"]
)
def test_pages_that_begin_with_any_label_are_divided_at_it(first: str) -> None:
    """The address or date above a title belongs to that title."""
    file = "".join(
        f"{first.format(number)}\nশিরোনাম: {headline(article)}\nবিস্তারিত: {text(article)}\n"
        for number, article in enumerate(ARTICLES, start=1)
    )
    parsed = entries(file)
    assert len(parsed) == len(ARTICLES)
    if "URL" in first:
        assert parsed[2].link == "https://example.org/3"
    if "তারিখ" in first:
        assert parsed[2].published == "2026-11-03"


# --- A bound -------------------------------------------------------------------------------------


def test_what_cannot_be_told_apart_is_rejected_with_the_name_of_its_file() -> None:
    """A text longer than any article, without a sign between two, is no entry of today."""
    file = "\n".join((TITLE, *(f"{number}। {line}" for number in range(150) for line in BODY)))
    (rejected,) = results(file, "in/all.txt")
    assert isinstance(rejected, Rejected)
    assert "more than one article" in rejected.reason and rejected.excerpt == "in/all.txt"


def test_a_long_text_that_says_it_is_one_article_is_one() -> None:
    """A label or a record's headline says so."""
    long = "\n".join(f"{number}। {line}" for number in range(150) for line in BODY)
    for file in (f"Title: {TITLE}\nText:\n{long}", json.dumps({"title": TITLE, "body": long})):
        assert len(entries(file)[0].content_html) > parse_page.MAX_CHARACTERS


@given(
    st.lists(st.sampled_from([*BODY, *OTHER_BODY, *DATES, TITLE, "", "শব্দ " * 90]), min_size=1),
    st.integers(1, 400),
)
def test_no_entry_of_a_text_is_longer_than_an_article(lines: list[str], times: int) -> None:
    """Whatever a text file holds, each entry of it has a sane length."""
    for result in results("\n".join(lines * times) or "x"):
        if isinstance(result, ParsedEntry):
            assert len(result.content_html) <= 1.2 * parse_page.MAX_CHARACTERS


# --- JSON ----------------------------------------------------------------------------------------


def record(number: int) -> dict[str, str]:
    """Return a record with a headline and an excerpt."""
    return {"headline": f"{number} নম্বর ঘাটের খবর", "excerpt": BODY[0]}


NESTED = {
    "lists under names": {"grouped": {"কৃষি": [record(1), record(2)], "খেলা": [record(3)]}},
    "objects under ids": {"articles": {"11": record(1), "12": record(2), "13": record(3)}},
    "groups with titles": [
        {"title": "কৃষি", "items": [record(1), record(2)]},
        {"title": "দেশ", "items": [record(3), record(4)]},
    ],
    "days, and sections in them": {
        "title": "রপ্তানি",
        "days": {"2026-11-20": {"কৃষি": [record(1)]}, "2026-11-21": {"খেলা": [record(2)]}},
    },
    "deep": {"data": {"page": {"blocks": [{"x": 1}, {"list": {"of": [record(1), record(2)]}}]}}},
    "two lists": {"top": [record(1)], "latest": [record(2), record(3)]},
}


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("indent", [None, 1])
def test_records_that_are_nested_under_names_are_found(name: str, indent: int | None) -> None:
    """However a collection groups its records, each is an entry."""
    value = NESTED[name]
    expected = json.dumps(value).count('"headline"')
    parsed = [r for r in results(json.dumps(value, indent=indent)) if isinstance(r, ParsedEntry)]
    assert sorted(titles(parsed)) == [record(n)["headline"] for n in range(1, expected + 1)]


def test_the_name_of_a_group_says_what_its_records_do_not() -> None:
    """A section is the category, a day the date, an address the link; the record's own counts."""
    first, second = entries(json.dumps(NESTED["days, and sections in them"]))
    assert (first.categories, first.published) == (("কৃষি",), "2026-11-20")
    assert (second.categories, second.published) == (("খেলা",), "2026-11-21")
    own = {**record(1), "category": "নদী"}
    (parsed,) = entries(json.dumps({"https://example.org/1": own}))
    assert (parsed.link, parsed.categories) == ("https://example.org/1", ("নদী",))
    (parsed,) = entries(json.dumps({"কৃষি": [own]}))
    assert parsed.categories == ("নদী",)


@pytest.mark.parametrize(
    "value",
    [
        {"title": TITLE, "body": PAGE, "more": [record(1), record(2)]},
        {"title": TITLE, "summary": BODY[0], "related": [record(1), record(2)]},
        {"title": TITLE, "summary": BODY[0], "source": {"title": "উৎস"}},
    ],
    ids=["text", "related", "source"],
)
def test_an_article_is_not_taken_apart(value: object) -> None:
    """What stands beside an article's text is no record of the collection."""
    assert titles(entries(json.dumps(value))) == [TITLE]


def test_what_stands_among_records_and_is_none_is_named() -> None:
    """Nothing is left out without a reason."""
    parsed = results(json.dumps({"data": {"list": [{"views": 7}, record(1)]}}))
    assert [isinstance(result, Rejected) for result in parsed] == [True, False]


# --- Feeds and lists of feeds ---------------------------------------------------------------------

FEED = rss([item(1), item(2)])
ATOM = (
    '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>ক</a:title><a:id>urn:x:1</a:id>'
    "</a:entry><a:entry><a:title>খ</a:title><a:id>urn:x:2</a:id></a:entry></a:feed>"
).encode()


@pytest.mark.parametrize(
    "body",
    [
        FEED,
        b"\xef\xbb\xbf\r\n\r\n" + FEED,
        FEED.replace(b"<rss", b'<!DOCTYPE rss PUBLIC "-//X//DTD RSS 0.91//EN" "x.dtd">\n<rss'),
        FEED.replace(b"<rss", b"<!DOCTYPE rss [<!ENTITY x 'y'>]>\n<rss"),
        b"Warning: include(x.php): failed in /x on line 3\n" + FEED,
        b"This XML file does not appear to have any style.\n" + FEED[FEED.index(b"<rss") :],
        ATOM,
        b'<?xml version="1.0"?><?xml-stylesheet href="x.css"?><!-- x -->' + ATOM,
    ],
    ids=["rss", "mark", "doctype", "entities", "warning", "browser", "prefix", "stylesheet"],
)  # fmt: skip
def test_a_feed_among_dumps_is_its_entries(body: bytes) -> None:
    """Whatever stands above it, a feed is no page of text."""
    assert len(entries(body)) == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<opml version="2.0"><body><outline xmlUrl="http://x.example"/></body></opml>', "OPML"),
        ('<?xml version="1.0"?>\n<!-- x --><opml version="1.0"><body/></opml>', "OPML list"),
        ('<?xml version="1.0"?><!DOCTYPE opml SYSTEM "x"><OPML version="1.0"></OPML>', "OPML"),
        ('<urlset xmlns="http://x"><url><loc>http://x.example/1</loc></url></urlset>', "a sitemap"),
        ('<?xml version="1.0"?><s:sitemapindex xmlns:s="http://x"/>', "a list of sitemaps"),
        ('<?xml version="1.0"?><nitf><body>ক</body></nitf>', "its root is <nitf>"),
    ],
)  # fmt: skip
def test_what_holds_no_articles_is_named_as_what_it_is(body: str, why: str) -> None:
    """A list of feeds or addresses says so, with the name of its file."""
    (rejected,) = results(body, "in/list.xml")
    assert isinstance(rejected, Rejected)
    assert why in rejected.reason and rejected.excerpt == "in/list.xml"


@pytest.mark.parametrize(
    "first", ["<b>খবর</b>", "rss version= নামে এক বিন্যাস", "RSS কী? <rss> দিয়ে শুরু", "<ক>"]
)
def test_a_text_that_begins_like_markup_is_a_text(first: str) -> None:
    """Only what is a feed is read as one."""
    parsed = results("\n".join((first, *BODY)))
    assert len(parsed) == 1


# --- Chunks in archives ---------------------------------------------------------------------------


def chunked(body: bytes, size: int, extension: bytes = b"") -> bytes:
    """Write a body in chunks of HTTP/1.1."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    lines = (b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return b"".join(lines) + b"0\r\n\r\n"


HTML = (
    f'<html><head><meta charset="utf-8"><title>{TITLE}</title></head><body><h1>{TITLE}</h1>'
    + "".join(f"<p>{line}</p>" for line in BODY)
    + "</body></html>"
).encode()


def archived(body: bytes, header: str = "") -> bytes:
    """Write a page as a web archive keeps it."""
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{header}\r\n".encode() + body
    return (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/1\r\n"
        "WARC-Date: 2026-11-20T04:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    ).encode() + http + b"\r\n\r\n"  # fmt: skip


@pytest.mark.parametrize(
    "archive",
    [
        archived(chunked(HTML, 700)),
        archived(chunked(HTML, 333, b";x=1")),
        archived(chunked(HTML, 10_000)),
        archived(chunked(HTML, 700), "Transfer-Encoding: Chunked\r\n"),
        archived(chunked(HTML, 700), "Transfer-Encoding: chunked\r\n"),
        archived(HTML, "Transfer-Encoding: chunked\r\n"),
        archived(HTML),
    ],
    ids=["lost", "extension", "one", "capital", "stated", "taken out", "none"],
)
def test_the_sizes_of_chunks_are_not_in_the_text(archive: bytes) -> None:
    """Whether the header is there or not, and whether the chunks are."""
    (parsed,) = entries(archive)
    assert [f"<p>{line}</p>" in parsed.content_html for line in BODY] == [True] * len(BODY)
    assert parsed.content_html.count("<p>") == len(BODY)


# --- Dead addresses -------------------------------------------------------------------------------

NEWS_OF_WHAT_IS_MISSING = (
    "দুর্ঘটনার খবর পেয়ে ফায়ার সার্ভিসের কর্মীরা ঘাটে যান, তবে ডুবে যাওয়া নৌকাটি এখনো পাওয়া যায়নি।",
    "তাৎক্ষণিকভাবে হতাহতের কোনো খবর পাওয়া যায়নি বলে জানিয়েছেন ঘাটের ইজারাদার ও স্থানীয় লোকজন।",
    "নিখোঁজ মাঝির পূর্ণাঙ্গ নাম-ঠিকানা পাওয়া যায়নি, আহত দুজনকে হাসপাতালে নিয়ে যাওয়া হচ্ছে।",
    "ছড়িয়ে পড়া খবরটির কোনো সত্যতা পাওয়া যায়নি, আর চায়ের পাতা তোলার কাজও বন্ধ রয়েছে আজ সারা দিন।",
)
DEAD = (
    "দুঃখিত, পাতাটি খুঁজে পাওয়া যায়নি",
    "আপনি যে খবরটি খুঁজছেন, সেটি সরিয়ে ফেলা হয়েছে।",
    "দুঃখিত! এই সংবাদটি আর এখানে পাওয়া যাচ্ছে না।",
    "আপনাকে নতুন ঠিকানায় নিয়ে যাওয়া হচ্ছে। অপেক্ষা করুন…",
    "Sorry, the page was not found: 404 Not Found",
)


def in_every_form(title: str, lines: Sequence[str]) -> list[bytes]:
    """Write a page as text, as HTML, and as a record."""
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    html = f"<html><meta charset='utf-8'><title>{title}</title><h1>{title}</h1>{paragraphs}</html>"
    lined = "\n".join(lines)
    values = (f"{title}\n{lined}", html, json.dumps({"title": title, "content": lined}))
    return [value.encode() for value in values]


@pytest.mark.parametrize("line", NEWS_OF_WHAT_IS_MISSING)
def test_news_of_what_was_not_found_is_no_dead_address(line: str) -> None:
    """Text, HTML and records are asked alike, and all of them keep the article."""
    for form in in_every_form("পদ্মায় নৌকাডুবি, মাঝি নিখোঁজ", (BODY[0], line, BODY[2])):
        assert titles(entries(form)) == ["পদ্মায় নৌকাডুবি, মাঝি নিখোঁজ"]


@pytest.mark.parametrize("line", DEAD)
def test_a_dead_address_is_no_article(line: str) -> None:
    """Whatever spelling of য় it has, a page that says it is none is rejected."""
    one_code_point, two = "\u09df", "\u09af\u09bc"
    below = "প্রচ্ছদে ফিরে গিয়ে অন্য লেখা পড়ুন, অথবা উপরে খুঁজুন।"
    for spelling in (line.replace(one_code_point, two), line.replace(two, one_code_point)):
        for form in in_every_form("উদাহরণ", (spelling, below)):
            (rejected,) = results(form)
            assert isinstance(rejected, Rejected), spelling
