"""Page text → the entry it holds: headline, body and byline told apart from the rest.

The text is what a main-text extractor leaves of a news page, one block a line: perhaps menus, the
headline, who wrote and when, the body, and then captions, adverts and the headlines of other
stories. Two signals tell them apart: the shape of the lines (``lines``, ``split``), and which lines
recur on other pages of the same site. Which those are is counted by the caller.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.page import guards
from aggregator.parse.page.dividers import Cut
from aggregator.parse.page.lines import credit_of
from aggregator.parse.page.pages import Labelled, boundary_of, labelled, pages_of
from aggregator.parse.page.split import Split, split
from aggregator.parse.plain import escape

__all__ = [
    "MAX_CHARACTERS",
    "RECURRENCES",
    "Cut",
    "boundary_of",
    "labelled",
    "lines_of",
    "pages_of",
    "parse",
    "too_long",
]

# A line that stands on this many other pages of a site belongs to the site.
RECURRENCES = 2
# A guard's page as text has a few lines; one with more has an article, or is an index.
_MAX_GUARD_LINES = 12
# A shorter text without a headline is an imprint or a notice. Briefs are as short (the shortest has
# 190 characters), but have their headline.
_LEAST_CHARACTERS = 200
# Three times the longest article of the real collections (16,229 characters). A longer text is one
# article only where its file says so, by a label or as a record with a headline.
MAX_CHARACTERS = 50_000
_BLANKS = "\ufeff \t\r\u00a0"


def lines_of(text: str) -> list[str]:
    """Return the lines of a page that are not blank, without the white space around them."""
    return [stripped for line in text.splitlines() if (stripped := line.strip(_BLANKS))]


def parse(
    text: str, boilerplate: Set[str] = frozenset(), *, is_file: bool = False
) -> list[ParsedEntry | Rejected]:
    """Find the entry of each page in a text, or say why a page has none, in the pages' order.

    ``boilerplate`` are lines, as ``lines_of`` returns them, that recur on the site's other pages.
    ``is_file`` says that the text is a whole file, and not what a record has as its text.
    """
    return [_parse_one(page, boilerplate) for page in pages_of(text, is_file=is_file)]


def _parse_one(page: str, boilerplate: Set[str]) -> ParsedEntry | Rejected:
    labels = labelled(page)
    text = page if labels is None else f"{labels.title}\n{labels.text}"
    lines, blanks = _lines_and_blanks(text)
    if not lines:
        return Rejected(reason="the page is empty", excerpt="")
    is_titled = labels is not None and bool(labels.title)
    parts = split(lines, blanks, boilerplate, is_titled=is_titled)
    if reason := _why_not(lines, parts):
        return Rejected.quoting(reason, " ".join(lines))
    assert parts is not None  # noqa: S101 - _why_not gives a reason where it is
    length = sum(len(lines[index]) for index in parts.body)
    if labels is None and length > MAX_CHARACTERS:
        return too_long(length)
    entry = _entry(lines, blanks, parts)
    return entry if labels is None else _with_labels(entry, labels)


def too_long(length: int) -> Rejected:
    """Return the rejection of a text that is longer than one article, to be named by its place."""
    reason = f"a text of {length:,} characters, more than one article, without a sign between two"
    return Rejected(reason=reason, excerpt="")


def _with_labels(entry: ParsedEntry, labels: Labelled) -> ParsedEntry:
    """Return an entry with what its page's labels state in place of what was found by shape."""
    return replace(
        entry,
        link=labels.link,
        authors=(labels.author,) if labels.author else entry.authors,
        categories=(labels.category,) if labels.category else (),
        published=labels.date or entry.published,
    )


def _lines_and_blanks(text: str) -> tuple[list[str], set[int]]:
    """Return the lines that are not blank, and the indexes of those below a blank one."""
    lines: list[str] = []
    blanks: set[int] = set()
    for line in text.splitlines():
        if stripped := line.strip(_BLANKS):
            lines.append(stripped)
        else:
            blanks.add(len(lines))
    return lines, blanks


def _why_not(lines: list[str], parts: Split | None) -> str:
    """Return why a page holds no article, or an empty text where it holds one."""
    is_short = len(lines) <= _MAX_GUARD_LINES and sum(map(len, lines)) <= guards.MAX_CHARACTERS
    if is_short and any(guards.says_no_page(line) for line in lines):
        return "the page says that there is none (a guard, a dead or a forwarded address)"
    if parts is None:
        return "the page holds no paragraph of text"
    length = sum(len(lines[index]) for index in parts.body)
    if parts.title is None and length < _LEAST_CHARACTERS:
        return "the page holds no headline and hardly any text"
    return ""


def _entry(lines: list[str], blanks: Set[int], parts: Split) -> ParsedEntry:
    body = [lines[index] for index in parts.body]
    names = [name.strip(" /:॥|।") for index in parts.bylines for name in lines[index].split("/")]
    names += [credit_of(lines[index]) for index in parts.sources]
    return ParsedEntry(
        title_html="" if parts.title is None else escape(lines[parts.title]),
        content_html=_verses(lines, blanks, parts) if parts.is_verse else _paragraphs(body),
        authors=tuple(dict.fromkeys(name for name in names if name)),
        published="\n".join(lines[index] for index in parts.dates),
        dateline="\n".join(body),
        related=tuple(lines[index] for index in parts.others),
        is_uncertain=parts.is_uncertain,
    )


def _paragraphs(body: list[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in body)


def _verses(lines: list[str], blanks: Set[int], parts: Split) -> str:
    """Return verses as HTML, with a paragraph for each stanza and a break after each line."""
    stanzas: list[list[str]] = []
    for index in parts.body:
        if index in blanks or not stanzas:
            stanzas.append([])
        stanzas[-1].append(escape(lines[index]))
    return "".join(f"<p>{'<br>'.join(stanza)}</p>" for stanza in stanzas)
