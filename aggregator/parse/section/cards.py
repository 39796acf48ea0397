"""A card, one entry of a section page → a parsed entry: its headline, link, date and picture.

Knows where pages have the date and the picture of a card. Which moment a text names is read
elsewhere (``bengali.dates``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from lxml.etree import _Element as Element

from aggregator import urls
from aggregator.bengali import dates
from aggregator.bengali.date_lines import is_date_line
from aggregator.bengali.text import display
from aggregator.lazy_images import real_address
from aggregator.models import Media, MediaRole, ParsedEntry, Rejected
from aggregator.parse.feed.entry import usable
from aggregator.parse.html_headline import line_of
from aggregator.parse.html_time import moment_of
from aggregator.parse.media import found, media_of
from aggregator.parse.plain import escape, whole
from aggregator.parse.section.tree import Page, short_line_of

# A card of the pages that were looked at has at most 30 elements.
_MOST_ELEMENTS = 200
# A date has an icon, a label and its parts: five elements at most.
_ELEMENTS_OF_DATE = 5
# A day without a year, or a time counted back, is told from a sentence by being short: প্রায় ৩ ঘণ্টা
# ২০ মিনিট আগে has 26 characters, a lead on a card seldom fewer than 60.
_SHORT_CHARACTERS = 30
_NUMBER = re.compile("[0-9০-৯]")
# Whether a text names a day is asked here, not which: any day lies before this one.
_FAR_AHEAD = datetime(2200, 1, 1, tzinfo=UTC)
_PIXEL = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Card:
    """One entry of a page: the element that holds it, that of its headline, and its address.

    ``date`` and ``image`` are what selectors found; ``None`` where they are to be looked for.
    """

    element: Element
    headline: Element
    address: str
    date: Element | None = None
    image: Element | None = None


def entry_of(card: Card, page: Page) -> ParsedEntry | Rejected:
    """Return the entry of a card; its headline is plain text."""
    date = card.date if card.date is not None else time_element(card)
    published = moment_of(date) if date is not None else _date_in_tails(card)
    images = [card.image] if card.image is not None else _images(card.element)
    pictures = (_picture(image, page) for image in images)
    return usable(
        ParsedEntry(
            link=card.address,
            title_html=escape(whole(line_of(card.headline))),
            published=whole(published),
            media=found(islice((each for each in pictures if each is not None), 1), page.base),
        )
    )


def time_element(card: Card) -> Element | None:
    """Find the element that shows when a card was published: a ``time``, else a date alone."""
    elements = list(islice(card.element.iter(), _MOST_ELEMENTS))
    for element in elements:
        if element.tag == "time":
            return element
    around, within = set(card.headline.iterancestors()), set(card.headline.iter())
    beside = [each for each in elements if each not in around and each not in within]
    lines = [(each, display(short_line_of(each, _ELEMENTS_OF_DATE))) for each in beside]
    for is_date in (is_date_line, _is_short_date):
        for element, line in lines:
            if is_date(line):
                return element
    return None


def _date_in_tails(card: Card) -> str:
    """Return a date that stands beside the headline in no element of its own."""
    inner: Element | None = card.headline
    while inner is not None and inner is not card.element:
        line = display(" ".join((inner.tail or "").split()).strip("()[]|–—- "))
        if is_date_line(line) or _is_short_date(line):
            return line
        inner = inner.getparent()
    return ""


def _is_short_date(line: str) -> bool:
    """Tell whether a short text with a number names a day, as ২৩ নভেম্বর and ৩ ঘণ্টা আগে do."""
    if len(line) > _SHORT_CHARACTERS or not _NUMBER.search(line):
        return False
    return dates.read(line, fetched_at=_FAR_AHEAD, timezone="UTC").published is not None


def _images(element: Element) -> Iterator[Element]:
    for each in islice(element.iter(), _MOST_ELEMENTS):
        if each.tag == "img":
            yield each


def _picture(image: Element, page: Page) -> Media | None:
    """Return the picture of an image, where its address is one of the web and no pixel."""
    attributes = {str(name): str(value).strip() for name, value in image.attrib.items()}
    address = urls.resolve(page.base, real_address(attributes))
    if not urls.is_web(address) or _PIXEL & {attributes.get("width"), attributes.get("height")}:
        return None
    return media_of({"url": address, "alt": attributes.get("alt", "")}, MediaRole.PICTURE)
