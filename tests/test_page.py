"""Page text: headline, body and byline told apart from the sidebar."""

from __future__ import annotations

import pytest

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page
from tests.texts import BODY, PAGE, SIDEBAR, TITLE


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


@pytest.mark.parametrize("byline", ["T.A.S / T.A.S", "/ইএইচএস/ এএইচ/", "এসআর", "নিজস্ব প্রতিবেদক"])
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
