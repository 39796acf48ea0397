"""Page text → the entry it holds: headline, body and byline told apart from the rest.

The text is what a main-text extractor leaves of a news page: one block a line, the headline
first, the body, a byline, then the headlines of other stories from the sidebar. Told by the
shape of the lines alone. When in doubt a line of the body stays.
"""

from __future__ import annotations

import re
from html import escape

from aggregator.models import ParsedEntry, Rejected

_SENTENCE_END = re.compile("[।?!…][\"'”’)]*$")
_STATEMENT_END = re.compile("।[\"'”’)]*$")
# Lines that frame an article on Bengali sites and belong to no article's text.
_BOILERPLATE = re.compile(
    "বিজ্ঞাপন|আরও পড়ুন|আরো পড়ুন|ছবি:|ফাইল ছবি|শেয়ার করুন|সম্পর্কিত খবর|বিস্তারিত আসছে|"
    "সর্বস্বত্ব সংরক্ষিত|সূত্র:|অনলাইন ডেস্ক|নিজস্ব প্রতিবেদক|স্টাফ রিপোর্টার|প্রকাশ:|প্রকাশিত:|আপডেট:"
)
_BYLINE_LABEL = re.compile("(?:অনলাইন ডেস্ক|নিজস্ব প্রতিবেদক|স্টাফ রিপোর্টার|প্রতিবেদক)\\s*[:॥]?$")
_DATE_LABEL = re.compile("(?:প্রকাশ|প্রকাশিত|আপডেট)\\s*[:ঃ]")
# Initials as reporters sign with, alone on a line: T.A.S / T.A.S, /ইএইচএস/ এএইচ/, এসআর.
_INITIALS = re.compile(
    "[/\\s]*(?:[A-Z][A-Z.]{1,6}|[\u0980-\u09ff.]{2,8})(?:\\s*/\\s*[A-Z\u0980-\u09ff.]{2,8})*\\s*/?"
)
# The weights put the shortest body paragraph of the samples (155 characters with its danda) well
# above zero and the longest sidebar headline (84 characters, none with a danda) well below.
_LONG_CHARACTERS = 100
# A body goes on behind a byline only where a whole paragraph follows.
_BYLINE_SCORE = -3
_EXCERPT_CHARACTERS = 200
_TITLE_LINES_ABOVE = 5
_BYLINE_LINES_BELOW = 2


def parse(text: str) -> list[ParsedEntry | Rejected]:
    """Find the entry in the text of one page, or say why there is none."""
    lines = [line.strip("\ufeff \t\r\u00a0") for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return [Rejected(reason="the page is empty", excerpt="")]
    start, end = _body(lines)
    if start == end:
        excerpt = " ".join(lines)[:_EXCERPT_CHARACTERS]
        return [Rejected(reason="the page holds no paragraph of text", excerpt=excerpt)]
    title_at = _title(lines, start)
    dates = [line for line in lines[:start] if _DATE_LABEL.match(line)]
    authors, after = _byline(lines, end)
    body = [line for line in lines[start:end] if not _is_boilerplate(line)]
    return [
        ParsedEntry(
            title_html="" if title_at is None else escape(lines[title_at], quote=False),
            content_html="".join(f"<p>{escape(line, quote=False)}</p>" for line in body),
            authors=authors,
            published="\n".join(dates),
            dateline="\n".join(body),
            related=tuple(lines[after:]),
        )
    ]


def _score(line: str) -> int:
    if _BYLINE_LABEL.fullmatch(line) or _INITIALS.fullmatch(line):
        return _BYLINE_SCORE
    if _is_boilerplate(line):
        return 0
    length = 1 if len(line) >= _LONG_CHARACTERS else -1
    if _STATEMENT_END.search(line):
        return 2 + length
    # A question or an exclamation ends sentences of a body and headlines alike.
    return (0 if _SENTENCE_END.search(line) else -2) + length


def _is_boilerplate(line: str) -> bool:
    return len(line) < 60 and bool(_BOILERPLATE.match(line))


def _body(lines: list[str]) -> tuple[int, int]:
    """Give the contiguous run of lines with the highest score; empty where none scores."""
    best, best_range, total, start = 0, (0, 0), 0, 0
    for index, line in enumerate(lines):
        if total <= 0:
            total, start = 0, index
        total += _score(line)
        if total > best:
            best, best_range = total, (start, index + 1)
    start, end = best_range
    while start < end and _score(lines[start]) <= 0:
        start += 1
    return start, end


def _title(lines: list[str], start: int) -> int | None:
    """Give the index of the headline: the topmost plausible line near above the body."""
    for index in range(max(0, start - _TITLE_LINES_ABOVE), start):
        if not _is_boilerplate(lines[index]) and not _INITIALS.fullmatch(lines[index]):
            return index
    return None


def _byline(lines: list[str], end: int) -> tuple[tuple[str, ...], int]:
    """Find the names signed within two lines below the body, and where the rest begins."""
    for index in range(end, min(end + _BYLINE_LINES_BELOW, len(lines))):
        line = lines[index]
        if _INITIALS.fullmatch(line) or _BYLINE_LABEL.fullmatch(line):
            names = (name.strip(" /:॥") for name in line.split("/"))
            return tuple(dict.fromkeys(name for name in names if name)), index + 1
    return (), end
