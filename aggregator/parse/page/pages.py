"""A text → its pages; and a page whose parts have labels → the parts.

Collections keep many pages in one file, with a form feed, a rule of hyphens or an empty line
between them, or begin each with a label (``Title:``). Does not know which line of a page is what,
except that a page has a headline and text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.bengali.text import display
from aggregator.parse.page.dividers import Cut, cut_of, divided
from aggregator.parse.page.lines import Kind, kind_of

_RULE = re.compile(r"\s*(?:-{3,}|={3,}|\*{3,}|_{3,})\s*")
_LABEL = re.compile(
    r"\s*(?P<name>title|headline|শিরোনাম|text|body|content|article|বিস্তারিত|date|published|তারিখ|author|লেখক|url|link"
    r"|category|বিভাগ)\s*:\s*(?P<value>.*)",
    re.IGNORECASE,
)
_CANONICAL_NAMES = {
    "headline": "title", "শিরোনাম": "title", "body": "text", "content": "text", "article": "text",
    "বিস্তারিত": "text", "published": "date", "তারিখ": "date", "লেখক": "author", "url": "link",
    "বিভাগ": "category",
}  # fmt: skip
# Rules or empty lines divide pages only where most of the blocks between them are pages, each a
# headline and more; otherwise they divide the paragraphs of one.
_LEAST_LINES_OF_A_PAGE = 3
_SHARE_OF_PAGES = 0.8


@dataclass(frozen=True, slots=True)
class Labelled:
    """The parts of a page that begins with a label, each empty where the page has no such label."""

    text: str
    title: str = ""
    date: str = ""
    author: str = ""
    link: str = ""
    category: str = ""


def pages_of(text: str, *, is_file: bool = False) -> list[str]:
    """Divide a text into its pages; there is always at least one, which may be empty.

    A whole file may be a collection of articles that only their lines tell apart. The text of a
    record is one page wherever nothing certain divides it.
    """
    text = text.replace("\r\n", "\n") if "\r" in text else text
    if "\f" in text:
        return _not_blank(text.split("\f"))
    lines = text.split("\n")
    if blocks := _between_rules(lines):
        return blocks
    if label := _first_label(lines):
        begins = [i for i, line in enumerate(lines) if _label(line)[0] == label]
        return _not_blank(_divided(lines, begins, 0))
    blocks = _by_empty_lines(text)
    if len(blocks) > 1 or not is_file or labelled(text) is not None:
        return blocks
    cut = cut_of(lines)
    return [text] if cut is None else divided(text, cut)


def boundary_of(sample: str) -> Cut | None:
    """Return where a new page of a large file begins, found from the beginning of its text.

    ``None`` where the sample is not several pages.
    """
    if len(pages_of(sample, is_file=True)) < 2:
        return None
    lines = sample.split("\n")
    if any("\f" in line for line in lines):
        return _at_lines(lambda line: "\f" in line)
    if _between_rules(lines):
        return _at_lines(lambda line: bool(_RULE.fullmatch(line)))
    if label := _first_label(lines):
        return _at_lines(lambda line: _label(line)[0] == label)
    if len(_by_empty_lines(sample)) > 1:
        return _at_lines(lambda line: not line.strip())
    return cut_of(lines)


def _at_lines(begins_page: Callable[[str], bool]) -> Cut:
    """Return the cut before each line of a kind."""
    return lambda page: len(page) - 1 if begins_page(page[-1].rstrip("\r\n")) else None


def _first_label(lines: list[str]) -> str:
    """Find the label that begins each page: the title, or the first one where that recurs with it.

    It is empty where there are not several pages with labels.
    """
    names = Counter(_label(line)[0] for line in lines)
    first = next((_label(line)[0] for line in lines if line.strip()), "")
    if first and first != "text" and names[first] > 1 and names["title"] in (0, names[first]):
        return first
    return "title" if names["title"] > 1 else ""


def _between_rules(lines: list[str]) -> list[str]:
    """Return the pages between rules, or nothing where rules do not divide pages."""
    rules = [i for i, line in enumerate(lines) if _RULE.fullmatch(line)]
    blocks = _not_blank(_divided(lines, rules, 1))
    return blocks if rules and _are_pages(blocks) else []


def _divided(lines: list[str], indexes: list[int], dropped: int) -> list[str]:
    """Divide lines before each index, and drop a number of lines there."""
    starts, ends = [0, *(index + dropped for index in indexes)], [*indexes, len(lines)]
    return ["\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _not_blank(pages: list[str]) -> list[str]:
    return [page for page in pages if page.strip()] or [""]


def _by_empty_lines(text: str) -> list[str]:
    blocks = [block for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    return blocks if _are_pages(blocks) else [text]


def _are_pages(blocks: list[str]) -> bool:
    """Tell whether blocks are pages rather than the paragraphs of one."""
    return len(blocks) > 1 and sum(map(_is_page, blocks)) >= _SHARE_OF_PAGES * len(blocks)


def _is_page(block: str) -> bool:
    lines = [display(line.strip()) for line in block.split("\n") if line.strip()]
    return (
        len(lines) >= _LEAST_LINES_OF_A_PAGE
        and kind_of(lines[0]) is Kind.LINE
        and any(kind_of(line) is Kind.TEXT for line in lines[1:])
    )


def _label(line: str) -> tuple[str, str]:
    """Return a line's label by its canonical name and what follows it, or two empty texts."""
    match = _LABEL.match(line)
    if match is None:
        return "", ""
    name = match["name"].lower()
    return _CANONICAL_NAMES.get(name, name), match["value"].strip()


def labelled(page: str) -> Labelled | None:
    """Read the labels of a page that begins with one; ``None`` where it does not.

    Other pages have no labels: within them the same words begin sentences (বিস্তারিত: পরের সংখ্যায়).
    """
    if not _label(page.lstrip().split("\n", 1)[0])[0]:
        return None
    fields: dict[str, str] = {}
    rest: list[str] = []
    open_label = ""  # its value stands in the next line
    for index, line in enumerate(lines := page.split("\n")):
        name, value = _label(line)
        if name == "text":
            fields["text"] = "\n".join([value, *lines[index + 1 :]])
            break
        if name:
            fields[name] = value
            open_label = "" if value else name
        elif open_label and line.strip():
            fields[open_label], open_label = line.strip(), ""
        else:
            rest.append(line)
    if "title" not in fields and "text" not in fields:
        return None
    return Labelled(**{"text": "\n".join(rest), **fields})
