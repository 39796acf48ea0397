"""Page text → the entry it holds: headline, body and byline told apart from the rest.

The text is what a main-text extractor leaves of a news page, one block a line: perhaps menus, the
headline, who wrote and when, the body, and then captions, adverts and the headlines of other
stories. Two signals tell them apart: the shape of the lines (``lines``, ``split``), and which lines
recur on other pages of the same site.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.page.lines import credit_of, says_no_page
from aggregator.parse.page.pages import Labelled, boundary_of, labelled, pages_of
from aggregator.parse.page.split import Split, split
from aggregator.parse.plain import escape

__all__ = ["RECURRENCES", "boundary_of", "labelled", "lines_of", "pages_of", "parse"]

# A line that stands on so many other pages of a site belongs to the site.
RECURRENCES = 2
_EXCERPT_CHARACTERS = 200
# A page of a guard or a dead address is short; an article may well tell of one.
_LINES_OF_NO_PAGE, _CHARACTERS_OF_NO_PAGE = 12, 1500
# Less without a headline is an imprint or a notice; the shortest brief has 190 under a headline.
_LEAST_CHARACTERS = 200
_PLAIN = "\ufeff \t\r\u00a0"


def lines_of(text: str) -> list[str]:
    """Give the lines of a page that say something, without the white space around them."""
    return [found for line in text.splitlines() if (found := line.strip(_PLAIN))]


def parse(text: str, boilerplate: Set[str] = frozenset()) -> list[ParsedEntry | Rejected]:
    """Find the entry of each page in a text, or say why there is none.

    ``boilerplate`` are lines, in the form of ``lines_of``, that recur on the site's other pages.
    """
    return [_parse_one(page, boilerplate) for page in pages_of(text)]


def _parse_one(page: str, boilerplate: Set[str]) -> ParsedEntry | Rejected:
    known = labelled(page)
    text = page if known is None else f"{known.title}\n{known.text}"
    lines, blanks = _numbered(text)
    if not lines:
        return Rejected(reason="the page is empty", excerpt="")
    is_titled = known is not None and bool(known.title)
    parts = split(lines, blanks, boilerplate, is_titled=is_titled)
    if reason := _why_not(lines, parts):
        return Rejected(reason=reason, excerpt=" ".join(lines)[:_EXCERPT_CHARACTERS])
    assert parts is not None  # noqa: S101 - that is among the reasons
    entry = _entry(lines, blanks, parts)
    return entry if known is None else _with_labels(entry, known)


def _with_labels(entry: ParsedEntry, known: Labelled) -> ParsedEntry:
    """Let what the labels say outright count before what was found."""
    return replace(
        entry,
        link=known.link,
        authors=(known.author,) if known.author else entry.authors,
        categories=(known.category,) if known.category else (),
        published=known.date or entry.published,
    )


def _numbered(text: str) -> tuple[list[str], set[int]]:
    """Give the lines that say something, and which of them have an empty line before them."""
    lines: list[str] = []
    blanks: set[int] = set()
    for line in text.splitlines():
        if found := line.strip(_PLAIN):
            lines.append(found)
        else:
            blanks.add(len(lines))
    return lines, blanks


def _why_not(lines: list[str], parts: Split | None) -> str:
    """Say why a page holds no article, or nothing."""
    is_short = len(lines) <= _LINES_OF_NO_PAGE and sum(map(len, lines)) <= _CHARACTERS_OF_NO_PAGE
    if is_short and any(says_no_page(line) for line in lines):
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
    """Write verses a stanza a paragraph."""
    stanzas: list[list[str]] = []
    for index in parts.body:
        if index in blanks or not stanzas:
            stanzas.append([])
        stanzas[-1].append(escape(lines[index]))
    return "".join(f"<p>{'<br>'.join(stanza)}</p>" for stanza in stanzas)
