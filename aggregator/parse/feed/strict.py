"""Well-formed RSS, RDF and Atom, read off lxml's tree, twenty times faster than feedparser does.

Gives up whatever it is not sure to read right: a document that is not well-formed, Atom 0.3, a feed
without entries, an entry that ``strict_entry`` is not sure of. Items that are known by their bytes
need not be read again (``items``).
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lxml import etree

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.feed.entry import FeedParts, base_of_links
from aggregator.parse.feed.items import Items
from aggregator.parse.feed.strict_entry import (
    ATOM,
    RSS_1,
    UnsureError,
    alternate,
    atom_entry,
    atom_names,
    rss_entry,
    text_of,
)

# Raise this when reading changes what an entry is: every known item is then read anew.
RULES = 2

_RSS_SPACES = ("", *RSS_1)
_RSS_ROOTS = {
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF",
    *(f"{space}rss" for space in _RSS_SPACES),
}
_CHANNELS, _ITEMS, _LINKS = (
    frozenset(f"{space}{name}" for space in _RSS_SPACES) for name in ("channel", "item", "link")
)
# What gives an item a meaning, or a document a fault, that the item's own bytes do not show.
_REACHING_FAR = (b"xml:base", b"xml:id")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """A document's tree: what it says for all entries, their elements, and how one is read."""

    root: etree._Element
    parts: FeedParts
    elements: tuple[etree._Element, ...]
    read: Callable[[Any, FeedParts], ParsedEntry | Rejected]


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected] | None:
    """Read every entry of a feed in UTF-8; ``None`` where it is not sure to be read right.

    ``url`` is where the bytes came from, against which links are resolved.
    """
    try:
        tree = _tree(body, url)
        return [tree.read(element, tree.parts) for element in tree.elements] or None
    except UnsureError:
        return None


def parse_items(
    items: Items, url: str, known: Set[bytes]
) -> tuple[str, list[ParsedEntry | Rejected | None]] | None:
    """Read a feed less its known items: its context, and what each item is, ``None`` if known.

    ``known`` are hashes of items, which mean the same only in the same context. ``None`` where the
    document is not sure to be read right, or an item may mean what its bytes do not say.
    """
    if any(sign in items.body for sign in _REACHING_FAR):
        return None
    try:
        tree = _tree(items.without(known), url)
        context = _context(tree)
        names = {element.tag.rpartition("}")[2].encode() for element in tree.elements}
        is_divided = names == {items.tag[1:]} and len(tree.elements) == len(items.hashes)
        if context is None or not is_divided:
            return None
        entries = [
            None if item in known else tree.read(element, tree.parts)
            for item, element in zip(items.hashes, tree.elements, strict=True)
        ]
    except UnsureError:
        return None
    return context, entries


def _tree(body: bytes, url: str) -> _Tree:
    """Read a document's tree; UnsureError where it is not well-formed."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsureError from error
    if root is None:
        raise UnsureError
    read = _atom_tree if root.tag == f"{ATOM}feed" else _rss_tree
    return read(root, url, sets_bases=b"xml:base" in body)


def _context(tree: _Tree) -> str | None:
    """Return a hash of all outside an item that decides what it means; ``None`` where that varies.

    The namespaces that hold where its items stand are among it; an internal DTD could define what
    a reference in an item says.
    """
    info = tree.root.getroottree().docinfo
    parents = {element.getparent() for element in tree.elements}
    prefixes = {element.prefix for element in tree.elements}
    if len(parents) != 1 or prefixes != {None} or info.internalDTD is not None:
        return None
    parent = parents.pop()
    assert parent is not None  # noqa: S101 - an item is never the root
    spaces = sorted((prefix or "", space) for prefix, space in parent.nsmap.items())
    form = (info.xml_version, info.encoding, tree.root.tag, parent.tag, spaces)
    return sha256(repr((RULES, form, tree.parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _atom_tree(root: etree._Element, url: str, *, sets_bases: bool) -> _Tree:
    site = alternate(root.iterchildren(f"{ATOM}link"))
    feed = FeedParts(
        url=url,
        base=base_of_links(url, site),
        authors=tuple(atom_names(root.iterchildren(f"{ATOM}author"))),
        sets_bases=sets_bases,
    )
    entries = tuple(root.iterchildren(f"{ATOM}entry"))
    return _Tree(root=root, parts=feed, elements=entries, read=atom_entry)


def _rss_tree(root: etree._Element, url: str, *, sets_bases: bool) -> _Tree:
    """Find the items of RSS: in the channel, or beside it as RDF has them."""
    if root.tag not in _RSS_ROOTS:
        raise UnsureError
    channels = [child for child in root if child.tag in _CHANNELS]
    links = (link for channel in channels for link in channel if link.tag in _LINKS)
    site = next((text for text in map(text_of, links) if text), "")
    feed = FeedParts(url=url, base=base_of_links(url, site), sets_bases=sets_bases)
    items = tuple(item for parent in (*channels, root) for item in parent if item.tag in _ITEMS)
    return _Tree(root=root, parts=feed, elements=items, read=rss_entry)
