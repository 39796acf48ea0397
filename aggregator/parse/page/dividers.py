"""Where in a text without rules or labels one article ends and the next begins.

Two kinds of collections show it by their lines: each article has its date line, or each is one
long line. A page alone can look like either (a chronicle, an essay of long paragraphs), so the
headlines must stand where a collection has them, and the long lines must have few words in common.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from aggregator.bengali.text import display, stems
from aggregator.parse.page.lines import Kind, is_name, kind_of

Cut = Callable[[Sequence[str]], int | None]
"""Where a new page begins within the lines read so far, the newest of which is the last."""

_LONGEST_HEADLINE = 140
_MAX_DATE_CHARACTERS = 200
# Of this share of the articles the shape must be right: some lack their headline, or are brief.
_SHARE = 0.8
# The excerpt of another story's card has up to 190 characters, in one paragraph.
_LEAST_CHARACTERS = 300
_LINES_ABOVE_A_DATE = 6  # an empty line, who wrote, and an empty line, twice
_FEWEST_DATES = 3
_YEAR = re.compile("[0-9০-৯]{4}")
# An article in one line. Of 317 real articles ten have paragraphs that are nearly all so long.
_ARTICLE_CHARACTERS = 300
_ARTICLE_SENTENCES = 3
_SENTENCE_END = re.compile("[।?!]")
_FEWEST_ARTICLES = 3
# The share of stems that two neighbours have in common, on average. Of those ten articles one is
# below it (.12, the others .18 and more), of unrelated articles nine in ten.
_COHESION = 0.13
_COMPARED_CHARACTERS = 900
_COMPARED_LINES = 50


def cut_of(lines: Sequence[str]) -> Cut | None:
    """Find by the lines of a text how it is divided; ``None`` where it is not several articles."""
    own = [line for line in map(str.strip, lines) if line]
    return _by_dates(own) or _by_long_lines(own)


def divided(text: str, cut: Cut) -> list[str]:
    """Divide a text by the same rule that divides a stream."""
    pages, page = list[str](), list[str]()
    for line in text.split("\n"):
        page.append(line)
        if index := cut(page):
            pages.append("\n".join(page[:index]))
            page = page[index:]
    return [page for page in (*pages, "\n".join(page)) if page.strip()]


# --- A date line for each article ----------------------------------------------------------------


def _by_dates(own: Sequence[str]) -> Cut | None:
    dates = [i for i, line in enumerate(own) if _is_date(line)]
    dates = [i for i, above in zip(dates, [None, *dates], strict=False) if above != i - 1]
    if len(dates) < _FEWEST_DATES:
        return None
    starts = [_headline_above(own, i) for i in dates]
    above = [start for start in starts if start is not None]
    if len(above) >= _SHARE * len(dates):
        return _cut_above if _are_articles(own, above) else None
    below = [i for i in dates if _is_headline_below(own, i)]
    if len(below) >= _SHARE * len(dates):
        return _cut_at if _are_articles(own, below) else None
    # Without headlines a chronicle looks alike, but it has one at its top.
    return _cut_at if dates[0] == 0 and _are_articles(own, dates) else None


def _are_articles(own: Sequence[str], starts: Sequence[int]) -> bool:
    """Tell whether most of the blocks from each start to the next have a text of their own."""
    blocks = [own[start:end] for start, end in zip(starts, [*starts[1:], len(own)], strict=True)]
    texts = [[line for line in block if _kind(line) is Kind.TEXT] for block in blocks]
    right = sum(sum(map(len, lines)) >= _LEAST_CHARACTERS for lines in texts)
    return right >= _SHARE * len(blocks)


def _cut_above(page: Sequence[str]) -> int | None:
    newest = len(page) - 1
    if not _is_date(page[newest].strip()):
        return None
    start = _headline_above(page, newest)
    return start if start and _has_text(page[:start]) else None


def _cut_at(page: Sequence[str]) -> int | None:
    newest = len(page) - 1
    return newest if _is_date(page[newest].strip()) and _has_text(page[:newest]) else None


def _headline_above(lines: Sequence[str], date: int) -> int | None:
    """Return the index of the headline above a date line, with who wrote between the two."""
    for index in range(date - 1, max(date - 1 - _LINES_ABOVE_A_DATE, -1), -1):
        line = lines[index].strip()
        if not line or _kind(line) in (Kind.BYLINE, Kind.SOURCE, Kind.BOILERPLATE):
            continue
        if is_name(display(line)):
            continue
        return index if _is_headline(line) else None
    return None


def _is_headline_below(lines: Sequence[str], date: int) -> bool:
    below = [line for line in lines[date + 1 : date + 3] if not _is_date(line)]
    return bool(below) and _is_headline(below[0])


def _is_headline(line: str) -> bool:
    return len(line) <= _LONGEST_HEADLINE and _kind(line) in (Kind.LINE, Kind.ITEM)


def _has_text(lines: Sequence[str]) -> bool:
    return any(_kind(line) is Kind.TEXT for line in map(str.strip, lines) if line)


def _is_date(line: str) -> bool:
    is_short = len(line) <= _MAX_DATE_CHARACTERS
    return is_short and bool(_YEAR.search(line)) and _kind(line) is Kind.DATE


@lru_cache(maxsize=1024)
def _kind(line: str) -> Kind:
    shown = display(line)
    return kind_of(shown) if shown else Kind.BOILERPLATE


# --- An article a line ---------------------------------------------------------------------------


def _by_long_lines(own: Sequence[str]) -> Cut | None:
    articles = [line for line in own if _is_article(line)]
    if len(articles) < _FEWEST_ARTICLES:
        return None
    headlines = [line for line in own if not _is_article(line) and _is_headline(line)]
    others = len(own) - len(articles) - len(headlines)
    if others > (1 - _SHARE) * len(own):
        return None
    is_titled = len(headlines) >= _SHARE * len(articles) and _is_headline(own[0])
    is_bare = len(headlines) <= (1 - _SHARE) * len(own) and not _is_headline(own[0])
    if not (is_titled or is_bare) or _cohesion(articles) >= _COHESION:
        return None
    return _cut_at_headline if is_titled else _cut_at_line


def _is_article(line: str) -> bool:
    is_long = len(line) >= _ARTICLE_CHARACTERS
    return is_long and len(_SENTENCE_END.findall(line)) >= _ARTICLE_SENTENCES


def _cohesion(articles: Sequence[str]) -> float:
    """Return the mean share of stems that two neighbouring lines have in common."""
    compared = [line[:_COMPARED_CHARACTERS] for line in articles[:_COMPARED_LINES]]
    sets = [set(stems(display(line), characters=5, shortest_word=4)) for line in compared]
    shares = [
        len(first & second) / max(1, min(len(first), len(second)))
        for first, second in pairwise(sets)
    ]
    return sum(shares) / len(shares)


def _cut_at_line(page: Sequence[str]) -> int | None:
    newest = len(page) - 1
    return newest if page[newest].strip() and any(map(str.strip, page[:newest])) else None


def _cut_at_headline(page: Sequence[str]) -> int | None:
    newest = len(page) - 1
    line = page[newest].strip()
    is_headline = bool(line) and not _is_article(line) and _is_headline(line)
    return newest if is_headline and any(map(str.strip, page[:newest])) else None
