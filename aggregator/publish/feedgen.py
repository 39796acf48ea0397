"""What RSS and Atom share: the head of a document, and its entries, as the library feedgen builds.

Each entry is built and written by itself, as it stands in a document, so that its bytes are made
once. What feedgen lacks or gets wrong (links of entries that lose their attributes, authors without
an e-mail, Atom's ``source``, dates that go through the process's locale), each format adds to the
element itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.models import Entry, FeedView
from aggregator.publish import archive
from aggregator.publish.format import Format
from aggregator.publish.in_browser import STYLE_SHEET
from aggregator.publish.view import address_of, hubs_of, local_time

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
ATOM, HISTORY = "http://www.w3.org/2005/Atom", "http://purl.org/syndication/history/1.0"
MEDIA_RSS = "http://search.yahoo.com/mrss/"
_ATOM_LINK = f"{{{ATOM}}}link"


class FeedAdditions(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that the entries' additions use, and names hubs in RSS."""

    hubs: Sequence[str] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of the document's root, by prefix."""
        return {"dc": DUBLIN_CORE}

    def extend_rss(self, root: Any) -> Any:
        """Put the hubs behind the feed's link to itself: of Atom's links feedgen writes no other.

        WebSub §4 has a feed name both in its body.
        """
        itself = root.find(f"channel/{_ATOM_LINK}")
        for hub in reversed(self.hubs):
            itself.addnext(etree.Element(_ATOM_LINK, href=hub, rel="hub"))
        return root


class MediaAdditions(FeedAdditions):
    """Declares the namespace of files, too."""

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of the document's root, by prefix."""
        return {**super().extend_ns(), "media": MEDIA_RSS}


class History(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Says where a feed goes on in archive documents, and that a document is one (RFC 5005 §4)."""

    def __init__(self) -> None:
        self.is_archive = False
        self.links: list[dict[str, str]] = []

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of the document's root, by prefix."""
        return {"fh": HISTORY} if self.is_archive else {}

    def extend_atom(self, feed: Any) -> Any:
        """Add the links and the mark to an Atom document."""
        self._extend(feed, "link")  # the root declares its namespace as every element's
        return feed

    def extend_rss(self, rss: Any) -> Any:
        """Add the links and the mark to the channel of an RSS document."""
        self._extend(rss[0], f"{{{ATOM}}}link")
        return rss

    def _extend(self, head: Any, link_tag: str) -> None:
        for link in self.links:
            etree.SubElement(head, link_tag, link)
        if self.is_archive:
            etree.SubElement(head, f"{{{HISTORY}}}archive")


def _add_history(view: FeedView, output: Format, feed: FeedGenerator) -> None:
    """Add to a document the links that lead a reader through the whole history of the feed.

    There is no ``next-archive``, as a document would change when the next one is closed.
    """
    feed.register_extension("history", History)
    feed.history.is_archive = view.archive is not None
    leads_to: list[tuple[str, int | None]] = []
    if view.archive is not None:
        leads_to.append(("current", None))
    if view.prev_archive is not None:
        leads_to.append(("prev-archive", view.prev_archive))
    feed.history.links = [
        {
            "rel": relation,
            "href": archive.address(view, number, output.suffix),
            "type": output.media_type,
        }
        for relation, number in leads_to
    ]


def new_document(
    view: FeedView, output: Format, additions: type[FeedAdditions] = FeedAdditions
) -> FeedGenerator:
    """Return a document without entries that says everything of the feed itself.

    ``additions`` declare the namespaces of its entries.
    """
    address = address_of(view, output.suffix)
    feed = FeedGenerator()
    feed.register_extension("additions", additions, BaseEntryExtension)
    feed.id(address)
    feed.title(view.spec.title)
    feed.description(view.spec.description)
    feed.author({"name": view.site.title})
    feed.generator("Bengali Feed Aggregator")
    feed.language(view.site.language)
    feed.lastBuildDate(local_time(view.site.timezone, view.updated))
    own_address = archive.address(view, view.archive, output.suffix)
    feed.link(href=own_address, rel="self", type=output.media_type)
    feed.additions.hubs = hubs_of(view)
    for hub in hubs_of(view):
        feed.link(href=hub, rel="hub")
    # The last link becomes the RSS <link>, so the page comes last.
    feed.link(href=address_of(view, "html"), rel="alternate", type="text/html")
    _add_history(view, output, feed)
    return feed


def new_entry(entry: Entry) -> FeedEntry:
    """Return an entry of either format that has its id and title."""
    new = FeedEntry()
    new.guid(entry.id, permalink=entry.id == entry.link)
    new.title(entry.title)
    return new


class Surroundings:
    """The parents of an entry's element in a document, within which the element is written.

    One tree of them serves every entry, as making one takes half as long as writing an entry.
    """

    def __init__(self, root: Any, *inner: str) -> None:
        self._root, self._lock = root, Lock()
        self._parent = root
        for name in inner:
            self._parent = etree.SubElement(self._parent, name)
        opening, closing = self._with(etree.Element("entry")).split(b"<entry/>\n")
        self._start, self._end = opening.rindex(b"\n") + 1, len(closing)

    def written(self, element: Any) -> bytes:
        """Return the lines of an entry's element as they stand in a document."""
        return self._with(element)[self._start : -self._end]

    def _with(self, element: Any) -> bytes:
        """Return a document of the parents and one entry."""
        with self._lock:
            self._parent.append(element)
            try:
                document: bytes = etree.tostring(
                    self._root, pretty_print=True, encoding="UTF-8", xml_declaration=False
                )
            finally:
                self._parent.remove(element)
        return document


def joined(document: bytes, end: bytes, entries: Sequence[bytes]) -> bytes:
    """Return a document without entries with the lines of entries put before its end.

    It names its style sheet behind the XML declaration, which feedgen has no place for.
    """
    declaration, _, head = document.removesuffix(end).partition(b"\n")
    return b"".join((declaration, b"\n", STYLE_SHEET, head, *entries, end))
