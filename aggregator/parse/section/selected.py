"""What selectors find on a section page. ``css`` says what a selector means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from aggregator import urls
from aggregator.css import xpath_of
from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected, Selectors
from aggregator.parse.html_headline import line_of
from aggregator.parse.section.cards import Card, entry_of
from aggregator.parse.section.tree import Page

# As many entries as a source may have in a document, if nothing else is configured.
_MOST_ENTRIES = 2_000
_HEADINGS = "h1, h2, h3, h4, h5, h6"


def entries(page: Page, selectors: Selectors) -> list[ParsedEntry | Rejected]:
    """Return what selectors find on a page; ParseError where that is no entry at all."""
    elements = entry_elements(page, selectors.entry)
    if not elements:
        raise ParseError(
            f"{page.url}: select finds nothing on this page: no element is entry = "
            f'"{selectors.entry}"; look at the page, and write select anew'
        )
    found: list[ParsedEntry | Rejected] = []
    seen: set[str] = set()
    missing = ""
    for element in elements:
        card, missing = card_of(element, selectors, page)
        if card is None:
            found.append(Rejected.quoting(f"no {missing} is selected", line_of(element)))
        elif (address := urls.canonical(card.address)) not in seen:
            seen.add(address)
            found.append(entry_of(card, page))
    if not any(isinstance(entry, ParsedEntry) for entry in found):
        raise ParseError(
            f"{page.url}: select finds entries without a {missing or 'title'} on this page; look "
            "at the page, and write select anew"
        )
    return found


def entry_elements(page: Page, selector: str) -> list[Element]:
    """Return the elements that are entries, 2,000 at most.

    One that holds another is no entry: it stands around entries.
    """
    elements = list(islice(_matches(page.root, selector), _MOST_ENTRIES))
    around = {owner for element in elements for owner in element.iterancestors()}
    return [element for element in elements if element not in around]


def card_of(element: Element, selectors: Selectors, page: Page) -> tuple[Card | None, str]:
    """Return the card of an entry, or ``None`` and which part of it is missing."""
    title = first_match(element, selectors.title or _HEADINGS)
    link = _link(element, title, selectors.link, page)
    if title is None and not selectors.title:
        title = link
    if title is None or not line_of(title):
        return None, "title"
    if link is None:
        return None, "link"
    return Card(
        element=element,
        headline=title,
        address=page.address_of(link),
        date=first_match(element, selectors.date) if selectors.date else None,
        image=first_match(element, selectors.image) if selectors.image else None,
    ), ""


def _link(element: Element, title: Element | None, selector: str, page: Page) -> Element | None:
    """Find the link of an entry: the one selected, else around or in its title, else its first."""
    if selector:
        selected = first_match(element, selector)
        places: Sequence[Element | None] = () if selected is None else (selected,)
    else:
        places = (title, element)
    for place in places:
        if place is None:
            continue
        around = (owner for owner in (place, *place.iterancestors()) if owner.tag == "a")
        for link in (*islice(around, 1), *place.iter("a")):
            if page.address_of(link):
                return link
    return None


def first_match(element: Element, selector: str) -> Element | None:
    """Return the first element in or under one that a selector matches."""
    return next(iter(_matches(element, selector)), None)


def _matches(element: Element, selector: str) -> list[Element]:
    """Return the elements in and under one that a selector matches, in the page's order."""
    found: Any = _compiled(selector)(element)  # elements, as a selector names nothing else
    return list(found)


@lru_cache(maxsize=512)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(xpath_of(selector))
