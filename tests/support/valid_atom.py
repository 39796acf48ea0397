"""Checks that a document is an Atom feed: the grammar of RFC 4287, and what its prose adds."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from tests.support.valid_values import (
    ATOM,
    IRI,
    MEDIA_TYPE,
    URL,
    check_markup,
    check_namespaces,
    check_not_blank,
    check_plain,
    check_ways,
    rfc_3339,
    text,
)

HISTORY = "{http://purl.org/syndication/history/1.0}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parent.parent / "data" / "atom.rng"))
# RFC 4287 §4.2.7.2, RFC 5005 §4, WebSub §4: relations that are registered, and are ours.
_OF_FEED = {"self", "alternate", "hub", "prev-archive", "current"}
_OF_ENTRY = {"alternate", "related", "enclosure"}
_OF_SOURCE = {"alternate", "self"}
_PLAIN = [f"{ATOM}{name}" for name in ("title", "subtitle", "summary", "rights")]


def check_atom(body: bytes) -> list[str]:
    """Check an Atom feed against RFC 4287 and RFC 5005; return its entries' ids in order."""
    feed = etree.fromstring(body)
    assert feed.tag == f"{ATOM}feed" and feed.get(_LANGUAGE) == "bn"
    assert _GRAMMAR.validate(feed), _GRAMMAR.error_log.last_error
    check_not_blank(feed)
    check_namespaces(feed)
    for element in feed.iter(*_PLAIN, f"{ATOM}content"):
        _check_text(element)
    for author in feed.iter(f"{ATOM}author"):
        check_plain(text(author, f"{ATOM}name"))
    for name in feed.iter(f"{ATOM}id"):
        assert name.text and IRI.fullmatch(name.text), name.text  # §4.2.6
    _check_links(feed, _OF_FEED)
    check_history(feed)
    check_ways(feed)
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        _check_entry(entry, has_author=feed.find(f"{ATOM}author") is not None)
    ids = [text(entry, f"{ATOM}id") for entry in entries]
    stamps = [text(entry, f"{ATOM}updated") for entry in entries]
    # §4.1.1 wants one id and time together once; the validator warns of each of them twice.
    assert len({*ids}) == len(ids) and len({*stamps}) == len(stamps)
    assert text(feed, f"{ATOM}id") not in ids
    newest = max(map(rfc_3339, stamps), default=None)
    assert newest is None or rfc_3339(text(feed, f"{ATOM}updated")) >= newest
    return ids


def check_history(head: etree._Element) -> None:
    """Check the head of an RSS or Atom document against RFC 5005 §4.

    A document says that it is an archive where it leads to the current one, and only there; each of
    its links leads to another document.
    """
    links = {str(link.get("rel")): str(link.get("href")) for link in head.findall(f"{ATOM}link")}
    marks = head.findall(f"{HISTORY}archive")
    assert len(marks) == ("current" in links)
    assert all(mark.text is None and not len(mark) for mark in marks)
    ways = [links[rel] for rel in ("self", "current", "prev-archive") if rel in links]
    assert len({*ways}) == len(ways)


def _check_entry(entry: etree._Element, *, has_author: bool) -> None:
    source = entry.find(f"{ATOM}source")
    assert source is not None
    for name in ("id", "title", "updated"):  # §4.2.11 wants them, as they are known
        text(source, f"{ATOM}{name}")
    _check_links(source, _OF_SOURCE)
    _check_links(entry, _OF_ENTRY)
    assert has_author or entry.find(f"{ATOM}author") is not None  # §4.1.2
    is_linked = any(_relation(link) == "alternate" for link in entry.findall(f"{ATOM}link"))
    content, summary = entry.find(f"{ATOM}content"), entry.find(f"{ATOM}summary")
    assert content is not None or (is_linked and summary is not None)  # §4.1.2, §4.1.1.1
    assert content is None or content.get("src") is None
    published = rfc_3339(text(entry, f"{ATOM}published"))
    assert rfc_3339(text(entry, f"{ATOM}updated")) >= published


def _relation(link: etree._Element) -> str:
    return str(link.get("rel", "alternate"))


def _check_links(element: etree._Element, relations: set[str]) -> None:
    """Check the links of a feed, an entry or a source (RFC 4287 §4.1.1, §4.1.2, §4.2.7)."""
    links = element.findall(f"{ATOM}link")
    assert {_relation(link) for link in links} <= relations
    alternates = [
        (link.get("type"), link.get("hreflang")) for link in links if _relation(link) == "alternate"
    ]
    assert len({*alternates}) == len(alternates)
    each = [(_relation(link), link.get("href")) for link in links]
    assert len({*each}) == len(each)
    for link in links:
        assert URL.fullmatch(str(link.get("href")))
        assert MEDIA_TYPE.fullmatch(link.get("type", "a/b"))
        assert link.get("length", "1").isdecimal()
    if element.tag == f"{ATOM}feed":
        found = [_relation(link) for link in links]
        assert [found.count(name) for name in ("self", "alternate")] == [1, 1]


def _check_text(element: etree._Element) -> None:
    """Check a text construct: markup that is said to be, or a text without any (§3.1)."""
    kind = element.get("type", "text")
    assert kind in ("text", "html") and element.text, element.tag
    check_markup(element.text) if kind == "html" else check_plain(element.text)
