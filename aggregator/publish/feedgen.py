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
from aggregator.publish.format import Format
from aggregator.publish.view import address_of, local_time

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
MEDIA_RSS = "http://search.yahoo.com/mrss/"


class FeedAdditions(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that the entries' additions use, and names hubs in RSS."""

    hubs: Sequence[str] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of the document's root, by prefix."""
        return {"dc": DUBLIN_CORE}

    def extend_rss(self, root: Any) -> Any:
        """Put the hubs behind the feed's link to itself: of Atom's links feedgen writes no other.

        WebSub §4.1 has a feed name both in its body.
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
    feed.link(href=address, rel="self", type=output.media_type)
    feed.additions.hubs = view.site.hubs
    for hub in view.site.hubs:
        feed.link(href=hub, rel="hub")
    # The last link becomes the RSS <link>, so the page comes last.
    feed.link(href=address_of(view, "html"), rel="alternate", type="text/html")
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
    """Return a document without entries with the lines of entries put before its end."""
    return b"".join((document.removesuffix(end), *entries, end))
