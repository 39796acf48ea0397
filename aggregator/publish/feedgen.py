"""What RSS and Atom share: a document of the library feedgen, filled from a view.

feedgen builds the documents. The extension here adds what it lacks or gets wrong (links of entries
that lose their attributes, authors without an e-mail, Atom's ``source``, dates that go through the
process's locale), so each format writes those elements itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator

from aggregator.models import Entry, FeedView
from aggregator.publish.format import Format
from aggregator.publish.view import address_of, local_time

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

Write = Callable[[Any], None]


class FeedAdditions(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that the entries' additions use."""

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces of the document's root, by prefix."""
        return {"dc": DUBLIN_CORE}


class EntryAdditions(BaseEntryExtension):  # type: ignore[misc]  # feedgen ships no types
    """Writes further elements into an entry of either format."""

    def __init__(self) -> None:
        self.write: Write = lambda element: None

    def extend_atom(self, entry: Any) -> Any:
        """Add to an Atom entry."""
        self.write(entry)
        return entry

    def extend_rss(self, entry: Any) -> Any:
        """Add to an RSS item."""
        self.write(entry)
        return entry


def new_document(view: FeedView, output: Format) -> FeedGenerator:
    """Return a document without entries that says everything of the feed itself."""
    address = address_of(view, output.suffix)
    feed = FeedGenerator()
    feed.register_extension("additions", FeedAdditions, EntryAdditions)
    feed.id(address)
    feed.title(view.spec.title)
    feed.description(view.spec.description)
    feed.author({"name": view.site.title})
    feed.generator("Bengali Feed Aggregator")
    feed.language(view.site.language)
    feed.lastBuildDate(local_time(view, view.updated))
    feed.link(href=address, rel="self", type=output.media_type)
    # The last link becomes the RSS <link>, so the page comes last.
    feed.link(href=address_of(view, "html"), rel="alternate", type="text/html")
    return feed


def add_entry(feed: FeedGenerator, entry: Entry, write: Write) -> Any:
    """Add an entry at the end of the feed, with its id and title; ``write`` adds the rest."""
    added = feed.add_entry(order="append")
    added.guid(entry.id, permalink=entry.id == entry.link)
    added.title(entry.title)
    added.additions.write = write
    return added
