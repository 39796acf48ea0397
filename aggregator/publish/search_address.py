"""What the address of a search asks, and how an address is written that asks it. Pure.

There is one way to write a search, so that caches hold it once: ``q``, ``order``, ``in``, ``page``,
each only where it is not what is assumed without it. Any query is read; of what has no meaning
here, nothing is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from aggregator.bengali.text import cut, display
from aggregator.models import SearchOrder

# No feed is called so (``config``).
SEARCH = "search"
# As many stories as a screen or two of a phone; behind the last page nobody looks, but asks by
# further words.
A_PAGE, LAST_PAGE = 20, 50
# The rest of a question is not read (``bengali.queries``).
_MOST_CHARACTERS = 1_000
# A question of as many characters outside the Basic Multilingual Plane, each of 12 bytes as an
# address writes them, and the rest of the parameters.
_MOST_BYTES = 16_384
# As long as the headlines of papers are; who typed more has it in the field.
_HEADING_CHARACTERS = 100
_PAGE = re.compile("[0-9]{1,4}")
# What nobody types: controls, and what stands for bytes that are no UTF-8.
_UNTYPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufffd-\uffff\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_IN_TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAddress:
    """A search as its address asks it: a question, and which page of what is found, from 1 on.

    ``only_titles`` says that the words are looked for in titles alone.
    """

    question: str = ""
    order: SearchOrder = SearchOrder.NEWEST
    only_titles: bool = False
    page: int = 1

    @property
    def heading(self) -> str:
        """The question as titles and headings write it, cut where it is long."""
        return cut(self.question, _HEADING_CHARACTERS) or self.question[:_HEADING_CHARACTERS]

    @property
    def query(self) -> str:
        """The query of the one address of this search, from the question mark on."""
        parts = [("q", self.question)]
        if self.order is not SearchOrder.NEWEST:
            parts.append(("order", self.order))
        if self.only_titles:
            parts.append(("in", _IN_TITLE))
        if self.page > 1:
            parts.append(("page", str(self.page)))
        return f"?{urlencode(parts)}"


def read_address(query: bytes) -> SearchAddress:
    """Read what the query of an address asks; any bytes are one.

    Of several questions the words of all are looked for, and of other parameters the last counts.

    >>> read_address(b"q=%E0%A6%A8%E0%A6%A6%E0%A7%80&page=2&utm_source=x").query
    '?q=%E0%A6%A8%E0%A6%A6%E0%A7%80&page=2'
    """
    pairs = parse_qsl(query[:_MOST_BYTES].decode("latin-1"), errors="replace")
    last = dict(pairs)
    question = " ".join(value for name, value in pairs if name == "q")
    page = last.get("page", "")
    return SearchAddress(
        question=" ".join(display(_UNTYPED.sub(" ", question)).split())[:_MOST_CHARACTERS].rstrip(),
        order=SearchOrder.MATCH if last.get("order") == SearchOrder.MATCH else SearchOrder.NEWEST,
        only_titles=last.get("in") == _IN_TITLE,
        page=min(max(int(page), 1), LAST_PAGE) if _PAGE.fullmatch(page) else 1,
    )
