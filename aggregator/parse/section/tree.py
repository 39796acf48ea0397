"""The tree of a section page, in bounds: its elements, its links, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import lxml.html
from lxml import etree
from lxml.etree import _Element as Element

from aggregator import urls
from aggregator.errors import ParseError
from aggregator.parse.charsets import is_binary, markup_of
from aggregator.parse.html_bounds import has_many_attributes
from aggregator.parse.html_headline import line_of

# Twenty times the largest page that was looked at (240 KB, 824 elements, 159 links). What a page of
# this size takes at most is held by a test.
_MOST_BYTES, _MOST_ELEMENTS, _MOST_LINKS = 5_000_000, 20_000, 5_000
# Of all elements together: on the average each of the most may be nested 50 deep.
_MOST_LEVELS = 1_000_000
# Of the classes and ids of each element and of what it stands in, which a selector compares: a
# hundred times those of 3,000 elements, 15 deep, with 10 characters each. They take 2 s.
_MOST_COMPARED = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: where it is, what its links are resolved against, and its first element.

    libxml2 leaves out what is nested deeper than 256 levels.
    """

    url: str
    base: str
    root: Element

    def links(self) -> Iterator[tuple[Element, str]]:
        """Yield the first 5,000 links with their absolute addresses, but those to the page."""
        own = urls.canonical(self.url)
        for link in islice(self.root.iter("a"), _MOST_LINKS):
            address = self.address_of(link)
            if address and urls.canonical(address) != own:
                yield link, address

    def address_of(self, link: Element) -> str:
        """Return where a link leads, without its fragment; empty for no web address."""
        href = (link.get("href") or "").strip()
        if not href or href.startswith("#"):
            return ""
        address = urls.resolve(self.base, href).partition("#")[0]
        return address if urls.is_web(address) else ""


def read_page(body: bytes, url: str) -> Page:
    """Read the tree of a page; ParseError where the bytes are no page of a bearable size."""
    if len(body) > _MOST_BYTES:
        raise ParseError(f"{url}: a page of more than {_MOST_BYTES:,} bytes lists no headlines")
    if is_binary(body):
        raise ParseError(f"{url}: not an HTML page")
    markup = markup_of(body).encode("utf-8", "replace")
    if has_many_attributes(markup):
        raise ParseError(f"{url}: an element of this page has more attributes than anybody writes")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(markup, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{url}: not an HTML page ({error})") from error
    _check_size(root, url)
    base = next((each.get("href") or "" for each in islice(root.iter("base"), 1)), "")
    return Page(url=url, base=urls.resolve(url, base) or url, root=root)


def _check_size(root: Element, url: str) -> None:
    """Raise ParseError where a page is larger or deeper than any that people read."""
    elements = levels = depth = compared = names = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        of_element = len(element.get("class") or "") + len(element.get("id") or "")
        if event == "end":
            depth, names = depth - 1, names - of_element
            continue
        depth, names = depth + 1, names + of_element
        elements, levels, compared = elements + 1, levels + depth, compared + names
        if elements > _MOST_ELEMENTS or levels > _MOST_LEVELS or compared > _MOST_COMPARED:
            raise ParseError(
                f"{url}: a page of more than {_MOST_ELEMENTS:,} elements, or nested without end, "
                "or with classes without end, lists no headlines"
            )


def short_line_of(element: Element, most_elements: int) -> str:
    """Return the text of a small element in one line; empty for one that holds more elements."""
    is_small = sum(1 for _ in islice(element.iter(), most_elements + 1)) <= most_elements
    return line_of(element) if is_small else ""
