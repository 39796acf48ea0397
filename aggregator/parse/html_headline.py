"""Which text of an HTML page is its headline, and not the name of its site.

Sites name themselves where the headline belongs: in ``og:title``, in the ``h1`` of their logo, at
the end of ``<title>``. A candidate loses if the page itself shows that it is the site's name, or if
it recurs over the pages of its source; which do is counted by the caller. Does not look for the
page's text (``html``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aggregator import urls
from aggregator.bengali.text import key, words

# Between a headline and a site's name. A hyphen or a dash counts only between spaces: কোভিড-১৯.
_SEPARATOR = re.compile(r"\s+[-–—]\s+|\s*[|»•·]\s*|\s*::\s*")
# The longest name of a site with its motto is shorter than this; most headlines are longer.
_MAX_NAME_CHARACTERS = 40
# Shorter paragraphs stand in sidebars and below pictures, too.
_PARAGRAPH_CHARACTERS = 80
# No page that a person wrote has more headings above its text, and no headline is longer.
_MOST_HEADINGS, _MAX_CHARACTERS = 200, 1_000
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_FRAMES = frozenset({"nav", "footer", "aside"})
_LOGO = re.compile(r"(?:^|[\s_-])(?:logo|brand|masthead|site-?(?:title|name))(?:$|[\s_-])", re.I)
_SITE_TYPES = frozenset({"WebSite", "Organization", "NewsMediaOrganization"})
_SITE_METAS = ("og:site_name", "application-name", "apple-mobile-web-app-title")

Recurs = Callable[[str], bool]
"""Whether a text recurs as a candidate for the headline over the pages of a source."""


def never(_text: str) -> bool:
    """Return that a text does not recur, as nothing is known of the source's other pages."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What a page says of itself: its meta elements by name, and the things of its JSON-LD.

    ``article`` is the one of them that is an article; empty where there is none.
    """

    metas: Mapping[str, str]
    things: Sequence[Mapping[str, Any]]
    article: Mapping[str, Any]


def headline_of(tree: Any, statements: Statements, recurs: Recurs = never) -> str:
    """Find the headline of a page; empty where it names nothing but its site."""
    names = site_names(tree, statements)
    fitting: list[str] = []
    for text in _candidates(tree, statements):
        bare = _without_site(text, names, recurs)
        if bare and key(bare) not in names:
            fitting.append(bare)
    # A column has one headline for many texts: where all recur, it is no other than they say.
    best = next((text for text in fitting if not recurs(text)), next(iter(fitting), ""))
    headings = (line_of(element) for element in _h1_elements(tree))
    shorter = (text for text in headings if _adds_a_tail(best, text) and key(text) not in names)
    return next(shorter, best)


def _adds_a_tail(text: str, heading: str) -> bool:
    """Tell whether a text is a heading with something behind a separator."""
    rest = text.removeprefix(heading) if heading else ""
    return rest != text and bool(_SEPARATOR.match(rest))


def candidates_of(tree: Any, statements: Statements) -> set[str]:
    """Return what the headline of a page could be, whole and in the parts of its separators."""
    wholes = set(map(line_of, _all_h1(tree)))
    wholes.update(_candidates(tree, statements))
    return wholes.union(*(_SEPARATOR.split(text) for text in wholes)) - {""}


def heading_element(tree: Any, headline: str) -> Any:
    """Find the element that shows a headline, else the page's first heading that is no logo."""
    sought = key(headline)
    for element in islice(tree.iter("h1", "h2", "h3"), _MOST_HEADINGS):
        if sought and key(line_of(element)) == sought:
            return element
    return next(_h1_elements(tree), None)


def line_of(element: Any) -> str:
    """Return the text of an element in one line."""
    return " ".join(element.text_content().split())


def long_paragraphs(tree: Any) -> Iterator[Any]:
    """Find the paragraphs that are long enough to be of an article, in the page's order."""
    for element in tree.iter("p"):
        if len(line_of(element)) >= _PARAGRAPH_CHARACTERS and not _is_framed(element):
            yield element


# --- Candidates ----------------------------------------------------------------------------------


def _candidates(tree: Any, statements: Statements) -> Iterator[str]:
    """Find the texts that may be the headline, the surest first."""
    for text in _texts(tree, statements):
        if len(text) <= _MAX_CHARACTERS:
            yield text


def _texts(tree: Any, statements: Statements) -> Iterator[str]:
    stated = statements.article.get("headline")
    yield " ".join(stated.split()) if isinstance(stated, str) else ""
    yield " ".join(statements.metas.get("og:title", "").split())
    yield from map(line_of, _h1_elements(tree))
    yield " ".join(statements.metas.get("twitter:title", "").split())
    yield _without_tail(_title_element(tree))
    yield _heading_above_text(tree)


def _title_element(tree: Any) -> str:
    return " ".join((tree.findtext(".//title") or "").split())[:_MAX_CHARACTERS]


def _all_h1(tree: Any) -> Iterator[Any]:
    return islice(tree.iter("h1"), _MOST_HEADINGS)


def _h1_elements(tree: Any) -> Iterator[Any]:
    """Find the headings of the first rank that are no logo, those of an article first."""
    elements = [element for element in _all_h1(tree) if not _is_logo(element)]
    yield from sorted(elements, key=lambda element: not _is_within(element, ("article", "main")))


def _heading_above_text(tree: Any) -> str:
    """Return the nearest heading above the first long paragraph, where a logo takes the ``h1``."""
    paragraph = next(long_paragraphs(tree), None)
    nearest = None
    for element in () if paragraph is None else tree.iter():
        if element is paragraph:
            break
        if element.tag in _HEADINGS and not _is_logo(element) and not _is_framed(element):
            nearest = element
    return "" if nearest is None else line_of(nearest)


def _is_within(element: Any, tags: tuple[str, ...]) -> bool:
    return any(ancestor.tag in tags for ancestor in element.iterancestors())


def _is_framed(element: Any) -> bool:
    return any(ancestor.tag in _FRAMES for ancestor in element.iterancestors())


def _is_logo(element: Any) -> bool:
    """Tell whether a heading is called a logo, or links to its site's front page."""
    for owner in (element, *element.iterancestors()):
        if owner.tag in ("body", "main", "article"):
            break
        if _LOGO.search(owner.get("class") or "") or _LOGO.search(owner.get("id") or ""):
            return True
    links = [link for link in element.iter("a") if line_of(link) == line_of(element)]
    links += [owner for owner in element.iterancestors() if owner.tag == "a"]
    return any(_is_front_page(link.get("href") or "") for link in links)


def _is_front_page(href: str) -> bool:
    return href in ("/", "./", "#") or urls.is_front_page(urls.canonical(href))


# --- The site's name -----------------------------------------------------------------------------


def site_names(tree: Any, statements: Statements) -> frozenset[str]:
    """Return the keys of the names that a page gives to its site."""
    names = [statements.metas.get(name, "") for name in _SITE_METAS]
    names += [_name_of(thing.get("publisher")) for thing in statements.things]
    names += [_name_of(thing) for thing in statements.things if _is_site(thing)]
    names += [line_of(element) for element in _all_h1(tree) if _is_logo(element)]
    names += [part for name in names for part in _SEPARATOR.split(name)]
    headings = {line_of(element) for element in _h1_elements(tree)}
    title = _title_element(tree)
    if title not in headings:
        names.append(title[len(_without_tail(title)) :].strip(" -–—|»•·:"))
    return frozenset(key(name) for name in names if name)


def _is_site(thing: Mapping[str, Any]) -> bool:
    types = thing.get("@type")
    return bool(_SITE_TYPES.intersection(types if isinstance(types, list) else [str(types)]))


def _name_of(thing: Any) -> str:
    name = thing.get("name") if isinstance(thing, Mapping) else None
    return " ".join(name.split()) if isinstance(name, str) else ""


def _without_tail(title: str) -> str:
    """Return a ``<title>`` without its last part, where that is shorter than the rest.

    A longer one is the headline: প্রথম খবর | নদীর পাড়ে বসেছে হাট.
    """
    separators = list(_SEPARATOR.finditer(title))
    if not separators:
        return title
    rest, tail = title[: separators[-1].start()], title[separators[-1].end() :]
    is_name = len(tail) <= _MAX_NAME_CHARACTERS and len(words(tail)) <= len(words(rest))
    return rest if is_name and rest else title


def _without_site(text: str, names: frozenset[str], recurs: Recurs) -> str:
    """Return a candidate without the site's name at its end or beginning.

    A beginning that only recurs is a label of the headline: সরাসরি | …
    """
    while separators := list(_SEPARATOR.finditer(text)):
        first, last = text[: separators[0].start()], text[separators[-1].end() :]
        if not last or key(last) in names or recurs(last):
            text = text[: separators[-1].start()]
        elif not first or key(first) in names:
            text = text[separators[0].end() :]
        else:
            break
    return text
