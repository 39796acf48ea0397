"""The selectors that find what recurs on a section page, so that a person can correct them.

Each is tried on the page, from the shortest on, and only one that finds just what recurs is
proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from lxml.etree import _Element as Element

from aggregator.models import Selectors
from aggregator.parse.html_headline import line_of
from aggregator.parse.section.cards import Card, time_element
from aggregator.parse.section.recurring import recurring_cards
from aggregator.parse.section.selected import card_of, entry_elements, first_match
from aggregator.parse.section.tree import Page

# A class that can be written in a selector without escapes.
_CLASS = re.compile("-?[A-Za-z_][A-Za-z0-9_-]*")
# Longer than this nobody reads a selector; each that is tried takes up to 5 ms.
_MOST_LEVELS, _MOST_CLASSES = 6, 8
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def selectors(page: Page) -> Selectors | None:
    """Return the selectors of what recurs on a page; ``None`` where there are none to propose."""
    cards = recurring_cards(page)
    if not cards:
        return None
    for entry in _entry_selectors([card.element for card in cards]):
        if entry_elements(page, entry) != [card.element for card in cards]:
            continue
        for title in _title_selectors(cards):
            for link in ("a", f"{title} a"):
                found = Selectors(entry=entry, title=title, link=link)
                if _finds(found, cards, page):
                    return _with_date_and_image(found, cards)
    return None


def _finds(found: Selectors, cards: Sequence[Card], page: Page) -> bool:
    """Tell whether selectors find the headline and the address of each card."""
    for card in cards:
        again, _ = card_of(card.element, found, page)
        if again is None or again.address != card.address:
            return False
        if line_of(again.headline) != line_of(card.headline):
            return False
    return True


def _with_date_and_image(found: Selectors, cards: Sequence[Card]) -> Selectors:
    times = [(card.element, time) for card in cards if (time := time_element(card)) is not None]
    dates = _of_all([time for _, time in times]) if times else iter(())
    has_image = any(next(card.element.iter("img"), None) is not None for card in cards)
    return replace(
        found,
        date=next((date for date in dates if _is_first_in_each(date, times)), ""),
        image="img" if has_image else "",
    )


def _is_first_in_each(selector: str, places: Sequence[tuple[Element, Element]]) -> bool:
    """Tell whether a selector finds, within the first element of each pair, the second one."""
    return all(first_match(card, selector) is element for card, element in places)


def _entry_selectors(elements: Sequence[Element]) -> Iterator[str]:
    """Yield selectors of elements: by tag and class, then with what they stand in before them."""
    for own in _of_all(elements):
        yield own
        yield f"{own}:has(a)"  # a table's first row has labels
    own = next(_of_all(elements), "")
    if not own:
        return
    for owner in islice(elements[0].iterancestors(), _MOST_LEVELS):
        if owner.tag in ("html", "body"):
            return
        for each in _of_all([owner]):
            yield f"{each} {own}"
            yield f"{each} > {own}"
        own = f"{next(_of_all([owner]))} > {own}"


def _title_selectors(cards: Sequence[Card]) -> Iterator[str]:
    """Yield selectors of the headlines of cards: of a heading around one, else of its own."""
    headings = [
        next(
            (
                each
                for each in (card.headline, *card.headline.iterancestors())
                if each.tag in _HEADINGS
            ),
            card.headline,
        )
        for card in cards
    ]
    yield from _of_all(headings)
    yield from _of_all([card.headline for card in cards])


def _of_all(elements: Sequence[Element]) -> Iterator[str]:
    """Yield selectors that each of some elements matches: an id, a class in common, the tag."""
    tags = {str(element.tag) for element in elements}
    tag = tags.pop() if len(tags) == 1 else ""
    common = set.intersection(*(set((each.get("class") or "").split()) for each in elements))
    if len(elements) == 1 and _CLASS.fullmatch(elements[0].get("id") or ""):
        yield f"#{elements[0].get('id')}"
    if tag and (tag in ("article", "time", "tr", "li") or tag in _HEADINGS):
        yield tag
    for name in (elements[0].get("class") or "").split()[:_MOST_CLASSES]:
        if name in common and _CLASS.fullmatch(name):
            yield f"{tag}.{name}"
    if tag:
        yield tag
