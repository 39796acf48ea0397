"""Markup that costs its cleaner too much: elements that are left open, or nested without end.

A ``<b>`` that a paragraph leaves open is opened anew in each paragraph after it (HTML §13.2.4.3). A
thousand of them before a thousand paragraphs, 12 KB, are a million elements: 7 MB of markup and
258 MB of memory (measured). And the time of nh3 grows with the square of the depth: 100,000 nested
``<div>``, 500 KB, took 51 s on a busy machine. Knows what costs that, and refuses to sanitise.
"""

from __future__ import annotations

import re

from lxml import etree, html

# All but ``a``, of which a parser keeps one (HTML §13.2.6.4.7).
_NAMES = "(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)"
_TAG = re.compile(rf"<(?P<slash>/?){_NAMES}(?=[\s/>])", re.I)
# A start tag, whole where it ends at its first > in every reading. No pattern looks further than
# the next <, as in ``markup``.
_START = re.compile(
    rf"<{_NAMES}(?=[\s/>])(?P<whole>(?:\s++[a-z][a-z0-9:_-]*+"
    r"(?:\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>=`]++))?+)*+\s*+/?+>)?",
    re.I,
)
_KEPT_OF_EQUAL_TAGS = 3  # HTML §13.2.4.3, the "Noah's Ark clause"
# What costs 76 MB. An article of 5,000 tags with ten kinds of bold and italic ones stays below.
_MOST_OPENED_AGAIN = 250_000
# The tags of which, half before the other half, no more are opened again.
_FEW_TAGS = 1_000
# Nested in each other, they take nh3 0.2 s. A table of 200 rows of ten cells stays below.
_MANY_TAGS = 10_000


def bounded(markup: str) -> str:
    """Return markup whose elements for formatting are plain spans if they were opened too often.

    Of more than 10,000 tags, what is nested deeper than 256 levels is left out.

    >>> bounded("<p><b>নদী</b>")
    '<p><b>নদী</b>'
    >>> bounded("".join(f"<b x{number}>" for number in range(99)) + "<p>ক" * 2_000)[:9]
    '<span x0>'
    """
    tags = markup.count("<")
    if tags <= _FEW_TAGS or _most_open(markup) * tags <= _MOST_OPENED_AGAIN:
        return markup if tags <= _MANY_TAGS else _shallow(markup)
    spans = _TAG.sub(r"<\g<slash>span", markup)
    return spans if tags <= _MANY_TAGS else _shallow(spans)


def _shallow(markup: str) -> str:
    """Return markup as libxml2 reads it, up to a depth of 256; empty where it finds no element."""
    parser = html.HTMLParser(encoding="utf-8")
    try:
        document = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.LxmlError:  # nothing but comments
        return ""
    return etree.tostring(document, encoding="unicode", method="html")


def _most_open(markup: str) -> int:
    """Return how many elements for formatting can be open at once; comments count as markup."""
    starts = list(_START.finditer(markup))
    whole = {start.group().lower() for start in starts if start["whole"]}
    others = sum(start["whole"] is None for start in starts)
    return 1 + _KEPT_OF_EQUAL_TAGS * len(whole) + others
