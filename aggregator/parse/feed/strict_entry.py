"""One item of well-formed RSS or Atom, an element of lxml's tree → a parsed entry.

Reads what it is certain to read right, and raises ``UnsureError`` for everything else: markup that
is not escaped, base64, a part that may stand under another name. Its entries are those of
feedparser, which a differential test keeps so, but for what it reads better: several authors, and
feedburner's original link. Refuses to know the document around the item but for ``FeedParts``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from lxml import etree

from aggregator import urls
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.feed.entry import FeedParts, absolute, guessed_title, is_address, usable
from aggregator.parse.feed.strict_media import media_of_item, rights_of
from aggregator.parse.plain import escape

ATOM = "{http://www.w3.org/2005/Atom}"
RSS_1 = ("{http://purl.org/rss/1.0/}", "{http://my.netscape.com/rdf/simple/0.9/}")
_SOURCE, _LINK = f"{ATOM}source", f"{ATOM}link"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_KEYWORDS = f"{_MEDIA}keywords"
_ORIGINAL = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_RIGHTS = (f"{_DC}rights", "copyright")

# An author of RSS 2.0, as in "me@example.org (রহিমা)".
_MAIL_WITH_NAME = re.compile(r"\S+@\S+\s+\((.+)\)")

# Names of elements, in whatever vocabulary, from which feedparser takes a text, a date, an author.
_TEXT_NAMES = frozenset({"description", "summary", "content", "encoded", "group", "body"})
_DATE_NAMES = frozenset({"pubdate", "published", "updated", "date", "issued", "created"})
_AUTHOR_NAMES = frozenset({"creator", "author"})


class UnsureError(Exception):
    """Raised where feedparser reads better."""


def text_of(element: etree._Element) -> str:
    """Return the text of an element, without white space around it; UnsureError for markup."""
    if len(element):
        raise UnsureError  # markup that is not escaped, or an entity that is not known
    return (element.text or "").strip()


class _Parts(dict[str, list[Any]]):
    """The child elements of an entry by name; those of RSS 1.0 have the names of RSS 2.0."""

    def __init__(self, entry: etree._Element) -> None:
        super().__init__()
        for child in entry:
            tag = str(child.tag)
            if tag.startswith(RSS_1):
                tag = tag.rpartition("}")[2]
            if tag in self:
                self[tag].append(child)
            else:
                self[tag] = [child]

    def all(self, name: str) -> list[etree._Element]:
        return self.get(name, [])

    def text(self, *names: str) -> str:
        """Find the first text that is not empty, under the first of these names that has one."""
        for name in names:
            if name in self:
                for element in self[name]:
                    if text := text_of(element):
                        return text
        return ""


def rss_entry(item: etree._Element, feed: FeedParts) -> ParsedEntry | Rejected:
    """Read an item of RSS or RDF; UnsureError where feedparser reads it better."""
    parts = _Parts(item)
    text = parts.text
    guid = text("guid") or str(item.get(_ABOUT, "")).strip() or text(f"{ATOM}id")
    description, content = text("description"), text(_CONTENT)
    entry = ParsedEntry(
        native_id=guid,
        link=_link(parts, feed, text(_ORIGINAL) or _rss_link(parts, guid)),
        title_html=guessed_title(text("title", f"{_DC}title")),
        summary_html=description,
        content_html=content if content != description else "",
        authors=_rss_authors(parts),
        categories=tuple(dict.fromkeys(_rss_categories(parts))),
        published=text("pubDate", f"{_TERMS}issued", f"{ATOM}published"),
        updated=text(f"{ATOM}updated", f"{_TERMS}modified", f"{_DC}date"),
        base=_base_set_for(parts, _CONTENT if content else "description", feed),
        media=media_of_item(item, parts, feed.base),
        rights_html=guessed_title(rights_of(parts, _RIGHTS)),
    )
    _give_up_for_unknown(parts, entry)
    return usable(entry)


def _rss_link(parts: _Parts, guid: str) -> str:
    """Find the link of an item; a guid is one unless it says otherwise (RSS 2.0, guid).

    Some write an item's link as Atom does, with and without Atom's namespace.
    """
    link = parts.text("link") or alternate(parts.all("link") + parts.all(f"{ATOM}link"))
    is_permalink = "guid" in parts and parts["guid"][0].get("isPermaLink", "true") != "false"
    return guid if not link and is_permalink and is_address(guid) else link


def _rss_categories(parts: _Parts) -> Iterator[str]:
    for tag, elements in parts.items():
        if tag == _KEYWORDS:
            for element in elements:
                yield from map(str.strip, text_of(element).split(","))
        elif tag.rpartition("}")[2] in ("category", "subject"):
            yield from map(text_of, elements)


def _rss_authors(parts: _Parts) -> tuple[str, ...]:
    names = [text_of(creator) for creator in parts.all(f"{_DC}creator")]
    names += atom_names(parts.all(f"{ATOM}author"))
    for author in parts.all("author") if not any(names) else ():
        match = _MAIL_WITH_NAME.fullmatch(text_of(author))
        names.append(match.group(1) if match else text_of(author))
    if not any(names):
        names = [text_of(author) for author in parts.all(f"{_ITUNES}author")]
    return tuple(names)


def atom_names(authors: Iterable[etree._Element]) -> list[str]:
    """Return the names of Atom's authors, each empty where it has none."""
    names = (author.find(f"{ATOM}name") for author in authors)
    return ["" if name is None else text_of(name) for name in names]


def atom_entry(element: etree._Element, feed: FeedParts) -> ParsedEntry | Rejected:
    """Read an entry of Atom; UnsureError where feedparser reads it better."""
    parts = _Parts(element)
    summary, content = _construct(parts, "summary"), _construct(parts, "content")
    links = parts.all(f"{ATOM}link")
    entry = ParsedEntry(
        native_id=_first(parts, "id"),
        link=_link(parts, feed, parts.text(_ORIGINAL) or alternate(links)),
        title_html=_construct(parts, "title"),
        summary_html=summary,
        content_html=content if content != summary else "",
        authors=tuple(atom_names(parts.all(f"{ATOM}author"))),
        categories=tuple(
            str(category.get("label") or category.get("term") or "").strip()
            for category in parts.all(f"{ATOM}category")
        ),
        published=_first(parts, "published"),
        updated=_first(parts, "updated"),
        base=_base_set_for(parts, f"{ATOM}content" if content else f"{ATOM}summary", feed),
        media=media_of_item(element, parts, _base_set_for(parts, _LINK, feed) or feed.base),
        rights_html=_construct(parts, "rights"),
    )
    _give_up_for_unknown(parts, entry)
    authors = _source_authors(parts) if _SOURCE in parts else ()
    return usable(entry, authors or feed.authors)


def _source_authors(parts: _Parts) -> tuple[str, ...]:
    """Return the authors of the feed that an entry was copied from (RFC 4287 §4.2.11)."""
    authors = (
        author for source in parts.all(_SOURCE) for author in source.iterchildren(f"{ATOM}author")
    )
    return tuple(filter(None, atom_names(authors)))


def _first(parts: _Parts, name: str) -> str:
    elements = parts.all(f"{ATOM}{name}")
    return text_of(elements[0]) if elements else ""


def _give_up_for_unknown(parts: _Parts, entry: ParsedEntry) -> None:
    """Leave an entry to feedparser where a part is missing that may stand under another name."""
    has_text = bool(entry.summary_html or entry.content_html)
    has_date = bool(entry.published or entry.updated)
    has_author = any(entry.authors)
    if has_text and has_date and has_author:
        return
    for tag, elements in parts.items():
        space, _, name = tag.rpartition("}")
        name = name.lower()
        could_be_it = (
            (not has_text and name in _TEXT_NAMES)
            or (not has_date and name in _DATE_NAMES)
            or (not has_author and space and name in _AUTHOR_NAMES)
        )
        if could_be_it and any(
            (element.text or "").strip() or len(element) > 0 for element in elements
        ):
            raise UnsureError


def _construct(parts: _Parts, name: str) -> str:
    """Return a text construct (RFC 4287 §3.1) as markup."""
    elements = parts.all(f"{ATOM}{name}")
    if not elements:
        return ""
    kind = elements[0].get("type", "text")
    if kind in ("text", "text/plain"):
        return escape(text_of(elements[0]))
    if kind in ("html", "text/html"):
        return text_of(elements[0])
    raise UnsureError  # xhtml, base64, or another document


def alternate(links: Iterable[etree._Element]) -> str:
    """Find the address of the first link that leads to the entry itself (RFC 4287 §4.2.7.2)."""
    for link in links:
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link.get("href")).strip()
    return ""


def _link(parts: _Parts, feed: FeedParts, link: str) -> str:
    """Resolve a link; one that is absolute already, as nearly all are, stays as it was sent."""
    if link.startswith(("https://", "http://")):
        return link
    name = next((name for name in ("link", f"{ATOM}link", "guid") if name in parts), "")
    base = _base_set_for(parts, name, feed) or feed.base
    is_href = any(str(element.get("href", "")).strip() == link for element in parts.all(name))
    return (urls.resolve if is_href else absolute)(base, link)


def _base_set_for(parts: _Parts, name: str, feed: FeedParts) -> str:
    """Return the address that ``xml:base`` sets for the part of a name; empty where none does."""
    if not feed.sets_bases or name not in parts:
        return ""
    element = parts[name][0]
    bases = [str(outer.get(_BASE, "")).strip() for outer in (element, *element.iterancestors())]
    bases = [base for base in bases if base]
    return reduce(urls.resolve, reversed(bases), feed.url) if bases else ""
