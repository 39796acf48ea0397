"""How well collections are told apart: labelled articles joined in one text, in several forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import unescape

from aggregator.models import ParsedEntry
from aggregator.parse import page as parse_page
from evaluation.labelled import LabelledPage

Form = Callable[[str, str, str], str]
"""Write an article by its headline, its date line and its paragraphs."""


def _line(body: str) -> str:
    return body.replace("\n", " ") + "\n"


# Each form with its floor, a little under what is reached. A poem has no line that ends it, and
# what stands below the last paragraph of an article without a headline could be the next one's.
FORMS: dict[str, tuple[Form, float]] = {
    "a date line below each headline": (
        lambda title, date, body: f"{title}\n{date}\n{body}\n",
        0.9,
    ),
    "a date line above each headline": (
        lambda title, date, body: f"{date}\n{title}\n{body}\n",
        0.9,
    ),
    "a date line and no headline": (lambda _title, date, body: f"{date}\n{body}\n", 0.85),
    "an article a line": (lambda _title, _date, body: _line(body), 0.98),
    "a headline and an article a line": (lambda title, _, body: f"{title}\n{_line(body)}", 0.98),
}


def measure(pages: Sequence[LabelledPage], form: Form) -> float:
    """Return the share of the pages' articles that come out of one text as an entry each."""
    articles = [page for page in pages if page.all("T") and len(page.all("B")) > 1]
    file = "".join(
        form(page.all("T")[0], f"{index % 28 + 1} নভেম্বর ২০২৬", "\n".join(page.all("B")))
        for index, page in enumerate(articles)
    )
    parsed = parse_page.parse(file, is_file=True)
    texts = [unescape(entry.content_html) for entry in parsed if isinstance(entry, ParsedEntry)]
    right = sum(_begins_and_ends_one(page.all("B"), texts) for page in articles)
    return right / len(articles)


def _begins_and_ends_one(body: Sequence[str], texts: Sequence[str]) -> bool:
    """Tell whether one text begins as an article does, and ends as it does."""
    begins, ends = f"<p>{body[0]}", f"{body[-1]}</p>"
    return any(text.startswith(begins) and text.endswith(ends) for text in texts)
