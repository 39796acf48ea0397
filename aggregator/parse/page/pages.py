"""One text, one page or several; and what the labels in a page say outright.

Collections keep many pages in one file, with a form feed, a rule of hyphens or an empty line
between them, or begin each with a label (``Title:``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.bengali.text import display
from aggregator.parse.page.lines import Kind, kind_of

_RULE = re.compile(r"\s*(?:-{3,}|={3,}|\*{3,}|_{3,})\s*")
_LABEL = re.compile(
    r"\s*(?P<name>title|headline|শিরোনাম|text|body|content|article|বিস্তারিত|date|published|তারিখ|author|লেখক|url|link"
    r"|category|বিভাগ)\s*:\s*(?P<value>.*)",
    re.IGNORECASE,
)
_NAMES = {
    "headline": "title", "শিরোনাম": "title", "body": "text", "content": "text", "article": "text",
    "বিস্তারিত": "text", "published": "date", "তারিখ": "date", "লেখক": "author", "url": "link",
    "বিভাগ": "category",
}  # fmt: skip
# Where empty lines part pages, most of what they part is pages: a headline and more.
_LEAST_LINES_OF_A_PAGE = 3
_SHARE_OF_PAGES = 0.8


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page whose parts were labelled; what was not is the empty text."""

    text: str
    title: str = ""
    date: str = ""
    author: str = ""
    link: str = ""
    category: str = ""


def pages_of(text: str) -> list[str]:
    """Cut a text into its pages; there is always one."""
    text = text.replace("\r\n", "\n") if "\r" in text else text
    if "\f" in text:
        return _said(text.split("\f"))
    lines = text.split("\n")
    if blocks := _ruled(lines):
        return blocks
    titles = [i for i, line in enumerate(lines) if _label(line)[0] == "title"]
    if len(titles) > 1:
        return _said(_cut(lines, titles, 0))
    return _by_empty_lines(text)


def boundary_of(sample: str) -> Callable[[str], bool] | None:
    """Give what tells the lines at which the pages of a large text begin, from its beginning.

    A line is one without its line break; ``None`` where the sample is not several pages.
    """
    if len(pages_of(sample)) < 2:
        return None
    lines = sample.split("\n")
    if any("\f" in line for line in lines):
        return lambda line: "\f" in line
    if _ruled(lines):
        return lambda line: bool(_RULE.fullmatch(line))
    if sum(_label(line)[0] == "title" for line in lines) > 1:
        return lambda line: _label(line)[0] == "title"
    return lambda line: not line.strip()


def _ruled(lines: list[str]) -> list[str]:
    """Give the pages between lines that are rules, or nothing where rules part no pages."""
    rules = [i for i, line in enumerate(lines) if _RULE.fullmatch(line)]
    blocks = _said(_cut(lines, rules, 1))
    return blocks if rules and _are_pages(blocks) else []


def _cut(lines: list[str], places: list[int], left_out: int) -> list[str]:
    """Cut lines at some places, leaving so many out at each."""
    starts, ends = [0, *(place + left_out for place in places)], [*places, len(lines)]
    return ["\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _said(pages: list[str]) -> list[str]:
    return [page for page in pages if page.strip()] or [""]


def _by_empty_lines(text: str) -> list[str]:
    blocks = [block for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    return blocks if _are_pages(blocks) else [text]


def _are_pages(blocks: list[str]) -> bool:
    """Tell whether what was parted is pages rather than the parts of one."""
    return len(blocks) > 1 and sum(map(_is_page, blocks)) >= _SHARE_OF_PAGES * len(blocks)


def _is_page(block: str) -> bool:
    lines = [display(line.strip()) for line in block.split("\n") if line.strip()]
    return (
        len(lines) >= _LEAST_LINES_OF_A_PAGE
        and kind_of(lines[0]) is Kind.LINE
        and any(kind_of(line) is Kind.TEXT for line in lines[1:])
    )


def _label(line: str) -> tuple[str, str]:
    """Give a line's label, by its usual name, and what follows it; or two empty texts."""
    match = _LABEL.match(line)
    if match is None:
        return "", ""
    name = match["name"].lower()
    return _NAMES.get(name, name), match["value"].strip()


def labelled(page: str) -> Labelled | None:
    """Read the labels of a page that begins with one; ``None`` where it does not.

    Within a page the same words begin sentences: বিস্তারিত: পরের সংখ্যায়.
    """
    if not _label(page.lstrip().split("\n", 1)[0])[0]:
        return None
    fields: dict[str, str] = {}
    rest: list[str] = []
    waiting = ""  # a label whose value stands in the next line
    for number, line in enumerate(lines := page.split("\n")):
        name, value = _label(line)
        if name == "text":
            fields["text"] = "\n".join([value, *lines[number + 1 :]])
            break
        if name:
            fields[name] = value
            waiting = "" if value else name
        elif waiting and line.strip():
            fields[waiting], waiting = line.strip(), ""
        else:
            rest.append(line)
    if "title" not in fields and "text" not in fields:
        return None
    return Labelled(**{"text": "\n".join(rest), **fields})
