"""A list of subscriptions, OPML 1.0 or 2.0 as readers write it → the feeds that it lists.

Reads what is not well-formed as feeds are read (``mended``), then with lxml's recovery: an
ampersand that stands bare, HTML's named characters, a list that breaks off. Names of elements and
attributes are the same in capitals. Loads nothing that a list names, and expands no entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from lxml import etree

from aggregator.errors import ParseError
from aggregator.models import OPML_NAMESPACE, ListedFeed
from aggregator.parse.charsets import as_utf8
from aggregator.parse.feed.mend import mended

# 10,000 feeds of the samples' 130 bytes take 1.3 MB, and no configuration holds as many.
MAX_BYTES = 2_000_000
# Stands in exported texts where HTML would begin an element (``publish.inert``).
_WORD_JOINER = "\u2060"
# Outlines of these types lead to another list, or to a page (OPML 2.0, "include" and "link").
_LEADS_ELSEWHERE = {"include", "link"}


def listed_feeds(body: bytes) -> tuple[ListedFeed, ...]:
    """Return the outlines of a list that are no folders, in its order; ParseError if it is none."""
    if len(body) > MAX_BYTES:
        raise ParseError(f"the list is larger than {MAX_BYTES:,} bytes")
    body = as_utf8(body, "")
    if b"<!entity" in body.lower():
        raise ParseError("the list declares entities of its own, which no reader writes")
    found = tuple(_outlines(_tree(mended(body))))
    if not found:
        raise ParseError("no OPML: there is no <outline> in it")
    return found


def _tree(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: etree._Element | None = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"no OPML: {error.msg}") from error
    if root is None:
        raise ParseError("no OPML: there is no element in it")
    return root


def _outlines(root: etree._Element) -> Iterator[ListedFeed]:
    """Yield the outlines of a tree that hold no others, or name a feed."""
    folders: list[tuple[etree._Element, str]] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            if folders and folders[-1][0] is element:
                folders.pop()
        elif _local(element.tag) == "outline":
            values = {_local(key): value.strip() for key, value in element.attrib.items()}
            title = _text(values.get("text") or values.get("title", ""))
            if "xmlurl" in values or not _has_outlines(element):
                yield _listed(element, values, title, [name for _, name in folders])
            elif title:
                folders.append((element, title))


def _listed(
    element: etree._Element, values: dict[str, str], title: str, folders: list[str]
) -> ListedFeed:
    named = (part for path in values.get("category", "").split(",") for part in path.split("/"))
    categories = dict.fromkeys([*folders, *filter(None, map(_text, named))])
    line = element.sourceline
    leads_elsewhere = values.get("type", "").lower() in _LEADS_ELSEWHERE
    return ListedFeed(
        title=title,
        feed="" if leads_elsewhere else values.get("xmlurl", ""),
        page=values.get("htmlurl") or values.get("url", ""),
        folders=tuple(categories),
        name=element.get(f"{{{OPML_NAMESPACE}}}name", ""),
        line=line if isinstance(line, int) else 0,
    )


def _has_outlines(element: etree._Element) -> bool:
    return any(_local(child.tag) == "outline" for child in element)


def _local(name: object) -> str:
    """Return the name of an element or attribute without its namespace, in small letters."""
    return str(name).rpartition("}")[2].lower()


def _text(value: str) -> str:
    """Return a text in one line: as it was meant where it was escaped twice, and shown whole."""
    return " ".join(unescape(value).replace(_WORD_JOINER, "").split())
