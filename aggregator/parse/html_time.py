"""The times that an HTML page shows beside its headline: ``<time>`` and its kin.

A masthead has a ``<time>``, too, which is today; so have the cards of other stories. So a time
counts between the headline and the text, or above the headline within the same article. Which
moment a text names is read elsewhere (``bengali.dates``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aggregator.bengali.date_lines import is_date_line
from aggregator.bengali.text import display
from aggregator.parse.html_headline import line_of

# Between a headline and its date stand who wrote, a lead and the buttons for sharing. The longest
# lead of the labelled pages has some 200 characters.
_MAX_CHARACTERS_BELOW = 600
# Above it, little more than a section's name; a masthead has its menu between.
_MAX_CHARACTERS_ABOVE = 80
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
# What begins another story, or the frame around this one.
_OTHERS = frozenset({"article", "aside", "nav", "footer"})
_MOMENT_ATTRIBUTES = ("datetime", "content", "title")
_UPDATED = ("datemodified", "updated", "modified", "আপডেট", "হালনাগাদ")
_PUBLISHED = ("datepublished", "published", "entry-date", "pubdate", "প্রকাশ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTimes:
    """The texts of the times beside a headline, each empty where the page shows none."""

    published: str = ""
    updated: str = ""


def times_beside(heading: Any) -> ShownTimes:
    """Read the times beside a heading, an element of a page's tree or ``None``."""
    if heading is None:
        return ShownTimes()
    elements = list(_below(heading)) or list(_above(heading))
    published, updated = "", ""
    for element in elements:
        says = _what_it_says(element)
        if any(word in says for word in _UPDATED) and not any(word in says for word in _PUBLISHED):
            updated = updated or moment_of(element)
        else:
            published = published or moment_of(element)
    return ShownTimes(published=published, updated=updated)


def _below(heading: Any) -> Iterator[Any]:
    """Find the times between a heading and another story, in the characters next to it."""
    length, own = 0, set(heading.iter())
    for element in _after(heading):
        if element not in own and _begins_another(element):
            return
        if _is_time(element):
            yield element
        if isinstance(element.tag, str) and element not in own:
            length += len((element.text or "").strip())
        length += len((element.tail or "").strip())
        if length > _MAX_CHARACTERS_BELOW:
            return


def _after(heading: Any) -> Iterator[Any]:
    """Return an element, all within it, and all that follow it in the page's order."""
    yield from heading.iter()
    yield from heading.xpath("following::*")


def _above(heading: Any) -> Iterator[Any]:
    """Find the times close above a heading within its article, the nearest first."""
    article = next(heading.iterancestors("article"), heading.getparent())
    if article is None or article.tag == "body":
        return
    within, length = set(article.iter()), 0
    for element in heading.xpath("preceding::*")[::-1]:
        length += len((element.tail or "").strip())
        if element not in within or length > _MAX_CHARACTERS_ABOVE:
            return
        if _is_time(element) and not _is_of_another(element, article):
            yield element
        length += len((element.text or "").strip())


def _is_time(element: Any) -> bool:
    if element.tag == "time":
        return True
    return element.tag != "meta" and (element.get("itemprop") or "").lower() in (
        "datepublished",
        "datemodified",
    )


def _begins_another(element: Any) -> bool:
    """Tell whether an element begins another story: as a card, or as a headline that is a link."""
    if element.tag in _HEADINGS:
        has_link = next(element.iter("a"), None) is not None
        return has_link or next(element.iterancestors("a"), None) is not None
    return element.tag in _OTHERS


def _is_of_another(element: Any, article: Any) -> bool:
    owners = (owner for owner in element.iterancestors() if owner is not article)
    return any(owner.tag in _OTHERS for owner in owners if article in owner.iterancestors())


def _what_it_says(element: Any) -> str:
    names = (element.get(name) or "" for name in ("class", "itemprop"))
    pubdate = "pubdate" if element.get("pubdate") is not None else ""
    return " ".join((*names, pubdate, display(line_of(element)))).lower()


def moment_of(element: Any) -> str:
    """Return the text that names an element's moment: an attribute with a time of day, else more.

    An attribute with a day alone is less than what the page shows.
    """
    stated = next(filter(None, (element.get(name) for name in _MOMENT_ATTRIBUTES)), "").strip()
    shown = line_of(element)
    if ":" in stated and is_date_line(display(stated)):
        return stated
    return shown if is_date_line(display(shown)) or not stated else stated
