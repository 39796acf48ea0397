"""What recurs on a section page: links with a headline, in one shape.

Links are in one shape where the same tags and classes lead to them from the page's root, and their
addresses are alike. The largest group of them is what the page is about; a menu has labels and no
headlines, and what most people read is a shorter list beside it. The page decides alone: equal
bytes have equal entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from lxml.etree import _Element as Element

from aggregator import urls
from aggregator.parse.html_headline import line_of
from aggregator.parse.section.cards import Card
from aggregator.parse.section.tree import Page

# Of 2,637 real Bengali headlines 91 in a hundred have four Bengali words or more, and of 123 labels
# of menus none has.
_WORDS_OF_HEADLINE = 4
# In a group that has such headlines shorter texts are headlines, too: 99 in a hundred of all.
_WORDS_IN_GROUP = 2
# The longest headline of the samples has 150 characters; a longer text is a paragraph.
_HEADLINE_CHARACTERS = 200
# Two links in one shape are chance: pages of one article with two beside it have them.
_FEWEST_LINKS = 3
_BENGALI_WORD = re.compile("[\u0981-\u09df\u09e2\u09e3\u09f0\u09f1\u200c\u200d]{2,}")
_DIGITS = re.compile("[0-9]+")
_BLOCKS = frozenset(
    "article aside blockquote div dl dd dt figcaption figure footer h1 h2 h3 h4 h5 h6 header li "
    "ol p section table tbody td th tr ul time".split()
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# What stands beside the list that a page is about. It never counts, however long it is: a page that
# lost its own list would become a feed of what most people read.
_FRAMES = frozenset({"nav", "aside", "footer"})
_FRAME_NAME = re.compile(
    r"(?:^|\s)(?!(?:with|without|has|no|content|page)[_-])(?:[a-z]+[_-]){0,2}"
    r"(?:side-?bar|menu|nav|navbar|footer|popular|trending|related|ticker|marquee"
    r"|most-?(?:read|viewed|popular)|breaking)(?:[_-][a-z0-9]+){0,2}(?:$|\s)",
    re.IGNORECASE,
)

_Shape = tuple[int, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Link:
    """A link, its headline's element, and its address, as it is and as it is compared."""

    element: Element
    headline: Element
    words: int
    address: str
    canonical: str


def recurring_cards(page: Page) -> list[Card]:
    """Return the cards of what recurs on a page in its order; empty where nothing does."""
    groups: dict[_Shape, dict[str, _Link]] = {}
    paths = _Paths()
    for link in _headlines(page):
        shape = (paths.number_of(link.element), *_shape_of(link.canonical))
        groups.setdefault(shape, {}).setdefault(link.canonical, link)
    largest = max(groups.values(), key=_count_headlines, default={})  # the first of equal ones
    if _count_headlines(largest) < _FEWEST_LINKS:
        return []
    return _cards_of(list(largest.values()))


def _headlines(page: Page) -> Iterator[_Link]:
    for element, address in page.links():
        headline = _headline_in(element)
        if headline is not None and not _is_framed(element):
            yield _Link(
                element=element,
                headline=headline,
                words=_count_words(line_of(headline)),
                address=address,
                canonical=urls.canonical(address),
            )


def _count_headlines(group: Mapping[str, _Link]) -> int:
    return sum(link.words >= _WORDS_OF_HEADLINE for link in group.values())


def _headline_in(link: Element) -> Element | None:
    """Find the element of a link that is its headline: a heading, else its first line of words."""
    heading = next(link.iter(*_HEADINGS), None)
    if heading is not None:
        return heading if _is_headline(line_of(heading)) else None
    blocks = [element for element in link.iter() if element is not link and element.tag in _BLOCKS]
    if not blocks:
        return link if _is_headline(line_of(link)) else None
    around = {owner for block in blocks for owner in block.iterancestors()}
    leaves = (block for block in blocks if block not in around)
    return next((leaf for leaf in leaves if _is_headline(line_of(leaf))), None)


def _is_headline(text: str) -> bool:
    return len(text) <= _HEADLINE_CHARACTERS and _count_words(text) >= _WORDS_IN_GROUP


def _count_words(text: str) -> int:
    return len(_BENGALI_WORD.findall(text[: _HEADLINE_CHARACTERS + 1]))


# --- Shapes ------------------------------------------------------------------------------------


class _Paths:
    """Numbers the ways from the root: the tag of each element, and the first of its classes.

    Digits in a class are one sign, as of WordPress' ``post-4711``. Later classes tell entries apart
    (``has-picture``, ``category-sports``).
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str, str], int] = {}
        self._of_element: dict[Element, int] = {}

    def number_of(self, element: Element) -> int:
        """Return the number of an element's path; elements of one path share it."""
        unknown: list[Element] = []
        owner: Element | None = element
        while owner is not None and owner not in self._of_element:
            unknown.append(owner)
            owner = owner.getparent()
        number = 0 if owner is None else self._of_element[owner]
        for each in reversed(unknown):
            first_class = next(iter((each.get("class") or "").split()), "")
            step = (number, str(each.tag), _DIGITS.sub("#", first_class))
            number = self._numbers.setdefault(step, len(self._numbers) + 1)
            self._of_element[each] = number
        return number


def _shape_of(address: str) -> tuple[str, str, tuple[str, ...]]:
    """Return what addresses of one site's articles share: host, kind of last part, parameters.

    >>> _shape_of("https://a.example/sports/4711"), _shape_of("https://a.example/view?id=1")
    (('a.example', 'number', ()), ('a.example', 'name', ('id',)))
    """
    parts = urlsplit(address)
    last = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0]
    kind = "number" if last.isdecimal() else "name" if last else "root"
    names = tuple(sorted({name for name, _ in parse_qsl(parts.query)}))
    return parts.netloc, kind, names


def _is_framed(element: Element) -> bool:
    """Tell whether a link stands in what is beside a page's own list, by tags, classes and ids."""
    return any(
        owner.tag in _FRAMES
        or _FRAME_NAME.search(owner.get("class") or "")
        or _FRAME_NAME.search(owner.get("id") or "")
        for owner in element.iterancestors()
        if owner.tag not in ("body", "html")
    )


# --- Cards -------------------------------------------------------------------------------------


def _cards_of(links: Sequence[_Link]) -> list[Card]:
    """Return the card of each link: the largest element that holds no other of them."""
    owners: dict[Element, int] = {}
    for link in links:
        for owner in (link.element, *link.element.iterancestors()):
            owners[owner] = owners.get(owner, 0) + 1
    found = []
    for link in links:
        card = link.element
        for owner in link.element.iterancestors():
            if owners[owner] > 1:
                break
            card = owner
        found.append(Card(element=card, headline=link.headline, address=link.address))
    return found
