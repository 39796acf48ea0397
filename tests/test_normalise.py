"""Parsed entries become drafts: shown as the publisher wrote them, safe, dated, recognisable."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from aggregator import markup, urls
from aggregator.models import (
    KEYED_CHARACTERS,
    DateHow,
    Document,
    Draft,
    ParsedEntry,
    Rejected,
    Source,
    StoryText,
)
from aggregator.normalise import address_days
from aggregator.normalise import draft as normalise
from aggregator.normalise.recurrence import learn
from aggregator.normalise.sent import TOGETHER_CHARACTERS
from aggregator.normalise.texts import SiteTexts
from aggregator.stories.candidates import Candidate
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.passes import NOW
from tests.support.texts import BODY, TITLE

SOURCE = Source(name="test", title="পরীক্ষা", feed="https://example.org/feed")
DOCUMENT = Document(
    source="test", url="https://example.org/feed", body=b"", content_type="", acquired=NOW
)
PARSED = ParsedEntry(
    native_id="https://example.org/1",
    link="https://example.org/1",
    title_html=TITLE,
    content_html="".join(f"<p>{line}</p>" for line in BODY),
    published="Mon, 16 Nov 2026 10:00:00 +0600",
)


def draft(parsed: ParsedEntry, source: Source = SOURCE) -> Draft:
    """Normalise an entry that can be shown."""
    entry = normalise.draft(parsed, normalise.mention(parsed, source), source, DOCUMENT)
    assert isinstance(entry, Draft)
    return entry


def test_a_title_is_plain_text_however_it_was_escaped() -> None:
    """Markup goes, entities are resolved to the end, white space is one space."""
    entry = draft(replace(PARSED, title_html="<b>নদী</b>\n &amp;amp;quot;ভরা&amp;amp;quot; &lt;৫"))
    assert entry.title == 'নদী "ভরা" <৫'


@pytest.mark.parametrize(
    "element",
    [
        "<scr<script>ipt>a()</scr</script>ipt>",
        '<img title="<b>" src=x onerror=a()>',
        "<details open ontoggle=a()>",
        "<marquee onstart=a()>",
        "<x-news tabindex=0 onfocus=a() autofocus>",
        '<iframe srcdoc="<script>a()</script>">',
    ],
)
def test_an_element_that_was_escaped_too_often_leaves_no_part_that_is_one(element: str) -> None:
    """What appears when a text is resolved is parsed, so nothing is put together by taking off."""
    sent = escape(escape(f"নদী ৫ < ৭ {element} ঘাট"))
    summary = f"সংক্ষেপে হাটের কথা: {sent}"
    entry = draft(replace(PARSED, title_html=sent, authors=(sent,), summary_html=summary))
    for text in (entry.title, entry.summary, *entry.authors):
        assert "নদী ৫ < ৭ " in text
        assert text.count("<") == 1
        assert "onerror" not in text and "onfocus" not in text


@pytest.mark.parametrize("link", [PARSED.link, ""])
@pytest.mark.parametrize(
    "sent",
    [
        '<a href ="java\u200bscript:a()">নদী</a>',
        '<a href ="java&#x200b;script:a()">নদী</a>',
        '<a href="javascript\u2060:a()">নদী</a>',
        "নদী\u200b <b>\u0338 tabindex=0 autofocus onfocus=a() নদী<br></b>",
        "নদী <b>\u0323\u0338 tabindex=0 autofocus onfocus=a() নদী<br></b>",
    ],
)
def test_what_is_tidied_in_clean_markup_opens_nothing(sent: str, link: str) -> None:
    """Characters that nobody sees go, and others are composed, without a handler or a program."""
    content = draft(replace(PARSED, content_html=f"<p>{BODY[0]}</p>{sent}", link=link)).content_html
    for shown in (content, unicodedata.normalize("NFC", content)):
        elements = list(html.fromstring(f"<div>{shown}</div>").iter())
        assert {element.tag for element in elements} <= {"div", "p", "a", "b", "br"}
        assert not [
            name for element in elements for name in element.attrib if str(name)[:2] == "on"
        ]
        assert "javascript:" not in shown or "https://example.org/javascript:" in shown


def test_a_missing_title_is_the_beginning_of_the_text() -> None:
    """An entry with text and no title is shown by its first words."""
    entry = draft(replace(PARSED, title_html=" "))
    assert entry.title and BODY[0].startswith(entry.title.rstrip("…"))


def test_an_entry_without_any_text_is_rejected() -> None:
    """A title of nothing but markup cannot be shown."""
    parsed = ParsedEntry(native_id="x", title_html="<br>")
    entry = normalise.draft(parsed, normalise.mention(parsed, SOURCE), SOURCE, DOCUMENT)
    assert entry == Rejected(reason="nothing is left of its text", excerpt="x")


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<a href="javascript&colon;alert(1)">x</a>',
        '<a href="java&NewLine;script:alert(1)">x</a>',
        "<!--><img src=x onerror=alert(1)>-->",
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        '<iframe src="https://example.org/"></iframe>',
        '<p style="position:fixed">x</p>',
    ],
)
def test_nothing_that_runs_is_published(payload: str) -> None:
    """Anything that could run in a reader's window is gone."""
    entry = draft(replace(PARSED, content_html=payload + PARSED.content_html))
    for danger in ("script", "onerror", "iframe", "style", "svg"):
        assert danger not in entry.content_html


def test_relative_links_lead_to_the_publisher() -> None:
    """An address in the text is resolved against the entry's own."""
    entry = draft(replace(PARSED, content_html='<p><img src="/i.jpg"><a href="b">খ</a></p>'))
    assert 'src="https://example.org/i.jpg"' in entry.content_html
    assert 'href="https://example.org/b"' in entry.content_html


def test_a_base_that_is_set_goes_before_the_link() -> None:
    """``xml:base`` (RFC 4287 §2) holds for the text, and a picture of the text is found by it."""
    parsed = replace(PARSED, base="https://b.example/x/", content_html='<p>ক</p><img src="i.jpg">')
    entry = draft(parsed)
    assert 'src="https://b.example/x/i.jpg"' in entry.content_html
    assert [media.url for media in entry.media] == ["https://b.example/x/i.jpg"]


@pytest.mark.parametrize("base", ["javascript:a()//", "data:text/html,", "file:///etc/", "sub/"])
def test_a_base_that_is_no_web_address_counts_for_nothing(base: str) -> None:
    """The text is resolved as that of an entry which sets none."""
    parsed = replace(PARSED, content_html='<p>ক</p><img src="/i.jpg">')
    assert draft(replace(parsed, base=base)).content_html == draft(parsed).content_html


@pytest.mark.parametrize(
    "address", ["https://me:word@b.example/x/", "https://b.example/x/?token=a"]
)
@pytest.mark.parametrize("name", ["base", "link"])
def test_no_secret_goes_from_an_address_into_the_links_of_a_text(name: str, address: str) -> None:
    """The entry's own link is published without it, so its text's links are as well."""
    html = '<p>ক</p><a href="y">খ</a><a href=>গ</a><img src="z.jpg">'
    entry = draft(replace(PARSED, content_html=html, **{name: address}))  # type: ignore[arg-type]  # both are texts
    assert "word" not in entry.content_html
    assert "token" not in entry.content_html
    assert 'href="https://b.example/x/y"' in entry.content_html
    assert [media.url for media in entry.media] == ["https://b.example/x/z.jpg"]


def test_a_date_in_the_future_is_no_date() -> None:
    """An entry that claims tomorrow does not stay on top until then."""
    later = (NOW + timedelta(hours=3)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    entry = draft(replace(PARSED, published=later))
    assert (entry.published, entry.date_how) == (None, DateHow.FIRST_SEEN)


def test_a_date_without_zone_is_in_the_zone_of_its_source() -> None:
    """Kolkata is half an hour behind Dhaka."""
    parsed = replace(PARSED, published="২১ নভেম্বর ২০২৬, ১০:০০ এএম")
    kolkata = replace(SOURCE, timezone="Asia/Kolkata")
    assert draft(parsed).published == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    assert draft(parsed, kolkata).published == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


def test_a_year_is_inferred_from_a_weekday_and_said_to_be() -> None:
    """Friday 29 November is 2024 when read in 2026."""
    entry = draft(replace(PARSED, published="", dateline="\n".join(BODY)))
    assert entry.published == datetime(2024, 11, 28, 18, 0, tzinfo=UTC)
    assert entry.date_how is DateHow.INFERRED


UNDATED = replace(PARSED, published="", native_id="")


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/sport/2026/05/16/4711", 16),
        ("/2026/05/16/", 16),
        ("/2026/5/16/boat-race", 16),
        ("/news/2026/may/16/boat-race", 16),
        ("/2026-05-16/", 16),
        ("/2026-05-16-boat-race.html", 16),
        ("/2026_05_16/4711", 16),
        ("/print/2026.05.16/4711", 16),
        ("/20260516/4711", 16),
        ("/2026/05/16/4711?from=/2025/01/01/", 16),
        ("/2026/05/16/2026-05-16-boat-race", 16),
        # --- none, two, or one that may mean something else
        ("/2026/05/boat-race", None),
        ("/2026/05/16/2026-05-17-boat-race", None),
        ("/2026/13/16/4711", None),
        ("/2026/02/30/4711", None),
        ("/2026/05/4711", None),
        ("/news/20260516", None),
        ("/news/202605161/4711", None),
        ("/weather-2026-05-16/", None),
        ("/news?date=2026-05-16", None),
        ("/16/05/2026/4711", None),
        # --- after the fetch, and history
        ("/2026/11/25/4711", None),
        ("/2027/05/16/4711", None),
        ("/history/1971/12/16/4711", None),
    ],
)
def test_an_undated_entry_is_dated_by_the_day_in_its_address(path: str, day: int | None) -> None:
    """A certain form of a past day is the beginning of that day in its source's zone."""
    entry = draft(replace(UNDATED, link=f"https://example.org{path}"))
    if day is None:
        assert (entry.published, entry.date_how) == (None, DateHow.FIRST_SEEN)
    else:
        assert entry.published == datetime(2026, 5, day - 1, 18, 0, tzinfo=UTC)
        assert entry.date_how is DateHow.INFERRED


def test_an_address_is_asked_last() -> None:
    """A stated date and a stated update come before it, an inferred year after it."""
    link = "https://example.org/2019/11/29/4711"
    inferred = replace(UNDATED, link=link, dateline="\n".join(BODY))
    assert draft(inferred).published == datetime(2019, 11, 28, 18, 0, tzinfo=UTC)
    stated = replace(inferred, dateline="শনিবার (৩০ নভেম্বর ২০১৯) ঘাটে যান।")
    assert draft(stated).published == datetime(2019, 11, 29, 18, 0, tzinfo=UTC)
    updated = draft(replace(UNDATED, link=link, updated="2019-11-30T10:00:00Z"))
    assert updated.published == datetime(2019, 11, 30, 10, 0, tzinfo=UTC)
    assert draft(replace(PARSED, link=link)).published == datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


def test_today_in_an_address_is_today_where_its_source_is() -> None:
    """At half past midnight in Dhaka, the day that begins there is no future."""
    document = replace(DOCUMENT, acquired=datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    parsed = replace(UNDATED, link="https://example.org/2026/11/25/4711")
    entries = [
        normalise.draft(parsed, normalise.mention(parsed, source), source, document)
        for source in (SOURCE, replace(SOURCE, timezone="UTC"))
    ]
    days = [entry.published for entry in entries if isinstance(entry, Draft)]
    assert days == [datetime(2026, 11, 24, 18, 0, tzinfo=UTC), None]


@given(st.text(max_size=60))
def test_no_address_breaks_the_reading_of_its_day(text: str) -> None:
    """Whatever stands in a link, its day is a past one or there is none."""
    latest = date(2026, 11, 24)
    day = address_days.day_of(f"https://example.org/{text}", latest=latest)
    assert day is None or day <= latest


def test_the_same_words_have_the_same_key_in_every_spelling() -> None:
    """Joiners, quotes, digits and Unicode forms make no other text."""
    other = "".join(f"<p>{line}</p>" for line in BODY).replace("৯০০", "900")
    other = other.replace("য়", "\u09df")
    assert draft(replace(PARSED, content_html=other)).text_key == draft(PARSED).text_key


def test_a_short_text_has_no_key_of_its_own() -> None:
    """Two headlines can be the same and mean different days."""
    assert draft(replace(PARSED, content_html="<p>বিস্তারিত আসছে।</p>")).text_key == ""


# What may make the words of a draft, of its markup and of its wordings differ.
PIECES = (
    *(f"<p>{line}</p>" for line in BODY),
    TITLE,
    f"<p>{TITLE}</p>",
    "<p>প্রথম বাক্য।দ্বিতীয় বাক্য।<b>তৃতীয়</b> বাক্য।</p>",
    "<p>প্রথম বাক্য।</p><p></p><i>।</i>দ্বিতীয়",
    "শেষ।<b>বিজ্ঞাপন</b>পরের বাক্য। বিজ্ঞাপন দেখুন",
    "\nবিজ্ঞাপন\n",
    "<p>Avgvi †mvbvi evsjv, Avwg †Zvgvq fv‡jvevwm</p>",
    "Avgvi †mvb<i>vi evs</i>jv",
    "নি¤œ আদা<b>ল</b>ত, সেøাগান",
    "à¦¨à¦¦à§\x80",
    "লো\ufffdকসান",
    "&amp;amp;nbsp;এক &lt;৫ &amp;quot;দুই&amp;quot; &#x200b;&#8205;",
    "&lt;b&gt;মোটা&lt;/b&gt;",
    "ক\u09be\u200b\u09c7<i>\u09be</i>",
    "<b>র</b>\u09cd\u09afাব",
    "ত\u09cd\u200d<u>সব</u>",
    "উদ্\u200cযাপন",
    "<a href='/১\u200b'>সূত্র</a>",
    "<pre>  puts 1\n\n  puts 2 </pre><code>a &lt; b</code>",
    "<table><tr><td>এক<td>দুই<tr><td>তিন</table>",
    "<p>আরও পড়ুন:</p><p><a href='/2'>হাটে উঠেছে আগাম শিম</a></p>",
    "<p>পঠিত: ৩২১ বার</p>",
    "<p>বিস্তারিত পড়ুন →</p>",
    "<p>আরআর/আইএইচএস/</p>",
    "<p>আমাদের ফেসবুক পাতা অনুসরণ করুন</p>",
    "<![CDATA[ভেতরের কথা]]>",
    "<img src=a.jpg alt='ছবি'><br><hr>",
    "Rain in Dhaka today: the river rises",
    " – 👨\u200d👩\u200d👧 café \x07\u2028",
)
MARKUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=9).map("".join)


# Two of these are more than what is read together.
LONG_MARKUP = f"<p>{BODY[0]}</p>" * (TOGETHER_CHARACTERS // (2 * len(BODY[0])) + 1)


def keys_of_shown(entry: Draft) -> tuple[str, str]:
    """Return the keys of title and text as they are made of an entry that is stored."""
    story_text = StoryText(
        pk=1,
        source=entry.source,
        story=1,
        published=NOW,
        is_dated=True,
        was_clustered=False,
        is_purged=False,
        content_key=entry.content_key,
        link=entry.link,
        title=entry.title,
        content_html=entry.content_html,
    )
    text = Candidate.of(story_text).text
    return text.title, text.body


@given(
    title=st.one_of(
        st.sampled_from(["", TITLE, f"{TITLE} - আমার কাগজ", f"{TITLE}সম্পাদকীয়", "<![CDATA[নদী]]>"]),
        MARKUP,
    ),
    summary=MARKUP,
    content=MARKUP,
    is_known=st.booleans(),
)
def test_a_draft_keeps_the_keys_of_what_it_shows(
    title: str, summary: str, content: str, is_known: bool
) -> None:
    """They are those of its title and of its markup's text, whatever was repaired or taken out."""
    parsed = replace(PARSED, title_html=title, summary_html=summary, content_html=content)
    prepared = normalise.prepared([(normalise.mention(parsed, SOURCE), parsed)], DOCUMENT)
    recurring = learn([(f"{n}", prepared[0].sent.fingerprints) for n in range(6)], {})
    names = normalise.glued_names_of([(f"খবর {n} - আমার কাগজ", "example.org") for n in range(6)], {})
    site = SiteTexts(names=names, recurring=recurring) if is_known else SiteTexts()
    entry = normalise.drafts_of(prepared, SOURCE, DOCUMENT, site=site)[0]
    if isinstance(entry, Draft):
        assert (entry.title_key, entry.body_key) == keys_of_shown(entry)


@given(st.lists(st.tuples(MARKUP, MARKUP, MARKUP), min_size=1, max_size=5), st.booleans())
@example([(TITLE, "", text) for text in ("এক", LONG_MARKUP, "নি¤œ", LONG_MARKUP, "দুই")], True)
def test_entries_are_normalised_together_as_one_by_one(
    sent: list[tuple[str, str, str]], is_known: bool
) -> None:
    """A draft does not depend on the entries of its document that it is made with."""
    parsed = [
        replace(PARSED, title_html=title, summary_html=summary, content_html=content)
        for title, summary, content in sent
    ]
    mentioned = [(normalise.mention(entry, SOURCE), entry) for entry in parsed]
    together = normalise.prepared(mentioned, DOCUMENT)
    alone = [normalise.prepared([entry], DOCUMENT)[0] for entry in mentioned]
    assert together == alone
    seen = [(f"{number}", alone[0].sent.fingerprints) for number in range(6)]
    site = SiteTexts(recurring=learn(seen, {})) if is_known else SiteTexts()
    assert normalise.drafts_of(together, SOURCE, DOCUMENT, site=site) == [
        normalise.drafts_of([entry], SOURCE, DOCUMENT, site=site)[0] for entry in alone
    ]


@pytest.mark.parametrize("paragraph", [f"<p>{BODY[0]}</p>", "<p>এক।<b>দুই</b>।তিন Café ﬁ</p>"])
def test_the_key_of_a_long_text_is_that_of_its_beginning(paragraph: str) -> None:
    """Only the first characters of a text are compared, counted before its key is made."""
    entry = draft(replace(PARSED, content_html=paragraph * 4000))
    assert len(markup.text_of(entry.content_html)) > KEYED_CHARACTERS
    assert (entry.title_key, entry.body_key) == keys_of_shown(entry)
    assert len(entry.body_key) <= 2 * KEYED_CHARACTERS


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.example.org/a/", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a#b", "https://example.org/a"),
        ("https://example.org/a?id=1&utm_source=x&fbclid=y", "https://example.org/a?id=1"),
        ("https://example.org/a?id=2", "https://example.org/a?id=2"),
        ("https://example.org/%7ea/%e0%a6%95", "https://example.org/~a/%E0%A6%95"),
        ("https://example.org/ক", "https://example.org/%E0%A6%95"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("ftp://example.org/", ""),
        ("http://[bad/", ""),
        ("http://www./amp/", "https://www/amp"),
        ("https://example.org:99999/", ""),
    ],
)
def test_the_canonical_form_of_an_address(url: str, expected: str) -> None:
    """Parts that never choose a page are gone from the canonical form; others are kept."""
    assert urls.canonical(url) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://m.example.org/a/1", "https://www.example.org/a/1/"),
        ("https://www.m.example.org/a/1", "https://example.org/a/1"),
        ("https://example.org/খবর/য\u09bc", "https://example.org/খবর/\u09df"),
        ("https://example.org/a/1.amp", "https://example.org/a/1"),
        ("https://example.org/a/1/amp.html", "https://example.org/a/1?amp=1"),
        ("https://google.com/amp/s/example.org/a/1", "https://example.org/a/1"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/a/1", "https://example.org/a/1"),
        ("https://example.org/a/1?b=2&a=1", "https://example.org/a/1?a=1&b=2"),
        ("https://example.org/it%27s%2C1", "https://example.org/it's,1"),
        ("http://example.org:443/a/1", "https://example.org./a/1"),
        ("https://example.org/a/index.php?id=3", "https://example.org/a?id=3"),
        ("https://example.org/a/1?at_medium=rss#top", "https://example.org/a/1"),
    ],
)
def test_two_addresses_of_one_page_are_one(a: str, b: str) -> None:
    """Small screens, AMP, index pages, tracking, spellings and ports make no other page."""
    assert urls.canonical(a) == urls.canonical(b) != ""


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://example.org/?t=%C0%A6", "https://example.org/?t=%C0%A7"),
        ("https://example.org/live#/article/5", "https://example.org/live#/article/6"),
        ("https://example.org/?at_id=1", "https://example.org/?at_id=2"),
        ("https://example.org/tag/amp", "https://example.org/tag"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/?q=a%26b=1", "https://example.org/?q=a&b=1"),
        ("https://example.org/?q=a+b", "https://example.org/?q=a%2Bb"),
        ("https://m.com/a", "https://com/a"),
    ],
)
def test_addresses_of_two_pages_stay_two(a: str, b: str) -> None:
    """Parts that may choose between two articles are kept."""
    assert urls.canonical(a) != urls.canonical(b)


def test_a_text_without_markup_keeps_its_lines() -> None:
    """An advert's word alone on a line is taken out of plain text, too."""
    assert draft(replace(PARSED, content_html="এক\nবিজ্ঞাপন\nদুই")).content_html == "এক\nদুই"


def test_the_title_counts_for_the_language() -> None:
    """A short text and a long one are told by the same rule."""
    words = "খবর সংবাদ প্রতিবেদন বিশেষ Watch the full report "
    for length in (190, 210):
        text = (words * 9)[:length]
        entry = draft(replace(PARSED, content_html=text, title_html="নদীর ঘাটে জেলেদের ব্যস্ততা " * 9))
        assert entry.language == "bn", length


def test_code_in_a_text_does_not_count_for_its_language() -> None:
    """What stands in elements for code is no prose, in whatever language its words are."""
    code = "<pre><code>while the river rises we wait beside the boat and sing</code></pre>"
    content = f"<p>কোডটি চালিয়ে দেখুন, নদী বাড়ছে কি না।</p>{code * 4}"
    assert draft(replace(PARSED, title_html="Loop", content_html=content)).language == "bn"
    english = f"<p>Run it and see whether the river is rising.</p>{code * 4}<p>ঘাট</p>"
    assert draft(replace(PARSED, title_html="Loop", content_html=english)).language == "und"


def test_an_entry_without_a_title_is_told_by_its_text() -> None:
    """The beginning of a text that stands in for a title is no headline."""
    text = "ঘাটের খবর, ঢাকা: the ferry will run again from the first week of January, they said."
    assert draft(replace(PARSED, title_html="", content_html=text)).language == "und"


@given(st.text(max_size=60))
def test_no_text_breaks_an_address(text: str) -> None:
    """Whatever stands in a link, reading it raises nothing and doing it twice changes nothing."""
    url = urls.canonical(f"https://example.org/{text}")
    assert urls.canonical(url) == url


_SEGMENTS = st.text("ঢাকায়ড়বষ্ট্\u09bc\u09c7\u09be\u09d7\u09dc৫aZ1.-_~+;=,' ", min_size=1, max_size=8)


@given(
    st.sampled_from(["example.org", "www.example.org", "m.example.org", "www.www.org", "a.b"]),
    st.lists(_SEGMENTS | st.sampled_from(["amp", "index.html", "news", "১২"]), max_size=4),
    st.booleans(),
)
def test_what_is_canonical_at_once_is_what_the_steps_make(
    host: str, segments: list[str], has_slash: bool
) -> None:
    """A fragment that says nothing keeps an address from being recognised, and changes nothing."""
    url = "/".join([f"https://{host}", *map(quote, segments)]) + "/" * has_slash
    assert urls.canonical(url) == urls.canonical(f"{url}#top")


@given(st.text(alphabet=st.sampled_from("<>&;ab/pৎক্র \n\"'=!-"), max_size=80))
def test_no_markup_breaks_the_cleaning(text: str) -> None:
    """Whatever the markup, something safe comes out."""
    assert "<script" not in markup.clean(f"{text}<script>", "https://example.org/")
    markup.plain(text)


@pytest.mark.parametrize(
    "start",
    [
        "<b a{}>",  # each another element to the parser
        '<EM\tlang="{}">',
        "<i/{}>",
        "<u x='\">{}'>",  # which ends at its second >
        "<code {}=<>",
    ],
)
def test_what_is_left_open_is_not_opened_without_end(start: str) -> None:
    """A thousand elements that no paragraph closes do not stand in each of a thousand."""
    hostile = "<p>" + "".join(map(start.format, range(1_000))) + "<p>ক" * 1_000
    assert len(markup.clean(hostile, "")) < 10 * len(hostile)
    assert markup.plain(hostile)[0].count("ক") == 1_000


@pytest.mark.parametrize("base_characters", [2_000, 200_000])
@pytest.mark.parametrize("link", ["<a href=1>ক</a>", "<img src=1>"])
def test_a_long_address_is_not_put_before_each_link_without_end(
    link: str, base_characters: int
) -> None:
    """3,000 links below an address of 200 KB would be 600 MB."""
    base = f"{'https://a.example/':a<{base_characters - 1}}/"
    hostile = f"<p>নদী</p>{link * 20_000}"
    began = time.process_time()
    assert len(markup.clean(hostile, base)) < 5 * markup.MAX_CHARACTERS
    assert time.process_time() - began < SLOW_CPU_SECONDS
    kept = markup.clean(link * 100, base[:200] + "/")
    assert kept.count(base[:200]) == 100


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<span></i>", "<div><!--</div>-->", '<div title="</div>">', "<!-- -->", "<b>"],
)
def test_what_is_nested_without_end_takes_little_time(piece: str) -> None:
    """Half a megabyte of elements within each other; 100,000 of them would take a minute."""
    markup_sent = f"<p>নদী ভাঙছে</p>{piece * (500_000 // len(piece))}"
    began = time.process_time()
    assert "নদী ভাঙছে" in markup.text_of(markup.clean(markup_sent, ""))
    assert "নদী ভাঙছে" in markup.plain(markup_sent)[0]
    assert time.process_time() - began < SLOW_CPU_SECONDS


def test_a_long_table_keeps_every_cell() -> None:
    """Many elements that are not nested are no reason to leave one out."""
    rows = "".join(f"<tr><td>{number}</td><td>নদী</td></tr>" for number in range(6_000))
    shown = markup.text_of(markup.clean(f"<table>{rows}</table>", ""))
    assert shown.count("নদী") == 6_000
    assert "5999" in shown


def test_a_long_article_keeps_its_bold_text() -> None:
    """Bold text and links, some of it left open, stay in an article of five thousand tags."""
    line = '<p><strong>নদী</strong> <em class="a">ক <a href="https://example.org/{}">খ</a></p>'
    cleaned = markup.clean("".join(map(line.format, range(700))), "")
    assert cleaned.count("<strong>নদী</strong>") == 700
    assert cleaned.count("<a href=") == 700


@pytest.mark.parametrize(
    "text", [BODY[0], f"<p>{BODY[0]}</p>", f"<p>{BODY[0]}</p><p>{BODY[1]}</p>"]
)
@pytest.mark.parametrize("end", ["]]>", ""])
def test_a_section_that_was_escaped_with_its_marks_loses_no_text(text: str, end: str) -> None:
    """``&lt;![CDATA[…]]&gt;`` is text to XML and a comment to HTML, which ends at the first >."""
    sent = replace(PARSED, content_html=f"<![CDATA[{text}{end}", summary_html=f"<![CDATA[{text}")
    expected = draft(replace(PARSED, content_html=text, summary_html=text))
    assert draft(sent).content_html == expected.content_html
    assert draft(sent).summary == expected.summary
