"""Page text: headline, body and byline told apart from the sidebar."""

from __future__ import annotations

import pytest

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page
from tests.support.texts import BODY, PAGE, SIDEBAR, TITLE


def entry(text: str) -> ParsedEntry:
    """Parse a page that holds one entry."""
    (parsed,) = page.parse(text)
    assert isinstance(parsed, ParsedEntry)
    return parsed


def test_a_page_is_told_apart_line_by_line() -> None:
    """The first line is the title, the paragraphs are the body, the initials the byline."""
    parsed = entry(PAGE)
    assert parsed.title_html == TITLE
    assert parsed.content_html == "".join(f"<p>{line}</p>" for line in BODY)
    assert parsed.authors == ("ক.চ",)
    assert parsed.related == SIDEBAR


@pytest.mark.parametrize(
    "byline", ["T.A.S / T.A.S", "/ইএইচএস/ এএইচ/", "এসআর", "এন.হক / এন.হক", "নিজস্ব প্রতিবেদক"]
)
def test_every_usual_byline_is_known(byline: str) -> None:
    """A byline is neither text nor a headline of another story."""
    parsed = entry("\n".join((TITLE, *BODY, byline, *SIDEBAR)))
    assert parsed.authors
    assert parsed.related == SIDEBAR
    assert byline not in parsed.content_html


def test_a_page_without_byline_or_sidebar_loses_nothing() -> None:
    """Headline and body alone are an entry."""
    parsed = entry("\n".join((TITLE, *BODY)))
    assert parsed.content_html.count("<p>") == len(BODY)
    assert (parsed.authors, parsed.related) == ((), ())


@pytest.mark.parametrize("line", ["২১/১১/২০২৬ সকাল ৯টা", "21.11.2026 09:00", "2026-11-21"])
def test_a_day_in_numbers_alone_is_the_date_of_its_page(line: str) -> None:
    """A date line needs neither a label nor a month's name."""
    parsed = entry("\n".join((TITLE, line, *BODY)))
    assert parsed.title_html == TITLE
    assert parsed.published == line
    assert parsed.content_html == "".join(f"<p>{line}</p>" for line in BODY)


@pytest.mark.parametrize("line", ["১২/৫ বলে", "২-১ গোলে এগিয়ে", "২১/১১/২০২৬ থেকে ২৫/১১/২০২৬"])
def test_numbers_that_are_no_day_stay_in_the_text(line: str) -> None:
    """A score or a range of days between two paragraphs is the article's."""
    parsed = entry("\n".join((TITLE, BODY[0], line, *BODY[1:])))
    assert (parsed.published, line in parsed.content_html) == ("", True)


def test_windows_line_ends_blank_lines_and_byte_order_marks_are_no_text() -> None:
    """How the file was saved does not show in the entry."""
    saved = "\ufeff" + PAGE.replace("\n", "\r\n\r\n") + "\r\n"
    assert entry(saved) == entry(PAGE)


def test_markup_in_a_page_is_text() -> None:
    """A page is text: what looks like markup is shown, not run."""
    parsed = entry("\n".join((f"{TITLE} <b>", f"<script>x</script> {BODY[0]}", *BODY[1:])))
    assert parsed.title_html.endswith("&lt;b&gt;")
    assert "&lt;script&gt;" in parsed.content_html


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the page is empty"),
        ("\n \n", "the page is empty"),
        ("\n".join(SIDEBAR), "the page holds no paragraph of text"),
    ],
)
def test_a_page_without_an_article_is_rejected(text: str, reason: str) -> None:
    """The rejection of a page without an article says why."""
    (rejected,) = page.parse(text)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


def test_recurring_lines_of_a_site_are_left_out() -> None:
    """A line that stands on other pages, too, belongs to the site, whatever it looks like."""
    card = "নদীর চরে নতুন হাট বসেছে, সেখানে মিলছে টাটকা সবজি আর দেশি মাছ।"
    text = "\n".join((TITLE, *BODY, card))
    (alone,), (informed,) = page.parse(text), page.parse(text, frozenset({card}))
    assert isinstance(alone, ParsedEntry) and isinstance(informed, ParsedEntry)
    assert card in alone.content_html and card not in informed.content_html


@pytest.mark.parametrize("between", ["\f", "\n---\n", "\n\n", "\n=====\n"])
def test_several_pages_in_one_text_are_several_entries(between: str) -> None:
    """Form feeds, rules and empty lines divide pages, and each is parsed alone."""
    other = "\n".join(("দ্বিতীয় শিরোনাম এখানে", *reversed(BODY)))
    first, second = page.parse(PAGE + between + other)
    assert isinstance(first, ParsedEntry) and isinstance(second, ParsedEntry)
    assert (first.title_html, second.title_html) == (TITLE, "দ্বিতীয় শিরোনাম এখানে")


def test_empty_lines_between_paragraphs_divide_no_pages() -> None:
    """A page with an empty line after every paragraph is one page."""
    assert len(page.parse("\n\n".join((TITLE, *BODY)))) == 1


def test_labels_count_before_what_is_found_by_shape() -> None:
    """Title:, Text: and the like are no words of the article; the parts they name are taken."""
    text = f"Title:\n{TITLE}\nDate: 2026-11-20\nAuthor: রহিমা খাতুন\nText:\n" + "\n".join(BODY)
    parsed = entry(text)
    assert (parsed.title_html, parsed.authors) == (TITLE, ("রহিমা খাতুন",))
    assert parsed.published == "2026-11-20"
    assert parsed.content_html == "".join(f"<p>{line}</p>" for line in BODY)


def test_the_source_of_a_story_is_credited() -> None:
    """An agency that is named at the end is an author, and not in the text."""
    parsed = entry("\n".join((TITLE, "নিজস্ব প্রতিবেদক", *BODY, "সূত্র: বাসস।", *SIDEBAR)))
    assert parsed.authors == ("নিজস্ব প্রতিবেদক", "বাসস")
    assert "বাসস" not in parsed.content_html


def test_verses_keep_their_stanzas() -> None:
    """A poem is no list of headlines: its lines stay together as they stand."""
    stanzas = ("নদীর ধারে বসে থাকি\nঢেউ গুনি একা", "বাতাস এলে চোখ বুজি\nকেউ দেয় না দেখা")
    parsed = entry("কবিতা\nনদীর কাছে চিঠি\n\n" + "\n\n".join((*stanzas, *stanzas)))
    assert parsed.title_html == "নদীর কাছে চিঠি"
    assert parsed.content_html.count("<p>") == 4
    assert "বসে থাকি<br>ঢেউ" in parsed.content_html


def test_a_guard_s_page_is_no_article() -> None:
    """A page that asks whether the reader is a robot is rejected."""
    text = "Checking your browser\nPlease verify you are human. This may take a few seconds to do."
    (rejected,) = page.parse(text)
    assert isinstance(rejected, Rejected) and "guard" in rejected.reason
