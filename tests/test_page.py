"""Page text: headline, body and byline told apart from the sidebar."""

from __future__ import annotations

import pytest

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page
from tests.support.texts import BODY, PAGE, SIDEBAR, TITLE


def entry(text: str) -> ParsedEntry:
    """Parse a page that holds one entry."""
    (found,) = page.parse(text)
    assert isinstance(found, ParsedEntry)
    return found


def test_a_page_is_told_apart_line_by_line() -> None:
    """The first line is the title, the paragraphs the body, the initials the byline."""
    found = entry(PAGE)
    assert found.title_html == TITLE
    assert found.content_html == "".join(f"<p>{line}</p>" for line in BODY)
    assert found.authors == ("ক.চ",)
    assert found.related == SIDEBAR


@pytest.mark.parametrize(
    "byline", ["T.A.S / T.A.S", "/ইএইচএস/ এএইচ/", "এসআর", "এন.হক / এন.হক", "নিজস্ব প্রতিবেদক"]
)
def test_every_usual_byline_is_known(byline: str) -> None:
    """A byline is neither text nor a headline of another story."""
    found = entry("\n".join((TITLE, *BODY, byline, *SIDEBAR)))
    assert found.authors
    assert found.related == SIDEBAR
    assert byline not in found.content_html


def test_a_page_without_byline_or_sidebar_loses_nothing() -> None:
    """Headline and body alone are an entry."""
    found = entry("\n".join((TITLE, *BODY)))
    assert found.content_html.count("<p>") == len(BODY)
    assert (found.authors, found.related) == ((), ())


def test_windows_line_ends_blank_lines_and_marks_are_no_text() -> None:
    """How the file was saved does not show in the entry."""
    saved = "\ufeff" + PAGE.replace("\n", "\r\n\r\n") + "\r\n"
    assert entry(saved) == entry(PAGE)


def test_markup_in_a_page_is_text() -> None:
    """A page is text: what looks like markup is shown, not run."""
    found = entry("\n".join((f"{TITLE} <b>", f"<script>x</script> {BODY[0]}", *BODY[1:])))
    assert found.title_html.endswith("&lt;b&gt;")
    assert "&lt;script&gt;" in found.content_html


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the page is empty"),
        ("\n \n", "the page is empty"),
        ("\n".join(SIDEBAR), "the page holds no paragraph of text"),
    ],
)
def test_a_page_without_an_article_is_rejected(text: str, reason: str) -> None:
    """What holds no article says why."""
    (found,) = page.parse(text)
    assert isinstance(found, Rejected)
    assert found.reason == reason


def test_recurring_lines_of_a_site_are_left_out() -> None:
    """What stands on other pages, too, belongs to the site, whatever it looks like."""
    card = "নদীর চরে নতুন হাট বসেছে, সেখানে মিলছে টাটকা সবজি আর দেশি মাছ।"
    text = "\n".join((TITLE, *BODY, card))
    (alone,), (known,) = page.parse(text), page.parse(text, frozenset({card}))
    assert isinstance(alone, ParsedEntry) and isinstance(known, ParsedEntry)
    assert card in alone.content_html and card not in known.content_html


@pytest.mark.parametrize("between", ["\f", "\n---\n", "\n\n", "\n=====\n"])
def test_several_pages_in_one_text_are_several_entries(between: str) -> None:
    """Form feeds, rules and empty lines part pages; each is told apart for itself."""
    other = "\n".join(("দ্বিতীয় শিরোনাম এখানে", *reversed(BODY)))
    first, second = page.parse(PAGE + between + other)
    assert isinstance(first, ParsedEntry) and isinstance(second, ParsedEntry)
    assert (first.title_html, second.title_html) == (TITLE, "দ্বিতীয় শিরোনাম এখানে")


def test_empty_lines_between_paragraphs_part_no_pages() -> None:
    """A page whose every paragraph has an empty line behind it is one page."""
    assert len(page.parse("\n\n".join((TITLE, *BODY)))) == 1


def test_labels_say_outright_what_they_say() -> None:
    """Title:, Text: and the like are no words of the article, and count before what is found."""
    text = f"Title:\n{TITLE}\nDate: 2026-11-20\nAuthor: রহিমা খাতুন\nText:\n" + "\n".join(BODY)
    found = entry(text)
    assert (found.title_html, found.authors) == (TITLE, ("রহিমা খাতুন",))
    assert found.published == "2026-11-20"
    assert found.content_html == "".join(f"<p>{line}</p>" for line in BODY)


def test_where_a_story_is_from_is_credited() -> None:
    """An agency that is named at the end stands with who wrote, and not in the text."""
    found = entry("\n".join((TITLE, "নিজস্ব প্রতিবেদক", *BODY, "সূত্র: বাসস।", *SIDEBAR)))
    assert found.authors == ("নিজস্ব প্রতিবেদক", "বাসস")
    assert "বাসস" not in found.content_html


def test_verses_keep_their_stanzas() -> None:
    """A poem is no list of headlines: its lines stay together as they stand."""
    stanzas = ("নদীর ধারে বসে থাকি\nঢেউ গুনি একা", "বাতাস এলে চোখ বুজি\nকেউ দেয় না দেখা")
    found = entry("কবিতা\nনদীর কাছে চিঠি\n\n" + "\n\n".join((*stanzas, *stanzas)))
    assert found.title_html == "নদীর কাছে চিঠি"
    assert found.content_html.count("<p>") == 4
    assert "বসে থাকি<br>ঢেউ" in found.content_html


def test_a_guard_s_page_is_no_article() -> None:
    """What asks whether one is a robot says nothing else."""
    text = "Checking your browser\nPlease verify you are human. This may take a few seconds to do."
    (found,) = page.parse(text)
    assert isinstance(found, Rejected) and "guard" in found.reason
